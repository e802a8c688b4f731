"""What is refused before a view sees it: requests from elsewhere, and requests that nobody can mean."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from quart import Quart
from quart.testing.connections import WebsocketResponseError

from sentra.app import Sentra
from sentra.db.sign_in_limits import SignInLimitRow
from sentra.settings import Settings
from sentra.web.access import anyone, is_on_every_listener, on_every_listener
from sentra.web.guard import BODY_BYTES
from tests.browser import EMAIL, ORIGIN, PASSWORD, Browser
from tests.state import decided

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/session"): {"email": EMAIL, "password": PASSWORD},
    ("PUT", "/api/v1/session/password"): {"current_password": PASSWORD, "password": "another fine battery"},
    ("POST", "/api/v1/setup"): {
        "token": "x" * 43, "email": "eve@example.com", "name": "Eve", "password": "another fine battery"
    },
}  # fmt: skip

ATTACKS: dict[str, dict[str, str | None]] = {
    "no custom header": {"X-Sentra-CSRF": None},
    "text/plain": {"Content-Type": "text/plain"},
    "form": {"Content-Type": "application/x-www-form-urlencoded"},
    "multipart": {"Content-Type": "multipart/form-data; boundary=x"},
    "wrong origin": {"Origin": "https://evil.example"},
    "origin null": {"Origin": "null"},
    "sibling subdomain": {"Origin": "https://other.localhost:8443"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "absent origin": {"Origin": None},
    "same site": {"Sec-Fetch-Site": "same-site"},
    "wrong custom header": {"X-Sentra-CSRF": "0"},
    "origin without port": {"Origin": "https://localhost"},
    "origin in plain text": {"Origin": "http://localhost:8443"},
}


def rules(app: Quart, *, safe: bool) -> Iterator[tuple[str, str]]:
    """Give the method and path of every HTTP route that only reads, or of every other one."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "local", rule.rule)
        for method in (rule.methods or set()) - {"OPTIONS"}:
            if not rule.websocket and (method in ("GET", "HEAD")) is safe:
                yield method, path


def body_of(method: str, path: str) -> Any:
    return BODIES.get((method, path), {})


@pytest.mark.parametrize("parameter", ["return_to", "redirect", "next", "url", "continue"])
async def test_S24_no_address_in_a_request_sends_a_browser_elsewhere(sentra: Sentra, owner: Browser, parameter: str):
    targets = (
        "https://evil.example", "//evil.example", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)",
        "https:evil.example", "%2f%2fevil.example", "https://localhost:8443@evil.example",
    )  # fmt: skip
    for target in targets:
        for path in ("/api/v1/session", "/api/v1/docs", "/"):
            answer = await owner.get(path, query_string={parameter: target})
            assert "Location" not in answer.headers
            assert answer.status in (200, 404)


ORIGINS = (
    "https://evil.example", "null", "https://other.localhost:8443", "https://localhost:8444", "http://localhost:8443",
    "https://localhost:8443.evil.example", "https://LOCALHOST:8443", "https://localhost.:8443", "https://localhost",
    "https://localhost:8443/", "https://evil.example,https://localhost:8443", "", "wss://localhost:8443", None,
)  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
async def test_S25_only_our_own_page_opens_a_stream(owner: Browser, origin: str | None):
    assert await handshake(owner, {"Origin": origin}) == 403


async def test_S25_our_own_page_does_open_one(owner: Browser):
    assert await handshake(owner, {}) == 101


async def test_S25_without_a_session_there_is_no_stream(stranger: Browser):
    assert await handshake(stranger, {}) == 401


