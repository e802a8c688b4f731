"""What holds on every route, asked with things that there are and with forms that would be carried out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from quart import Quart

from sentra.settings import Settings
from sentra.web.openapi import document
from tests.access.conftest import World
from tests.access.things import address, forms, things
from tests.api.test_guard import ATTACKS
from tests.browser import Browser
from tests.state import decided

CARRIED_OUT = 30
"""So many routes at least do something with the forms of these tests: on each of them an attack could succeed."""


def addresses(app: Quart, *, safe: bool) -> Iterator[tuple[str, str]]:
    """Give the method and path of every route that only reads, or of every other one; those that end much come last."""
    found = [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS"}
        if not rule.websocket and (method in ("GET", "HEAD")) is safe
    ]
    return iter(sorted(found, key=lambda route: (route[0] == "DELETE", "password" in route[1], len(route[1]), route)))


@pytest.mark.parametrize("attack", ATTACKS)
async def test_S23_nothing_from_another_page_changes_anything(world: World, settings: Settings, attack: str):
    there_is = await things(world)
    form, owner, app = forms(there_is), world.owner, world.sentra.asgi
    before = decided(settings.database)
    for method, path in addresses(app, safe=False):
        headers = {"Content-Type": "application/json", **ATTACKS[attack]}
        body = app.json.dumps(form.get((method, path), {}))
        answer = await owner.request(method, address(path, there_is), headers=headers, data=body, keep_cookies=False)
        assert answer.status in (403, 415), (method, path)
        assert answer.secret is None
    assert decided(settings.database) == before


async def test_S23_from_our_own_page_the_same_requests_are_carried_out(world: World, settings: Settings):
    there_is = await things(world)
    form, carried_out = forms(there_is), []
    before = decided(settings.database)
    for method, path in addresses(world.sentra.asgi, safe=False):
        body = form.get((method, path), {})
        answer = await world.owner.request(method, address(path, there_is), json=body)
        assert answer.status < 300 or (method, path) not in form, (method, path, answer.json)
        if answer.status < 300:
            carried_out.append((method, path))
        if (await world.owner.get("/api/v1/session")).status == 401:
            await world.owner.sign_in()
    assert len(carried_out) >= CARRIED_OUT, carried_out
    assert decided(settings.database) != before


async def test_S24_reading_changes_nothing(world: World, settings: Settings):
    there_is = await things(world)
    before = decided(settings.database)
    found = 0
    for _ in range(3):
        for method, path in addresses(world.sentra.asgi, safe=True):
            answer = await world.owner.request(method, address(path, there_is))
            assert answer.status in (200, 303, 404, 409, 503), (method, path, answer.json)
            found += answer.status == 200
    assert decided(settings.database) == before
    assert found > 150


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8443", "*"])
async def test_S29_no_other_page_may_read_an_answer(world: World, origin: str):
    there_is = await things(world)
    app, asked = world.sentra.asgi, 0
    for browser in (world.owner, Browser(app)):
        for safe in (True, False):
            for method, path in addresses(app, safe=safe):
                place = address(path, there_is)
                preflight: dict[str, str | None] = {
                    "Origin": origin,
                    "Access-Control-Request-Method": method,
                    "Access-Control-Request-Headers": "x-sentra-csrf, content-type, authorization",
                }
                answers = [
                    await browser.request(method, place, headers={"Origin": origin}),
                    await browser.request("OPTIONS", place, headers=preflight),
                ]
                for answer in answers:
                    assert not [name for name in dict(answer.headers) if name.lower().startswith("access-control-")]
                assert answers[1].status >= 400, (method, path)
                asked += 1
    assert asked > 200


PRIVILEGED: dict[str, Any] = {
    "id": "0" * 32, "user_id": "0" * 32, "role": "owner", "roles": ["owner"], "is_admin": True, "is_owner": True,
    "password_hash": "$argon2id$v=19$x", "auth_epoch": 0, "joined_at": "2020-01-01T00:00:00Z",
    "created_at": "2020-01-01T00:00:00Z", "private_key": "A" * 43 + "=", "private_key_sealed": "AAAA",
    "version": 999, "generation": 999, "last_seen": 0, "can": ["interface:delete"], "outcome": "done",
    "interface_id": "1" * 32, "local": True, "mac": "00", "__class__": "x", "amr": ["pwd", "otp"], "kind_": "x",
}  # fmt: skip


async def test_S32_no_form_takes_what_only_the_server_decides(world: World, settings: Settings):
    there_is = await things(world)
    form, before, tried = forms(there_is), decided(settings.database), 0
    for path, methods in document(world.sentra.asgi)["paths"].items():
        route = re.sub(r"{(\w+)}", r"<\1>", path)
        for method, operation in methods.items():
            if "requestBody" not in operation:
                continue
            right = form.get((method.upper(), route), {})
            body = {**PRIVILEGED, **right}
            answer = await world.owner.request(method.upper(), address(route, there_is), json=body)
            assert answer.status == 422, (method, path, answer.json)
            told = {error["field"]: error["code"] for error in answer.json["errors"]}
            assert {told.get(field) for field in PRIVILEGED.keys() - right.keys()} == {"extra-forbidden"}, (path, told)
            tried += 1
    assert tried >= 40
    assert decided(settings.database) == before
