"""The kernel's dump of one WireGuard device as bytes in, status out. No sockets.

A dump is decoded against the one before: a peer whose bytes are the same is the same object and costs a comparison.
A peer whose bytes differ is read by position, as drivers/net/wireguard/netlink.c lays it out, and where the layout is
another one, attribute by attribute. The private key and the preshared keys in the bytes are neither kept nor passed on.
Source of types and sizes: include/uapi/linux/wireguard.h.
"""

from binascii import b2a_base64
from collections.abc import Iterable
from enum import IntEnum
from socket import (
    AF_INET,
    AF_INET6,
    NI_DGRAM,
    NI_NUMERICHOST,
    NI_NUMERICSERV,
    AddressFamily,
    getnameinfo,
    inet_ntop,
)
from struct import Struct
from typing import NamedTuple

import msgspec

from sentra.core.status import InterfaceStatus, PeerStatus, Sample
from sentra.wireguard.genl import ATTRIBUTE_HEADER, Malformed, Message, attributes, command_attributes, number


class Device(IntEnum):
    """enum wgdevice_attribute"""

    PUBLIC_KEY = 4
    LISTEN_PORT = 6
    FWMARK = 7
    PEERS = 8


class Peer(IntEnum):
    """enum wgpeer_attribute"""

    PUBLIC_KEY = 1
    PRESHARED_KEY = 2
    ENDPOINT = 4
    PERSISTENT_KEEPALIVE_INTERVAL = 5
    LAST_HANDSHAKE_TIME = 6
    RX_BYTES = 7
    TX_BYTES = 8
    ALLOWEDIPS = 9
    PROTOCOL_VERSION = 10


class AllowedIp(IntEnum):
    """enum wgallowedip_attribute"""

    FAMILY = 1
    IPADDR = 2
    CIDR_MASK = 3


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """A peer of the last dump: its bytes after the preshared key, and what they said.

    The bytes are None where they cannot tell that the peer did not change: it was split over messages, or its keys
    were not where they usually are.
    """

    tail: bytes | None
    status: PeerStatus


Memory = dict[bytes, Remembered]
"""The last dump, by raw public key. Holds no secret."""


def decode(interface: str, messages: Iterable[Message], last: Memory) -> tuple[Sample, Memory]:
    """Return what a complete dump says, and what to pass as `last` next time.

    Raises Malformed where the bytes make no sense.
    """
    device = {Device.LISTEN_PORT: 0, Device.FWMARK: 0}
    public_key = None
    peers = _Peers(last)
    for message in messages:
        for kind, start, end in command_attributes(message):
            if kind == Device.PEERS:
                peers.read(message.data, start, end)
            elif kind == Device.PUBLIC_KEY:
                public_key = _key_text(message.data[start:end])
            elif kind in device:
                device[Device(kind)] = number(message.data[start:end])
    status = InterfaceStatus(
        interface, "netlink", public_key, device[Device.LISTEN_PORT], device[Device.FWMARK], up=True
    )
    return Sample(status, {peer.status.public_key: peer.status for peer in peers.found.values()}), peers.found


_NO_KEY = bytes(32)
_HEAD = Struct("=H2xI32sI32s")
"""The nest's length, then public key and preshared key, each with its header."""


def _header(kind: int, size: int) -> int:
    return number(ATTRIBUTE_HEADER.pack(ATTRIBUTE_HEADER.size + size, kind))


_PUBLIC_KEY_HEADER = _header(Peer.PUBLIC_KEY, 32)
_PRESHARED_KEY_HEADER = _header(Peer.PRESHARED_KEY, 32)


class _Peers:
    """Gathers the peers of one dump. `found` is in the kernel's order."""

    def __init__(self, last: Memory) -> None:
        self.found: Memory = {}
        self._last = last
        self._unmatched = last.copy()

    def read(self, data: bytes, start: int, end: int) -> None:
        """Read one WGDEVICE_A_PEERS nest."""
        found, unmatched, unpack, head = self.found, self._unmatched, _HEAD.unpack_from, _HEAD.size
        while start < end:
            if end - start >= head:
                length, key_header, key, preshared_header, preshared_key = unpack(data, start)
                before = unmatched.pop(key, None)
                if (
                    before is not None
                    and before.tail == data[start + head : start + length]
                    and before.status.has_preshared_key == (preshared_key != _NO_KEY)
                    and key_header == _PUBLIC_KEY_HEADER
                    and preshared_header == _PRESHARED_KEY_HEADER
                    and start + length <= end
                ):
                    found[key] = before
                    start += (length + 3) & ~3
                    continue
            start = self._read_changed(data, start, end)

    def _read_changed(self, data: bytes, start: int, end: int) -> int:
        """Read one peer that is new, changed or split, and return where the next one starts."""
        _, first, stop = next(attributes(data, start, end))
        usual = _read_by_position(data, first, stop)
        key, status = usual or _read_by_attribute(data, first, stop)
        tail = data[start + _HEAD.size : stop] if usual else None
        if (begun := self.found.get(key)) is not None:
            # A peer whose allowed IPs did not fit goes on in the next message, with its key and the rest of them.
            status = msgspec.structs.replace(begun.status, allowed_ips=begun.status.allowed_ips + status.allowed_ips)
            tail = None
        before = self._last.get(key)
        if before is not None and before.status == status:
            status = before.status
        self.found[key] = Remembered(tail, status)
        return start + ((stop - start + 3) & ~3)


