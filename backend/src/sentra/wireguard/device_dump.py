"""The kernel's dump of one WireGuard device: bytes in, status out. No sockets.

A dump is decoded against the one before it. Peers are compared with what stood in their place then, several at once;
those with the same bytes cost nothing more and stay the same objects. The rest is read by `device_peer`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, pairwise

import msgspec

from sentra.core.status import InterfaceStatus, PeerStatus, Sample
from sentra.wireguard.device_peer import ADDRESSES, COUNTERS, KEY, PeerRun, key_text, read_counters, read_peer
from sentra.wireguard.genl import Malformed, Message, attribute_at, command_attributes, number

WGDEVICE_A_PRIVATE_KEY, WGDEVICE_A_PUBLIC_KEY, WGDEVICE_A_LISTEN_PORT, WGDEVICE_A_FWMARK = 3, 4, 6, 7
WGDEVICE_A_PEERS = 8


class DumpDecoder:
    """Decodes the dumps of one device, one after the other."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._last = _Dump()

    def decode(self, messages: Iterable[Message]) -> Sample:
        """Return what a complete dump says. Erases the private key from its bytes.

        Raises Malformed where the bytes make no sense; the next dump is then decoded against the last good one.
        """
        device = {WGDEVICE_A_LISTEN_PORT: 0, WGDEVICE_A_FWMARK: 0}
        public_key = None
        peers = _Peers(self._last)
        for message in messages:
            for kind, start, end in command_attributes(message):
                if kind == WGDEVICE_A_PEERS:
                    peers.read(message.data, start, end)
                elif kind == WGDEVICE_A_PRIVATE_KEY:
                    message.data[start:end] = bytes(end - start)
                elif kind == WGDEVICE_A_PUBLIC_KEY:
                    public_key = key_text(message.data[start:end])
                elif kind in device:
                    device[kind] = number(message.data[start:end])
        self._last = peers.dump()
        listen_port, fwmark = device.values()
        status = InterfaceStatus(self._interface, "netlink", public_key, listen_port, fwmark, up=True)
        return Sample(status, self._last.peers)


class _Dump(msgspec.Struct, frozen=True):
    """A dump's peers: their bytes, and what they said. It never leaves the decoder.

    The bytes lie one behind the other in `raw`, preshared keys included, those of place n from `offsets[n]` to
    `offsets[n + 1]`. A peer that was split over messages has several places, which are blank: it is always read anew.
    Between two `edges` are places that can be read as a run; `runs` holds those that were, by the edge they begin at.
    """

    raw: bytearray = msgspec.field(default_factory=bytearray)
    offsets: Sequence[int] = (0,)
    edges: Sequence[int] = ()
    runs: dict[int, PeerRun] = {}
    statuses: Sequence[PeerStatus] = ()
    peers: dict[str, PeerStatus] = {}

    def __repr__(self) -> str:
        return f"_Dump({len(self.peers)} peers)"


_SHORT_RUN, _LONGEST_RUN = 4, 128
"""How many places are compared at once."""
_LONGEST_READ = 128
"""How many places are read at once where only counters changed."""


