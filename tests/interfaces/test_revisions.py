"""What changed, by whom, when; and taking it back."""

import pytest

from sentra.app import Sentra
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer, errors_of, messages_of
from tests.api.people_forms import invite
from tests.browser import Answer, Browser
from tests.interfaces.conftest import INTERFACES
from tests.turned_clock import TurnedClock


@pytest.fixture
async def made(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner)


async def history(owner: Browser, made: str, query: str = "") -> list[dict[str, object]]:
    items: list[dict[str, object]] = (await owner.get(f"{INTERFACES}/{made}/revisions{query}")).json["items"]
    return items


async def undo(owner: Browser, made: str, revision: object) -> Answer:
    return await owner.post(f"{INTERFACES}/{made}/revisions/{revision}/undo", {})


async def test_a_revision_says_what_changed_by_whom_and_when(owner: Browser, made: str, clock: TurnedClock):
    clock.advance(60)
    await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1400, "dns": ["9.9.9.9"], "masquerade": True})
    newest, first = await history(owner, made)
    assert first["what"] == "interface-created"
    assert newest["what"] == "interface-updated"
    assert newest["summary"] == "Changed mtu, dns, masquerade of wg0"
    assert (newest["actor_name"], newest["undone"], newest["peer_id"]) == ("Ann Owner", False, None)
    assert newest["made_at"] == "2026-09-21T14:14:20Z"
    assert newest["changes"] == [
        {"field": "mtu", "before": "0", "after": "1400"},
        {"field": "dns", "before": "", "after": "9.9.9.9"},
        {"field": "masquerade", "before": "no", "after": "yes"},
    ]


async def test_the_history_of_one_peer_is_its_own(owner: Browser, made: str):
    one = await create_peer(owner, made, "one")
    other = await create_peer(owner, made, "other")
    await owner.request("PATCH", f"/api/v1/peers/{one['id']}", json={"notes": "x"})
    both = {"ids": [one["id"], other["id"]], "change": {"enabled": False, "disabled_reason": "holiday"}}
    assert (await owner.request("PATCH", f"{INTERFACES}/{made}/peers", json=both)).status == 200
    items = await history(owner, made, f"?peer={one['id']}")
    assert [item["peer_id"] for item in items] == [None, one["id"], one["id"]]
    assert len(await history(owner, made, f"?peer={other['id']}")) == 2
    assert await history(owner, made, "?peer=nobody") == []


async def test_the_history_comes_in_pages(owner: Browser, made: str):
    for number in range(5):
        await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1400 + number})
    seen: list[object] = []
    cursor = ""
    while cursor is not None:
        page = (await owner.get(f"{INTERFACES}/{made}/revisions?limit=2{cursor and f'&cursor={cursor}'}")).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [item["id"] for item in await history(owner, made)]
    assert len(seen) == 6
    for query in ("cursor=x", "cursor=-1", "limit=0", "limit=201", "limit=x", "other=1"):
        assert (await owner.get(f"{INTERFACES}/{made}/revisions?{query}")).status == 422, query


async def test_no_secret_is_in_the_history(owner: Browser, made: str):
    secret = some_key()
    peer = await create_peer(owner, made, preshared_key=secret)
    await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"preshared_key": some_key()})
    await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"preshared_key": None})
    answer = await owner.get(f"{INTERFACES}/{made}/revisions")
    assert secret.encode() not in answer.body
    assert b"sealed" not in answer.body
    removed, replaced, *_ = answer.json["items"]
    assert removed["changes"] == [{"field": "preshared_key", "before": "set", "after": "not set"}]
    assert replaced["changes"] == [{"field": "preshared_key", "before": "set", "after": "set"}]


