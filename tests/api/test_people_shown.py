"""What is shown of people: when they were there, what they sign in with, their roles by the names of interfaces."""

from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface
from tests.api.people_forms import find, invite, join
from tests.api.test_second_factors import enrol
from tests.browser import Browser
from tests.turned_clock import TurnedClock


async def test_when_somebody_was_last_there_is_told_as_long_as_they_are_signed_in(owner: Browser):
    await invite(owner)
    assert (await find(owner))["seen_at"] is None
    vera = await join(owner, "vera@example.com", "viewer")
    sessions = (await vera.get("/api/v1/sessions")).json["items"]
    assert (await find(owner, "vera@example.com"))["seen_at"] == sessions[0]["seen_at"]
    await vera.request("DELETE", "/api/v1/session")
    assert (await find(owner, "vera@example.com"))["seen_at"] is None


async def test_roles_are_on_record_by_the_names_of_interfaces(owner: Browser, agent: FakeAgent):
    scope = f"interface:{await create_interface(owner)}"
    invited = await invite(owner, "bob@example.com", "viewer", scope)
    path = f"/api/v1/users/{invited.json['user']['id']}/bindings"
    both = [{"role": "operator", "scope": scope}, {"role": "viewer", "scope": "node:local"}]
    assert (await owner.request("PUT", path, json={"bindings": both})).status == 200
    entries = (await owner.get("/api/v1/audit?limit=50")).json["items"]
    assert [entry["summary"] for entry in entries if entry["action"] in ("user:invite", "role:update")] == [
        "bob@example.com is operator of wg0, viewer of node:local",
        "Invited bob@example.com as viewer of wg0",
    ]


async def test_roles_of_somebody_who_was_changed_meanwhile_stay(owner: Browser):
    person = (await invite(owner)).json["user"]
    path = f"/api/v1/users/{person['id']}/bindings"
    seen = {"If-Match": f'"{person["version"]}"'}
    viewer = {"bindings": [{"role": "viewer", "scope": "*"}]}
    assert (await owner.request("PUT", path, json=viewer, headers=seen)).status == 200
    assert (await owner.request("PUT", path, json={"bindings": []}, headers=seen)).status == 412
    assert (await find(owner))["role"] == "viewer"
    assert (await owner.request("PUT", path, json={"bindings": []})).status == 200


async def test_whether_somebody_has_a_second_factor_is_shown_and_owners_may_take_it_off(
    owner: Browser, clock: TurnedClock
):
    vera = await join(owner, "vera@example.com", "viewer")
    admin = await join(owner)
    assert (await find(owner, "vera@example.com"))["has_second_factor"] is False
    await enrol(vera, clock)
    shown = await find(owner, "vera@example.com")
    assert (shown["has_second_factor"], "factor:reset" in shown["can"]) == (True, True)
    assert "factor:reset" not in (await find(admin, "vera@example.com"))["can"]


async def test_a_list_of_people_tells_which_roles_one_may_give(owner: Browser):
    assert (await owner.get("/api/v1/users")).json["grantable"] == ["owner", "admin", "operator", "viewer", "member"]
    admin = await join(owner)
    assert (await admin.get("/api/v1/users")).json["grantable"] == ["operator", "viewer", "member"]


async def test_a_role_of_one_interface_leads_nobody_to_what_is_about_the_whole(owner: Browser, agent: FakeAgent):
    scope = f"interface:{await create_interface(owner)}"
    admin = await join(owner, "bob@example.com", "admin", scope)
    can = set((await admin.get("/api/v1/session")).json["can"])
    assert {"interface:update", "peer:create", "status:read", "docs:read", "token:create", "session:end"} <= can
    assert not can & {"user:read", "user:invite", "audit:read", "policy:read", "provider:read", "role:update"}
    for path in ("users", "audit", "policies/second-factor", "providers"):
        assert (await admin.get(f"/api/v1/{path}")).status == 403
    everywhere = await join(owner, "eve@example.com", "admin")
    assert {"user:read", "audit:read"} <= set((await everywhere.get("/api/v1/session")).json["can"])
