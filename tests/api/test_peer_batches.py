"""Many peers at once: all of them or none, one revision, one word to the agent."""

from typing import Any

import pytest

from sentra.db.revisions import list_revisions
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer, errors_of, messages_of, peer_form
from tests.browser import Answer, Browser
from tests.turned_clock import TurnedClock

pytestmark = pytest.mark.usefixtures("agent")


@pytest.fixture
async def interface_id(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner)


async def post_peers(owner: Browser, interface_id: str, forms: list[dict[str, Any]]) -> Answer:
    return await owner.post(f"/api/v1/interfaces/{interface_id}/peers/batch", {"peers": forms})


async def change_peers(owner: Browser, interface_id: str, ids: list[str], **change: Any) -> Answer:
    form = {"ids": ids, "change": change}
    return await owner.request("PATCH", f"/api/v1/interfaces/{interface_id}/peers", json=form)


async def listed(owner: Browser, interface_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await owner.get(f"/api/v1/interfaces/{interface_id}/peers?limit=500")).json["items"]
    return items


async def test_500_peers_in_one_step(owner: Browser, agent: FakeAgent):
    interface_id = await create_interface(owner, name="wg1", addresses=["10.9.0.1/22", "fd00:9::1/64"])
    await owner.request("PATCH", f"/api/v1/interfaces/{interface_id}", json={"server_keys": True})
    told = len(agent.told)
    forms = [peer_form(f"peer {number:03}") for number in range(498)]
    forms += [{"name": "made here", "make_keys": True}, peer_form("chosen", addresses=["10.9.0.2"])]
    answer = await post_peers(owner, interface_id, forms)
    assert answer.status == 201, answer.json
    peers = answer.json["peers"]
    assert [peer["name"] for peer in peers] == [form["name"] for form in forms]
    assert len({address for peer in peers for address in peer["addresses"]}) == 999
    assert peers[0]["addresses"] == ["10.9.0.3/32", "fd00:9::2/128"]
    assert answer.json["applied"] is True
    assert len(agent.told) == told + 1
    assert len(agent.running[interface_id].spec.device.peers) == 500
    (revision, *_) = await list_revisions(interface_id, peer_id=None, before_id=None, limit=5)
    assert (revision.what, revision.summary) == (
        "peers-created",
        "Created peer 000, peer 001, peer 002 and 497 more",
    )


async def test_one_wrong_peer_keeps_all_out(owner: Browser, agent: FakeAgent, interface_id: str):
    first = await create_peer(owner, interface_id, "first")
    told, key = len(agent.told), some_key()
    answer = await post_peers(
        owner,
        interface_id,
        [
            peer_form("a", addresses=["10.8.0.50"]),
            peer_form("b", addresses=["10.8.0.50"]),
            peer_form("a", public_key=key),
            peer_form("c", public_key=key, routes=["10.8.0.48/29", "10.8.0.2"]),
            {"name": "d"},
            peer_form("fine"),
        ],
    )
    assert messages_of(answer) == {
        "peers.1.addresses.0": "10.8.0.50/32 is given to a in the same request.",
        "peers.2.name": "Another peer of this interface has this name.",
        "peers.3.public_key": "a has this key.",
        "peers.3.routes.0": "10.8.0.50/32 is given to a in the same request.",
        "peers.3.routes.1": "10.8.0.2/32 belongs to first.",
        "peers.4.public_key": "This is needed.",
    }
    assert await listed(owner, interface_id) == [first]
    assert len(agent.told) == told


async def test_a_batch_has_1_to_500_peers(owner: Browser, interface_id: str):
    for forms in ([], [{"name": "x", "public_key": some_key()}] * 501):
        assert set(errors_of(await post_peers(owner, interface_id, forms))) == {"peers"}


