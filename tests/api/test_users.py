"""People: invited, found, changed, disabled and removed; by whom, and with what that ends."""

import asyncio

import pytest

from sentra.app import Sentra
from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface, create_peer, errors_of
from tests.api.people_forms import change, find, id_of, invite, is_signed_in, join, user_form
from tests.browser import Browser

ROLES = ("owner", "admin", "operator", "viewer", "member")


async def test_somebody_who_is_invited_is_there_and_has_not_joined(owner: Browser):
    answer = await invite(owner, " Bob@Example.com", "operator", peer_limit=3)
    person = answer.json["user"]
    assert person["email"] == "bob@example.com"
    assert person["role"] == "operator"
    assert person["bindings"] == [{"role": "operator", "scope": "*"}]
    assert (person["enabled"], person["joined_at"], person["peer_limit"], person["peer_count"]) == (True, None, 3, 0)
    assert person["invited_until"] == answer.json["expires_at"]
    read = await owner.get(f"/api/v1/users/{person['id']}")
    assert read.json == person
    assert read.headers["ETag"] == answer.headers["ETag"] == f'"{person["version"]}"'


async def test_people_are_listed_by_address_page_by_page_and_found_by_a_part(owner: Browser):
    for number in range(5):
        await invite(owner, f"p{number}@example.net", "viewer")
    page = (await owner.get("/api/v1/users?limit=4")).json
    rest = (await owner.get(f"/api/v1/users?limit=4&cursor={page['next_cursor']}")).json
    emails = [person["email"] for person in (*page["items"], *rest["items"])]
    assert emails == ["ann@example.com", *(f"p{number}@example.net" for number in range(5))]
    assert (len(page["items"]), rest["next_cursor"]) == (4, None)
    assert [person["email"] for person in (await owner.get("/api/v1/users?q=P3")).json["items"]] == ["p3@example.net"]
    assert [person["name"] for person in (await owner.get("/api/v1/users?q=owner")).json["items"]] == ["Ann Owner"]
    assert (await owner.get("/api/v1/users?q=%25")).json["items"] == []
    assert errors_of(await owner.get("/api/v1/users?cursor=x")) == {"cursor": "cursor"}


async def test_what_is_wrong_with_an_invitation_is_said_at_its_field(owner: Browser):
    await invite(owner)
    assert errors_of(await owner.post("/api/v1/users", user_form("BOB@example.com"))) == {"email": "email-taken"}
    for wrong in (
        {"email": "nobody"},
        {"name": ""},
        {"bindings": []},
        {"bindings": [{"role": "king", "scope": "*"}]},
        {"bindings": [{"role": "admin", "scope": "**"}]},
        {"bindings": [{"role": "admin", "scope": "node:"}]},
        {"peer_limit": -1},
        {"password": "a password that an admin chose"},
        {"enabled": True},
        {"id": "1"},
    ):
        (field,) = wrong
        assert all(name.startswith(field) for name in errors_of(await owner.post("/api/v1/users", user_form() | wrong)))


async def test_a_change_is_made_to_the_version_that_was_looked_at(owner: Browser):
    person = (await invite(owner)).json["user"]
    path = f"/api/v1/users/{person['id']}"
    seen = {"If-Match": f'"{person["version"]}"'}
    answer = await owner.request("PATCH", path, json={"name": "Robert", "peer_limit": 9}, headers=seen)
    assert (answer.status, answer.json["name"], answer.json["peer_limit"]) == (200, "Robert", 9)
    assert answer.headers["ETag"] != seen["If-Match"]
    assert (await owner.request("PATCH", path, json={"name": "Rob"}, headers=seen)).status == 412
    assert (await owner.request("DELETE", path, headers=seen)).status == 412
    assert (await owner.request("DELETE", path, headers={"If-Match": answer.headers["ETag"]})).status == 204
    assert (await owner.get(path)).status == 404


@pytest.mark.parametrize("field", ["role", "email", "bindings", "password", "auth_epoch", "joined_at", "version"])
async def test_an_edit_takes_no_field_beside_its_own(owner: Browser, field: str):
    user_id = (await invite(owner)).json["user"]["id"]
    assert field in errors_of(await change(owner, user_id, **{field: "x"}))


async def attempts(browser: Browser, user_id: str) -> dict[str, int]:
    """Try everything that can be done to somebody, the gentlest first; give the answers' status."""
    path = f"/api/v1/users/{user_id}"
    asked = {
        "rename": ("PATCH", "", {"name": "Renamed"}),
        "limit": ("PATCH", "", {"peer_limit": 1}),
        "reset": ("POST", "/reset", {}),
        "sign out": ("DELETE", "/sessions", None),
        "disable": ("PATCH", "", {"enabled": False}),
        "enable": ("PATCH", "", {"enabled": True}),
        "delete": ("DELETE", "", None),
    }
    return {
        what: (await browser.request(method, path + below, json=body)).status
        for what, (method, below, body) in asked.items()
    }


