"""Every route, for everybody who may call it: one verdict for each, the same by cookie, access token and API token."""

import asyncio
import csv
import re
from io import StringIO
from itertools import count
from typing import Any

import pytest

from sentra.core.access import ACTIONS, Binding
from sentra.core.tokens import FOR_PROGRAMS, GRANTABLE, WHO_AM_I
from sentra.web.access import ANYONE
from tests.access.conftest import World
from tests.access.people import Person, someone
from tests.browser import PASSWORD, Browser
from tests.meta.test_routes import routes
from tests.scale import scaled

ROLES = ("owner", "admin", "operator", "viewer", "member", "nobody")

MATRIX = """
action,owner,admin,operator,viewer,member,nobody
audit:read,yes,yes,no,no,no,no
docs:read,yes,yes,yes,yes,yes,no
factor:create,yes,yes,yes,yes,yes,yes
factor:delete,yes,yes,yes,yes,yes,yes
factor:read,yes,yes,yes,yes,yes,yes
factor:reset,yes,no,no,no,no,no
factor:update,yes,yes,yes,yes,yes,yes
interface:adopt,yes,yes,no,no,no,no
interface:create,yes,yes,no,no,no,no
interface:delete,yes,yes,no,no,no,no
interface:import,yes,yes,no,no,no,no
interface:inspect,yes,yes,yes,yes,no,no
interface:read,yes,yes,yes,yes,yes,no
interface:update,yes,yes,yes,no,no,no
key:read,yes,no,no,no,no,no
key:rotate,yes,no,no,no,no,no
password:change,yes,yes,yes,yes,yes,yes
peer:config,yes,yes,yes,no,yes,no
peer:create,yes,yes,yes,no,yes,no
peer:delete,yes,yes,yes,no,yes,no
peer:read,yes,yes,yes,yes,yes,no
peer:rekey,yes,yes,yes,no,yes,no
peer:update,yes,yes,yes,no,no,no
policy:read,yes,yes,no,no,no,no
policy:update,yes,yes,no,no,no,no
profile:update,yes,yes,yes,yes,yes,yes
provider:read,yes,yes,no,no,no,no
provider:update,yes,yes,no,no,no,no
role:read,yes,yes,yes,yes,yes,yes
role:update,yes,yes,no,no,no,no
session:end,yes,yes,yes,yes,yes,yes
session:prove,yes,yes,yes,yes,yes,yes
session:read,yes,yes,yes,yes,yes,yes
status:read,yes,yes,yes,yes,yes,no
token:create,yes,yes,yes,yes,yes,yes
token:read,yes,yes,yes,yes,yes,yes
token:revoke,yes,yes,yes,yes,yes,yes
user:delete,yes,yes,no,no,no,no
user:invite,yes,yes,no,no,no,no
user:read,yes,yes,no,no,no,no
user:reset,yes,yes,no,no,no,no
user:update,yes,yes,no,no,no,no
"""
"""May somebody with this role, bound to everything, do this to anything at all? Written by hand, not by the policy."""

EXPECTED = {row["action"]: row for row in csv.DictReader(StringIO(MATRIX.strip()))}


def cells(world: World) -> list[tuple[str, str, str]]:
    """Give every route that is not for anyone, with its action; signing out comes last."""
    found = [
        (method, path, action or "")
        for method, path, action in routes(world.sentra.asgi)
        if action != ANYONE and method != "WS"
    ]
    return sorted(found, key=lambda cell: (cell[2] == "session:end", cell[1], cell[0]))


def address(path: str) -> str:
    return re.sub(r"<[^>]+>", "no-such-thing", path)


async def verdict(browser: Browser, method: str, path: str, headers: dict[str, str | None] | None = None) -> str:
    """Ask, with a body that is wrong: whoever may gets as far as being told so."""
    body: dict[str, Any] = {} if method in ("GET", "HEAD") else {"json": {"no-such-field": 1}}
    answer = await browser.request(method, address(path), headers=headers, **body)
    assert answer.status < 500 or answer.status == 503, (method, path, answer.status)
    if answer.status == 401:
        return "stranger"
    is_refused = answer.status == 403 and answer.json["type"].endswith(("forbidden",))
    return "no" if is_refused else "yes"


def test_S30_the_matrix_has_a_row_for_every_action():
    assert list(EXPECTED) == list(ACTIONS)


@pytest.mark.parametrize("role", ROLES)
async def test_S30_every_route_gives_its_verdict(world: World, role: str):
    bindings = () if role == "nobody" else (Binding(role),)  # type: ignore[arg-type]
    person = await someone(world.sentra, *bindings)
    wrong = [
        (method, path, action)
        for method, path, action in cells(world)
        if action != "session:end" and await verdict(person, method, path) != EXPECTED[action][role]
    ]
    assert wrong == []


async def test_S30_a_stranger_gets_nowhere(world: World):
    stranger = Browser(world.sentra.asgi)
    for method, path, _ in cells(world):
        assert await verdict(stranger, method, path) == "stranger", (method, path)


def by(token: str) -> dict[str, str | None]:
    return {"Authorization": f"Bearer {token}", "Cookie": None, "Origin": None, "X-Sentra-CSRF": None}


