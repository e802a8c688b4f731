"""One peer of the kernel's dump: bytes in, status out. Only whether it has a preshared key comes out, not the key.

Peers are read by position, as drivers/net/wireguard/netlink.c lays them out, and attribute by attribute where a kernel
lays them out in another way. Types and sizes: include/uapi/linux/wireguard.h.
"""

from binascii import b2a_base64
from socket import AF_INET, AF_INET6, NI_DGRAM, NI_NUMERICHOST, NI_NUMERICSERV, getnameinfo, inet_ntop
from struct import Struct, pack

from sentra.core.status import PeerStatus
from sentra.wireguard.genl import ATTRIBUTE_HEADER, NLA_F_NESTED, Malformed, attribute_at, attributes, number

WGPEER_A_PUBLIC_KEY, WGPEER_A_PRESHARED_KEY, WGPEER_A_ENDPOINT, WGPEER_A_KEEPALIVE = 1, 2, 4, 5
WGPEER_A_LAST_HANDSHAKE_TIME, WGPEER_A_RX_BYTES, WGPEER_A_TX_BYTES, WGPEER_A_ALLOWEDIPS = 6, 7, 8, 9
WGPEER_A_PROTOCOL_VERSION = 10
WGALLOWEDIP_A_UNSPEC, WGALLOWEDIP_A_FAMILY, WGALLOWEDIP_A_IPADDR, WGALLOWEDIP_A_CIDR_MASK = 0, 1, 2, 3


def read_peer(peer: bytes | bytearray) -> PeerStatus:
    """Return what one nest of WGDEVICE_A_PEERS says, its header included. The first attribute of a kind counts."""
    return _read_by_position(peer) or _read_by_attribute(peer)


def is_usual(data: bytes | bytearray, start: int, end: int) -> bool:
    """Tell whether all of the peer that is `data[start:end]`, up to ADDRESSES, lies where it usually does."""
    return end - start >= ADDRESSES and _HEADERS.unpack_from(data, start) == USUAL_HEADERS


def read_counters(data: bytes, start: int, known: PeerStatus) -> PeerStatus | None:
    """Return the peer `known`, which begins at `start` of `data`, with the counters that usually lie there, or None."""
    handshake, h1, keepalive, h2, tx_bytes, h3, rx_bytes = _COUNTERS.unpack_from(data, start + COUNTERS)
    if (h1, h2, h3) != USUAL_HEADERS[3:6]:
        return None
    return PeerStatus(
        known.public_key,
        known.endpoint,
        known.allowed_ips,
        handshake,
        rx_bytes,
        tx_bytes,
        keepalive,
        known.has_preshared_key,
    )


def key_text(key: bytes | bytearray) -> str:
    """Return a public key in base64."""
    if len(key) != len(NO_KEY):
        raise Malformed("a public key is not 32 bytes long")
    return b2a_base64(key, newline=False).decode()


def header(kind: int, size: int) -> int:
    """Return the word that begins an attribute with a value of `size` bytes."""
    return number(ATTRIBUTE_HEADER.pack(ATTRIBUTE_HEADER.size + size, kind))


NO_KEY = bytes(32)
USUAL_HEADERS = (
    header(WGPEER_A_PUBLIC_KEY, 32),
    header(WGPEER_A_PRESHARED_KEY, 32),
    header(WGPEER_A_LAST_HANDSHAKE_TIME, 16),
    header(WGPEER_A_KEEPALIVE, 2),
    header(WGPEER_A_TX_BYTES, 8),
    header(WGPEER_A_RX_BYTES, 8),
    header(WGPEER_A_PROTOCOL_VERSION, 4),
)
"""The attributes with which peers usually begin: get_peer() in drivers/net/wireguard/netlink.c."""
_HEADERS = Struct("=4xI32xI32xI16xI4xI8xI8xI4x")
COUNTERS_FORMAT, COUNTER_HEADERS_FORMAT = "Q12xH6xQ4xQ", "16xI4xI8xI8x"
"""From the first of the counters to the last: these, and the headers between them. Nanoseconds are passed over."""
COUNTER_HEADERS = dict(zip((96, 104, 116), USUAL_HEADERS[3:6], strict=True))
"""Where the headers between a usual peer's counters lie, and what they are."""
KEY_END, COUNTERS, COUNTERS_END, ADDRESSES = 40, 80, 128, 136
"""Where a usual peer's key ends, where its counters begin and end, and where endpoint and allowed IPs begin."""
HANDSHAKE, HANDSHAKE_END, TRANSFER, TRANSFER_END = 80, 96, 104, 128
"""Where a usual peer's latest handshake lies, and where its bytes sent and received do. The keepalive is between."""
_COUNTERS = Struct("=Q8xIH2xIQIQ")
_KEYS = Struct("=8x32s4x32s")


