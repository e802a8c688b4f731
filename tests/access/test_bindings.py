"""Roles: who may do what in words, and who gives and takes them."""

import asyncio
from typing import Any

from sentra.access.words import ACTION_WORDS, ROLE_WORDS
from sentra.core.access import ACTIONS, ROLES, Binding
from tests.access.conftest import World
from tests.access.people import Person, someone
from tests.api.peer_forms import errors_of
from tests.browser import Answer, Browser
from tests.scale import scaled

OWNER, ADMIN, OPERATOR, VIEWER = (Binding(role) for role in ROLES[:4])


def said(*bindings: Binding) -> dict[str, Any]:
    return {"bindings": [{"role": each.role, "scope": each.scope} for each in bindings]}


async def put(browser: Browser, user: Person | str, *bindings: Binding) -> Answer:
    user_id = user if isinstance(user, str) else user.user_id
    return await browser.request("PUT", f"/api/v1/users/{user_id}/bindings", json=said(*bindings))


async def roles_of(browser: Browser, user: Person) -> list[dict[str, str]]:
    answer = await browser.get(f"/api/v1/users/{user.user_id}/bindings")
    assert answer.status == 200
    return list(answer.json["items"])


def test_every_action_and_every_role_is_explained():
    assert set(ACTION_WORDS) == set(ACTIONS)
    assert set(ROLE_WORDS) == set(ROLES)


async def test_the_table_says_who_may_do_what_and_why(world: World):
    member = await someone(world.sentra, Binding("member"))
    table = (await member.get("/api/v1/roles")).json
    assert [each["action"] for each in table["actions"]] == list(ACTIONS)
    rows = {row["role"]: {each["action"]: each for each in row["permissions"]} for row in table["roles"]}
    assert list(rows) == list(ROLES)
    assert rows["owner"]["interface:delete"]["may"] == "any"
    assert rows["operator"]["interface:delete"] == {
        "action": "interface:delete",
        "may": "no",
        "why": ROLE_WORDS["operator"].why_not,
    }
    assert rows["member"]["peer:read"]["may"] == "own"
    assert rows["viewer"]["password:change"]["may"] == "own"
    assert all(each["why"] for row in rows.values() for each in row.values())


async def test_roles_are_given_and_count_at_the_next_request(world: World):
    person = await someone(world.sentra)
    assert (await person.get("/api/v1/interfaces")).status == 403
    bound = Binding("operator", f"interface:{world.here}")
    answer = await put(world.owner, person, VIEWER, bound)
    assert answer.status == 200
    assert await roles_of(person, person) == [
        {"role": "viewer", "scope": "*"},
        {"role": "operator", "scope": bound.scope},
    ]
    assert len((await person.get("/api/v1/interfaces")).json["items"]) == 2
    assert (await put(world.owner, person)).json["items"] == []
    assert (await person.get("/api/v1/interfaces")).status == 403


async def test_everybody_sees_their_own_roles_and_who_looks_after_people_those_of_all(world: World):
    viewer, other = await someone(world.sentra, VIEWER), await someone(world.sentra, VIEWER)
    assert await roles_of(viewer, viewer) == [{"role": "viewer", "scope": "*"}]
    foreign = await viewer.get(f"/api/v1/users/{other.user_id}/bindings")
    missing = await viewer.get(f"/api/v1/users/{'0' * 32}/bindings")
    assert (foreign.status, foreign.body) == (missing.status, missing.body)
    assert foreign.status == 404
    assert await roles_of(world.owner, other) == [{"role": "viewer", "scope": "*"}]


async def test_a_binding_is_to_something_that_there_is_and_said_once(world: World):
    person = await someone(world.sentra)
    gone = [Binding("viewer", "node:elsewhere"), Binding("viewer", f"interface:{'0' * 32}"), VIEWER, OPERATOR]
    answer = await put(world.owner, person, *gone)
    assert errors_of(answer) == {
        "bindings.0.scope": "scope",
        "bindings.1.scope": "scope",
        "bindings.3.scope": "twice",
    }
    invited = await world.owner.post("/api/v1/users", {"email": "new@example.com", "name": "New", **said(*gone)})
    assert "bindings.1.scope" in errors_of(invited)
    for wrong in ({"role": "root", "scope": "*"}, {"role": "viewer", "scope": "interface:*"}, {"role": "user"}):
        path = f"/api/v1/users/{person.user_id}/bindings"
        assert (await world.owner.request("PUT", path, json={"bindings": [wrong]})).status == 422
    assert (await put(world.owner, "0" * 32, VIEWER)).status == 404


async def test_to_give_roles_asks_for_a_fresh_proof(world: World, clock: Any):
    person = await someone(world.sentra)
    clock.advance(301)
    refused = await put(world.owner, person, VIEWER)
    assert refused.status in (401, 403)
    assert "step-up" in refused.json["type"] or "proof" in refused.json["type"], refused.json
    await world.owner.sign_in()
    assert (await put(world.owner, person, VIEWER)).status == 200


async def test_S33_nobody_changes_somebody_of_their_own_rank_or_above_nor_gives_as_much_as_they_have(world: World):
    admin = await someone(world.sentra, ADMIN)
    node_admin = await someone(world.sentra, Binding("admin", "node:local"))
    operator = await someone(world.sentra, OPERATOR)
    owners = [await someone(world.sentra, OWNER), await someone(world.sentra, OWNER)]
    for target in (admin, node_admin, *owners):
        assert (await put(admin, target, VIEWER)).status == 403
        assert (await put(admin, target, OWNER)).status == 403
    for role in ("owner", "admin"):
        for scope in ("*", "node:local", f"interface:{world.here}"):
            assert errors_of(await put(admin, operator, VIEWER, Binding(role, scope))) == {"bindings.1.role": "rank"}
    assert (await put(admin, operator, VIEWER)).status == 200
    for nobody in (node_admin, operator, await someone(world.sentra, Binding("owner", "node:local"))):
        for target in (nobody, operator):
            assert (await put(nobody, target, OWNER)).status == 403
    assert (await put(owners[0], owners[1], VIEWER)).status == 200


async def test_S33_the_last_owner_stays_one(world: World):
    me = (await world.owner.get("/api/v1/session")).json["user"]["id"]
    for left in ((), (ADMIN,), (Binding("owner", "node:local"),)):
        assert (await put(world.owner, me, *left)).status == 409
    await someone(world.sentra, OWNER)
    assert (await put(world.owner, me, ADMIN)).status == 200
    assert (await put(world.owner, me, OWNER)).status == 403


async def test_S33_demotions_at_the_same_moment_leave_an_owner_and_raise_nobody(world: World):
    one, two = await someone(world.sentra, OWNER), await someone(world.sentra, OWNER)
    admin = await someone(world.sentra, ADMIN)
    me = (await world.owner.get("/api/v1/session")).json["user"]["id"]
    assert (await put(one, me)).status == 200
    for _ in range(scaled(20, 200)):
        answers = await asyncio.gather(
            put(one, two, ADMIN), put(two, one, ADMIN), put(one, one, ADMIN), put(admin, admin, OWNER)
        )
        assert {answer.status for answer in answers} <= {200, 403, 409, 422}
        assert answers[-1].status == 403
        owners = [each for each in (one, two) if (await roles_of(each, each))[0]["role"] == "owner"]
        assert owners
        for each in (one, two):
            assert (await put(owners[0], each, OWNER)).status == 200