@pytest.mark.parametrize("whose", ROLES)
@pytest.mark.parametrize("role", ROLES)
async def test_S33_nobody_changes_somebody_of_their_rank_or_above(owner: Browser, role: str, whose: str):
    acting = await join(owner, "acting@example.com", role)
    await join(owner, "other@example.com", whose)
    other_id = await id_of(owner, "other@example.com")
    found = set((await attempts(acting, other_id)).values())
    may = role == "owner" or (role == "admin" and whose not in ("owner", "admin"))
    assert found == ({200, 204} if may else {403})
    assert (await owner.get(f"/api/v1/users/{other_id}")).status == (404 if may else 200)


async def test_S33_a_role_of_one_node_protects_as_one_of_everything_and_gives_nothing_beside_it(owner: Browser):
    acting = await join(owner, "acting@example.com", "admin")
    await join(owner, "other@example.com", "owner", "node:local")
    assert set((await attempts(acting, await id_of(owner, "other@example.com"))).values()) == {403}
    nodes_owner = await join(owner, "nodes@example.com", "owner", "node:local")
    assert (await nodes_owner.get("/api/v1/users")).status == 403
    both = user_form("both@example.com")
    both["bindings"] = [{"role": "admin", "scope": "*"}, {"role": "owner", "scope": "node:local"}]
    assert (await owner.post("/api/v1/users", both)).status == 201


@pytest.mark.parametrize("role", ROLES)
async def test_S33_only_lower_roles_are_given_and_owners_give_any(owner: Browser, role: str):
    assert (await owner.post("/api/v1/users", user_form("by-owner@example.com", role))).status == 201
    admin = await join(owner)
    answer = await admin.post("/api/v1/users", user_form("by-admin@example.com", role))
    assert answer.status == (422 if role in ("owner", "admin") else 201)
    if answer.status == 422:
        assert errors_of(answer) == {"bindings.0.role": "rank"}
    operator = await join(owner, "op@example.com", "operator")
    assert (await operator.post("/api/v1/users", user_form("by-operator@example.com", role))).status == 403


async def test_S33_the_last_owner_who_can_sign_in_stays(owner: Browser):
    ann = await id_of(owner, "ann@example.com")
    invited = (await invite(owner, "new@example.com", "owner")).json["user"]["id"]  # cannot sign in yet
    for answer in (await change(owner, ann, enabled=False), await owner.request("DELETE", f"/api/v1/users/{ann}")):
        assert answer.status == 409
        assert "last owner" in answer.json["detail"]
    other = await join(owner, "second@example.com", "owner")
    assert (await change(other, ann, enabled=False)).status == 200
    second = await id_of(other, "second@example.com")
    assert (await change(other, second, enabled=False)).status == 409
    assert (await other.request("DELETE", f"/api/v1/users/{ann}")).status == 204
    assert (await other.request("DELETE", f"/api/v1/users/{invited}")).status == 204


@pytest.mark.parametrize("way", ["disable", "delete"])
async def test_S33_owners_who_end_one_another_at_once_leave_one(owner: Browser, way: str):
    """200 rounds of both ways together."""
    first = owner
    for number in range(100):
        email = f"o{number}@example.com"
        second = await join(first, email, "owner")
        ids = [str((await browser.get("/api/v1/session")).json["user"]["id"]) for browser in (first, second)]
        answers = await asyncio.gather(
            *(
                browser.request("PATCH", f"/api/v1/users/{other}", json={"enabled": False})
                if way == "disable"
                else browser.request("DELETE", f"/api/v1/users/{other}")
                for browser, other in zip((first, second), reversed(ids), strict=True)
            )
        )
        assert sorted(answer.status < 300 for answer in answers) == [False, True], [each.status for each in answers]
        (first,) = [browser for browser in (first, second) if await is_signed_in(browser)]
    alive = [person for person in (await first.get("/api/v1/users?limit=500")).json["items"] if person["enabled"]]
    assert [person["role"] for person in alive] == ["owner"]


async def test_S33_who_is_demoted_meanwhile_changes_nobody(
    sentra: Sentra, owner: Browser, monkeypatch: pytest.MonkeyPatch
):
    """What the guard read of them is overtaken when their change is made."""
    admin = await join(owner)
    viewer_id = (await invite(owner, "viewer@example.com", "viewer")).json["user"]["id"]
    actor = await sentra.sessions.resume(admin.secret or "")
    await owner.request("DELETE", f"/api/v1/users/{actor.user_id}")

    async def overtaken(secret: str) -> object:
        return actor

    monkeypatch.setattr(sentra.sessions, "resume", overtaken)
    assert (await change(admin, viewer_id, name="Renamed")).status == 401
    monkeypatch.undo()
    assert (await owner.get(f"/api/v1/users/{viewer_id}")).json["name"] == "Viewer"


async def test_what_one_may_do_to_somebody_is_said_with_them(owner: Browser):
    admin = await join(owner)
    await invite(owner, "viewer@example.com", "viewer")
    said = {person["email"]: person["can"] for person in (await admin.get("/api/v1/users")).json["items"]}
    assert (said["ann@example.com"], said["bob@example.com"]) == ([], [])
    assert {"user:delete", "user:invite", "user:reset", "user:update"} <= set(said["viewer@example.com"])


