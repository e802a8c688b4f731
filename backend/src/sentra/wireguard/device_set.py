"""What the kernel is told about one WireGuard device: attributes of WG_CMD_SET_DEVICE. Bytes only, no sockets.

Types, sizes and flags: include/uapi/linux/wireguard.h; the order is that of `wg` (wireguard-tools, ipc-linux.h).
"""

from collections.abc import Iterable, Mapping, Sequence
from socket import AF_INET, AF_INET6, if_nametoindex
from struct import Struct, pack

from sentra.core.keys import KEY_BYTES, key_bytes
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.wireguard.fields import Endpoint, endpoint_bytes, key_or_zeros, prefix_bytes, within
from sentra.wireguard.genl import ATTRIBUTE_HEADER, NLA_F_NESTED, attribute

WGDEVICE_A_PRIVATE_KEY, WGDEVICE_A_LISTEN_PORT, WGDEVICE_A_FWMARK, WGDEVICE_A_PEERS = 3, 6, 7, 8
WGPEER_A_PUBLIC_KEY, WGPEER_A_PRESHARED_KEY, WGPEER_A_FLAGS, WGPEER_A_ENDPOINT = 1, 2, 3, 4
WGPEER_A_KEEPALIVE, WGPEER_A_ALLOWEDIPS = 5, 9
WGALLOWEDIP_A_FAMILY, WGALLOWEDIP_A_IPADDR, WGALLOWEDIP_A_CIDR_MASK = 1, 2, 3
WGPEER_F_REMOVE_ME, WGPEER_F_REPLACE_ALLOWEDIPS, WGPEER_F_UPDATE_ONLY = 1, 2, 4

MOST_ALLOWED_IPS = 700
"""How many allowed IPs a peer gets by one message: 28,000 bytes where all are IPv6. Lengths have 16 bits."""


class DeviceEncoder:
    """Writes patches for the kernel; see `Encoder`.

    A peer with more than MOST_ALLOWED_IPS comes in parts. Only the first replaces its allowed IPs; the others update a
    peer that is there, lest they make half a peer of one that somebody removed in between.
    """

    def settings(self, patch: DevicePatch, private_key: Secret | None) -> bytes:
        """See `Encoder.settings`."""
        written = b""
        if patch.set_private_key:
            written += attribute(WGDEVICE_A_PRIVATE_KEY, key_or_zeros(private_key))
        if patch.listen_port is not None:
            written += attribute(WGDEVICE_A_LISTEN_PORT, pack("=H", within(patch.listen_port, 0xFFFF)))
        if patch.fwmark is not None:
            written += attribute(WGDEVICE_A_FWMARK, pack("=I", within(patch.fwmark, 0xFFFFFFFF)))
        return written

    def removal(self, public_key: str) -> Sequence[bytes]:
        """See `Encoder.removal`."""
        return [_nest(0, _key_and_flags(key_bytes(public_key), WGPEER_F_REMOVE_ME))]

    def put(self, spec: PeerSpec) -> Sequence[bytes]:
        """See `Encoder.put`."""
        key, prefixes = key_bytes(spec.public_key), spec.allowed_ips
        first = _key_and_flags(key, WGPEER_F_REPLACE_ALLOWEDIPS) + _details(spec)
        parts = [_nest(0, first + _allowed_ips(prefixes[:MOST_ALLOWED_IPS]))]
        for start in range(MOST_ALLOWED_IPS, len(prefixes), MOST_ALLOWED_IPS):
            further = _allowed_ips(prefixes[start : start + MOST_ALLOWED_IPS])
            parts.append(_nest(0, _key_and_flags(key, WGPEER_F_UPDATE_ONLY) + further))
        return parts

    def message(self, peers: Iterable[bytes]) -> bytes:
        """See `Encoder.message`."""
        return _nest(WGDEVICE_A_PEERS, b"".join(peers))


def _header(kind: int, size: int) -> bytes:
    return ATTRIBUTE_HEADER.pack(ATTRIBUTE_HEADER.size + size, kind)


def _nest(kind: int, padded: bytes) -> bytes:
    return _header(kind | NLA_F_NESTED, len(padded)) + padded


_KEY, _PRESHARED_KEY = _header(WGPEER_A_PUBLIC_KEY, KEY_BYTES), _header(WGPEER_A_PRESHARED_KEY, KEY_BYTES)
_FLAGS, _KEEPALIVE = _header(WGPEER_A_FLAGS, 4), _header(WGPEER_A_KEEPALIVE, 2)


def _key_and_flags(key: bytes, flags: int) -> bytes:
    return _KEY + key + _FLAGS + pack("=I", flags)


def _details(spec: PeerSpec) -> bytes:
    """Write what stands with the first part of a peer. What is gone is written as zeros, or it would stay."""
    details = _PRESHARED_KEY + key_or_zeros(spec.preshared_key)
    if spec.endpoint is not None:
        details += attribute(WGPEER_A_ENDPOINT, _sockaddr(endpoint_bytes(spec.endpoint)))
    return details + _KEEPALIVE + pack("=H2x", within(spec.persistent_keepalive, 0xFFFF))


def _sockaddr(endpoint: Endpoint) -> bytes:
    """Write a struct sockaddr_in or sockaddr_in6."""
    port = endpoint.port.to_bytes(2, "big")
    if endpoint.family == AF_INET:
        return pack("=H2s4s8x", AF_INET, port, endpoint.address)
    return pack("=H2s4x16sI", AF_INET6, port, endpoint.address, _scope(endpoint.zone))


def _scope(zone: str) -> int:
    if not zone:
        return 0
    try:
        return if_nametoindex(zone)
    except OSError:
        raise ValueError("not a link of this machine") from None


_ALLOWED_IPS: Mapping[int, tuple[Struct, tuple[bytes, ...]]] = {
    family: (
        Struct(f"=4s4sB3x4sH2x4s{size}s"),
        (
            _header(NLA_F_NESTED, 20 + size),
            _header(WGALLOWEDIP_A_CIDR_MASK, 1),
            _header(WGALLOWEDIP_A_FAMILY, 2),
            _header(WGALLOWEDIP_A_IPADDR, size),
        ),
    )
    for family, size in ((AF_INET, 4), (AF_INET6, 16))
}
"""How the allowed IPs of each family lie in a message: mask, family and address, each behind its header."""


def _allowed_ips(prefixes: Sequence[str]) -> bytes:
    written = []
    for text in prefixes:
        family, address, length = prefix_bytes(text)
        layout, (nest, mask_header, family_header, address_header) = _ALLOWED_IPS[family]
        written.append(layout.pack(nest, mask_header, length, family_header, family, address_header, address))
    return _nest(WGPEER_A_ALLOWEDIPS, b"".join(written)) if written else b""
