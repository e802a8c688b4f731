"""The kernel's dump of one WireGuard device as what is configured: bytes in, a spec out. No sockets."""

from collections.abc import Iterable

from msgspec.structs import replace

from sentra.core.interfaces import DeviceSpec
from sentra.core.keys import KEY_BYTES
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.wireguard.allowed_ips import in_order
from sentra.wireguard.device_peer import key_text, read_peer
from sentra.wireguard.device_set import (
    WGDEVICE_A_FWMARK,
    WGDEVICE_A_LISTEN_PORT,
    WGDEVICE_A_PEERS,
    WGDEVICE_A_PRIVATE_KEY,
    WGPEER_A_PRESHARED_KEY,
)
from sentra.wireguard.genl import ATTRIBUTE_HEADER, Message, attributes, command_attributes, number

_WGDEVICE_A_PUBLIC_KEY = 4
_NO_KEY = bytes(KEY_BYTES)


def read_spec(messages: Iterable[Message]) -> DeviceSpec:
    """Return what a complete dump says is configured. Erases the private key from its bytes.

    Raises Malformed where the bytes make no sense.
    """
    public_key, listen_port, fwmark = None, 0, 0
    peers: dict[str, PeerSpec] = {}
    for message in messages:
        for kind, start, end in command_attributes(message):
            if kind == WGDEVICE_A_PEERS:
                _read_peers(message.data, start, end, peers)
            elif kind == WGDEVICE_A_PRIVATE_KEY:
                message.data[start:end] = bytes(end - start)
            elif kind == _WGDEVICE_A_PUBLIC_KEY:
                public_key = key_text(message.data[start:end])
            elif kind == WGDEVICE_A_LISTEN_PORT:
                listen_port = number(message.data[start:end])
            elif kind == WGDEVICE_A_FWMARK:
                fwmark = number(message.data[start:end])
    return DeviceSpec(public_key, listen_port, fwmark, peers)


def read_private_key(messages: Iterable[Message]) -> Secret | None:
    """Return the private key that is in a complete dump. Raises Malformed where the bytes make no sense."""
    for message in messages:
        for kind, start, end in command_attributes(message):
            if kind == WGDEVICE_A_PRIVATE_KEY:
                return _secret(message.data[start:end])
    return None


def _read_peers(data: bytearray, start: int, end: int, peers: dict[str, PeerSpec]) -> None:
    """Add the peers of one WGDEVICE_A_PEERS nest; a peer that was begun in the message before is continued."""
    for _, first, after in attributes(data, start, end):
        peer = data[first - ATTRIBUTE_HEADER.size : after]
        status = read_peer(peer)
        begun = peers.get(status.public_key)
        if begun:
            allowed_ips = in_order(begun.allowed_ips + status.allowed_ips)
            peers[status.public_key] = replace(begun, allowed_ips=allowed_ips)
        else:
            peers[status.public_key] = PeerSpec(
                status.public_key,
                in_order(status.allowed_ips),
                _preshared_key(peer),
                status.persistent_keepalive,
                status.endpoint,
            )


def _preshared_key(peer: bytearray) -> Secret | None:
    for kind, start, end in attributes(peer, ATTRIBUTE_HEADER.size, len(peer)):
        if kind == WGPEER_A_PRESHARED_KEY:
            return _secret(peer[start:end])
    return None


def _secret(key: bytearray) -> Secret | None:
    return Secret(bytes(key)) if key != _NO_KEY else None
