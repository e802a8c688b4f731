"""What every answer carries, and whom the server believes about where a request comes from."""

import json
import re

import pytest

from sentra.app import Sentra
from sentra.db.sessions import SessionRow
from sentra.db.sign_in_limits import SignInLimitRow
from sentra.web.guard import COOKIE
from tests.api.conftest import Running
from tests.api.test_guard import body_of, rules
from tests.browser import EMAIL, ORIGIN, PASSWORD, Browser

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGE = {"Origin": ORIGIN, "X-Sentra-CSRF": "1", "Content-Type": "application/json"}


def check_headers(answer) -> None:
    headers = answer.headers
    for name, value in EXPECTED.items():
        assert headers.get(name) == value, name
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    permissions = headers["Permissions-Policy"].split(", ")
    assert len(permissions) > 15
    assert all(permission.endswith("=()") for permission in permissions)
    for name in ("Server", "X-Powered-By", "Strict-Transport-Security", "Access-Control-Allow-Origin"):
        assert name not in headers  # the one about transport is Caddy's: it alone knows the certificate


async def test_S60_every_answer_carries_the_security_headers(sentra: Sentra, owner: Browser):
    stranger = Browser(sentra.asgi)
    seen = set()
    for browser in (owner, stranger):
        for safe in (True, False):
            for method, path in sorted(rules(sentra.asgi, safe=safe), key=lambda rule: rule[0] == "DELETE"):
                json_body = None if safe else body_of(method, path)
                for headers in ({}, {"Host": "evil.example"}, {"Origin": "null", "X-Sentra-CSRF": None}):
                    answer = await browser.request(method, path, json=json_body, headers=headers)
                    check_headers(answer)
                    seen.add(answer.status)
    check_headers(await stranger.post("/api/v1/session", {}))
    for method, path in (("GET", "/nothing"), ("PATCH", "/healthz"), ("GET", "/api/v1/session/"), ("BREW", "/healthz")):
        answer = await owner.request(method, path, json=None if method == "GET" else {})
        check_headers(answer)
        seen.add(answer.status)
    assert {200, 204, 401, 403, 404, 405, 409, 421} <= seen


async def test_S60_an_error_of_our_own_carries_them_too(sentra: Sentra, owner: Browser, monkeypatch):
    async def fail(*_: object) -> None:
        raise RuntimeError("/secret/path and a class")

    monkeypatch.setattr(sentra.setup, "needed", fail)
    answer = await owner.get("/api/v1/setup")
    assert answer.status == 500
    check_headers(answer)


async def test_S60_they_are_there_on_a_real_socket(running: Running):
    for path in ("/healthz", "/nothing", "/api/v1/session"):
        for port in (False, True):
            answer = await running.request("GET", path, port=port)
            assert answer.status in (200, 401, 404)
            check_headers(answer)


async def test_S60_the_docs_page_loads_nothing_from_elsewhere_and_runs_nothing(owner: Browser):
    page = await owner.get("/api/v1/docs")
    assert page.status == 200
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    html = page.body.decode()
    assert "<script" not in html
    assert "style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    assert {target for target in re.findall(r'(?:src|href)="([^"#]*)', html) if target} == {
        "/api/v1/docs.css",
        "/api/v1/openapi.json",
    }
    style = await owner.get("/api/v1/docs.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert "url(" not in style.body.decode()
    assert "@import" not in style.body.decode()


SPOOFS = (
    {"X-Forwarded-For": "203.0.113.1, 198.51.100.7"},
    {"X-Forwarded-For": "203.0.113.1,203.0.113.2,198.51.100.7"},
    {"X-Forwarded-For": "127.0.0.1, 198.51.100.7"},
    {"X-Forwarded-For": "198.51.100.7", "X-Real-IP": "203.0.113.1"},
    {"X-Forwarded-For": "198.51.100.7", "Forwarded": "for=203.0.113.1"},
    {"X-Forwarded-For": "198.51.100.7", "X-Client-IP": "203.0.113.1", "True-Client-IP": "203.0.113.1"},
    {"X-Forwarded-For": "198.51.100.7", "CF-Connecting-IP": "203.0.113.1"},
    {"X-Forwarded-For": "198.51.100.7", "X-User": "root", "X-Sentra-User": "root"},
    {"X-Forwarded-For": "198.51.100.7", "Remote-Addr": "203.0.113.1"},
    {"X-Forwarded-For": " , 198.51.100.7 ", "X-Forwarded-Host": "evil.example"},
)


@pytest.mark.parametrize("spoof", SPOOFS)
async def test_S60_behind_caddy_the_last_hop_is_the_client(running: Running, spoof: dict[str, str]):
    body = json.dumps({"email": EMAIL, "password": "wrong"}).encode()
    answer = await running.request("POST", "/api/v1/session", PAGE | spoof, body)
    assert answer.status == 401
    keys = await SignInLimitRow.filter(key__startswith="address/").values_list("key", flat=True)
    assert list(keys) == ["address/198.51.100.7"]


async def test_S60_the_session_remembers_the_true_address(running: Running):
    link = await running.sentra.setup.create_setup_link()
    assert link is not None
    token = link.partition("#")[2]
    await running.sentra.setup.create_owner(token, email=EMAIL, name="Ann", password=PASSWORD)
    body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    headers = PAGE | {"X-Forwarded-For": "203.0.113.1, 198.51.100.7", "X-Forwarded-Proto": "https"}
    answer = await running.request("POST", "/api/v1/session", headers, body)
    assert answer.status == 200
    assert (await SessionRow.get()).address == "198.51.100.7"
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    assert (await running.request("GET", "/api/v1/session", {"Cookie": cookie})).status == 200
    # The listener on a port takes no cookie, whatever it claims to be.
    claims = {"Cookie": cookie, "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    assert (await running.request("GET", "/api/v1/session", claims, port=True)).status == 401
    for bearer in ({}, {"Authorization": "Bearer nonsense"}):
        answer = await running.request("POST", "/api/v1/session", headers | bearer, body, port=True)
        assert answer.status == 401
        assert "Set-Cookie" not in answer.headers


async def test_two_cookies_of_one_name_are_no_way_in(running: Running):
    headers = {"Cookie": f"{COOKIE}=x; {COOKIE}=y"}
    assert (await running.request("GET", "/api/v1/session", headers)).status == 401


async def test_two_hosts_are_refused(running: Running):
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost:8443\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert (await running.exchange(head)).status in (400, 421)
    assert (await running.exchange(b"GET /healthz HTTP/1.0\r\nConnection: close\r\n\r\n")).status in (400, 421)