HOSTS = (
    "evil.example", "evil.example:8443", "localhost.evil.example", "localhost.", "192.0.2.1", "127.0.0.2", "[::2]",
    "localhost@evil.example", "localhost:8443:8443", "", "localhost/evil.example",
    "ｌocalhost".encode().decode("latin-1"),
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
async def test_S25_under_another_name_nothing_is_served(owner: Browser, host: str):
    for path in ("/api/v1/session", "/healthz", "/nothing/here"):
        answer = await owner.get(path, headers={"Host": host})
        assert answer.status == 421
        assert "SENTRA_PUBLIC_ORIGIN" in answer.json["detail"]
    answer = await owner.sign_in(headers={"Host": host, "Origin": f"https://{host}"})
    assert answer.status == 421
    assert await handshake(owner, {"Host": host}) == 421


async def test_S25_the_names_of_the_certificate_are_served_as_well(opened, settings: Settings):
    from dataclasses import replace

    named = replace(settings, tls_sans=("vpn.example.com", "2001:db8::1", "192.0.2.1"))
    async with opened(settings=named) as sentra:
        browser = Browser(sentra.asgi)
        for host in ("vpn.example.com", "VPN.example.com:8443", "[2001:db8::1]:8443", "192.0.2.1", "localhost"):
            assert (await browser.get("/healthz", headers={"Host": host})).status == 200, host


async def handshake(browser: Browser, headers: dict[str, str | None], *, listener: str | None = "socket") -> int:
    client = browser.app.test_client(use_cookies=False)
    sent = browser.headers("GET", {"Origin": ORIGIN, **headers})
    opening = client.websocket("/api/v1/status/stream", headers=sent, scope_base=browser.scope(listener), scheme="wss")
    try:
        async with opening as stream:
            await stream.receive()
            return 101
    except WebsocketResponseError as refused:
        return refused.response.status_code


@pytest.mark.parametrize("parameter", ["token", "access_token", "TOKEN", "Access_Token"])
async def test_S26_a_token_in_an_address_is_refused_everywhere(sentra: Sentra, owner: Browser, parameter: str):
    for safe in (True, False):
        for method, path in rules(sentra.asgi, safe=safe):
            json = None if safe else body_of(method, path)
            answer = await owner.request(method, path, query_string={parameter: "x"}, json=json)
            assert answer.status == 400
    answer = await owner.get("/nothing/here", query_string={parameter: "x"})
    assert answer.status == 400
    with pytest.raises(WebsocketResponseError) as refused:
        async with owner.websocket(f"/api/v1/status/stream?{parameter}=x") as stream:
            await stream.receive()
    assert refused.value.response.status_code == 400


async def test_S26_no_secret_gets_into_the_log(
    sentra: Sentra, stranger: Browser, caplog: pytest.LogCaptureFixture, settings: Settings
):
    link = await sentra.setup.create_setup_link()
    assert link is not None
    token = link.partition("#")[2]
    canaries = [token, "canary-password-one", "canary-password-two", "canary-wrong-guess", "canary-bearer", "canary-q"]
    with caplog.at_level("DEBUG"):
        form = {"token": token, "email": EMAIL, "name": "Ann", "password": "canary-password-one"}
        await stranger.post("/api/v1/setup", form)
        await stranger.sign_in(password="canary-wrong-guess")
        await stranger.sign_in(password="canary-password-one")
        canaries.append(stranger.secret or "")
        change = {"current_password": "canary-password-one", "password": "canary-password-two"}
        await stranger.request("PUT", "/api/v1/session/password", json=change)
        canaries.append(stranger.secret or "")
        await stranger.get("/api/v1/session", headers={"Authorization": "Bearer canary-bearer"})
        await stranger.get("/api/v1/session", query_string={"access_token": "canary-q"})
        await stranger.request("POST", "/api/v1/session", json={"email": "canary-q", "password": 7})
        await stranger.sign_out()
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert [canary for canary in canaries if canary in said] == []
    kept = b"".join(file.read_bytes() for file in settings.state_dir.rglob("*") if file.is_file())
    assert [canary for canary in canaries if canary.encode() in kept] == []


async def test_a_cookie_and_a_header_together_are_refused(owner: Browser):
    for value in ("Bearer x", "Basic eDp5", ""):
        assert (await owner.get("/api/v1/session", headers={"Authorization": value})).status == 400


@pytest.mark.parametrize("listener", ["port", None])
async def test_the_listener_on_a_port_takes_no_cookie(sentra: Sentra, owner: Browser, listener: str | None):
    assert (await owner.get("/api/v1/session", listener=listener)).status == 401
    assert (await Browser(sentra.asgi).sign_in(listener=listener)).status == 401
    for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:8080"):
        answer = await Browser(sentra.asgi).get("/healthz", listener=listener, headers={"Host": host})
        assert answer.status == 200
    evil = await Browser(sentra.asgi).get("/healthz", listener=listener, headers={"Host": "evil.example"})
    assert evil.status == 421


ON_EVERY_LISTENER = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/api/v1/ca.crt")}
CREDENTIALS: tuple[dict[str, str | None], ...] = ({"Authorization": "Bearer nonsense"}, {"Authorization": ""}, {})


@pytest.mark.parametrize("listener", ["port", None])
@pytest.mark.parametrize("credential", CREDENTIALS)
async def test_no_session_and_no_owner_is_made_on_the_port(
    sentra: Sentra, settings: Settings, listener: str | None, credential: dict[str, str | None]
):
    link = await sentra.setup.create_setup_link()
    assert link is not None
    token = link.partition("#")[2]
    await everything_is_refused_on(sentra, settings, listener, credential, token)
    await sentra.setup.create_owner(token, email=EMAIL, name="Ann", password=PASSWORD)
    await everything_is_refused_on(sentra, settings, listener, credential, token)


async def everything_is_refused_on(
    sentra: Sentra, settings: Settings, listener: str | None, credential: dict[str, str | None], token: str
) -> None:
    browser, before = Browser(sentra.asgi), decided(settings.database)
    served = set()
    for safe in (True, False):
        for method, path in rules(sentra.asgi, safe=safe):
            body = body_of(method, path)
            if "token" in body:
                body = body | {"token": token}
            answer = await browser.request(
                method, path, headers=credential, listener=listener, json=None if safe else body
            )
            assert "Set-Cookie" not in answer.headers
            if answer.status != 401:
                served.add((method.replace("HEAD", "GET"), path))
    assert served == ON_EVERY_LISTENER
    assert decided(settings.database) == before
    assert await SignInLimitRow.all().count() == 0
    for rule in sentra.asgi.url_map.iter_rules():
        if rule.websocket:
            assert await handshake(browser, credential, listener=listener) == 401


def test_what_the_port_serves_is_said_at_the_route(sentra: Sentra):
    marked = {
        (method, rule.rule)
        for rule in sentra.asgi.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if is_on_every_listener(sentra.asgi, rule.endpoint)
    }
    assert marked == ON_EVERY_LISTENER


async def test_a_later_route_for_anyone_is_not_on_the_port(sentra: Sentra, stranger: Browser):
    @anyone
    async def late() -> str:
        return "x"

    @on_every_listener
    async def unmarked() -> str:
        return "x"

    sentra.asgi.add_url_rule("/late", "late", late)
    sentra.asgi.add_url_rule("/unmarked", "unmarked", unmarked)
    assert (await stranger.get("/late")).status == 200
    assert (await stranger.get("/late", listener="port")).status == 401
    assert (await stranger.get("/unmarked", listener="port")).status == 401


async def test_a_body_above_256_kib_is_refused(stranger: Browser):
    fits, too_large = (b'{"a":"' + b"x" * (size - 8) + b'"}' for size in (BODY_BYTES, BODY_BYTES + 1))
    headers: dict[str, str | None] = {"Content-Type": "application/json"}
    assert (await stranger.request("POST", "/api/v1/session", data=fits, headers=headers)).status == 422
    assert (await stranger.request("POST", "/api/v1/session", data=too_large, headers=headers)).status == 413
    chunked = headers | {"Content-Length": None, "Transfer-Encoding": "chunked"}
    assert (await stranger.request("POST", "/api/v1/session", data=too_large, headers=chunked)).status == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 32 + b"]" * 32, 422),
        (b"[" * 33 + b"]" * 33, 400),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 400),
        (b"[" * 100_000, 400),
        (b'{"email":"' + b"[" * 200 + b'","password":"x"}', 422),  # brackets in a string are no depth
        (b'{"a":"' + b'\\"' * 100_000, 400),
        (b'"' + b"\\" * 200_001, 400),
        (b'{"email":"a@b","email":"a@c","password":"x"}', 400),
        (b'{"email":NaN,"password":"x"}', 400),
        (b'{"a":' + b"9" * 5000 + b"}", 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b"nul", 400),
        (b"null", 422),
    ],
)
async def test_json_that_nobody_can_mean_is_refused(stranger: Browser, body: bytes, status: int):
    headers: dict[str, str | None] = {"Content-Type": "application/json"}
    answer = await stranger.request("POST", "/api/v1/session", data=body, headers=headers)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_preflight_is_answered_with_no_permission(stranger: Browser):
    headers: dict[str, str | None] = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-Sentra-CSRF",
    }
    answer = await stranger.request("OPTIONS", "/api/v1/session", headers=headers)
    assert answer.status >= 400
    assert not [name for name, _ in answer.headers.items() if name.lower().startswith("access-control-")]


async def test_the_origin_that_is_refused_is_told_what_to_set(owner: Browser):
    answer = await owner.sign_in(headers={"Origin": "https://vpn.example.com"})
    assert ORIGIN in answer.json["detail"]
    assert "SENTRA_PUBLIC_ORIGIN" in answer.json["detail"]
