"""The kernel's dump of one WireGuard device: bytes in, status out. No sockets.

A dump is decoded against the one before it. Peers are compared with what stood in their place then, several at once;
those with the same bytes cost nothing more and stay the same objects. The rest is read by `device_peer`.
"""

from collections.abc import Iterable, Sequence

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


class _Peers:
    """Gathers the peers of one dump, expecting each at the place that it had in the last one."""

    def __init__(self, last: Memory) -> None:
        self._last = last
        self._expected = 0
        self._same_places = True
        self._nests: list[bytes] = []
        self._statuses: list[PeerStatus] = []
        self._changed: list[PeerStatus] = []
        self._split: set[int] = set()
        self._places: dict[bytes, int] | None = None

    def read(self, data: bytes, start: int, end: int) -> None:
        """Read one WGDEVICE_A_PEERS nest."""
        self._nests.append(data[start:end])
        raw, offsets, known = self._last.raw, self._last.offsets, self._last.statuses
        while start < end:
            first = self._expected
            after = min(first + _RUN, len(known))
            size = offsets[after] - offsets[first]
            if size and start + size <= end and data.startswith(raw[offsets[first] : offsets[after]], start):
                self._statuses += known[first:after]
                self._expected = after
                start += size
            else:
                begun, start = start, self._read_expected(data, start, end)
                if start == begun:
                    start = self._read_one(data, start, end)

    def memory(self) -> Memory:
        """Return what was read, to be compared with the next dump."""
        last, raw = self._last, b"".join(self._nests)
        if not self._same_places or self._expected < len(last.statuses):
            peers = {status.public_key: status for status in self._statuses}
            offsets = _offsets(raw)
            return Memory(_blanked(raw, offsets, self._split), offsets, self._statuses, peers)
        peers = last.peers | {status.public_key: status for status in self._changed} if self._changed else last.peers
        return Memory(_blanked(raw, last.offsets, self._split), last.offsets, self._statuses, peers)

    def _read_expected(self, data: bytes, start: int, end: int) -> int:
        """Read the next peers while they are the expected ones, their counters apart. Return where the rest starts."""
        raw, offsets, known = self._last.raw, self._last.offsets, self._last.statuses
        first = self._expected
        for place in range(first, min(first + _RUN, len(known))):
            offset, after = offsets[place], offsets[place + 1]
            stop = start + after - offset
            if stop > end or not data.startswith(raw[offset : offset + COUNTERS], start):
                break
            status = known[place]
            if not data.startswith(raw[offset + COUNTERS : after], start + COUNTERS):
                if stop - start < ADDRESSES or not data.startswith(raw[offset + ADDRESSES : after], start + ADDRESSES):
                    break
                counted = read_counters(data, start, status)
                if counted is None:
                    break
                if counted != status:
                    status = counted
                    self._changed.append(status)
            self._statuses.append(status)
            self._expected = place + 1
            start = stop
        return start

    def _read_one(self, data: bytes, start: int, end: int) -> int:
        """Read the next peer whatever it is. Return where the one after it starts."""
        _, _, after = attribute_at(data, start, end)
        peer = data[start:after]
        size = (len(peer) + 3) & ~3
        status = read_peer(peer)
        if self._statuses and self._statuses[-1].public_key == status.public_key:
            status = self._merged(status)
        known = self._last.peers.get(status.public_key)
        if known == status:
            status = known
        self._expect(peer[KEY], status, size)
        self._statuses.append(status)
        self._changed.append(status)
        return start + size

    def _merged(self, rest: PeerStatus) -> PeerStatus:
        """Return the peer that was read last with its further allowed IPs.

        The kernel goes on with a peer in its next message when it did not fit, and repeats only the key.
        """
        begun = self._statuses[-1]
        self._split |= {len(self._statuses) - 1, len(self._statuses)}
        return msgspec.structs.replace(begun, allowed_ips=begun.allowed_ips + rest.allowed_ips)

    def _expect(self, key: bytes, status: PeerStatus, size: int) -> None:
        """Find the place of the peer that was just read, and expect the one after it."""
        last, place = self._last, self._expected
        if (
            place < len(last.statuses)
            and last.statuses[place].public_key == status.public_key
            and last.offsets[place + 1] - last.offsets[place] == size
        ):
            self._expected = place + 1
            return
        self._same_places = False
        if self._places is None:
            self._places = {
                last.raw[offset + KEY.start : offset + KEY.stop]: place
                for place, offset in enumerate(last.offsets[:-1])
            }
        self._expected = self._places.get(key, self._expected - 1) + 1


def _offsets(raw: bytes) -> list[int]:
    offsets = [0]
    while offsets[-1] < len(raw):
        _, _, after = attribute_at(raw, offsets[-1], len(raw))
        offsets.append((after + 3) & ~3)
    return offsets


def _blanked(raw: bytes, offsets: Sequence[int], places: set[int]) -> bytes:
    if not places:
        return raw
    blanked = bytearray(raw)
    for place in places:
        blanked[offsets[place] : offsets[place + 1]] = bytes(offsets[place + 1] - offsets[place])
    return bytes(blanked)