async def test_undo_brings_back_what_was(owner: Browser, made: str, agent: FakeAgent):
    before = (await owner.get(f"{INTERFACES}/{made}")).json
    await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1400, "dns": ["9.9.9.9"]})
    changed = (await history(owner, made))[0]["id"]
    answer = await undo(owner, made, changed)
    assert answer.status == 200
    assert answer.json["applied"] is True
    after = answer.json["interface"]
    assert after == before | {"version": 3}
    assert agent.running[made].spec.link.mtu == 0
    items = await history(owner, made)
    assert items[0]["what"] == "undone"
    assert items[1]["undone"] is True
    assert (await undo(owner, made, changed)).status == 409
    assert (await undo(owner, made, items[0]["id"])).status == 200  # and back again
    assert (await owner.get(f"{INTERFACES}/{made}")).json["mtu"] == 1400
    assert (await undo(owner, made, changed)).status == 200  # it counts again


async def test_undo_leaves_what_else_was_changed_since(owner: Browser, made: str):
    await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1400})
    first = (await history(owner, made))[0]["id"]
    await owner.request("PATCH", f"{INTERFACES}/{made}", json={"dns": ["9.9.9.9"]})
    view = (await undo(owner, made, first)).json["interface"]
    assert (view["mtu"], view["dns"]) == (0, ["9.9.9.9"])


async def test_undo_is_refused_where_the_same_was_changed_since(owner: Browser, made: str):
    peer = await create_peer(owner, made)
    path = f"/api/v1/peers/{peer['id']}"
    await owner.request("PATCH", path, json={"notes": "one"})
    first = (await history(owner, made))[0]["id"]
    await owner.request("PATCH", path, json={"notes": "two"})
    refused = await undo(owner, made, first)
    assert refused.status == 409
    assert "notes of laptop" in refused.json["detail"]
    await owner.request("DELETE", path)
    assert "laptop is gone" in (await undo(owner, made, first)).json["detail"]


async def test_undo_of_a_created_and_of_a_deleted_peer(owner: Browser, made: str, agent: FakeAgent):
    peer = await create_peer(owner, made, preshared_key=some_key(), tags=["a"], routes=["192.168.9.0/24"])
    spec = agent.running[made].spec
    created = (await history(owner, made))[0]["id"]
    assert (await undo(owner, made, created)).status == 200
    assert (await owner.get(f"/api/v1/peers/{peer['id']}")).status == 404
    assert agent.running[made].owned == {peer["public_key"]}
    again = (await history(owner, made))[0]["id"]
    assert (await undo(owner, made, again)).status == 200
    assert (await owner.get(f"/api/v1/peers/{peer['id']}")).json == peer
    assert agent.running[made].spec == spec
    assert agent.running[made].owned == frozenset()


async def test_undo_of_many_is_all_or_nothing(owner: Browser, made: str, agent: FakeAgent):
    peers = [await create_peer(owner, made, f"peer {number}") for number in range(5)]
    ids = {"ids": [peer["id"] for peer in peers]}
    assert (await owner.post(f"{INTERFACES}/{made}/peers/delete", ids)).status == 200
    deleted = (await history(owner, made))[0]["id"]
    thief = await create_peer(owner, made, "peer 3", addresses=["10.8.0.99/32"])
    refused = await undo(owner, made, deleted)
    assert refused.status == 422
    assert len(agent.running[made].spec.device.peers) == 1
    await owner.request("DELETE", f"/api/v1/peers/{thief['id']}")
    assert (await undo(owner, made, deleted)).status == 200
    assert set(agent.running[made].spec.device.peers) == {peer["public_key"] for peer in peers}


async def test_undo_does_not_take_what_somebody_else_has_by_now(owner: Browser, made: str):
    await owner.request("PATCH", f"{INTERFACES}/{made}", json={"listen_port": 51899})
    changed = (await history(owner, made))[0]["id"]
    await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51820)
    refused = await undo(owner, made, changed)
    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == "listen_port"


async def test_how_an_interface_came_to_be_is_not_undone(owner: Browser, made: str):
    first = (await history(owner, made))[-1]["id"]
    answer = await undo(owner, made, first)
    assert answer.status == 409
    assert "Delete" in answer.json["detail"]


async def test_a_revision_is_one_of_its_own_interface(owner: Browser, made: str):
    other = await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1400})
    revision = (await history(owner, made))[0]["id"]
    assert (await undo(owner, other, revision)).status == 404


