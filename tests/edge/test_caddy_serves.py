"""What Caddy answers: the page, the way to the backend, headers, hosts, limits."""

import asyncio
import gzip
import json
import re
import ssl
from collections.abc import Callable

import pytest
import websockets

from tests.edge.backend import Backend
from tests.edge.caddy import Caddy
from tests.edge.client import Answer, Header, context
from tests.edge.headers import assert_secured

pytestmark = pytest.mark.caddy

MakeCaddy = Callable[..., Caddy]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def seen_by_backend(answer: Answer) -> dict[str, object]:
    return json.loads(answer.body)


def test_S60_every_answer_has_the_security_headers(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    asked: list[tuple[str, int, dict]] = [
        ("/", 200, {}),
        ("/", 200, {"method": "HEAD"}),
        ("/interfaces/local/wg0.1", 200, {}),
        ("/favicon.svg", 200, {}),
        ("/assets/main-abc.js", 200, {}),
        ("/assets/missing.js", 404, {}),
        ("/assets/../../tls/ca.key", 404, {}),
        ("/%2e%2e/%2e%2e/etc/passwd", 404, {}),
        ("/robots.txt", 404, {}),
        ("/", 405, {"method": "POST"}),
        ("/api/v1/status", 405, {"method": "CONNECT"}),
        ("/assets/main-abc.js", 416, {"headers": [("Range", "bytes=999999-")]}),
        ("/api/v1/status", 200, {}),
        ("/api/v1/status", 200, {"method": "OPTIONS"}),
        *((f"/api/status/{status}", status, {}) for status in (400, 401, 403, 404, 409, 418, 429, 500, 503)),
        ("/healthz", 200, {}),
        ("/readyz", 200, {}),
        ("/api/v1/peers", 413, {"method": "POST", "body": b"x" * 3_000_000}),
        ("/", 421, {"host": "evil.example"}),
        ("/api/v1/status", 421, {"host": "evil.example"}),
    ]
    for path, status, details in asked:
        answer = caddy.ask(path, **details)
        assert answer.status == status, f"{details} {path}: {answer.status}"
        assert_secured(answer, path)
        if path.startswith("/api"):
            assert answer.one("cache-control") == "no-store", path
    backend.stop()
    for path in ("/api/v1/status", "/healthz", "/readyz"):
        answer = caddy.ask(path)
        assert answer.status == 502
        assert_secured(answer, f"{path} without a backend")
    for answer in (caddy.ask_plainly("/"), caddy.ask_plainly("/", host="evil.example")):
        assert_secured(answer, "plain HTTP")


def test_S60_the_page_has_the_policy_of_the_design_with_a_new_nonce_each_time(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    nonces = set()
    for path in ("/", "/sign-in", "/index.html"):
        answer = caddy.ask(path)
        match = re.search(rb'nonce="([^"{]+)"', answer.body)
        assert match, answer.body
        nonce = match[1].decode()
        nonces.add(nonce)
        assert answer.one("content-security-policy") == POLICY.format(nonce=f" 'nonce-{nonce}'")
        assert answer.one("cache-control") == "no-cache"
    assert len(nonces) == 3


def test_S60_without_a_nonce_where_there_is_no_page(make_caddy: MakeCaddy) -> None:
    assert make_caddy().ask("/assets/main-abc.js").one("content-security-policy") == POLICY.format(nonce="")


@pytest.mark.parametrize(
    "spoof",
    [
        [("X-Forwarded-For", "203.0.113.9")],
        [("X-Forwarded-For", "203.0.113.9, 127.0.0.1"), ("X-Forwarded-For", "203.0.113.10")],
        [("x-forwarded-for", ""), ("X-FORWARDED-FOR", "203.0.113.9")],
        [("X-Forwarded-For", "203.0.113.9"), ("Connection", "X-Forwarded-For")],
        [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "evil.example")],
        [("X-Forwarded-Port", "1"), ("X-Forwarded-Server", "evil"), ("X-Forwarded-Prefix", "/x")],
        [("X-Real-IP", "203.0.113.9")],
        [("X-User", "owner"), ("X-Original-URL", "/api/v1/users")],
        [("Forwarded", "for=203.0.113.9;host=evil.example;proto=http")],
        [("X-Sentra-Actor", "owner"), ("X-Sentra-Node", "local"), ("x-sentra-csrf-token", "1")],
        [("X-Sentra-CSRF", "1 "), ("X-Sentra-Listener", "socket")],
        [("Via", "1.1 evil"), ("X-Forwarded-For", "unknown, for=203.0.113.9")],
    ],
)
def test_S60_the_backend_sees_the_true_peer(make_caddy: MakeCaddy, backend: Backend, spoof: list[Header]) -> None:
    caddy = make_caddy()
    seen = seen_by_backend(caddy.ask("/api/v1/status", headers=spoof))
    assert seen["client"] == "127.0.0.1"
    assert seen["scheme"] == "https"
    headers = dict(seen["headers"])
    assert headers["host"] == f"localhost:{caddy.https_port}"
    assert "203.0.113" not in json.dumps(seen)
    assert "evil" not in json.dumps({name: value for name, value in headers.items() if name != "via"})
    claims = {name for name in headers if name.startswith(("x-sentra-", "x-forwarded-", "x-original-"))}
    assert claims - {"x-sentra-csrf"} == {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert not {"forwarded", "x-real-ip", "x-user"} & headers.keys()


@pytest.mark.parametrize(("sent", "arrives"), [("1", ["1"]), ("0", []), ("true", []), ("", []), (None, [])])
def test_the_one_header_of_the_page_arrives_with_its_one_value(
    make_caddy: MakeCaddy, backend: Backend, sent: str | None, arrives: list[str]
) -> None:
    headers = [("X-Sentra-CSRF", sent)] if sent is not None else []
    seen = seen_by_backend(make_caddy().ask("/api/v1/session", method="DELETE", headers=headers))
    assert [value for name, value in seen["headers"] if name == "x-sentra-csrf"] == arrives


def test_without_a_backend_the_page_loads_and_the_api_says_what_is_wrong(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    assert b"the page" in caddy.ask("/").body
    answer = caddy.ask("/api/v1/status?ticket=canary-of-a-ticket", headers=[("Cookie", "canary-of-a-cookie")])
    assert answer.status == 502
    assert answer.one("content-type") == "application/problem+json"
    assert answer.one("retry-after") == "2"
    problem = json.loads(answer.body)
    assert problem["status"] == 502
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert "sock" not in answer.body.decode()
    assert "canary" not in caddy.log()


def test_a_backend_that_comes_back_is_served_at_once(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    for _ in range(3):
        assert caddy.ask("/healthz").status == 200
        backend.stop()
        assert caddy.ask("/healthz").status == 502
        backend.start()


def test_the_page_is_compressed_and_assets_are_kept_for_ever(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    asset = caddy.ask("/assets/main-abc.js", headers=[("Accept-Encoding", "gzip")])
    assert asset.one("cache-control") == "public, max-age=31536000, immutable"
    assert asset.one("content-encoding") == "gzip"
    assert gzip.decompress(asset.body).startswith(b"export default 1;")
    assert caddy.ask("/assets/main-abc.js", headers=[("Accept-Encoding", "zstd")]).one("content-encoding") == "zstd"
    assert caddy.ask("/api/v1/status", headers=[("Accept-Encoding", "gzip")]).one("content-encoding") == "gzip"
    missing = caddy.ask("/assets/missing.js")
    assert (missing.status, missing.one("cache-control")) == (404, "no-store")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(make_caddy: MakeCaddy, backend: Backend, chunked: bool) -> None:
    caddy = make_caddy()
    body = b"x" * 2_100_000
    headers = [("Transfer-Encoding", "chunked")] if chunked else []
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    answer = caddy.ask("/api/v1/import", method="POST", headers=headers, body=sent)
    assert answer.status == 413
    assert answer.one("content-type") == "application/problem+json"
    assert seen_by_backend(caddy.ask("/api/v1/import", method="POST", body=b"x" * 1_048_576))["size"] == 1_048_576


def test_slow_clients_are_cut_off(make_caddy: MakeCaddy) -> None:
    servers = make_caddy().config("apps/http/servers")
    for server in servers.values():
        assert server["read_header_timeout"] <= 10e9
        assert server["read_timeout"] <= 30e9
        assert server["max_header_bytes"] <= 16_000


async def test_a_websocket_passes_without_compression(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = await asyncio.to_thread(make_caddy)
    address = f"wss://localhost:{caddy.https_port}/api/v1/status/stream"
    trusted = context(caddy.authority)
    headers = {"X-Forwarded-For": "203.0.113.9"}
    async with websockets.connect(
        address, ssl=trusted, compression="deflate", host="127.0.0.1", additional_headers=headers
    ) as stream:
        assert stream.response is not None
        assert "Sec-WebSocket-Extensions" not in stream.response.headers
        assert stream.protocol.extensions == []
        seen = json.loads(await stream.recv())
        assert (seen["client"], seen["scheme"]) == ("127.0.0.1", "wss")
        assert "sec-websocket-extensions" not in seen["headers"]
        await stream.send("there and back")
        assert await stream.recv() == "there and back"


PAGES = [
    *("/", "/index.html", "/setup", "/sign-in", "/account", "/interfaces", "/interfaces/", "/no-such-page"),
    *("/interfaces/local/wg0", "/interfaces/local/wg0.1", "/interfaces/gw.example.org/.wg", "/interfaces/local/wg0.js"),
]
NO_PAGES = [
    *("/robots.txt", "/.env", "/.git/config", "/.well-known/security.txt", "/index.php", "/a/b.js", "/main.js.map"),
    *("/healthz/", "/readyz/", "/healthz/x", "/readyz%2f", "/apis", "/api-docs", "/HEALTHZ/"),
    *("/api/v1/../../index.html", "/./index.html", "/..", "/x/%2e%2E/index.html", "/api/v1/%2e%2e/%2e%2e/", "/a/../"),
    *("/interfaces/../.env", "/interfaces/local/wg0/x.js"),
]


def test_an_address_of_the_page_is_the_page(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    for path in PAGES:
        answer = caddy.ask(path)
        assert (answer.status, answer.one("content-type")) == (200, "text/html; charset=utf-8"), path
        assert b"the page" in answer.body, path


def test_S60_what_is_no_address_of_the_page_is_not_found(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    for path in NO_PAGES:
        answer = caddy.ask(path)
        assert answer.status == 404, path
        assert b"the page" not in answer.body, path
        assert answer.one("cache-control") == "no-store", path
        assert_secured(answer, path)


def test_a_dotted_path_does_not_reach_the_backend(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    for path in ("/x/../api/v1/status", "/api/v1/./status", "/api/v1/peers/../status", "/api/%2e./api/v1/status"):
        assert caddy.ask(path).status == 404, path
    assert seen_by_backend(caddy.ask("/api/v1/interfaces/..wg.0"))["path"] == "/api/v1/interfaces/..wg.0"


def test_the_icon_that_browsers_ask_for_unasked_is_the_one_there_is(make_caddy: MakeCaddy) -> None:
    answer = make_caddy().ask("/favicon.ico")
    assert (answer.status, answer.one("content-type"), answer.body) == (200, "image/svg+xml", b"<svg/>")


def test_a_foreign_host_is_told_so_before_anything_else(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.example", "localhost.", "0.0.0.0", "127.1"):
        answer = caddy.ask("/api/v1/status", host=host)
        assert answer.status == 421, host
        assert b"SENTRA_PUBLIC_ORIGIN" in answer.body
    for host in ("localhost", "LOCALHOST", "127.0.0.1", "[::1]"):
        assert caddy.ask("/api/v1/status", host=host).status == 200, host


def test_a_client_that_sends_no_name_gets_the_certificate(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    assert caddy.ask("/", server_name=None).status == 200
    # verified against the address, with no name in the handshake (RFC 6066 has none for addresses)
    assert caddy.ask("/", host="127.0.0.1", server_name="127.0.0.1", authority=caddy.authority).status == 200
    assert caddy.ask("/", host="[::1]", address="::1", server_name="::1", authority=caddy.authority).status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        caddy.ask("/", server_name="other.example", authority=caddy.authority)
