"""What an error tells, and what it does not."""

import re

import pytest

from sentra.app import Sentra
from sentra.core import errors
from sentra.web.errors import _STATUS
from tests.browser import Browser

LEAKS = re.compile(
    r"Traceback|\.py|/usr|/home|/work|/root|/opt|site-packages|sentra\.|quart|werkzeug|hypercorn|pydantic|tortoise|sqlite"
    r"|argon|Error\(|Exception|<class|0x[0-9a-f]{6}|line \d+|object at",
    re.IGNORECASE,
)

PROBES = [
    ("GET", "/nothing", {}),
    ("GET", "/api/v1/nothing", {}),
    ("GET", "/api/v1/session/", {}),
    ("GET", "/api/v1/%2e%2e/session", {}),
    ("GET", "/api/v1//session", {}),
    ("GET", "/../../etc/passwd", {}),
    ("GET", "/api/v1/nodes/%00/status", {}),
    ("GET", "/api/v1/nodes/nothing/status", {}),
    ("GET", "/static/x.js", {}),
    ("GET", "/api/v1/session", {"headers": {"Cookie": "__Host-sentra_sid=\x01"}}),
    ("GET", "/api/v1/session", {"headers": {"Cookie": "__Host-sentra_sid=" + "x" * 5000}}),
    ("GET", "/api/v1/session", {"headers": {"Authorization": "Bearer x"}}),
    ("GET", "/api/v1/session", {"headers": {"Host": "evil.example"}}),
    ("GET", "/api/v1/session", {"query_string": {"token": "x"}}),
    ("GET", "/api/v1/status/stream", {}),
    ("DELETE", "/healthz", {}),
    ("PATCH", "/api/v1/session", {"json": {}}),
    ("TRACE", "/api/v1/session", {"json": {}}),
    ("OPTIONS", "/api/v1/session", {"json": {}}),
    ("POST", "/api/v1/session", {"json": {}}),
    ("POST", "/api/v1/session", {"json": []}),
    ("POST", "/api/v1/session", {"json": None, "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/v1/session", {"json": {"email": {"$ne": 1}, "password": ["x"]}}),
    ("POST", "/api/v1/session", {"json": {"email": "a@b" + "c" * 300, "password": "x"}}),
    ("POST", "/api/v1/session", {"json": {"email": "' OR 1=1 --@x", "password": "x"}}),
    ("POST", "/api/v1/session", {"json": {"email": "a@b\u0000", "password": "x"}}),
    ("POST", "/api/v1/session", {"json": {"email": "a@b\ud800", "password": "\udfff"}}),
    ("POST", "/api/v1/session", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/v1/session", {"data": b"x" * 300_000, "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/v1/session", {"data": b"x", "headers": {"Content-Type": "application/xml"}}),
    ("POST", "/api/v1/setup", {"json": {"token": "x", "email": "a@b", "name": "x", "password": "a fine password"}}),
    ("PUT", "/api/v1/session/password", {"json": {"current_password": 1, "password": None}}),
]


@pytest.mark.parametrize("signed_in", [True, False])
async def test_S3_an_error_leaks_nothing_of_the_inside(sentra: Sentra, owner: Browser, signed_in: bool):
    assert len(PROBES) >= 30
    for method, path, options in PROBES:
        browser = owner if signed_in else Browser(sentra.asgi)
        answer = await browser.request(method, path, keep_cookies=False, **options)
        assert 400 <= answer.status < 500, (method, path, answer.status)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["status"] == answer.status
        assert answer.json["type"].startswith("urn:sentra:problem:")
        assert not LEAKS.search(answer.body.decode().replace("urn:sentra:", "")), (path, answer.body)


async def test_S3_a_failure_inside_tells_nothing_and_is_in_the_log(
    sentra: Sentra, stranger: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def fail() -> bool:
        raise ZeroDivisionError("/var/lib/sentra/canary.py")

    monkeypatch.setattr(sentra.setup, "needed", fail)
    answer = await stranger.get("/api/v1/setup")
    assert answer.status == 500
    assert not LEAKS.search(answer.body.decode().replace("urn:sentra:", ""))
    assert b"canary" not in answer.body
    assert "ZeroDivisionError" in caplog.text


async def test_S3_debugging_is_off_and_the_docs_are_behind_a_session(sentra: Sentra, stranger: Browser):
    assert sentra.asgi.debug is False
    for path in ("/api/v1/docs", "/api/v1/docs.css", "/api/v1/openapi.json"):
        assert (await stranger.get(path)).status == 401


def test_every_error_of_the_core_has_a_status():
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SentraError) and kind is not errors.SentraError
    ]
    assert len(kinds) >= 9
    assert [kind.__name__ for kind in kinds if kind not in _STATUS] == []


async def test_a_method_that_is_not_there_names_those_that_are(owner: Browser):
    answer = await owner.request("PATCH", "/api/v1/session", json={})
    assert answer.status == 405
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, POST"
