"""Whatever goes wrong while rights are asked, and however an address is written, nobody gets more than they may."""

import random
from urllib.parse import quote, unquote

import pytest
from quart import Quart
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from sentra.access.access import Access
from sentra.core.access import ACTIONS, EVERYTHING, Actor, Binding, Resource
from sentra.core.errors import Forbidden, SentraError
from sentra.services import identities
from sentra.web.access import ANYONE, action_of
from tests.access.conftest import World
from tests.access.people import NOBODY, someone
from tests.browser import Browser
from tests.meta.test_routes import OF_EVERYBODY
from tests.scale import scaled

OWNER = Actor(user_id="1", email="ann@example.com", name="Ann", bindings=(Binding("owner"),))


class Faulty:
    """An enforcer that fails in one of many ways, or says something that is not a yes."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def enforce(self, *_: object) -> object:
        fault = self.rng.choice((RuntimeError, KeyError, MemoryError, TimeoutError, "yes", 1, [True], None, False, {}))
        if isinstance(fault, type):
            raise fault("injected")
        return fault


def test_S37_no_fault_of_the_rules_allows_anything():
    rng = random.Random(37)  # noqa: S311 - the same faults each time
    access = Access(Faulty(rng))  # type: ignore[arg-type]
    resources = (EVERYTHING, Resource(node="local"), Resource("local", "i1", "p1", OWNER.user_id))
    for _ in range(scaled(300, 1000)):
        action, resource = rng.choice(ACTIONS), rng.choice(resources)
        access.forget()
        assert not access.may(OWNER, action, resource)
        assert not access.may_somewhere(OWNER, action)
        with pytest.raises(SentraError):
            access.authorise(OWNER, action, resource)
        with pytest.raises(Forbidden):
            access.require(OWNER, action)


async def test_S37_no_fault_of_the_database_allows_anything(world: World, monkeypatch: pytest.MonkeyPatch):
    person = await someone(world.sentra, Binding("owner"))
    assert (await person.get("/api/v1/interfaces")).status == 200

    async def broken(*_: object) -> None:
        raise OSError("injected")

    for name in ("find_user", "bindings_of"):
        with monkeypatch.context() as patch:
            patch.setattr(identities, name, broken)
            world.sentra.identities.forget(person.user_id)
            for method, path in (("GET", "/api/v1/interfaces"), ("DELETE", f"/api/v1/interfaces/{world.here}")):
                assert (await person.request(method, path)).status >= 500
    assert (await person.get(f"/api/v1/interfaces/{world.here}")).status == 200


async def test_S37_who_is_bound_to_what_no_version_knows_may_nothing(world: World):
    person = await someone(world.sentra, Binding("root"), Binding("owner", "galaxy:1"))  # type: ignore[arg-type]
    assert (await person.get("/api/v1/interfaces")).json["items"] == []
    for path in (f"/api/v1/interfaces/{world.here}", f"/api/v1/peers/{world.peer_here}"):
        assert (await person.get(path)).status == 404
    assert (await person.get("/api/v1/audit")).status == 403


def spelling(rng: random.Random, path: str) -> str:
    """Write an address as somebody does who hopes that the guard and the router read it differently."""
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(path))
        odd = rng.choice(
            ("//", "/./", "/../", ";x", "%2e", "%2f", "%5c", "%00", "%0a", "%09", ".", "%c0%af", "é", "%E2%80%AE")
        )
        match rng.randrange(5):
            case 0:
                path = path[:place] + odd + path[place:]
            case 1:
                path = path[:place] + path[place:].swapcase()
            case 2:
                path = path + odd
            case 3:
                path = path[:place] + quote(path[place], safe="").replace("/", "%2F") + path[place + 1 :]
            case _:
                path = path[:place] + f"%{ord(path[place]) & 255:02x}" + path[place + 1 :]
    return "/" + path.lstrip("/")  # with two, the client of the tests takes what follows for a host


def action_at(app: Quart, path: str) -> str | None:
    """Give the action of the route that the router finds at an address, None where it finds none."""
    try:
        rule, _ = app.url_map.bind("localhost").match(unquote(path, errors="replace"), "GET", return_rule=True)
    except (HTTPException, RequestRedirect):
        return None
    return action_of(app, rule.endpoint)


async def test_S36_however_an_address_is_written_it_opens_nothing(world: World):
    """What is decided is decided on the route that is served, never on how its address was written."""
    rng = random.Random(36)  # noqa: S311 - the same addresses each time
    app = world.sentra.asgi
    stranger, nobody = Browser(app), await someone(world.sentra, *NOBODY)
    targets = [
        *("/api/v1/interfaces", "/api/v1/audit", "/api/v1/users", "/api/v1/session", "/api/v1/status", "/healthz"),
        *(f"/api/v1/peers/{world.peer_here}{part}" for part in ("", "/config", "/template")),
        *(f"/api/v1/interfaces/{world.here}{part}" for part in ("", "/peers", "/addresses/10.8.0.2", "/revisions")),
    ]
    reached = 0
    for _ in range(scaled(800, 100_000)):
        path = spelling(rng, rng.choice(targets)) if rng.random() < 0.95 else rng.choice(targets)
        action = action_at(app, path)
        told = await stranger.get(path, keep_cookies=False)
        known = await nobody.get(path, keep_cookies=False)
        if action is None:
            assert (told.status, known.status) == (404, 404), path
        elif action == ANYONE:
            assert told.status == known.status != 401, path
        else:
            assert told.status == 401, path
            assert (known.status == 403) is (action not in OF_EVERYBODY), path
            reached += 1
        for answer in (told, known):
            assert b"wg0" not in answer.body
            assert b"PrivateKey" not in answer.body
    assert reached > 40
