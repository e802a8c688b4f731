"""Userspace WireGuard (wireguard-go, boringtun) over its configuration socket.

Protocol: https://www.wireguard.com/xplatform/#configuration-protocol. `get=1` answers lines of `key=value`: the
interface's first, then each peer's, which begin with `public_key=`; keys are hexadecimal; the last line is `errno=`.
"""

import socket
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
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
_PART_BYTES: Final = 1 << 18
_HEX_KEY: Final = 64
_NO_KEY: Final = b"0" * 64
_PEER: Final = b"\npublic_key="


class _Known(Struct, frozen=True):
    """A peer and the lines that it was decoded from."""

    span: bytes
    peer: PeerStatus


class _Read(Struct, frozen=True):
    """The last answer of one interface; peers by their public key in hexadecimal."""

    head: bytes
    interface: InterfaceStatus
    peers: dict[bytes, _Known]


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
        last = self._known.get(interface)
        known = last.peers if last else {}
        peers: dict[bytes, _Known] = {}
        try:
            spans = _spans(self._ask(interface))
            head = next(spans)
            for span in spans:
                # A peer whose lines were the same at the last read keeps its object: most are idle in between.
                found = known.get(span[:_HEX_KEY])
                peers[span[:_HEX_KEY]] = found if found and found.span == span else _Known(span, _peer(span))
            status = last.interface if last and last.head == head else _interface(interface, head)
        except (ValueError, UnicodeDecodeError):
            raise InterfaceUnreadable(f"{interface} gave an answer that is not WireGuard's; restart it") from None
        self._known[interface] = _Read(head, status, peers)
        return Sample(status, {entry.peer.public_key: entry.peer for entry in peers.values()})

    def forget(self, interface: str) -> None:
        """See `Driver.forget`."""
        self._known.pop(interface, None)

    def _ask(self, interface: str) -> Iterator[bytes]:
        path = self._sockets / f"{interface}.sock"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout_seconds)
                connection.connect(str(path))
                connection.sendall(b"get=1\n\n")
                yield from _receive(connection, interface, time.monotonic() + self._timeout_seconds)
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


def _receive(connection: socket.socket, interface: str, deadline: float) -> Iterator[bytes]:
    # An answer ends with an empty line; wireguard-go keeps the connection open for another request.
    end, size = b"", 0
    while end != b"\n\n":
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(_PART_BYTES)
        size += len(part)
        if not part:
            raise InterfaceUnreadable(f"{interface} hung up in the middle of its answer")
        if size > LARGEST_ANSWER:
            raise InterfaceUnreadable(f"{interface} gave an answer without end")
        end = (end + part[-2:])[-2:]
        yield part


def _spans(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Cut an answer into the lines of the interface and those of each peer, as it arrives.

    In parts, because one call that cuts three megabytes holds the interpreter for as many milliseconds.
    """
    rest = b"\n"  # an interface without a key has no line before its first peer
    for part in parts:
        *whole, rest = (rest + part).split(_PEER)
        yield from whole
    body, found, errno = rest.rstrip(b"\n").rpartition(b"\nerrno=")
    if not found or errno != b"0":
        raise ValueError("the answer is an error")
    yield body


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
