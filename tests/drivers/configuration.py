"""Configurations of any size with every kind of peer, as text for `wg setconf` and as the status that must come out."""

from base64 import b64encode
from collections.abc import Iterable

from msgspec import Struct

from sentra.core.status import PeerStatus

PRIVATE_KEY = b64encode(bytes([56, *range(61, 92)])).decode()
LISTEN_PORT = 41871
FWMARK = 0xCA6C


class Configuration(Struct, frozen=True):
    """What is set, and what a driver must then say."""

    text: str
    peers: dict[str, PeerStatus]


def key(number: int) -> str:
    return b64encode(number.to_bytes(31, "big") + b"@").decode()


def preshared_key(number: int) -> str:
    return b64encode(number.to_bytes(16, "big") + b"preshared secret").decode()


def configuration(count: int) -> Configuration:
    """One interface with `count` peers of all kinds, in a fixed order."""
    peers = [a_peer(number) for number in range(count)]
    head = f"[Interface]\nPrivateKey = {PRIVATE_KEY}\nListenPort = {LISTEN_PORT}\nFwMark = {FWMARK}\n"
    text = head + "".join(section(number, peer) for number, peer in enumerate(peers))
    return Configuration(text, {peer.public_key: peer for peer in peers})


def a_peer(number: int) -> PeerStatus:
    return PeerStatus(
        public_key=key(number),
        endpoint=[None, f"192.0.2.{number % 250}:{number % 65535 + 1}", f"[2001:db8::{number + 1:x}]:51820"][
            number % 3
        ],
        allowed_ips=tuple(allowed_ips(number)),
        persistent_keepalive=[0, 25, 65535][number % 3] if number % 2 else 0,
        has_preshared_key=number % 5 < 2,
    )


def allowed_ips(number: int) -> Iterable[str]:
    """As a rule one or two; none for every seventh peer; more than fit one message of the kernel for some."""
    if number % 7 == 3:
        return
    yield f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32"
    if number % 4 == 1:
        yield f"fd00::{number + 1:x}/128"
    if number % 500 == 5:
        for more in range(400 if number == 5 else 30):
            yield f"172.{16 + number // 500}.{more >> 7}.{(more & 127) * 2}/31"
    if number == 505:
        for more in range(1500):
            yield f"fd01:{more + 1:x}::/64"


def section(number: int, peer: PeerStatus) -> str:
    lines = ["[Peer]", f"PublicKey = {peer.public_key}"]
    if peer.has_preshared_key:
        lines.append(f"PresharedKey = {preshared_key(number)}")
    if peer.endpoint:
        lines.append(f"Endpoint = {peer.endpoint}")
    lines += [f"AllowedIPs = {ip}" for ip in peer.allowed_ips]
    if peer.persistent_keepalive:
        lines.append(f"PersistentKeepalive = {peer.persistent_keepalive}")
    return "\n".join(lines) + "\n"
