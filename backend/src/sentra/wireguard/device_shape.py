"""Many peers of one shape: read at once, column by column. Only whether preshared keys are set comes out, not the keys.

Peers have one shape when their endpoints have one family and their allowed IPs have, one after the other, the same
families: then all attributes lie at the same places, as drivers/net/wireguard/netlink.c puts them there. What has
another shape, or none that is known here, is left to `device_peer`.
"""

from binascii import b2a_base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, repeat
from operator import ne
from socket import AF_INET, AF_INET6, inet_ntop, ntohs
from struct import Struct, calcsize, pack
from typing import Any

from sentra.core.status import PeerStatus
from sentra.wireguard import device_peer as wire
from sentra.wireguard.genl import NLA_F_NESTED, attributes, number

_SOCKADDR: dict[int, int] = {0: 0, 16: AF_INET, 28: AF_INET6}
"""Families by the size of an endpoint: struct sockaddr_in and sockaddr_in6."""
_SOCKADDR_FORMATS: dict[int, str] = {AF_INET: "HH4B8x", AF_INET6: "HH4x16sI"}
_ALLOWED_IP: dict[int, int] = {24: AF_INET, 36: AF_INET6}
"""Families by the size of an allowed IP."""
_ADDRESS_FORMATS: dict[int, str] = {AF_INET: "4B", AF_INET6: "16s"}
_LONGEST = 400
"""A peer with more bytes has more than eight or so allowed IPs; few others will have its shape."""
_AT_ONCE = 32
"""How many peers are unpacked at once."""

_Columns = Iterator[Sequence[Any]]


def shape_of(peer: bytes) -> "Shape | None":
    """Return the shape of a peer, its header included; None where it is not a usual one."""
    if len(peer) > _LONGEST or not wire.is_usual(peer, 0, len(peer)):
        return None
    endpoint = 0
    allowed_ips: list[int] = []
    for kind, start, end in attributes(peer, wire.ADDRESSES, len(peer)):
        if kind == wire.WGPEER_A_ENDPOINT:
            endpoint = end - start
        elif kind == wire.WGPEER_A_ALLOWEDIPS:
            allowed_ips = [after - first for _, first, after in attributes(peer, start, end)]
    if endpoint not in _SOCKADDR or not _ALLOWED_IP.keys() >= set(allowed_ips):
        return None
    return _shape(_SOCKADDR[endpoint], tuple(_ALLOWED_IP[size] for size in allowed_ips))


