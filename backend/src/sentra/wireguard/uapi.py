"""Userspace WireGuard (wireguard-go, boringtun) over its configuration socket.

Protocol: https://www.wireguard.com/xplatform/#configuration-protocol. `get=1` answers lines of `key=value`: the
interface's first, then each peer's, which begin with `public_key=`; keys are hexadecimal; the last line is `errno=`.
"""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from sentra.core.errors import ApplyFailed, InterfaceMissing, InterfaceUnreadable
from sentra.core.interfaces import DeviceSpec
from sentra.core.keys import key_from_hex
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.core.status import DriverName, InterfaceStatus, PeerStatus, Sample
from sentra.wireguard import uapi_spec
from sentra.wireguard.apply import Refused, apply_patch
from sentra.wireguard.spec_reading import SpecReading
from sentra.wireguard.uapi_set import UapiEncoder
from sentra.wireguard.uapi_spec import NO_KEY, lines

SOCKETS: Final = Path("/var/run/wireguard")
TIMEOUT_SECONDS: Final = 5.0
LARGEST_ANSWER: Final = 256 << 20
_PART_BYTES: Final = 1 << 18
_HEX_KEY: Final = 64
_GET: Final = b"get=1\n\n"
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
    """Reads and configures userspace interfaces by their sockets. It decodes only the peers whose lines differ
    from the last read."""

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
            spans = _spans(self._ask(interface, _GET))
            head = next(spans)
            for span in spans:
                # A peer whose lines were the same at the last read keeps its object: most are idle in between.
                found = known.get(span[:_HEX_KEY])
                peers[span[:_HEX_KEY]] = found if found and found.span == span else _Known(span, _peer(span))
            status = last.interface if last and last.head == head else _interface(interface, head)
        except ValueError:
            raise _nonsense(interface) from None
        self._known[interface] = _Read(head, status, peers)
        return Sample(status, {entry.peer.public_key: entry.peer for entry in peers.values()})

    def forget(self, interface: str) -> None:
        """See `Driver.forget`."""
        self._known.pop(interface, None)

    def read_spec(self, interface: str) -> DeviceSpec:
        """See `Driver.read_spec`."""
        return self.follow_spec(interface, None).device

    def follow_spec(self, interface: str, last: SpecReading | None) -> SpecReading:
        """See `Driver.follow_spec`."""
        try:
            spans = _spans(self._ask(interface, _GET))
            return uapi_spec.follow_spec(next(spans), spans, last or SpecReading(DeviceSpec()))
        except ValueError:
            raise _nonsense(interface) from None

    def read_private_key(self, interface: str) -> Secret | None:
        """See `Driver.read_private_key`."""
        try:
            head, *_ = _spans(self._ask(interface, _GET))
            return uapi_spec.read_private_key(head)
        except ValueError:
            raise _nonsense(interface) from None

    def apply(self, interface: str, patch: DevicePatch, private_key: Secret | None) -> None:
        """See `Driver.apply`."""

        def send(request: bytes) -> None:
            try:
                errno = _errno(b"".join(self._ask(interface, request)))
            except ValueError:
                raise _nonsense(interface) from None
            if errno:
                raise Refused(errno)

        try:
            apply_patch(interface, patch, private_key, UapiEncoder(), send)
        except InterfaceUnreadable as error:
            raise ApplyFailed(interface, str(error)) from None

    def _ask(self, interface: str, request: bytes) -> Iterator[bytes]:
        path = self._sockets / f"{interface}.sock"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout_seconds)
                connection.connect(str(path))
                # Who refuses a request may hang up before the end of it; the answer is there all the same.
                with suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(request)
                yield from _receive(connection, interface, time.monotonic() + self._timeout_seconds)
        except FileNotFoundError:
            raise InterfaceMissing(f"{interface} does not exist on this node") from None
        except ConnectionRefusedError:
            raise InterfaceMissing(f"{interface} left its socket behind, but nothing answers there any more") from None
        except PermissionError:
            raise InterfaceUnreadable(
                f"{interface} can be read and configured only by root: run Sentra as root"
            ) from None
        except TimeoutError:
            raise InterfaceUnreadable(f"{interface} did not answer within {self._timeout_seconds:g} s") from None
        except OSError as error:
            raise InterfaceUnreadable(f"{interface} cannot be reached: {error.strerror or error}") from None


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


def _errno(answer: bytes) -> int:
    """Return the error number of a whole answer; 0 is success. wireguard-go writes it below zero, boringtun above."""
    key, _, errno = answer.strip().rpartition(b"\n")[2].partition(b"=")
    if key != b"errno":
        raise ValueError("the answer has no end")
    return abs(int(errno))


def _nonsense(interface: str) -> InterfaceUnreadable:
    return InterfaceUnreadable(f"{interface} gave an answer that is not WireGuard's; restart it")


def _interface(name: str, head: bytes) -> InterfaceStatus:
    fields = dict(lines(head))
    return InterfaceStatus(
        name=name,
        driver="uapi",
        public_key=uapi_spec.public_key(head),
        listen_port=int(fields.get(b"listen_port", b"0")),
        fwmark=int(fields.get(b"fwmark", b"0")),
        up=True,
    )


def _peer(span: bytes) -> PeerStatus:
    public_key, _, rest = span.partition(b"\n")
    fields: dict[bytes, bytes] = {}
    allowed_ips = []
    for key, value in lines(rest):
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
        has_preshared_key=fields.get(b"preshared_key", NO_KEY) != NO_KEY,
    )
