"""The kernel's dump of one WireGuard device as what is configured: bytes in, a spec out. No sockets."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from sentra.core.interfaces import DeviceSpec
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.wireguard.allowed_ips import in_order
from sentra.wireguard.device_peer import (
    HANDSHAKE,
    HANDSHAKE_END,
    KEY_END,
    NO_KEY,
    TRANSFER,
    TRANSFER_END,
    is_usual,
    key_text,
    read_peer,
)
from sentra.wireguard.device_set import (
    WGDEVICE_A_FWMARK,
    WGDEVICE_A_LISTEN_PORT,
    WGDEVICE_A_PEERS,
    WGDEVICE_A_PRIVATE_KEY,
    WGPEER_A_PRESHARED_KEY,
)
from sentra.wireguard.genl import ATTRIBUTE_HEADER, Message, attribute_at, attributes, command_attributes, number
from sentra.wireguard.spec_reading import SpecReading, read_known

_WGDEVICE_A_PUBLIC_KEY = 4
_KEY = slice(KEY_END)


def follow_spec(messages: Iterable[Message], last: SpecReading) -> SpecReading:
    """Return what a complete dump says is configured, decoded against the last read. Erases the private key from its
    bytes.

    Raises Malformed where the bytes make no sense.
    """
    public_key, listen_port, fwmark = None, 0, 0
    spans: list[bytes] = []
    for message in messages:
        for kind, start, end in command_attributes(message):
            if kind == WGDEVICE_A_PEERS:
                spans += _spans(message.data, start, end)
            elif kind == WGDEVICE_A_PRIVATE_KEY:
                message.data[start:end] = bytes(end - start)
            elif kind == _WGDEVICE_A_PUBLIC_KEY:
                public_key = key_text(message.data[start:end])
            elif kind == WGDEVICE_A_LISTEN_PORT:
                listen_port = number(message.data[start:end])
            elif kind == WGDEVICE_A_FWMARK:
                fwmark = number(message.data[start:end])
    read = [*read_known(spans, last.known, beginning=_KEY, configured=_configured, decode=_read_peer)]
    peers = _joined([peer.spec for peer in read])
    known = {peer.data[_KEY]: peer for peer in read}
    return last.then(DeviceSpec(public_key, listen_port, fwmark, peers), known)


def read_private_key(messages: Iterable[Message]) -> Secret | None:
    """Return the private key that is in a complete dump. Raises Malformed where the bytes make no sense."""
    for message in messages:
        for kind, start, end in command_attributes(message):
            if kind == WGDEVICE_A_PRIVATE_KEY:
                return _secret(message.data[start:end])
    return None


def _spans(data: bytearray, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of each peer in one WGDEVICE_A_PEERS nest."""
    while start < end:
        _, _, after = attribute_at(data, start, end)
        yield bytes(data[start:after])
        start = (after + 3) & ~3


def _configured(span: bytes) -> bytes:
    """Leave out the latest handshake and the bytes sent and received, where they lie where they usually do."""
    if not is_usual(span, 0, len(span)):
        return span
    return span[:HANDSHAKE] + span[HANDSHAKE_END:TRANSFER] + span[TRANSFER_END:]


def _read_peer(span: bytes) -> PeerSpec:
    status = read_peer(span)
    return PeerSpec(
        status.public_key,
        in_order(status.allowed_ips),
        _preshared_key(span),
        status.persistent_keepalive,
        status.endpoint,
    )


def _joined(specs: Sequence[PeerSpec]) -> dict[str, PeerSpec]:
    """Return the peers by their public keys; one that was begun in the message before is continued."""
    peers = {spec.public_key: spec for spec in specs}
    if len(peers) == len(specs):
        return peers
    peers = {}
    for spec in specs:
        begun = peers.get(spec.public_key)
        peers[spec.public_key] = _continued(begun, spec) if begun else spec
    return peers


def _continued(begun: PeerSpec, rest: PeerSpec) -> PeerSpec:
    return replace(begun, allowed_ips=in_order(begun.allowed_ips + rest.allowed_ips))


def _preshared_key(peer: bytes) -> Secret | None:
    for kind, start, end in attributes(peer, ATTRIBUTE_HEADER.size, len(peer)):
        if kind == WGPEER_A_PRESHARED_KEY:
            return _secret(peer[start:end])
    return None


def _secret(key: bytes | bytearray) -> Secret | None:
    return Secret(bytes(key)) if key != NO_KEY else None
