"""Requests as no page of ours makes them: each has an answer that says so, and none is a failure of the server."""

import re
from typing import Any

import pytest

from sentra.app import Sentra
from sentra.web.openapi import document
from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface, errors_of, post_peer
from tests.browser import Browser
from tests.meta.test_routes import routes

JSON: dict[str, str | None] = {"Content-Type": "application/json"}


async def test_what_is_longer_than_any_id_names_nothing(sentra: Sentra, owner: Browser):
    asked = 0
    for length in (32, 33, 64, 300, 5000):
        for method, path, _ in routes(sentra.asgi):
            if "<" in path:
                body: dict[str, Any] = {} if method == "GET" else {"json": {}}
                answer = await owner.request(method, re.sub(r"<[^>]+>", "x" * length, path), **body)
                assert answer.status in (303, 404, 422), (method, path, length)  # 303: to our own page
                asked += 1
    assert asked > 100


async def test_a_request_that_says_nothing_but_its_address_has_no_type(owner: Browser, agent: FakeAgent):
    interface_id = await create_interface(owner)
    for path in (f"/api/v1/interfaces/{interface_id}/stop", "/api/v1/status/ticket", "/api/v1/keys/rotate"):
        assert (await owner.request("POST", path)).status in (200, 201)
        assert (await owner.request("POST", path, headers={"Content-Type": "text/plain"})).status == 415
        assert (await owner.request("POST", path, data=b"x", headers={"Content-Length": "1"})).status == 415
        assert (await owner.request("POST", path, data=b"x", headers={"Transfer-Encoding": "chunked"})).status == 415
        assert (await owner.request("POST", path, headers={"X-Sentra-CSRF": None})).status == 403


async def test_a_method_that_nobody_serves_is_told_so(sentra: Sentra, owner: Browser):
    for method, path, _ in routes(sentra.asgi):
        if method != "WS":
            answer = await owner.request("TRACE", re.sub(r"<[^>]+>", "x", path))
            assert answer.status == 405, path
            assert method in answer.headers["Allow"]


@pytest.mark.parametrize("said", [0, 12.5, "0", "1e9", "0.5", "2030-01-31", "2030-01-31T12:00:00", "tomorrow", True])
async def test_a_number_is_no_time(owner: Browser, agent: FakeAgent, said: Any):
    answer = await owner.get("/api/v1/audit", query_string={"since": said})
    assert errors_of(answer) == {"since": "moment"}
    answer = await post_peer(owner, await create_interface(owner), expires_at=said)
    assert errors_of(answer) == {"expires_at": "moment"}


async def test_a_time_may_be_written_in_every_way_of_rfc_3339(owner: Browser, agent: FakeAgent):
    interface_id = await create_interface(owner)
    for number, said in enumerate(("2030-01-31T12:00:00Z", "2030-01-31 12:00:00.25+01:30", "2030-01-31t12:00:00z")):
        assert (await owner.get("/api/v1/audit", query_string={"since": said})).status == 200
        assert (await post_peer(owner, interface_id, f"p{number}", expires_at=said)).status == 201


@pytest.mark.parametrize("half", [rb"\ud800", rb"\uDFFF", rb"\ud83d\ud83d\ude00", rb"\ude00\ud83d"])
async def test_half_of_a_character_is_no_text(sentra: Sentra, owner: Browser, half: bytes):
    for path, methods in document(sentra.asgi)["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                place = re.sub(r"{[^}]+}", "x", path)
                answer = await owner.request(method.upper(), place, data=b'{"name":"' + half + b'"}', headers=JSON)
                assert answer.status == 400, path


async def test_whole_characters_may_be_escaped(owner: Browser, agent: FakeAgent):
    path = f"/api/v1/interfaces/{await create_interface(owner, server_keys=True)}/peers"
    form = rb'{"name":"\ud83d\ude00 \u00e9","make_keys":true}'
    answer = await owner.request("POST", path, data=form, headers=JSON)
    assert answer.status == 201
    assert answer.json["peer"]["name"] == "😀 é"