_PEER = Struct("=I32sI32sIQ8xIH2xIQIQI4x")
_PEER_HEADERS = (
    _PUBLIC_KEY_HEADER,
    _PRESHARED_KEY_HEADER,
    _header(Peer.LAST_HANDSHAKE_TIME, 16),
    _header(Peer.PERSISTENT_KEEPALIVE_INTERVAL, 2),
    _header(Peer.TX_BYTES, 8),
    _header(Peer.RX_BYTES, 8),
    _header(Peer.PROTOCOL_VERSION, 4),
)


def _read_by_position(data: bytes, start: int, end: int) -> tuple[bytes, PeerStatus] | None:
    """Return the peer's raw key and status, or None where the attributes are not the usual ones in the usual order."""
    if end - start < _PEER.size:
        return None
    h1, key, h2, preshared_key, h3, handshake, h4, keepalive, h5, tx_bytes, h6, rx_bytes, h7 = _PEER.unpack_from(
        data, start
    )
    if (h1, h2, h3, h4, h5, h6, h7) != _PEER_HEADERS:
        return None
    endpoint = None
    allowed_ips: tuple[str, ...] = ()
    for kind, first, stop in attributes(data, start + _PEER.size, end):
        if kind == Peer.ENDPOINT:
            endpoint = _endpoint(data[first:stop])
        elif kind == Peer.ALLOWEDIPS:
            allowed_ips += _allowed_ips(data, first, stop)
    return key, PeerStatus(
        b2a_base64(key, newline=False).decode(),
        endpoint,
        allowed_ips,
        handshake,
        rx_bytes,
        tx_bytes,
        keepalive,
        preshared_key != _NO_KEY,
    )


def _read_by_attribute(data: bytes, start: int, end: int) -> tuple[bytes, PeerStatus]:
    value: dict[int, bytes] = {}
    allowed_ips: tuple[str, ...] = ()
    for kind, first, stop in attributes(data, start, end):
        value[kind] = data[first:stop]
        if kind == Peer.ALLOWEDIPS:
            allowed_ips += _allowed_ips(data, first, stop)
    key = value.get(Peer.PUBLIC_KEY, b"")
    return key, PeerStatus(
        _key_text(key),
        _endpoint(value[Peer.ENDPOINT]) if Peer.ENDPOINT in value else None,
        allowed_ips,
        number(value.get(Peer.LAST_HANDSHAKE_TIME, b"")[:8]),
        number(value.get(Peer.RX_BYTES, b"")),
        number(value.get(Peer.TX_BYTES, b"")),
        number(value.get(Peer.PERSISTENT_KEEPALIVE_INTERVAL, b"")),
        value.get(Peer.PRESHARED_KEY, _NO_KEY) != _NO_KEY,
    )


def _key_text(key: bytes) -> str:
    if len(key) != len(_NO_KEY):
        raise Malformed("a public key is not 32 bytes long")
    return b2a_base64(key, newline=False).decode()


_IPV4_ENDPOINT = Struct("!2xH4s8x")
_IPV6_ENDPOINT = Struct("!2xH4x16s4x")


def _endpoint(address: bytes) -> str:
    """Write a struct sockaddr_in or sockaddr_in6 as `wg show` does: by getnameinfo, so a scope is a link's name."""
    family = number(address[:2])
    if family == AF_INET and len(address) == _IPV4_ENDPOINT.size:
        port, host = _IPV4_ENDPOINT.unpack(address)
        return f"{inet_ntop(AF_INET, host)}:{port}"
    if family == AF_INET6 and len(address) == _IPV6_ENDPOINT.size:
        port, raw_host = _IPV6_ENDPOINT.unpack(address)
        host = inet_ntop(AF_INET6, raw_host)
        if scope := number(address[24:]):
            host, _ = getnameinfo((host, port, 0, scope), NI_DGRAM | NI_NUMERICHOST | NI_NUMERICSERV)
        return f"[{host}]:{port}"
    raise Malformed("an endpoint is neither IPv4 nor IPv6")


class _Layout(NamedTuple):
    """How the kernel lays one allowed IP out: mask, family, address."""

    struct: Struct
    headers: tuple[int, ...]
    family: AddressFamily


def _layout(family: AddressFamily, size: int) -> _Layout:
    headers = (_header(AllowedIp.CIDR_MASK, 1), _header(AllowedIp.FAMILY, 2), _header(AllowedIp.IPADDR, size), family)
    return _Layout(Struct(f"=IB3xIH2xI{size}s"), headers, family)


_LAYOUTS = {layout.struct.size: layout for layout in (_layout(AF_INET, 4), _layout(AF_INET6, 16))}


def _allowed_ips(data: bytes, start: int, end: int) -> tuple[str, ...]:
    prefixes = []
    for _, first, stop in attributes(data, start, end):
        if layout := _LAYOUTS.get(stop - first):
            h1, mask, h2, family, h3, address = layout.struct.unpack_from(data, first)
            if (h1, h2, h3, family) == layout.headers:
                prefixes.append(f"{inet_ntop(family, address)}/{mask}")
                continue
        prefixes.append(_allowed_ip_by_attribute(data, first, stop))
    return tuple(prefixes)


def _allowed_ip_by_attribute(data: bytes, start: int, end: int) -> str:
    value = {kind: data[first:stop] for kind, first, stop in attributes(data, start, end)}
    family, address = number(value.get(AllowedIp.FAMILY, b"")), value.get(AllowedIp.IPADDR, b"")
    if (family, len(address)) not in {(AF_INET, 4), (AF_INET6, 16)}:
        raise Malformed("an allowed IP is neither IPv4 nor IPv6")
    return f"{inet_ntop(family, address)}/{number(value.get(AllowedIp.CIDR_MASK, b''))}"