class _Peers:
    """Gathers the peers of one dump, expecting each at the place that it had in the last one."""

    def __init__(self, last: _Dump) -> None:
        self._last = last
        self._last_raw = memoryview(last.raw)
        self._expected = 0
        self._run = _LONGEST_RUN
        self._same_places = True
        self._nests: list[memoryview] = []
        self._nest_start = 0
        self._edge_tried = -1
        self._statuses: list[PeerStatus] = []
        self._changed: dict[str, PeerStatus] = {}
        self._rewritten: list[tuple[int, int, bytearray, int]] = []
        self._split: set[int] = set()
        self._places: dict[bytes, int] | None = None

    def read(self, data: bytearray, start: int, end: int) -> None:
        """Read one WGDEVICE_A_PEERS nest."""
        self._nests.append(memoryview(data)[start:end])
        self._nest_start = start
        places = len(self._last.statuses)
        while start < end:
            begun = start
            if self._expected < places:
                start = self._keep_unchanged(data, start, end)
            if self._expected < places:
                start = self._read_run(data, start, end) or self._read_counted(data, start, end)
            if start == begun:
                start = self._read_one(data, start, end)

    def dump(self) -> _Dump:
        """Return what was read, to be compared with the next dump. The last one is of no use afterwards."""
        last = self._last
        if self._same_places and self._expected == len(last.statuses):
            raw, offsets, edges, runs, peers = last.raw, last.offsets, last.edges, last.runs, last.peers
            if self._changed:
                peers = peers | self._changed
            self._rewrite(raw)
        else:
            raw = bytearray().join(self._nests)
            offsets = _offsets(raw)
            edges, runs = self._edges(offsets), {}
            peers = {status.public_key: status for status in self._statuses}
        for place in self._split:
            raw[offsets[place] : offsets[place + 1]] = bytes(offsets[place + 1] - offsets[place])
        return _Dump(raw, offsets, edges, runs, self._statuses, peers)

    def _edges(self, offsets: Sequence[int]) -> list[int]:
        """Return where runs begin and end: with a message, around a split peer, and after _LONGEST_READ places."""
        edges = {bisect_left(offsets, size) for size in accumulate(map(len, self._nests), initial=0)}
        edges |= self._split | {place + 1 for place in self._split}
        steps = (range(first, after, _LONGEST_READ) for first, after in pairwise(sorted(edges)))
        return [*chain.from_iterable(steps), len(offsets) - 1]

    def _rewrite(self, raw: bytearray) -> None:
        """Bring the last dump's bytes up to date: those of the peers that changed, or all where these are many."""
        if len(self._rewritten) * 8 < len(self._statuses):
            for offset, after, data, start in self._rewritten:
                raw[offset:after] = data[start : start + after - offset]
            return
        offset = 0
        for nest in self._nests:
            raw[offset : offset + len(nest)] = nest
            offset += len(nest)

    def _keep_unchanged(self, data: bytearray, start: int, end: int) -> int:
        """Keep the next peers as long as their bytes are the expected ones. Return where the rest starts.

        Runs of peers are compared, shorter ones where they differ; the first is as long as the last one that was kept.
        """
        offsets = self._last.offsets
        first = place = self._expected
        shift = offsets[first] - start
        fitting = bisect_right(offsets, end + shift) - 1
        run = self._run
        while place < fitting:
            after = min(place + run, fitting)
            if data.startswith(self._last_raw[offsets[place] : offsets[after]], offsets[place] - shift):
                place = after
            elif run == 1:
                break
            else:
                run = run // 4 or 1
        self._run = min(max(place - first, 2), _LONGEST_RUN)
        self._statuses += self._last.statuses[first:place]
        self._expected = place
        return offsets[place] - shift

    def _read_run(self, data: bytearray, start: int, end: int) -> int | None:
        """Read the next peers up to an edge. Return where the rest starts, None where more than counters changed."""
        last, place, edge = self._last, self._expected, self._edge()
        if self._run > _SHORT_RUN or edge == self._edge_tried:
            return None
        self._edge_tried = edge
        first, after = last.edges[edge - 1], last.edges[edge]
        begin = start - last.offsets[place] + last.offsets[first]
        stop = start - last.offsets[place] + last.offsets[after]
        if begin < self._nest_start or stop > end:
            return None
        known = last.statuses[first:after]
        run = last.runs.get(first) or PeerRun(last.raw, last.offsets[first : after + 1], known)
        last.runs[first] = run
        statuses = run.read(data, begin, known)
        if statuses is None:
            del last.runs[first]
            return None
        self._statuses += statuses[place - first :]
        self._changed.update(zip(run.public_keys, statuses, strict=True))
        self._rewritten.append((last.offsets[first], last.offsets[after], data, begin))
        self._expected = after
        return stop

    def _edge(self) -> int:
        """Return which edge is the next one."""
        return bisect_right(self._last.edges, self._expected)

    def _read_counted(self, data: bytearray, start: int, end: int) -> int:
        """Read the next peers up to an edge while they are the expected ones with other counters.

        Return where the rest starts. After a long run of unchanged peers one is read, for another such run will follow.
        """
        raw, offsets, known = self._last_raw, self._last.offsets, self._last.statuses
        first = self._expected
        for place in range(first, self._last.edges[self._edge()] if self._run <= _SHORT_RUN else first + 1):
            offset, after = offsets[place], offsets[place + 1]
            stop = start + after - offset
            if (
                stop > end
                or stop - start < ADDRESSES
                or not data.startswith(raw[offset : offset + COUNTERS], start)
                or not data.startswith(raw[offset + ADDRESSES : after], start + ADDRESSES)
            ):
                break
            status = read_counters(data, start, known[place])
            if status is None or status == known[place]:
                break
            self._statuses.append(status)
            self._changed[status.public_key] = status
            self._rewritten.append((offset, after, data, start))
            self._expected = place + 1
            start = stop
        return start

    def _read_one(self, data: bytearray, start: int, end: int) -> int:
        """Read the next peer whatever it is. Return where the one after it starts."""
        _, _, after = attribute_at(data, start, end)
        size = after - start
        if size % 4:
            raise Malformed("a peer is not padded")
        peer = data[start:after]
        status = read_peer(peer)
        if self._statuses and self._statuses[-1].public_key == status.public_key:
            status = self._merged(status)
        known = self._last.peers.get(status.public_key)
        if known == status:
            status = known
        self._expect(peer, status, size)
        self._statuses.append(status)
        self._changed[status.public_key] = status
        return after

    def _merged(self, rest: PeerStatus) -> PeerStatus:
        """Return the peer that was read last with its further allowed IPs.

        The kernel goes on with a peer in its next message when it did not fit, and repeats only the key.
        """
        begun = self._statuses[-1]
        self._split |= {len(self._statuses) - 1, len(self._statuses)}
        return msgspec.structs.replace(begun, allowed_ips=begun.allowed_ips + rest.allowed_ips)

    def _expect(self, peer: bytearray, status: PeerStatus, size: int) -> None:
        """Find the place of the peer that was just read, and expect the one after it."""
        last, place = self._last, self._expected
        if (
            place < len(last.statuses)
            and last.statuses[place].public_key == status.public_key
            and last.offsets[place + 1] - last.offsets[place] == size
        ):
            self._expected = place + 1
            self._rewritten.append((last.offsets[place], last.offsets[place + 1], peer, 0))
            return
        self._same_places = False
        if self._places is None:
            self._places = {
                bytes(last.raw[offset + KEY.start : offset + KEY.stop]): place
                for place, offset in enumerate(last.offsets[:-1])
            }
        self._expected = self._places.get(bytes(peer[KEY]), self._expected - 1) + 1


def _offsets(raw: bytearray) -> list[int]:
    offsets = [0]
    while offsets[-1] < len(raw):
        _, _, after = attribute_at(raw, offsets[-1], len(raw))
        offsets.append(after)
    return offsets
