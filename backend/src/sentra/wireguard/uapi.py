"""Userspace WireGuard (wireguard-go, boringtun) over its configuration socket.

Protocol: https://www.wireguard.com/xplatform/#configuration-protocol. `get=1` answers lines of `key=value`: the
interface's first, then each peer's, which begin with `public_key=`; keys are hexadecimal; the last line is `errno=`.
"""

import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from sentra.core.errors import InterfaceMissing, InterfaceUnreadable
from sentra.core.keys import key_from_hex
from sentra.core.status import DriverName, InterfaceStatus, PeerStatus, Sample

SOCKETS: Final = Path("/var/run/wireguard")
TIMEOUT_SECONDS: Final = 5.0
LARGEST_ANSWER: Final = 256 << 20
_NO_KEY: Final = b"0" * 64
_PEER: Final = b"\npublic_key="


class _Read(Struct, frozen=True):
    """The last answer of one interface, by the bytes that it was decoded from."""

    head: bytes
    interface: InterfaceStatus
    peers: dict[bytes, PeerStatus]


class UapiDriver:
    """Reads userspace interfaces by their sockets. Decodes only the peers whose lines differ from the last read."""

    name: DriverName = "uapi"

    def __init__(self, sockets: Path = SOCKETS, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._sockets = sockets
        self._timeout_seconds = timeout_seconds
        self._known: dict[str, _Read] = {}

    def has_socket(self, interface: str) -> bool:
        """Tell whether a userspace implementation offers (or left behind) a socket for this interface."""
        return (self._sockets / f"{interface}.sock").is_socket()

    def read_status(self, interface: str) -> Sample:
        """See `Driver.read_status`."""
        answer = self._ask(interface)
        try:
            head, *spans = _body(answer).split(_PEER)
            last = self._known.get(interface)
            # A span that was seen before keeps its object: most peers are idle between two samples.
            known = last.peers if last else {}
            peers = {span: known.get(span) or _peer(span) for span in spans}
            status = last.interface if last and last.head == head else _interface(interface, head)
        except (ValueError, UnicodeDecodeError):
            raise InterfaceUnreadable(f"{interface} gave an answer that is not WireGuard's; restart it") from None
        self._known[interface] = _Read(head, status, peers)
        return Sample(status, {peer.public_key: peer for peer in peers.values()})

    def forget(self, interface: str) -> None:
        """See `Driver.forget`."""
        self._known.pop(interface, None)

    def _ask(self, interface: str) -> bytes:
        path = self._sockets / f"{interface}.sock"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout_seconds)
                connection.connect(str(path))
                connection.sendall(b"get=1\n\n")
                return _receive(connection, interface)
        except FileNotFoundError:
            raise InterfaceMissing(f"{interface} does not exist on this node") from None
        except ConnectionRefusedError:
            raise InterfaceMissing(f"{interface} left its socket behind, but nothing answers there any more") from None
        except PermissionError:
            raise InterfaceUnreadable(f"{interface} needs a privilege to be read: run Sentra as root") from None
        except TimeoutError:
            raise InterfaceUnreadable(f"{interface} did not answer within {self._timeout_seconds:g} s") from None
        except OSError as error:
            raise InterfaceUnreadable(f"{interface} cannot be read: {error.strerror or error}") from None


def _receive(connection: socket.socket, interface: str) -> bytes:
    # An answer ends with an empty line; wireguard-go keeps the connection open for another request.
    parts = bytearray()
    while not parts.endswith(b"\n\n"):
        part = connection.recv(1 << 20)
        if not part:
            raise InterfaceUnreadable(f"{interface} hung up in the middle of its answer")
        parts += part
        if len(parts) > LARGEST_ANSWER:
            raise InterfaceUnreadable(f"{interface} gave an answer without end")
    return bytes(parts)


def _body(answer: bytes) -> bytes:
    body, found, errno = answer.rstrip(b"\n").rpartition(b"\nerrno=")
    if not found:
        body, errno = b"", answer.strip().removeprefix(b"errno=")
    if errno != b"0":
        raise ValueError("the answer is an error")
    # A device without a private key has no line before its first peer.
    return b"\n" + body


def _lines(span: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in span.split(b"\n"):
        key, _, value = line.partition(b"=")
        yield key, value


def _interface(name: str, head: bytes) -> InterfaceStatus:
    fields = dict(_lines(head))
    return InterfaceStatus(
        name=name,
        driver="uapi",
        public_key=_public_key(fields.get(b"private_key", _NO_KEY)),
        listen_port=int(fields.get(b"listen_port", b"0")),
        fwmark=int(fields.get(b"fwmark", b"0")),
        up=True,
    )


def _public_key(private_key: bytes) -> str | None:
    # The socket tells only the private key. It goes no further than this function.
    if private_key == _NO_KEY:
        return None
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(private_key.decode("ascii")))
    return b64encode(private.public_key().public_bytes_raw()).decode("ascii")


def _peer(span: bytes) -> PeerStatus:
    public_key, _, rest = span.partition(b"\n")
    fields: dict[bytes, bytes] = {}
    allowed_ips = []
    for key, value in _lines(rest):
        if key == b"allowed_ip":
            allowed_ips.append(value.decode("ascii"))
        else:
            fields[key] = value
    endpoint = fields.get(b"endpoint")
    return PeerStatus(
        public_key=key_from_hex(public_key),
        endpoint=endpoint.decode("ascii") if endpoint else None,
        allowed_ips=tuple(allowed_ips),
        latest_handshake=int(fields.get(b"last_handshake_time_sec", b"0")),
        rx_bytes=int(fields.get(b"rx_bytes", b"0")),
        tx_bytes=int(fields.get(b"tx_bytes", b"0")),
        persistent_keepalive=int(fields.get(b"persistent_keepalive_interval", b"0")),
        has_preshared_key=fields.get(b"preshared_key", _NO_KEY) != _NO_KEY,
    )