def _read_by_position(peer: bytes | bytearray) -> PeerStatus | None:
    """Return None where the attributes are not the usual ones in the usual order."""
    if not is_usual(peer, 0, len(peer)):
        return None
    key, preshared_key = _KEYS.unpack_from(peer)
    handshake, _, keepalive, _, tx_bytes, _, rx_bytes = _COUNTERS.unpack_from(peer, COUNTERS)
    endpoint, allowed_ips = _addresses(peer, ADDRESSES)
    has_preshared_key = preshared_key != NO_KEY
    return PeerStatus(key_text(key), endpoint, allowed_ips, handshake, rx_bytes, tx_bytes, keepalive, has_preshared_key)


def _read_by_attribute(peer: bytes | bytearray) -> PeerStatus:
    found = [*attributes(peer, ATTRIBUTE_HEADER.size, len(peer))]
    value = {kind: peer[start:end] for kind, start, end in reversed(found)}
    endpoint, allowed_ips = _addresses(peer, ATTRIBUTE_HEADER.size)
    return PeerStatus(
        key_text(value.get(WGPEER_A_PUBLIC_KEY, b"")),
        endpoint,
        allowed_ips,
        number(value.get(WGPEER_A_LAST_HANDSHAKE_TIME, b"")[:8]),
        number(value.get(WGPEER_A_RX_BYTES, b"")),
        number(value.get(WGPEER_A_TX_BYTES, b"")),
        number(value.get(WGPEER_A_KEEPALIVE, b"")),
        value.get(WGPEER_A_PRESHARED_KEY, NO_KEY) != NO_KEY,
    )


def _addresses(peer: bytes | bytearray, start: int) -> tuple[str | None, tuple[str, ...]]:
    """Return endpoint and allowed IPs from the attributes of the peer that follow `start`."""
    endpoint = None
    allowed_ips: tuple[str, ...] = ()
    for kind, first, after in attributes(peer, start, len(peer)):
        if kind == WGPEER_A_ENDPOINT:
            endpoint = _endpoint(peer[first:after])
        elif kind == WGPEER_A_ALLOWEDIPS:
            allowed_ips += _allowed_ips(peer, first, after)
    return endpoint, allowed_ips


_IPV4_ENDPOINT = Struct("!2xH4s8x")
_IPV6_ENDPOINT = Struct("!2xH4x16s4x")
_IPV4, _IPV6 = (pack("=H", family) for family in (AF_INET, AF_INET6))


def _endpoint(address: bytes | bytearray) -> str:
    """Write a struct sockaddr_in or sockaddr_in6 like `wg show`: as getnameinfo does, with a scope as a link's name."""
    size = len(address)
    if size == _IPV4_ENDPOINT.size and address.startswith(_IPV4):
        port, host = _IPV4_ENDPOINT.unpack(address)
        return f"{inet_ntop(AF_INET, host)}:{port}"
    if size == _IPV6_ENDPOINT.size and address.startswith(_IPV6):
        port, host = _IPV6_ENDPOINT.unpack(address)
        text = inet_ntop(AF_INET6, host)
        if scope := number(address[24:]):
            text, _ = getnameinfo((text, port, 0, scope), NI_DGRAM | NI_NUMERICHOST | NI_NUMERICSERV)
        return f"[{text}]:{port}"
    raise Malformed("an endpoint is neither IPv4 nor IPv6")


_PREFIX = Struct("=IIB3xIH2xI")
_PREFIXES = {
    (
        header(WGALLOWEDIP_A_UNSPEC | NLA_F_NESTED, _PREFIX.size - ATTRIBUTE_HEADER.size + size),
        header(WGALLOWEDIP_A_CIDR_MASK, 1),
        header(WGALLOWEDIP_A_FAMILY, 2),
        family,
        header(WGALLOWEDIP_A_IPADDR, size),
    ): _PREFIX.size + size
    for family, size in ((AF_INET, 4), (AF_INET6, 16))
}
"""Sizes of allowed IPs that are laid out as usual, by their headers."""


def _allowed_ips(peer: bytes | bytearray, start: int, end: int) -> tuple[str, ...]:
    prefixes = []
    while start < end:
        size = 0
        if end - start > _PREFIX.size:
            h1, h2, mask, h3, family, h4 = _PREFIX.unpack_from(peer, start)
            size = _PREFIXES.get((h1, h2, h3, family, h4), 0)
        if size and start + size <= end:
            prefixes.append(f"{inet_ntop(family, peer[start + _PREFIX.size : start + size])}/{mask}")
            start += size
        else:
            _, first, after = attribute_at(peer, start, end)
            prefixes.append(_allowed_ip(peer, first, after))
            start = (after + 3) & ~3
    return tuple(prefixes)


def _allowed_ip(peer: bytes | bytearray, start: int, end: int) -> str:
    value = {kind: peer[first:stop] for kind, first, stop in attributes(peer, start, end)}
    family, address = number(value.get(WGALLOWEDIP_A_FAMILY, b"")), value.get(WGALLOWEDIP_A_IPADDR, b"")
    if (family, len(address)) not in {(AF_INET, 4), (AF_INET6, 16)}:
        raise Malformed("an allowed IP is neither IPv4 nor IPv6")
    return f"{inet_ntop(family, address)}/{number(value.get(WGALLOWEDIP_A_CIDR_MASK, b''))}"