@pytest.mark.parametrize("role", ROLES)
async def test_S34_the_same_verdict_by_an_access_token(world: World, role: str):
    bindings = () if role == "nobody" else (Binding(role),)  # type: ignore[arg-type]
    person = await someone(world.sentra, *bindings)
    form = {"email": person.email, "password": PASSWORD}
    token = (await Browser(world.sentra.asgi, person.address).post("/api/v1/token", form)).json["access_token"]
    program = Browser(world.sentra.asgi)
    for method, path, action in cells(world):
        expected = EXPECTED[action][role] if action in FOR_PROGRAMS else "no"
        assert await verdict(program, method, path, by(token)) == expected, (method, path)


@pytest.mark.parametrize("role", ROLES[:-1])
async def test_S34_the_same_verdict_by_an_api_token_for_everything(world: World, role: str):
    person = await someone(world.sentra, Binding(role))  # type: ignore[arg-type]
    can = (await person.get("/api/v1/session")).json["can"]
    form = {"name": "all", "actions": [action for action in GRANTABLE if action in can]}
    made = await person.post("/api/v1/tokens", form)
    assert made.status == 201, made.json
    program = Browser(world.sentra.asgi)
    for method, path, action in cells(world):
        expected = EXPECTED[action][role] if action in (*GRANTABLE, WHO_AM_I) else "no"
        assert await verdict(program, method, path, by(made.json["token"])) == expected, (method, path)


@pytest.mark.parametrize("action", GRANTABLE)
async def test_S30_a_token_for_one_action_does_that_alone(world: World, action: str):
    person = await someone(world.sentra, Binding("owner"))
    made = await person.post("/api/v1/tokens", {"name": "one", "actions": [action]})
    program = Browser(world.sentra.asgi)
    for method, path, wanted in cells(world):
        expected = "yes" if wanted in (action, WHO_AM_I) else "no"
        assert await verdict(program, method, path, by(made.json["token"])) == expected, (method, path)


async def facts(world: World) -> list[object]:
    """Give what a foreign request must not change."""
    lists = [await world.owner.get(f"/api/v1/interfaces/{each}/peers") for each in (world.here, world.there)]
    return [(await world.owner.get("/api/v1/interfaces")).json, *(answer.json for answer in lists)]


@pytest.mark.parametrize("role", ["admin", "operator", "viewer", "member"])
async def test_S31_what_is_foreign_is_not_there(world: World, role: str):
    """With an id of the other interface, every route answers as it does for an id that nobody has."""
    person: Person = await someone(world.sentra, Binding(role, f"interface:{world.here}"))  # type: ignore[arg-type]
    before = await facts(world)
    asked = 0
    for method, path, action in cells(world):
        if "<interface_id>" not in path and "<peer_id>" not in path:
            continue
        answers = []
        for interface_id, peer_id in ((world.there, world.peer_there), ("no-such-thing", "no-such-thing")):
            place = path.replace("<interface_id>", interface_id).replace("<peer_id>", peer_id)
            # `ids` and such are wrong in both cases in the same way, or are not looked at.
            body: dict[str, Any] = {} if method == "GET" else {"json": {}}
            answers.append(await person.request(method, re.sub(r"<[^>]+>", "x", place), keep_cookies=False, **body))
        foreign, missing = answers
        assert foreign.status == missing.status, (method, path, foreign.json, missing.json)
        assert foreign.status in (403, 404, 422), (method, path)
        assert foreign.body == missing.body, (method, path)
        asked += action != ""
    assert asked > 20
    assert await facts(world) == before


async def test_S34_a_changed_role_counts_on_the_very_next_request(world: World):
    person = await someone(world.sentra, Binding("viewer"))
    form = {"email": person.email, "password": PASSWORD}
    token = (await Browser(world.sentra.asgi, person.address).post("/api/v1/token", form)).json["access_token"]
    path = f"/api/v1/users/{person.user_id}/bindings"
    for number in range(scaled(10, 100)):
        role = ("operator", "viewer")[number % 2]
        answer = await world.owner.request("PUT", path, json={"bindings": [{"role": role, "scope": "*"}]})
        assert answer.status == 200, answer.json
        expected = EXPECTED["interface:update"][role]
        update = ("PATCH", "/api/v1/interfaces/<interface_id>")
        assert await verdict(person, *update) == expected
        assert await verdict(Browser(world.sentra.asgi), *update, by(token)) == expected


async def rename_slowly(person: Person, name: str) -> int:
    """Send a form whose end comes later: meanwhile others are served."""
    client = person.app.test_client(use_cookies=False)
    headers = person.headers("PATCH", {"Content-Type": "application/json"})
    sending = client.request(
        "/api/v1/profile", method="PATCH", headers=headers, scope_base=person.scope(), scheme="https"
    )
    async with sending as connection:
        await connection.send(b'{"name": ')
        for _ in range(20):
            await asyncio.sleep(0)
        await connection.send(f'"{name}"}}'.encode())
        await connection.send_complete()
    return (await connection.as_response()).status_code


async def test_S34_requests_of_different_people_at_once_are_never_mixed_up(world: World):
    people = [await someone(world.sentra, Binding(role)) for role in ("admin", "operator", "viewer", "member")]  # type: ignore[arg-type]

    numbers = count()

    async def ask(person: Person) -> None:
        name = f"{person.user_id[:8]} {next(numbers)}"
        assert await rename_slowly(person, name) == 200
        answer = await person.get("/api/v1/session")
        assert answer.json["user"]["id"] == person.user_id
        assert answer.json["user"]["name"].startswith(person.user_id[:8])

    for _ in range(scaled(10, 250)):
        await asyncio.gather(*(ask(person) for person in people * 5))
