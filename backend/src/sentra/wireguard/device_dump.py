"""The kernel's dump of one WireGuard device: bytes in, status out. No sockets.

A dump is decoded against the one before it. A message with the bytes that it had then costs nothing more, and its peers
stay the same objects. The others are read by `device_part`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from sentra.core.status import InterfaceStatus, PeerStatus, Sample
from sentra.wireguard.device_part import Nest, Part, mended, read_part
from sentra.wireguard.device_peer import key_text
from sentra.wireguard.genl import Message, command_attributes, number

WGDEVICE_A_PRIVATE_KEY, WGDEVICE_A_PUBLIC_KEY, WGDEVICE_A_LISTEN_PORT, WGDEVICE_A_FWMARK = 3, 4, 6, 7
WGDEVICE_A_PEERS = 8


class DumpDecoder:
    """Decodes the dumps of one device, one after the other.

    The bytes of a dump are compared with those of the next one where they lie: until then they are to stay there.
    """

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
    """The peers of a dump, as its messages held them and all together."""

    parts: Sequence[Part] = ()
    peers: Mapping[str, PeerStatus] = {}


class _Peers:
    """Gathers the peers of one dump, expecting in each message what the same one of the last dump held."""

    def __init__(self, last: _Dump) -> None:
        self._last = last
        self._parts: list[Part] = []
        self._peers: dict[str, PeerStatus] | None = None
        self._same_places = True

    def read(self, data: bytearray, start: int, end: int) -> None:
        """Read one WGDEVICE_A_PEERS nest."""
        if start == end:
            return
        place = len(self._parts)
        last = self._last.parts[place] if place < len(self._last.parts) else None
        nest = Nest(data, start, memoryview(data)[start:end])
        if last and nest.is_same(last.nest):
            self._parts.append(Part(nest, last.layout, last.statuses, last.fixed))
            return
        if self._peers is None:  # what was given out is never altered
            self._peers = dict(self._last.peers)
        part = mended(last, nest, self._peers) if last else None
        if part is None:
            part = read_part(nest, self._last.peers)
            keys = [peer.public_key for peer in part.statuses]
            self._peers.update(zip(keys, part.statuses, strict=True))
            self._same_places &= last is not None and keys == [peer.public_key for peer in last.statuses]
        self._parts.append(part)

    def dump(self) -> _Dump:
        """Return what was read, to be compared with the next dump. The last one is of no use afterwards."""
        if not self._same_places or len(self._parts) != len(self._last.parts):
            self._peers = {peer.public_key: peer for part in self._parts for peer in part.statuses}
        if self._peers is None:
            return _Dump(self._parts, self._last.peers)
        for peer in self._split():
            known = self._last.peers.get(peer.public_key)
            self._peers[peer.public_key] = known if known == peer else peer
        return _Dump(self._parts, self._peers)

    def _split(self) -> Iterable[PeerStatus]:
        """Return the peers that did not fit into one message.

        The kernel goes on with such a peer in its next message, where it repeats only the key: get_peer() in
        drivers/net/wireguard/netlink.c.
        """
        merged: dict[str, PeerStatus] = {}
        for before, after in pairwise(self._parts):
            begun, rest = before.statuses[-1], after.statuses[0]
            if begun.public_key == rest.public_key:
                begun = merged.get(begun.public_key, begun)
                if rest.allowed_ips:
                    begun = msgspec.structs.replace(begun, allowed_ips=begun.allowed_ips + rest.allowed_ips)
                merged[begun.public_key] = begun
        return merged.values()