class Shape:
    """Peers whose endpoint is of the family `endpoint`, 0 for none, and whose allowed IPs are of `families`."""

    def __init__(self, endpoint: int, families: Sequence[int]) -> None:
        self._endpoint, self._families = endpoint, families
        self._words: dict[int, int] = {}
        layout = "="
        for part in _parts(endpoint, families):
            if isinstance(part, int):
                self._words[calcsize(layout) // 4] = part
            layout += "4x" if isinstance(part, int) else part
        self._one, self._many = Struct(layout), Struct("=" + layout[1:] * _AT_ONCE)

    def read(self, peers: bytes) -> list[PeerStatus] | None:
        """Return what peers say that lie one behind the other. None where one of them has another shape."""
        if len(peers) % self._one.size or not self._has_words(peers):
            return None
        columns = self._columns(peers)
        keys, preshared_keys, handshakes, keepalives, tx_bytes, rx_bytes = (next(columns) for _ in range(6))
        endpoints = _endpoints(self._endpoint, columns) if self._endpoint else repeat(None)
        if endpoints is None:
            return None
        allowed_ips = [_ALLOWED_IP_TEXTS[family](columns) for family in self._families]
        return list(
            map(
                PeerStatus,
                _key_texts(keys),
                endpoints,
                zip(*allowed_ips, strict=True) if allowed_ips else repeat(()),
                handshakes,
                rx_bytes,
                tx_bytes,
                keepalives,
                map(ne, preshared_keys, repeat(wire.NO_KEY)),
            )
        )

    def _has_words(self, peers: bytes) -> bool:
        """Tell whether the words that make the shape are there: in the first peer, and in each as in the one before."""
        step = self._one.size // 4
        with memoryview(peers) as view, view.cast("I") as words:
            return all(
                words[place] == word and words[place + step :: step] == words[place:-step:step]
                for place, word in self._words.items()
            )

    def _columns(self, peers: bytes) -> _Columns:
        """Unpack the peers. Return the first value of each, the second of each and so on."""
        end = len(peers) - len(peers) % self._many.size
        with memoryview(peers) as view:
            values = [
                *chain.from_iterable(self._many.iter_unpack(view[:end])),
                *chain.from_iterable(self._one.iter_unpack(view[end:])),
            ]
        width = len(values) * self._one.size // len(peers)
        return (values[column::width] for column in range(width))


_shape = lru_cache(maxsize=64)(Shape)


def _parts(endpoint: int, families: Sequence[int]) -> list[int | str]:
    """Return what a peer consists of: words that are the same in all peers of the shape, and formats of values."""
    parts: list[int | str] = []
    for header, value in zip(wire.USUAL_HEADERS, ("32s", "32s", "Q8x", "H2x", "Q", "Q", "4x"), strict=True):
        parts += [header, value]
    if endpoint:
        layout = _SOCKADDR_FORMATS[endpoint]
        parts += [wire.header(wire.WGPEER_A_ENDPOINT, calcsize(f"={layout}")), layout]
    allowed_ips: list[int | str] = []
    for family in families:
        address = _ADDRESS_FORMATS[family]
        ip: list[int | str] = [wire.header(wire.WGALLOWEDIP_A_CIDR_MASK, 1), "B3x"]
        ip += [wire.header(wire.WGALLOWEDIP_A_FAMILY, 2), number(pack("=H2x", family))]
        ip += [wire.header(wire.WGALLOWEDIP_A_IPADDR, calcsize(address)), address]
        allowed_ips += _nest(wire.WGALLOWEDIP_A_UNSPEC, ip)
    if families:
        parts += _nest(wire.WGPEER_A_ALLOWEDIPS, allowed_ips)
    return _nest(0, parts)


def _nest(kind: int, parts: list[int | str]) -> list[int | str]:
    size = sum(4 if isinstance(part, int) else calcsize(f"={part}") for part in parts)
    return [wire.header(kind | NLA_F_NESTED, size), *parts]


def _key_texts(keys: Sequence[bytes]) -> list[str]:
    """Return public keys in base64. A zero after each makes every key 44 characters, the last one wrong."""
    text = bytearray(b2a_base64(b"\0".join(keys) + b"\0", newline=False))
    text[43::44] = b"=" * len(keys)
    whole = text.decode()
    return [whole[start : start + 44] for start in range(0, len(whole), 44)]


_DOTTED = [f"{octet}." for octet in range(256)]
_LAST = [f"{octet}" for octet in range(256)]
_SLASHED = [f"/{mask}" for mask in range(256)]


def _endpoints(family: int, columns: _Columns) -> Iterable[str] | None:
    """Write endpoints of the family as `device_peer` does. None where one is of another, or in the scope of a link."""
    families, ports = next(columns), map(ntohs, next(columns))
    if families.count(family) < len(families):
        return None
    if family == AF_INET:
        first, second, third, last = (next(columns) for _ in range(4))
        return [
            f"{_DOTTED[a]}{_DOTTED[b]}{_DOTTED[c]}{_LAST[d]}:{port}"
            for a, b, c, d, port in zip(first, second, third, last, ports, strict=True)
        ]
    hosts, scopes = next(columns), next(columns)
    if any(scopes):
        return None
    return [f"[{inet_ntop(AF_INET6, host)}]:{port}" for host, port in zip(hosts, ports, strict=True)]


def _ipv4_prefixes(columns: _Columns) -> list[str]:
    masks, first, second, third, last = (next(columns) for _ in range(5))
    return [
        f"{_DOTTED[a]}{_DOTTED[b]}{_DOTTED[c]}{_LAST[d]}{_SLASHED[mask]}"
        for a, b, c, d, mask in zip(first, second, third, last, masks, strict=True)
    ]


def _ipv6_prefixes(columns: _Columns) -> list[str]:
    masks, hosts = next(columns), next(columns)
    return [f"{inet_ntop(AF_INET6, host)}/{mask}" for host, mask in zip(hosts, masks, strict=True)]


_ALLOWED_IP_TEXTS: dict[int, Callable[[_Columns], list[str]]] = {AF_INET: _ipv4_prefixes, AF_INET6: _ipv6_prefixes}
