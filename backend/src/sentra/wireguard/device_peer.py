"""One peer of the kernel's dump: bytes in, status out. Only whether it has a preshared key comes out, not the key.

Peers are read by position, as drivers/net/wireguard/netlink.c lays them out, and attribute by attribute where a kernel
lays them out in another way. Types and sizes: include/uapi/linux/wireguard.h.
"""

from binascii import b2a_base64
from collections.abc import Sequence
from itertools import pairwise
from operator import eq
from socket import AF_INET, AF_INET6, NI_DGRAM, NI_NUMERICHOST, NI_NUMERICSERV, getnameinfo, inet_ntop
from struct import Struct, pack

from sentra.core.status import PeerStatus
from sentra.wireguard.genl import ATTRIBUTE_HEADER, NLA_F_NESTED, Malformed, attribute_at, attributes, number

WGPEER_A_PUBLIC_KEY, WGPEER_A_PRESHARED_KEY, WGPEER_A_ENDPOINT, WGPEER_A_KEEPALIVE = 1, 2, 4, 5
WGPEER_A_LAST_HANDSHAKE_TIME, WGPEER_A_RX_BYTES, WGPEER_A_TX_BYTES, WGPEER_A_ALLOWEDIPS = 6, 7, 8, 9
WGPEER_A_PROTOCOL_VERSION = 10
WGALLOWEDIP_A_UNSPEC, WGALLOWEDIP_A_FAMILY, WGALLOWEDIP_A_IPADDR, WGALLOWEDIP_A_CIDR_MASK = 0, 1, 2, 3

KEY = slice(8, 40)
"""Where the public key usually lies in a peer's bytes: after the headers of the peer and of the attribute."""
COUNTERS = 76
"""Where what changes by itself usually begins, after the preshared key."""
ADDRESSES = 136
"""Where endpoint and allowed IPs usually begin."""


def read_peer(peer: bytearray) -> PeerStatus:
    """Return what one nest of WGDEVICE_A_PEERS says, its header included."""
    return _read_by_position(peer) or _read_by_attribute(peer)


def read_counters(data: bytearray, start: int, known: PeerStatus) -> PeerStatus | None:
    """Return the peer `known`, which begins at `start` of `data`, with the counters that lie there.

    The bytes must reach to ADDRESSES. None where the counters are not where they usually are.
    """
    h3, handshake, h4, keepalive, h5, tx_bytes, h6, rx_bytes, h7 = _COUNTERS.unpack_from(data, start + COUNTERS)
    if (h3, h4, h5, h6, h7) != _COUNTER_HEADERS:
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


class PeerRun:
    """Peers that lie one behind the other, as they were once read.

    While all their bytes but the counters stay the same, so does all that they say but the counters, and the whole run
    is unpacked at once: into the bytes between the counters, preshared keys included, and the counters.
    """

    def __init__(self, raw: bytearray, offsets: Sequence[int], known: Sequence[PeerStatus]) -> None:
        """Take the peers `known` that lie between the `offsets` of `raw`."""
        self._struct: Struct | None = None
        if all(_is_usual(raw, offset, after) for offset, after in pairwise(offsets)):
            *sizes, last = (after - offset - _COUNTED_END for offset, after in pairwise(offsets))
            parts = (f"{size + _COUNTED}s{_COUNTED_FORMAT}" for size in (0, *sizes))
            self._struct = Struct(f"={''.join(parts)}{last}s")
            self._fixed = self._struct.unpack_from(raw, offsets[0])[::2]
        self.public_keys = [peer.public_key for peer in known]
        self._endpoints = [peer.endpoint for peer in known]
        self._allowed_ips = [peer.allowed_ips for peer in known]
        self._has_preshared_key = [peer.has_preshared_key for peer in known]

    def read(self, data: bytearray, start: int, last: Sequence[PeerStatus]) -> list[PeerStatus] | None:
        """Return the same peers as they lie at `start` of `data`, which reaches as far as they do.

        Those that are equal to what they were `last` are the same objects. None where more than counters is different,
        and where a peer is not laid out as usual.
        """
        if not self._struct:
            return None
        values = self._struct.unpack_from(data, start)
        if values[::2] != self._fixed:
            return None
        handshakes, keepalives, tx_bytes, rx_bytes = values[1::8], values[3::8], values[5::8], values[7::8]
        statuses = list(
            map(
                PeerStatus,
                self.public_keys,
                self._endpoints,
                self._allowed_ips,
                handshakes,
                rx_bytes,
                tx_bytes,
                keepalives,
                self._has_preshared_key,
            )
        )
        if True in map(eq, statuses, last):
            return [old if old == new else new for old, new in zip(last, statuses, strict=True)]
        return statuses


def key_text(key: bytes | bytearray) -> str:
    """Return a public key in base64."""
    if len(key) != len(_NO_KEY):
        raise Malformed("a public key is not 32 bytes long")
    return b2a_base64(key, newline=False).decode()


def _header(kind: int, size: int) -> int:
    return number(ATTRIBUTE_HEADER.pack(ATTRIBUTE_HEADER.size + size, kind))


