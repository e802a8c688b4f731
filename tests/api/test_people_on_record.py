"""What the audit says of changes of people: every field that became another, whatever the line is about."""

from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface
from tests.api.people_forms import change, id_of, join
from tests.browser import Browser


async def newest(owner: Browser, action: str) -> tuple[str, dict[str, list[str | None]]]:
    (entry,) = (await owner.get(f"/api/v1/audit?action={action}&limit=1")).json["items"]
    return entry["summary"], entry["detail"]["fields"]


async def test_S58_a_change_of_several_fields_of_somebody_is_on_record_whole(owner: Browser):
    await join(owner)
    answer = await change(owner, await id_of(owner), name="Robert", peer_limit=9999, enabled=False)
    assert answer.status == 200
    assert await newest(owner, "user:update") == (
        "Disabled bob@example.com",
        {"name": ["Bob", "Robert"], "enabled": ["yes", "no"], "peer_limit": [None, "9999"]},
    )


async def test_S58_a_change_of_ones_own_name_and_address_is_on_record_whole(owner: Browser):
    bob = await join(owner)
    answer = await bob.request("PATCH", "/api/v1/profile", json={"name": "Robert", "email": "rob@example.com"})
    assert answer.status == 200
    assert await newest(owner, "profile:update") == (
        "Changed their address from bob@example.com to rob@example.com",
        {"name": ["Bob", "Robert"], "email": ["bob@example.com", "rob@example.com"]},
    )


async def test_S58_who_loses_a_role_with_its_interface_is_on_record(owner: Browser, agent: FakeAgent):
    interface = await create_interface(owner)
    await join(owner, role="operator", scope=f"interface:{interface}")
    assert (await owner.request("DELETE", f"/api/v1/interfaces/{interface}")).status == 200
    (entry,) = (await owner.get("/api/v1/audit?action=interface:delete")).json["items"]
    assert entry["detail"]["unbound"] == [await id_of(owner)]