async def test_many_peers_are_changed_alike(owner: Browser, agent: FakeAgent, interface_id: str):
    peers = [await create_peer(owner, interface_id, f"peer{number}", tags=["old", "kept"]) for number in range(5)]
    ids = [peer["id"] for peer in peers]
    told = len(agent.told)
    answer = await change_peers(
        owner, interface_id, ids[:3], enabled=False, disabled_reason="away", add_tags=["new"], remove_tags=["old"],
        expires_at="2030-01-01T00:00:00Z",
    )  # fmt: skip
    assert answer.status == 200
    for peer in answer.json["peers"]:
        assert (peer["enabled"], peer["disabled_reason"], peer["tags"]) == (False, "away", ["kept", "new"])
        assert (peer["expires_at"], peer["version"]) == ("2030-01-01T00:00:00Z", 2)
    assert len(agent.told) == told + 1
    assert set(agent.running[interface_id].spec.device.peers) == {peer["public_key"] for peer in peers[3:]}
    assert agent.running[interface_id].owned == {peer["public_key"] for peer in peers[:3]}
    answer = await change_peers(owner, interface_id, ids, enabled=True, expires_at=None)
    assert [(peer["enabled"], peer["disabled_reason"], peer["expires_at"]) for peer in answer.json["peers"]] == [
        (True, None, None)
    ] * 5
    assert agent.running[interface_id].owned == frozenset()
    revisions = await list_revisions(interface_id, peer_id=ids[4], before_id=None, limit=10)
    assert [revision.what for revision in revisions] == ["peer-created"]


async def test_many_peers_are_deleted(owner: Browser, agent: FakeAgent, interface_id: str):
    peers = [await create_peer(owner, interface_id, f"peer{number}") for number in range(4)]
    ids = [peer["id"] for peer in peers]
    path = f"/api/v1/interfaces/{interface_id}/peers/delete"
    assert errors_of(await owner.post(path, {"ids": [ids[0], "0" * 32]})) == {"ids.1": "no-peer"}
    assert len(await listed(owner, interface_id)) == 4
    dry = await owner.post(f"{path}?dry_run=true", {"ids": ids[:3]})
    assert len(dry.json["plan"]["operations"]) == 3
    answer = await owner.post(path, {"ids": ids[:3]})
    assert (answer.status, answer.json["peers"]) == (200, [])
    assert [peer["id"] for peer in await listed(owner, interface_id)] == ids[3:]
    assert agent.running[interface_id].owned == {peer["public_key"] for peer in peers[:3]}


async def test_peers_of_another_interface_are_not_reached(owner: Browser, interface_id: str):
    other = await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    theirs = await create_peer(owner, other)
    assert errors_of(await change_peers(owner, interface_id, [theirs["id"]], enabled=False)) == {"ids.0": "no-peer"}
    path = f"/api/v1/interfaces/{interface_id}/peers/delete"
    assert errors_of(await owner.post(path, {"ids": [theirs["id"]]})) == {"ids.0": "no-peer"}
    assert await listed(owner, other) == [theirs]


async def test_wrong_changes_of_many_are_told_at_once(owner: Browser, interface_id: str, clock: TurnedClock):
    peer = await create_peer(owner, interface_id, expires_at="2026-09-21T14:13:21Z", tags=[str(n) for n in range(20)])
    change = {"add_tags": ["a,b"], "remove_tags": [""], "disabled_reason": "a\nb"}
    assert errors_of(await change_peers(owner, interface_id, [peer["id"], "x"], **change)) == {
        "change.add_tags": "characters",
        "change.remove_tags": "empty",
        "change.disabled_reason": "characters",
        "ids.1": "no-peer",
    }
    assert errors_of(await change_peers(owner, interface_id, [peer["id"]], add_tags=["more"])) == {"ids.0": "too-many"}
    assert errors_of(await change_peers(owner, interface_id, [peer["id"]], expires_at="2020-01-01T00:00:00Z")) == {
        "change.expires_at": "past"
    }
    await change_peers(owner, interface_id, [peer["id"]], enabled=False)
    clock.advance(1)
    assert errors_of(await change_peers(owner, interface_id, [peer["id"]], enabled=True)) == {"ids.0": "past"}


async def test_a_change_of_many_that_has_ones_own_peer_in_it_can_be_confirmed(owner: Browser, interface_id: str):
    peers = [await create_peer(owner, interface_id, f"peer{number}") for number in range(3)]
    owner.address = "10.8.0.3"
    answer = await change_peers(owner, interface_id, [peer["id"] for peer in peers], enabled=False)
    assert answer.json["plan"]["risky"]
    nonce = answer.json["confirm"]["nonce"]
    path = f"/api/v1/interfaces/{interface_id}/confirm"
    assert (await owner.post(path, {"nonce": "x" * len(nonce)})).status == 403
    assert (await owner.post(path, {"nonce": nonce})).status == 409  # not in the first 3 s