_NOTHING = bytearray()
_NO_KEY = bytes(32)
_KEYS = Struct("=4xI32sI32s")
_KEY_HEADERS = (_header(WGPEER_A_PUBLIC_KEY, 32), _header(WGPEER_A_PRESHARED_KEY, 32))
_COUNTERS = Struct("=IQ8xIH2xIQIQI4x")
_COUNTER_HEADERS = (
    _header(WGPEER_A_LAST_HANDSHAKE_TIME, 16),
    _header(WGPEER_A_KEEPALIVE, 2),
    _header(WGPEER_A_TX_BYTES, 8),
    _header(WGPEER_A_RX_BYTES, 8),
    _header(WGPEER_A_PROTOCOL_VERSION, 4),
)

_HEADERS = Struct("=4xI32xI32xI16xI4xI8xI8xI4x")
_COUNTED, _COUNTED_END, _COUNTED_FORMAT = COUNTERS + 4, ADDRESSES - 8, "Q8xIH2xIQIQ"
"""From the first of the counters to the last; every second value is a header. Nanoseconds are passed over."""


def _is_usual(data: bytearray, start: int, end: int) -> bool:
    """Tell whether the peer that is `data[start:end]` is read by position."""
    return end - start >= ADDRESSES and _HEADERS.unpack_from(data, start) == _KEY_HEADERS + _COUNTER_HEADERS


def _read_by_position(peer: bytearray) -> PeerStatus | None:
    """Return None where the attributes are not the usual ones in the usual order."""
    if len(peer) < ADDRESSES:
        return None
    h1, key, h2, preshared_key = _KEYS.unpack_from(peer)
    h3, handshake, h4, keepalive, h5, tx_bytes, h6, rx_bytes, h7 = _COUNTERS.unpack_from(peer, COUNTERS)
    if (h1, h2) != _KEY_HEADERS or (h3, h4, h5, h6, h7) != _COUNTER_HEADERS:
        return None
    endpoint, allowed_ips = _addresses(peer, ADDRESSES)
    public_key = b2a_base64(key, newline=False).decode()
    has_preshared_key = preshared_key != _NO_KEY
    return PeerStatus(public_key, endpoint, allowed_ips, handshake, rx_bytes, tx_bytes, keepalive, has_preshared_key)


def _read_by_attribute(peer: bytearray) -> PeerStatus:
    value = {kind: peer[start:end] for kind, start, end in attributes(peer, ATTRIBUTE_HEADER.size, len(peer))}
    endpoint, allowed_ips = _addresses(peer, ATTRIBUTE_HEADER.size)
    return PeerStatus(
        key_text(value.get(WGPEER_A_PUBLIC_KEY, _NOTHING)),
        endpoint,
        allowed_ips,
        number(value.get(WGPEER_A_LAST_HANDSHAKE_TIME, _NOTHING)[:8]),
        number(value.get(WGPEER_A_RX_BYTES, _NOTHING)),
        number(value.get(WGPEER_A_TX_BYTES, _NOTHING)),
        number(value.get(WGPEER_A_KEEPALIVE, _NOTHING)),
        value.get(WGPEER_A_PRESHARED_KEY, _NO_KEY) != _NO_KEY,
    )


def _addresses(peer: bytearray, start: int) -> tuple[str | None, tuple[str, ...]]:
    """Return endpoint and allowed IPs from the attributes of the peer that follow `start`."""
    endpoint = None
    allowed_ips: tuple[str, ...] = ()
    end = len(peer)
    while start < end:
        kind, first, after = attribute_at(peer, start, end)
        if kind == WGPEER_A_ENDPOINT:
            endpoint = _endpoint(peer[first:after])
        elif kind == WGPEER_A_ALLOWEDIPS:
            allowed_ips += _allowed_ips(peer, first, after)
        start = (after + 3) & ~3
    return endpoint, allowed_ips


_IPV4_ENDPOINT = Struct("!2xH4s8x")
_IPV6_ENDPOINT = Struct("!2xH4x16s4x")
_IPV4, _IPV6 = (pack("=H", family) for family in (AF_INET, AF_INET6))


def _endpoint(address: bytearray) -> str:
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
        _header(WGALLOWEDIP_A_UNSPEC | NLA_F_NESTED, _PREFIX.size - ATTRIBUTE_HEADER.size + size),
        _header(WGALLOWEDIP_A_CIDR_MASK, 1),
        _header(WGALLOWEDIP_A_FAMILY, 2),
        family,
        _header(WGALLOWEDIP_A_IPADDR, size),
    ): _PREFIX.size + size
    for family, size in ((AF_INET, 4), (AF_INET6, 16))
}
"""Sizes of allowed IPs that are laid out as usual, by their headers."""


def _allowed_ips(peer: bytearray, start: int, end: int) -> tuple[str, ...]:
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


def _allowed_ip(peer: bytearray, start: int, end: int) -> str:
    value = {kind: peer[first:stop] for kind, first, stop in attributes(peer, start, end)}
    family, address = number(value.get(WGALLOWEDIP_A_FAMILY, _NOTHING)), value.get(WGALLOWEDIP_A_IPADDR, _NOTHING)
    if (family, len(address)) not in {(AF_INET, 4), (AF_INET6, 16)}:
        raise Malformed("an allowed IP is neither IPv4 nor IPv6")
    return f"{inet_ntop(family, address)}/{number(value.get(WGALLOWEDIP_A_CIDR_MASK, b''))}"
