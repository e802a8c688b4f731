"""A client that sends exactly what a test says, and shows exactly what came back."""

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Header = tuple[str, str]
DEADLINE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. Header names are in lower case, in the order and number in which they came."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    certificate: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]

    def one(self, name: str) -> str:
        values = self.all(name)
        assert len(values) == 1, f"{name}: {values}"
        return values[0]


def context(authority: Path | None) -> ssl.SSLContext:
    """Trust `authority` alone; nobody is asked for a certificate that can be verified where it is None."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority:
        made.load_verify_locations(authority)
    else:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def ask(
    port: int,
    path: str = "/",
    *,
    method: str = "GET",
    host: str = "localhost",
    headers: Iterable[Header] = (),
    body: bytes = b"",
    authority: Path | None = None,
    server_name: str | None = "localhost",
    address: str = "127.0.0.1",
) -> Answer:
    """Ask over TLS, in a connection of its own."""
    trusted = context(authority)
    with (
        _connect(address, port) as plain,
        trusted.wrap_socket(plain, server_hostname=server_name) as secured,
    ):
        answer = _exchange(secured, method, path, f"{host}:{port}", headers, body)
        certificate = secured.getpeercert(binary_form=True) or b""
    return Answer(answer.status, answer.headers, answer.body, certificate)


def ask_plainly(port: int, path: str = "/", *, method: str = "GET", host: str = "localhost") -> Answer:
    """Ask without TLS."""
    with _connect("127.0.0.1", port) as plain:
        return _exchange(plain, method, path, f"{host}:{port}", (), b"")


T = TypeVar("T")


def until(fact: Callable[[], T], what: str) -> T:
    """Return the first true value of `fact`; fails after a deadline. An answer that does not come counts as false."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            if value := fact():
                return value
        except OSError:
            pass
        assert time.monotonic() < deadline, f"{what} did not happen within {DEADLINE_SECONDS:.0f} seconds"
        time.sleep(0.01)


def _connect(address: str, port: int) -> socket.socket:
    connection = socket.create_connection((address, port), timeout=10)
    # else each request waits 40 ms for the acknowledgement of the handshake
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _exchange(
    connection: socket.socket, method: str, path: str, host: str, headers: Iterable[Header], body: bytes
) -> Answer:
    sent = [("Host", host), ("Connection", "close"), *headers]
    if body and not any(name.lower() == "transfer-encoding" for name, _ in sent):
        sent.append(("Content-Length", str(len(body))))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent), "", ""]
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer may come before the whole body went
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    content = response.read()
    found = tuple((name.lower(), value) for name, value in response.getheaders())
    response.close()
    return Answer(response.status, found, content)


def free_port() -> int:
    """Return a port that nobody has now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