async def test_undo_of_a_created_peer_keeps_what_was_filled_in_since(owner: Browser, made: str):
    peer = await create_peer(owner, made)
    created = (await history(owner, made))[0]["id"]
    path = f"/api/v1/peers/{peer['id']}"
    for field, value in (("mtu", 1400), ("notes", "of Ann"), ("endpoint", "203.0.113.5:51820"), ("dns", ["9.9.9.9"])):
        await owner.request("PATCH", path, json={field: value})
        refused = await undo(owner, made, created)
        assert refused.status == 409, field
        assert f"{field} of laptop" in refused.json["detail"]
        await undo(owner, made, (await history(owner, made))[0]["id"])
    assert (await undo(owner, made, created)).status == 200


async def test_undo_gives_nobody_time_that_is_over(
    owner: Browser, made: str, sentra: Sentra, agent: FakeAgent, clock: TurnedClock
):
    peer = await create_peer(owner, made, expires_at="2026-09-21T14:13:30Z")
    path = f"/api/v1/peers/{peer['id']}"
    await owner.request("PATCH", path, json={"expires_at": "2026-09-21T14:13:40Z"})
    later = (await history(owner, made))[0]["id"]
    clock.advance(12)
    # Back to the earlier time: it would be disabled at once.
    assert errors_of(await undo(owner, made, later)) == {"expires_at": "past"}
    clock.advance(10)
    assert await sentra.management.expiry.expire() == 1
    expired = (await history(owner, made))[0]["id"]
    refused = await undo(owner, made, expired)
    assert errors_of(refused) == {"expires_at": "past"}
    assert "Give it a later one" in messages_of(refused)["expires_at"]
    await owner.request("PATCH", path, json={"expires_at": "2026-09-22T14:13:40Z"})
    assert (await undo(owner, made, expired)).status == 200
    assert await sentra.management.expiry.expire() == 0
    assert set(agent.running[made].spec.device.peers) == {peer["public_key"]}


async def test_a_deleted_peer_comes_back_disabled_where_its_time_is_over(
    owner: Browser, made: str, sentra: Sentra, clock: TurnedClock
):
    peer = await create_peer(owner, made, expires_at="2026-09-21T14:13:30Z")
    await owner.request("DELETE", f"/api/v1/peers/{peer['id']}")
    clock.advance(60)
    assert (await undo(owner, made, (await history(owner, made))[0]["id"])).status == 200
    seen = (await owner.get(f"/api/v1/peers/{peer['id']}")).json
    assert (seen["enabled"], seen["disabled_reason"]) == (False, "expired")
    assert await sentra.management.expiry.expire() == 0


async def test_undo_gives_no_peer_to_somebody_who_was_removed(owner: Browser, made: str):
    bob, eve = [(await invite(owner, f"{name}@example.com", "member")).json["user"]["id"] for name in ("bob", "eve")]
    gone = await create_peer(owner, made, "gone", owner_id=bob)
    moved = await create_peer(owner, made, "moved", owner_id=bob)
    await owner.request("DELETE", f"/api/v1/peers/{gone['id']}")
    deleted = (await history(owner, made))[0]["id"]
    await owner.request("PATCH", f"/api/v1/peers/{moved['id']}", json={"owner_id": eve})
    given = (await history(owner, made))[0]["id"]
    assert (await owner.request("DELETE", f"/api/v1/users/{bob}")).status == 204
    for revision in (deleted, given):
        assert (await undo(owner, made, revision)).status == 200
    for peer in (gone, moved):
        assert (await owner.get(f"/api/v1/peers/{peer['id']}")).json["owner_id"] is None


async def test_undo_is_not_held_up_by_an_owner_who_was_removed(owner: Browser, made: str):
    bob = (await invite(owner, "bob@example.com", "member")).json["user"]["id"]
    peer = await create_peer(owner, made, "laptop", owner_id=bob)
    created = (await history(owner, made))[0]["id"]
    assert (await owner.request("DELETE", f"/api/v1/users/{bob}")).status == 204
    assert (await undo(owner, made, created)).status == 200
    assert (await owner.get(f"/api/v1/peers/{peer['id']}")).status == 404
