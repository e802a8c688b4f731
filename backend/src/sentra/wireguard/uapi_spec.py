"""The answer of a userspace implementation as what is configured: lines in, a spec out. No sockets.

Protocol: https://www.wireguard.com/xplatform/#configuration-protocol. The lines come cut into those of the interface
and those of each peer, without the first `public_key=`. All functions raise ValueError for nonsense.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sentra.core.interfaces import DeviceSpec
from sentra.core.keys import KEY_BYTES, key_from_hex
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.wireguard.allowed_ips import in_order
from sentra.wireguard.spec_reading import SpecReading, read_known

NO_KEY: Final = b"0" * (2 * KEY_BYTES)
_KEY: Final = slice(2 * KEY_BYTES)
_COUNTERS: Final = re.compile(
    rb"\nlast_handshake_time_sec=[0-9]+\nlast_handshake_time_nsec=[0-9]+\ntx_bytes=[0-9]+\nrx_bytes=[0-9]+(?=\n|\Z)"
)


def lines(span: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of each line."""
    for line in span.split(b"\n"):
        key, _, value = line.partition(b"=")
        yield key, value


def public_key(head: bytes) -> str | None:
    """Return the public key of the interface, of which the socket tells only the private one."""
    private_key = read_private_key(head)
    if private_key is None:
        return None
    private = X25519PrivateKey.from_private_bytes(private_key.reveal())
    return b64encode(private.public_key().public_bytes_raw()).decode("ascii")


def read_private_key(head: bytes) -> Secret | None:
    """Return the private key that is among the interface's lines."""
    return _secret(dict(lines(head)).get(b"private_key", NO_KEY))


def follow_spec(head: bytes, spans: Iterable[bytes], last: SpecReading) -> SpecReading:
    """Return what the interface's lines and those of its peers say is configured, decoded against the last read."""
    known = {
        peer.data[_KEY]: peer
        for peer in read_known(spans, last.known, beginning=_KEY, configured=_configured, decode=_peer)
    }
    fields = dict(lines(head))
    device = DeviceSpec(
        public_key(head),
        int(fields.get(b"listen_port", b"0")),
        int(fields.get(b"fwmark", b"0")),
        {peer.spec.public_key: peer.spec for peer in known.values()},
    )
    return last.then(device, known)


def _configured(span: bytes) -> bytes:
    return _COUNTERS.sub(b"", span)


def _peer(span: bytes) -> PeerSpec:
    key, _, rest = span.partition(b"\n")
    fields: dict[bytes, bytes] = {}
    allowed_ips = []
    for name, value in lines(rest):
        if name == b"allowed_ip":
            allowed_ips.append(value.decode("ascii"))
        else:
            fields[name] = value
    endpoint = fields.get(b"endpoint")
    return PeerSpec(
        key_from_hex(key),
        in_order(allowed_ips),
        _secret(fields.get(b"preshared_key", NO_KEY)),
        int(fields.get(b"persistent_keepalive_interval", b"0")),
        endpoint.decode("ascii") if endpoint else None,
    )


def _secret(key: bytes) -> Secret | None:
    return Secret(bytes.fromhex(key.decode("ascii"))) if key != NO_KEY else None
