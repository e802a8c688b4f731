"""The kernel's dump of one WireGuard device: bytes in, status out. No sockets.

A dump is decoded against the one before it. Peers are compared with what stood in their place then, several at once;
those with the same bytes cost nothing more and stay the same objects. The rest is read by `device_peer`.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec

from sentra.core.status import InterfaceStatus, PeerStatus, Sample
from sentra.wireguard.device_peer import ADDRESSES, COUNTERS, KEY, key_text, read_counters, read_peer
from sentra.wireguard.genl import Message, attribute_at, command_attributes, number

WGDEVICE_A_PUBLIC_KEY, WGDEVICE_A_LISTEN_PORT, WGDEVICE_A_FWMARK, WGDEVICE_A_PEERS = 4, 6, 7, 8


class Memory(msgspec.Struct, frozen=True, gc=False):
    """The last dump of one device: its peers' bytes, and what they said. It never leaves the driver.

    The bytes lie one behind the other in `raw`, preshared keys included, those of place n from `offsets[n]` to
    `offsets[n + 1]`. A peer that was split over messages has several places, which are blank: it is always read anew.
    """

    raw: bytes = b""
    sizes: Sequence[int] = ()
    offsets: Sequence[int] = (0,)
    statuses: Sequence[PeerStatus] = ()
    peers: dict[str, PeerStatus] = {}

    def __repr__(self) -> str:
        return f"Memory({len(self.peers)} peers)"


def decode(interface: str, messages: Iterable[Message], last: Memory) -> tuple[Sample, Memory]:
    """Return what a complete dump says, and what to pass as `last` next time.

    Raises Malformed where the bytes make no sense.
    """
    device = {WGDEVICE_A_LISTEN_PORT: 0, WGDEVICE_A_FWMARK: 0}
    public_key = None
    peers = _Peers(last)
    for message in messages:
        for kind, start, end in command_attributes(message):
            if kind == WGDEVICE_A_PEERS:
                peers.read(message.data, start, end)
            elif kind == WGDEVICE_A_PUBLIC_KEY:
                public_key = key_text(message.data[start:end])
            elif kind in device:
                device[kind] = number(message.data[start:end])
    memory = peers.memory()
    status = InterfaceStatus(
        interface, "netlink", public_key, device[WGDEVICE_A_LISTEN_PORT], device[WGDEVICE_A_FWMARK], up=True
    )
    return Sample(status, memory.peers), memory


_RUN = 8
"""Places that are compared at once. With 1 % changed, fewer and more both cost more."""
_BLANK = bytes(2)
"""A length that no peer has."""


class _Peers:
    """Gathers the peers of one dump, expecting them in the order of the last one."""

    def __init__(self, last: Memory) -> None:
        self._last = last
        self._expected = 0
        self._in_order = True
        self._nests: list[bytes] = []
        self._sizes: list[int] = []
        self._statuses: list[PeerStatus] = []
        self._changed: list[PeerStatus] = []
        self._blank: set[int] = set()
        self._places: dict[bytes, int] | None = None

    def read(self, data: bytes, start: int, end: int) -> None:
        """Read one WGDEVICE_A_PEERS nest."""
        self._nests.append(data[start:end])
        raw, offsets, count = self._last.raw, self._last.offsets, len(self._last.statuses)
        while start < end:
            first = self._expected
            after = min(first + _RUN, count)
            size = offsets[after] - offsets[first]
            if size and start + size <= end and data.startswith(raw[offsets[first] : offsets[after]], start):
                self._keep(first, after)
                start += size
            else:
                start = self._read_run(data, start, end)

    def memory(self) -> Memory:
        """Return what was read, to be compared with the next dump."""
        last = self._last
        if self._in_order and self._expected == len(last.statuses):
            peers = last.peers
            if self._changed:
                peers = peers.copy()
                peers.update((status.public_key, status) for status in self._changed)
        else:
            peers = {status.public_key: status for status in self._statuses}
        offsets = last.offsets if self._sizes == last.sizes else list(accumulate(self._sizes, initial=0))
        raw = b"".join(self._nests)
        if self._blank:
            blanked = bytearray(raw)
            for place in self._blank:
                blanked[offsets[place] : offsets[place + 1]] = bytes(self._sizes[place])
            raw = bytes(blanked)
        return Memory(raw, self._sizes, offsets, self._statuses, peers)

    def _keep(self, first: int, after: int) -> None:
        self._statuses += self._last.statuses[first:after]
        self._sizes += self._last.sizes[first:after]
        self._expected = after

    def _read_run(self, data: bytes, start: int, end: int) -> int:
        """Read the next peers one by one, and return where the one after them starts."""
        last = self._last
        for place in range(self._expected, min(self._expected + _RUN, len(last.statuses))):
            offset, after = last.offsets[place], last.offsets[place + 1]
            stop = start + after - offset
            if stop > end or not data.startswith(last.raw[offset : offset + COUNTERS], start):
                break
            if data.startswith(last.raw[offset + COUNTERS : after], start + COUNTERS):
                self._keep(place, place + 1)
            elif (
                stop - start >= ADDRESSES
                and data.startswith(last.raw[offset + ADDRESSES : after], start + ADDRESSES)
                and (status := read_counters(data, start, last.statuses[place]))
            ):
                self._take(status, last.statuses[place], after - offset)
            else:
                break
            self._expected = place + 1
            start = stop
        return start if start == end else self._read_one(data, start, end)

    def _read_one(self, data: bytes, start: int, end: int) -> int:
        """Read the next peer whatever it is, and return where the one after it starts."""
        last = self._last
        _, _, after = attribute_at(data, start, end)
        peer = data[start:after]
        size = (len(peer) + 3) & ~3
        place = self._place(peer[KEY])
        if place is not None:
            self._expected = place + 1
            if peer == last.raw[last.offsets[place] : last.offsets[place + 1]]:
                self._keep(place, place + 1)
                return start + size
        status = read_peer(peer)
        if self._statuses and self._statuses[-1].public_key == status.public_key:
            status = self._merged(status)
        known = last.peers.get(status.public_key)
        if place is None or last.statuses[place].public_key != status.public_key:
            self._in_order = False
        self._take(status, known, size)
        return start + size

    def _take(self, status: PeerStatus, known: PeerStatus | None, size: int) -> None:
        if status == known:
            status = known
        self._statuses.append(status)
        self._changed.append(status)
        self._sizes.append(size)

    def _merged(self, rest: PeerStatus) -> PeerStatus:
        """Return the peer that was read last with its further allowed IPs.

        The kernel goes on with a peer in its next message when it did not fit, and repeats only the key.
        """
        begun = self._statuses[-1]
        self._blank |= {len(self._statuses) - 1, len(self._statuses)}
        return msgspec.structs.replace(begun, allowed_ips=begun.allowed_ips + rest.allowed_ips)

    def _place(self, key: bytes) -> int | None:
        """Return where the last dump had this peer: as a rule at the place that comes next."""
        last, place = self._last, self._expected
        if place < len(last.statuses):
            offset = last.offsets[place]
            if last.raw[offset + KEY.start : offset + KEY.stop] == key or last.raw.startswith(_BLANK, offset):
                return place
        self._in_order = False
        if self._places is None:
            self._places = {
                last.raw[offset + KEY.start : offset + KEY.stop]: place
                for place, offset in enumerate(last.offsets[:-1])
            }
        return self._places.get(key)
