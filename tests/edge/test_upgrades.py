"""What passes Caddy as an upgrade: WebSocket on its one path. Raw sockets, for no client library sends these."""

import base64
import json
import re
import socket
import ssl
from collections.abc import Callable

import pytest

from tests.edge.backend import Backend
from tests.edge.caddy import Caddy
from tests.edge.client import Header, context
from tests.edge.headers import assert_secured

pytestmark = pytest.mark.caddy

MakeCaddy = Callable[..., Caddy]

STREAM = "/api/v1/status/stream"
SETTINGS = ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")
WEBSOCKET = [
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", base64.b64encode(bytes(16)).decode()),
]
H2C = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), SETTINGS]
SPELLINGS: dict[str, list[Header]] = {
    "h2c": H2C,
    "H2C": [("Connection", "upgrade, http2-settings"), ("upgrade", "H2C"), SETTINGS],
    "without settings": [("Connection", "Upgrade"), ("Upgrade", "h2c")],
    "settings not named": [("Connection", "Upgrade"), ("Upgrade", "h2c"), SETTINGS],
    "connection twice": [("Connection", "HTTP2-Settings"), ("Connection", "Upgrade"), ("Upgrade", "h2c"), SETTINGS],
    "keep-alive too": [("Connection", "keep-alive, Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), SETTINGS],
    "both in one": [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "websocket, h2c"), SETTINGS, *WEBSOCKET],
    "both in one, turned": [("Connection", "Upgrade"), ("Upgrade", "h2c, websocket"), SETTINGS, *WEBSOCKET],
    "two headers": [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Upgrade", "h2c"), SETTINGS, *WEBSOCKET],
    "two headers, turned": [("Connection", "Upgrade"), ("Upgrade", "h2c"), ("Upgrade", "websocket"), SETTINGS],
    "blanks": [("Connection", " ,Upgrade ,HTTP2-Settings"), ("Upgrade", " \th2c \t"), SETTINGS],
    "h2": [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2"), SETTINGS],
    "another protocol": [("Connection", "Upgrade"), ("Upgrade", "TLS/1.0")],
    "websocket with a version": [("Connection", "Upgrade"), ("Upgrade", "websocket/13"), *WEBSOCKET],
}
PATHS = ("/healthz", "/readyz", "/api/v1/status", STREAM, "/", "/assets/main-abc.js")


class Wire:
    """One TLS connection to Caddy, on which a test writes what it wants."""

    def __init__(self, caddy: Caddy) -> None:
        plain = socket.create_connection(("127.0.0.1", caddy.https_port), timeout=10)
        self._secured: ssl.SSLSocket = context(None).wrap_socket(plain, server_hostname="localhost")
        self._host = f"localhost:{caddy.https_port}"

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._secured.close()

    def ask(self, path: str, headers: list[Header], method: str = "GET") -> tuple[int, bytes]:
        """Return the status and everything that came until the end of the body."""
        sent = [("Host", self._host), ("X-Forwarded-For", "203.0.113.9"), *headers]
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent), "", ""]
        self._secured.sendall("\r\n".join(lines).encode())
        came = b""
        while b"\r\n\r\n" not in came:
            came += self._more()
        head, _, body = came.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
        while len(body) < int(length[1]) if length else b"chunked" in head and not body.endswith(b"\r\n0\r\n\r\n"):
            body += self._more()
        return int(head.split()[1]), body

    def _more(self) -> bytes:
        more = self._secured.recv(65536)
        assert more, "the connection ended"
        return more


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_S60_no_upgrade_but_websocket_reaches_the_backend(
    make_caddy: MakeCaddy, backend: Backend, spelling: str
) -> None:
    caddy = make_caddy()
    for path in PATHS:
        with Wire(caddy) as wire:
            status, body = wire.ask(path, SPELLINGS[spelling])
            assert status == 200, f"{path}: {status}"
            if path in PATHS[:4]:
                seen = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
                assert not {name for name, _ in seen["headers"]} & {"upgrade", "http2-settings", "connection"}, path
                assert seen["client"] == "127.0.0.1", path
            # no tunnel: the same connection still speaks HTTP/1.1, to Caddy
            assert wire.ask("/robots.txt", [])[0] == 404, path


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/status", "/api/v1/status/stream/", "/api/v1/streams", "/"])
def test_S60_websocket_is_on_its_one_path_alone(make_caddy: MakeCaddy, backend: Backend, path: str) -> None:
    with Wire(make_caddy()) as wire:
        assert wire.ask(path, [("Connection", "Upgrade"), ("Upgrade", "websocket"), *WEBSOCKET])[0] == 200
        assert wire.ask("/robots.txt", [])[0] == 404


@pytest.mark.parametrize("spelling", ["websocket", "WebSocket", "WEBSOCKET"])
def test_S60_websocket_passes_in_every_case_and_without_settings_of_http2(
    make_caddy: MakeCaddy, backend: Backend, spelling: str
) -> None:
    headers = [("Connection", "keep-alive, Upgrade"), ("Upgrade", spelling), SETTINGS, *WEBSOCKET]
    caddy = make_caddy()
    with Wire(caddy) as wire:
        status, frame = wire.ask(STREAM, headers)
        assert status == 101
        while b"}}" not in frame:
            frame += wire._more()
        seen = json.loads(frame[frame.index(b"{") :])
    assert seen["client"] == "127.0.0.1"
    assert "http2-settings" not in seen["headers"]
    with Wire(caddy) as wire:
        assert wire.ask(STREAM, headers, "POST")[0] != 101


def test_S60_a_refused_tunnel_has_the_security_headers(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    for details in ({"headers": H2C[1:]}, {"method": "CONNECT"}):
        assert_secured(caddy.ask("/healthz", **details), str(details))
    with Wire(caddy) as wire:
        assert wire.ask("/api/v1/status", [], "CONNECT")[0] == 405
