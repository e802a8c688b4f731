"""An independent encoder of what the kernel sends: drivers/net/wireguard/netlink.c, get_peer() and its callers."""

import random
from base64 import b64decode
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from itertools import pairwise
from socket import AF_INET, AF_INET6, inet_pton
from struct import pack

from sentra.core.status import PeerStatus

FAMILY = 33
PORT = 4711
NESTED = 0x8000
MULTI, DUMP_INTR = 0x2, 0x10
ERROR, DONE, OVERRUN = 2, 3, 4
PRIVATE_KEY = bytes(range(100, 132))
PRESHARED_KEY = bytes(range(200, 232))


def attribute(kind: int, value: bytes) -> bytes:
    return pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def message(payload: bytes, kind: int = FAMILY, flags: int = MULTI, sequence: int = 2, port: int = PORT) -> bytes:
    return pack("=IHHII", 16 + len(payload), kind, flags, sequence, port) + payload + bytes(-len(payload) % 4)


def done(flags: int = MULTI, error: int = 0) -> bytes:
    return message(pack("=i", -error), DONE, flags)


def error(code: int, sequence: int = 2) -> bytes:
    return message(pack("=i", -code) + bytes(16), ERROR, 0, sequence)


def family_answer(family: int = FAMILY) -> bytes:
    attributes = attribute(2, b"wireguard\0") + attribute(1, pack("=H", family)) + attribute(3, pack("=I", 1))
    return message(pack("=BBxx", 1, 2) + attributes, 0x10, 0, 1)


def device_message(peers: bytes = b"", device: bytes = b"", flags: int = MULTI) -> bytes:
    nest = attribute(8 | NESTED, peers) if peers else b""
    return message(pack("=BBxx", 0, 1) + device + nest, flags=flags)


def device(public_key: bytes = bytes(range(32)), listen_port: int = 51820, fwmark: int = 0) -> bytes:
    attributes = [(6, pack("=H", listen_port)), (7, pack("=I", fwmark)), (1, pack("=I", 5)), (2, b"wg0\0")]
    attributes += [(3, PRIVATE_KEY), (4, public_key)]
    return b"".join(attribute(kind, value) for kind, value in attributes)


def sockaddr(endpoint: str, scope: int = 0) -> bytes:
    host, _, port = endpoint.rpartition(":")
    address = ip_address(host.strip("[]"))
    number = pack("!H", int(port))
    if address.version == 4:
        return pack("=H", AF_INET) + number + address.packed + bytes(8)
    return pack("=H", AF_INET6) + number + bytes(4) + address.packed + pack("=I", scope)


def allowed_ip(prefix: str) -> bytes:
    network = ip_network(prefix)
    family = AF_INET if network.version == 4 else AF_INET6
    address = inet_pton(family, str(network.network_address))
    mask = attribute(3, bytes([network.prefixlen]))
    return attribute(NESTED, mask + attribute(1, pack("=H", family)) + attribute(2, address))


def allowed_ips(prefixes: Sequence[str]) -> list[bytes]:
    return [attribute(9 | NESTED, b"".join(map(allowed_ip, prefixes)))] if prefixes else []


def details(peer: PeerStatus, *, preshared_key: bytes | None = None, nanoseconds: int = 7) -> list[bytes]:
    """The attributes of a peer in the kernel's order, without its allowed IPs."""
    preshared_key = preshared_key or (PRESHARED_KEY if peer.has_preshared_key else bytes(32))
    parts = [
        (1, b64decode(peer.public_key)),
        (2, preshared_key),
        (6, pack("=qq", peer.latest_handshake, nanoseconds)),
        (5, pack("=H", peer.persistent_keepalive)),
        (8, pack("=Q", peer.tx_bytes)),
        (7, pack("=Q", peer.rx_bytes)),
        (10, pack("=I", 1)),
    ]
    if peer.endpoint:
        parts.append((4, sockaddr(peer.endpoint)))
    return [attribute(kind, value) for kind, value in parts]


def peer_nest(attributes: Sequence[bytes]) -> bytes:
    return attribute(NESTED, b"".join(attributes))


def whole(peer: PeerStatus, **options) -> bytes:
    return peer_nest([*details(peer, **options), *allowed_ips(peer.allowed_ips)])


def in_any_order(peer: PeerStatus, dice: random.Random) -> bytes:
    """The same peer as another kernel might write it: other order, attributes that nobody knows."""
    attributes = [*details(peer), *allowed_ips(peer.allowed_ips), attribute(99, b"future"), attribute(0, b"")]
    dice.shuffle(attributes)
    return peer_nest(attributes)


def in_parts(peer: PeerStatus, cuts: Sequence[int]) -> list[bytes]:
    """The peer as the kernel writes it when its allowed IPs do not fit: first all with some of them, then key and rest.

    `cuts` says before which allowed IPs a new message begins.
    """
    edges = [0, *sorted(cuts), len(peer.allowed_ips)]
    chunks = [peer.allowed_ips[start:end] for start, end in pairwise(edges)]
    key = attribute(1, b64decode(peer.public_key))
    first = peer_nest([*details(peer), *allowed_ips(chunks[0])])
    return [first, *(peer_nest([key, *allowed_ips(chunk)]) for chunk in chunks[1:])]


def dump(peers: Sequence[PeerStatus], per_message: int = 150) -> list[bytes]:
    """The datagrams of a whole dump, DONE included in the last one."""
    chunks = [peers[start : start + per_message] for start in range(0, len(peers), per_message)] or [[]]
    datagrams = [
        device_message(b"".join(map(whole, chunk)), b"" if index else device()) for index, chunk in enumerate(chunks)
    ]
    datagrams[-1] += done()
    return datagrams
