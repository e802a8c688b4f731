"""Which server a command asks, and whom it trusts with its token."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sentra.cli.main import run
from sentra.edge.certificates import LocalAuthority
from sentra.edge.edge import authority_fingerprint
from sentra.edge.names import public_names

VARIABLES = ("SENTRA_URL", "SENTRA_TOKEN", "SENTRA_TOKEN_FILE", "SENTRA_CA_FINGERPRINT", "SENTRA_STATE_DIR")
TOKEN = "sentra_pat_0123456789"


class Elsewhere:
    """A server with a certificate of an authority of its own. `tokens` are those that it was shown."""

    def __init__(self, state: Path) -> None:
        names = public_names("https://localhost")
        authority = LocalAuthority(state / "tls", state / "leaf", names, lambda: datetime.now(UTC))
        (state / "tls").mkdir(mode=0o700)
        (state / "leaf").mkdir(mode=0o700)
        authority.ensure()
        self.fingerprint = str(authority_fingerprint(state))
        self.tokens: list[str | None] = []
        self.leads: str | None = None
        """Where it sends whoever asks for interfaces."""
        elsewhere = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                elsewhere.tokens.append(self.headers.get("Authorization"))
                is_authority = self.path == "/api/v1/ca.crt"
                leads = None if is_authority else elsewhere.leads
                body = authority.ca_certificate.read_bytes() if is_authority else json.dumps({"items": []}).encode()
                self.send_response(307 if leads else 200)
                if leads:
                    self.send_header("Location", leads)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.leaf_certificate, authority.leaf_key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.origin = f"https://localhost:{self.server.server_port}"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    elsewhere = Elsewhere(tmp_path)
    thread = threading.Thread(target=elsewhere.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield elsewhere
    elsewhere.server.shutdown()
    elsewhere.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def ask(monkeypatch: pytest.MonkeyPatch, **variables: str) -> int:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return run(["interface", "list"])


def test_a_server_is_known_by_the_fingerprint_of_its_authority(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    known = {"SENTRA_URL": elsewhere.origin, "SENTRA_TOKEN": TOKEN, "SENTRA_CA_FINGERPRINT": elsewhere.fingerprint}
    assert ask(monkeypatch, **known) == 0
    assert "no interface yet" in capsys.readouterr().out
    assert elsewhere.tokens == [None, f"Bearer {TOKEN}"]


@pytest.mark.parametrize("fingerprint", ["", "sha256:" + "0" * 64])
def test_a_server_that_is_not_known_gets_no_token(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fingerprint: str
):
    asked = {"SENTRA_URL": elsewhere.origin, "SENTRA_TOKEN": TOKEN, "SENTRA_CA_FINGERPRINT": fingerprint}
    assert ask(monkeypatch, **asked) == 1
    assert "SENTRA_CA_FINGERPRINT" in capsys.readouterr().err
    assert set(elsewhere.tokens) <= {None}


def test_a_token_is_carried_nowhere_else(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    elsewhere.leads = f"{elsewhere.origin}/elsewhere"
    known = {"SENTRA_URL": elsewhere.origin, "SENTRA_TOKEN": TOKEN, "SENTRA_CA_FINGERPRINT": elsewhere.fingerprint}
    assert ask(monkeypatch, **known) == 1
    assert capsys.readouterr().err == "sentra: the server answered 307\n"
    assert len(elsewhere.tokens) == 2


def test_the_token_may_be_in_a_file(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    known = {"SENTRA_URL": elsewhere.origin, "SENTRA_CA_FINGERPRINT": elsewhere.fingerprint}
    assert ask(monkeypatch, **known, SENTRA_TOKEN_FILE=str(file)) == 0
    assert elsewhere.tokens[-1] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SENTRA_URL": "https://vpn.example.com"}, "set SENTRA_TOKEN"),
        ({"SENTRA_TOKEN": TOKEN}, "set SENTRA_URL"),
        ({"SENTRA_URL": "http://vpn.example.com", "SENTRA_TOKEN": TOKEN}, "SENTRA_URL must be an origin"),
        ({"SENTRA_URL": "https://ann:x@vpn.example.com", "SENTRA_TOKEN": TOKEN}, "SENTRA_URL must be an origin"),
        ({"SENTRA_URL": "https://vpn.example.com/x", "SENTRA_TOKEN": TOKEN}, "SENTRA_URL must be an origin"),
        ({"SENTRA_URL": "https://vpn.example.com", "SENTRA_TOKEN": "two words"}, "SENTRA_TOKEN is no token"),
        ({"SENTRA_URL": "https://vpn.example.com", "SENTRA_TOKEN_FILE": "/nowhere"}, "cannot be read"),
        (
            {"SENTRA_URL": "https://vpn.example.com", "SENTRA_TOKEN": TOKEN, "SENTRA_CA_FINGERPRINT": "sha1:00"},
            "SENTRA_CA_FINGERPRINT must be",
        ),
    ],
)
def test_half_of_it_is_refused_and_nobody_is_root_by_mistake(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], said: str
):
    assert ask(monkeypatch, **variables) == 1
    error = capsys.readouterr().err
    assert said in error
    assert TOKEN not in error