@pytest.mark.parametrize("way", ["disable", "delete"])
async def test_S20_whoever_is_disabled_or_removed_is_out_at_once(owner: Browser, way: str):
    for number in range(25):
        email = f"b{number}@example.com"
        browser = await join(owner, email, "viewer")
        assert await is_signed_in(browser)
        user_id = await id_of(owner, email)
        answer = (
            await change(owner, user_id, enabled=False)
            if way == "disable"
            else await owner.request("DELETE", f"/api/v1/users/{user_id}")
        )
        assert answer.status < 300
        assert not await is_signed_in(browser)
        again = Browser(owner.app, "203.0.113.1")
        again.address = f"203.0.113.{number}"
        assert (await again.sign_in(email, "nine herons at dusk")).status == 401


@pytest.mark.parametrize("way", ["disable", "delete"])
async def test_S20_an_open_stream_closes_within_five_seconds_of_it(owner: Browser, way: str):
    browser = await join(owner, "bob@example.com", "viewer")
    user_id = await id_of(owner)
    async with browser.websocket("/api/v1/status/stream") as stream, asyncio.timeout(5):
        await stream.receive()
        if way == "disable":
            assert (await change(owner, user_id, enabled=False)).status == 200
        else:
            assert (await owner.request("DELETE", f"/api/v1/users/{user_id}")).status == 204
        with pytest.raises(Exception, match="4401"):
            while True:
                await stream.receive()


async def test_whoever_is_enabled_again_signs_in_anew(owner: Browser):
    browser = await join(owner)
    user_id = await id_of(owner)
    assert (await change(owner, user_id, enabled=False)).status == 200
    assert (await change(owner, user_id, enabled=True)).status == 200
    assert not await is_signed_in(browser)
    assert (await browser.sign_in("bob@example.com", "nine herons at dusk")).status == 200


@pytest.mark.parametrize("peers", ["keep", "disable"])
async def test_peers_of_whoever_is_removed_stay_without_an_owner(owner: Browser, agent: FakeAgent, peers: str):
    user_id = (await invite(owner, "bob@example.com", "member")).json["user"]["id"]
    interface_id = await create_interface(owner)
    peer = await create_peer(owner, interface_id, owner_id=user_id)
    other = await create_peer(owner, interface_id, "phone")
    assert (await find(owner))["peer_count"] == 1
    assert (await owner.request("DELETE", f"/api/v1/users/{user_id}?peers={peers}")).status == 204
    left = (await owner.get(f"/api/v1/peers/{peer['id']}")).json
    assert (left["owner_id"], left["enabled"]) == (None, peers == "keep")
    assert (peer["public_key"] in agent.running[interface_id].spec.device.peers) is (peers == "keep")
    assert (await owner.get(f"/api/v1/peers/{other['id']}")).json == other


@pytest.mark.parametrize("disable_peers", [False, True])
async def test_peers_of_whoever_is_disabled_are_disabled_where_that_is_wanted(
    owner: Browser, agent: FakeAgent, disable_peers: bool
):
    user_id = (await invite(owner, "bob@example.com", "member")).json["user"]["id"]
    peer = await create_peer(owner, await create_interface(owner), owner_id=user_id)
    assert (await change(owner, user_id, enabled=False, disable_peers=disable_peers)).status == 200
    left = (await owner.get(f"/api/v1/peers/{peer['id']}")).json
    assert (left["owner_id"], left["enabled"]) == (user_id, not disable_peers)
    assert left["disabled_reason"] == ("Bob was disabled" if disable_peers else None)


async def test_nobody_but_owners_and_admins_reads_people(owner: Browser):
    bob = await id_of(owner, "ann@example.com")
    for role in ("operator", "viewer", "member"):
        browser = await join(owner, f"{role}@example.com", role)
        for path in ("", f"/{bob}", f"/{bob}/sessions"):
            assert (await browser.get(f"/api/v1/users{path}")).status == 403
    assert (await (await join(owner)).get(f"/api/v1/users/{bob}")).status == 200


async def test_every_change_of_people_is_on_record_and_no_link_is(owner: Browser):
    answer = await invite(owner)
    user_id = answer.json["user"]["id"]
    await owner.post(f"/api/v1/users/{user_id}/invite", {})
    await change(owner, user_id, name="Robert")
    await change(owner, user_id, enabled=False)
    await owner.request("DELETE", f"/api/v1/users/{user_id}")
    entries = (await owner.get("/api/v1/audit?limit=50")).json["items"]
    assert [entry["summary"] for entry in entries if entry["action"].startswith("user:")] == [
        "Removed bob@example.com",
        "Disabled bob@example.com",
        "Renamed bob@example.com from Bob to Robert",
        "Invited bob@example.com again",
        "Invited bob@example.com as admin",
        "Made the owner with the setup link",
    ]
    assert answer.json["link"].partition("#")[2] not in (await owner.get("/api/v1/audit?limit=50")).body.decode()
