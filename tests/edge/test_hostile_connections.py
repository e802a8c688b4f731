"""Connections as no browser makes them, through a real Caddy: requests in others, dawdlers, ways out of folders."""

import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator

import pytest

from tests.edge.backend import Backend
from tests.edge.caddy import Caddy
from tests.edge.client import context
from tests.scale import scaled

pytestmark = pytest.mark.caddy

MakeCaddy = Callable[..., Caddy]
INNER = "GET /api/v1/smuggled HTTP/1.1\r\nHost: localhost\r\nX-Padding: "


LENGTHS = (
    "0", "6", "-1", "+6", "6, 6", "6, 0", "0x6", "6 ", " 6", "\t6", "6\x0b", "99999999999999999999", "1e1", "", "６",
    "6;",
)  # fmt: skip
ENCODINGS = (
    "chunked", " chunked", "chunked ", "\tchunked", "\x0bchunked", "xchunked", "chunked, identity",
    "identity, chunked",
    "chunked\r\nTransfer-Encoding: x", "x\r\nTransfer-Encoding: chunked", "Chunked", "chunk", "chunked;q=1",
    '"chunked"',
    "cow, chunked", "chunked, chunked", "gzip, chunked",
)  # fmt: skip
HEADS = (
    *([f"Content-Length: {length}"] for length in LENGTHS),
    *(["Content-Length: 5", f"Transfer-Encoding: {encoding}"] for encoding in ENCODINGS),
    ["Content-Length: 6", "Content-Length: 0"],
    ["Content-Length : 6", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding : chunked", "Content-Length: 6"],
    ["Transfer-Encoding:\n chunked", "Content-Length: 6"],
    [" Transfer-Encoding: chunked", "Content-Length: 6"],
    ["Foo: bar\r\n\rTransfer-Encoding: chunked", "Content-Length: 6"],
    ["Foo: bar\nTransfer-Encoding: chunked", "Content-Length: 6"],
    ["Transfer_Encoding: chunked", "Content-Length: 6"],
    ["Connection: Content-Length", "Content-Length: 6"],
    ["Connection: keep-alive, Transfer-Encoding", "Transfer-Encoding: chunked"],
    ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAARAAAAA", "Content-Length: 0"],
    ["Expect: 100-continue", "Content-Length: 6", "Content-Length: 7"],
)
BODIES = ("0\r\n\r\n", "1\r\nZ\r\nQ\r\n\r\n", "5;x=\n\r\n12345\r\n0\r\n\r\n", "ffffffffffffffff1\r\n")


@contextlib.contextmanager
def secured(caddy: Caddy) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", caddy.https_port), timeout=30) as plain,
        context(None).wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        yield connection


def said(caddy: Caddy, request: bytes) -> bytes:
    """Send bytes and nothing after them; give all that came back until the other side was done."""
    with secured(caddy) as connection:
        connection.settimeout(0.05)
        answer = b""
        with contextlib.suppress(OSError):
            connection.sendall(request)
            while part := connection.recv(65536):
                answer += part
        return answer


def test_S55_there_are_enough() -> None:
    assert len(HEADS) >= 40


def test_S55_no_request_hides_in_another(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    for head in HEADS:
        lines = ["POST /api/v1/outer HTTP/1.1", f"Host: localhost:{caddy.https_port}", *head, "", ""]
        for body in BODIES[: scaled(2, len(BODIES))]:
            # What follows is of the body, whoever counts: the backend serves it to nobody who comes next.
            said(caddy, "\r\n".join(lines).encode() + (body + INNER).encode())
            seen = caddy.ask("/api/v1/status")
            assert seen.status == 200, head
            assert json.loads(seen.body)["path"] == "/api/v1/status", head
            assert b"smuggled" not in seen.body, head


def test_S55_whoever_dawdles_keeps_nobody_waiting(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    head = f"POST /api/v1/slow HTTP/1.1\r\nHost: localhost:{caddy.https_port}\r\n".encode()
    with contextlib.ExitStack() as open_ones:
        dawdlers = [open_ones.enter_context(secured(caddy)) for _ in range(scaled(60, 500))]
        for number, dawdler in enumerate(dawdlers):
            dawdler.sendall(head + (b"Content-Length: 100\r\n\r\n" if number % 2 else b"X-Slow: "))
        for _ in range(10):
            for dawdler in dawdlers:
                dawdler.sendall(b"x")
            assert caddy.ask("/api/v1/status").status == 200
            assert caddy.ask("/").status == 200


TRAVERSALS = [
    f"{start}{step * times}{target}"
    for start in ("/", "/assets/", "/interfaces/")
    for step in (
        "../",
        "%2e%2e/",
        "..%2f",
        "%2e%2e%2f",
        "..%5c",
        "..\\",
        "....//",
        "%252e%252e%252f",
        "..;/",
        "%c0%ae%c0%ae/",
    )
    for times, target in ((1, "secret.txt"), (6, "etc/passwd"))
]


def test_S36_no_path_leaves_the_folder_of_the_page(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    (caddy.web_root.parent / "secret.txt").write_text("canary outside")
    assert len(TRAVERSALS) >= 50
    for path in TRAVERSALS:
        answer = caddy.ask(path)
        assert answer.status in (200, 400, 404), path
        assert not any(outside in answer.body for outside in (b"canary outside", b"root:")), path
        assert answer.status != 200 or b"the page" in answer.body, path
