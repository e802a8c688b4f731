"""Peers: made by name alone, changed, given other keys, disabled, deleted."""

from typing import Any

import pytest

from sentra.app import Sentra
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer, errors_of, messages_of, peer_form, post_peer
from tests.browser import Browser

pytestmark = pytest.mark.usefixtures("agent")


@pytest.fixture
async def interface_id(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner)


async def test_a_peer_needs_a_name_and_gets_the_next_address_of_each_family(
    owner: Browser, agent: FakeAgent, interface_id: str
):
    key = some_key()
    answer = await post_peer(owner, interface_id, public_key=key)
    assert answer.status == 201
    assert answer.json["applied"] is True
    assert answer.json["reason"] is None
    peer = answer.json["peer"]
    assert peer["addresses"] == ["10.8.0.2/32", "fd00:8::2/128"]
    assert peer["effective_client_allowed_ips"] == ["10.8.0.0/24", "fd00:8::/64"]
    assert answer.headers["ETag"] == '"1"'
    spec = agent.running[interface_id].spec.device.peers[key]
    assert spec.allowed_ips == ("10.8.0.2/32", "fd00:8::2/128")
    assert spec.preshared_key is None
    second = await create_peer(owner, interface_id, "phone")
    assert second["addresses"] == ["10.8.0.3/32", "fd00:8::3/128"]
    assert (await owner.get(f"/api/v1/peers/{peer['id']}")).json == peer


async def test_an_agent_that_is_away_does_not_lose_a_peer(opened: Any):
    from sentra.services.changes import ChangeLimits
    from tests.api.agent import with_agent
    from tests.conftest import set_up

    async with opened(change_limits=ChangeLimits(patience_seconds=0.05)) as sentra, with_agent(sentra) as agent:
        owner = await set_up(sentra)
        interface_id = await create_interface(owner)
        agent.silent = True
        answer = await post_peer(owner, interface_id)
        assert answer.status == 201
        assert answer.json["applied"] is False
        assert "has not answered" in answer.json["reason"]
        agent.silent, agent.error = False, "The port is taken."
        answer = await post_peer(owner, interface_id, "phone")
        assert answer.status == 201
        assert answer.json["reason"] == "The port is taken."


async def test_a_dry_run_changes_nothing(owner: Browser, agent: FakeAgent, interface_id: str):
    told = len(agent.told)
    answer = await owner.post(f"/api/v1/interfaces/{interface_id}/peers?dry_run=true", peer_form())
    assert answer.status == 200
    assert answer.json["peer"] is None
    assert any("laptop" in line for line in answer.json["plan"]["operations"])
    assert (await owner.get(f"/api/v1/interfaces/{interface_id}/peers")).json["items"] == []
    assert len(agent.told) == told


async def test_a_change_leaves_alone_what_it_does_not_say(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id, notes="a\nb", tags=["home"], mtu=1400)
    answer = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"name": "desk", "mtu": None})
    assert answer.status == 200
    assert answer.json["peer"] == peer | {
        "name": "desk",
        "mtu": None,
        "version": 2,
        "config_revision": answer.json["peer"]["config_revision"],
    }
    same = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"name": "desk"})
    assert same.json["peer"] == answer.json["peer"]


async def test_a_change_is_made_to_the_version_that_was_seen(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id)
    path = f"/api/v1/peers/{peer['id']}"
    changed = await owner.request("PATCH", path, json={"notes": "x"}, headers={"If-Match": '"1"'})
    assert changed.headers["ETag"] == '"2"'
    for method, json in (("PATCH", {"notes": "y"}), ("DELETE", None)):
        answer = await owner.request(method, path, json=json, headers={"If-Match": '"1"'})
        assert answer.status == 412
    assert (await owner.get(path)).json["notes"] == "x"
    assert (await owner.request("DELETE", path, headers={"If-Match": '"2"'})).status == 200
    assert (await owner.get(path)).status == 404


async def test_a_disabled_peer_does_not_run_and_its_key_is_ours_to_remove(
    owner: Browser, agent: FakeAgent, interface_id: str
):
    peer = await create_peer(owner, interface_id)
    path, key = f"/api/v1/peers/{peer['id']}", peer["public_key"]
    change = {"enabled": False, "disabled_reason": "lost on a train"}
    answer = await owner.request("PATCH", path, json=change)
    assert answer.json["peer"]["disabled_reason"] == "lost on a train"
    assert key not in agent.running[interface_id].spec.device.peers
    assert key in agent.running[interface_id].owned
    answer = await owner.request("PATCH", path, json={"enabled": True})
    assert answer.json["peer"]["disabled_reason"] is None
    assert key in agent.running[interface_id].spec.device.peers
    assert key not in agent.running[interface_id].owned


async def test_a_disabled_peer_keeps_its_address(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id, enabled=False)
    assert messages_of(await post_peer(owner, interface_id, "phone", addresses=peer["addresses"])) == {
        "addresses.0": "10.8.0.2/32 belongs to laptop.",
        "addresses.1": "fd00:8::2/128 belongs to laptop.",
    }
    assert (await create_peer(owner, interface_id, "phone"))["addresses"][0] == "10.8.0.3/32"


async def test_a_deleted_peer_leaves_a_tombstone(owner: Browser, agent: FakeAgent, interface_id: str):
    peer = await create_peer(owner, interface_id)
    answer = await owner.request("DELETE", f"/api/v1/peers/{peer['id']}")
    assert answer.status == 200
    assert answer.json["peer"] is None
    assert agent.running[interface_id].owned == {peer["public_key"]}
    again = await create_peer(owner, interface_id, public_key=peer["public_key"])
    assert again["id"] != peer["id"]
    assert agent.running[interface_id].owned == frozenset()


async def test_another_key_comes_in_one_step(owner: Browser, agent: FakeAgent, interface_id: str):
    peer = await create_peer(owner, interface_id, preshared_key=some_key())
    template = (await owner.get(f"/api/v1/peers/{peer['id']}/template")).json
    given = await owner.post(f"/api/v1/peers/{peer['id']}/given", {"revision": template["revision"]})
    assert given.status == 204
    key, told = some_key(), len(agent.told)
    answer = await owner.post(f"/api/v1/peers/{peer['id']}/rekey", {"public_key": key})
    assert answer.status == 200
    after = answer.json["peer"]
    assert (after["id"], after["addresses"], after["public_key"]) == (peer["id"], peer["addresses"], key)
    assert after["given_revision"] is None
    assert after["has_preshared_key"] is True
    assert len(agent.told) == told + 1
    wanted = agent.running[interface_id]
    assert set(wanted.spec.device.peers) == {key}
    assert wanted.owned == {peer["public_key"]}
    assert errors_of(await owner.post(f"/api/v1/peers/{peer['id']}/rekey", {"public_key": key})) == {
        "public_key": "key-same"
    }


async def test_keys_made_by_the_server_need_the_interfaces_leave(owner: Browser, interface_id: str):
    form = {"name": "printer", "make_keys": True}
    answer = await owner.post(f"/api/v1/interfaces/{interface_id}/peers", form)
    assert answer.status == 409
    assert "private key" in answer.json["detail"]
    allowed = await owner.request("PATCH", f"/api/v1/interfaces/{interface_id}", json={"server_keys": True})
    assert allowed.status == 200
    answer = await owner.post(f"/api/v1/interfaces/{interface_id}/peers", form)
    assert answer.status == 201
    assert answer.json["peer"]["has_private_key"] is True
    both = {**form, "name": "other", "public_key": some_key()}
    assert errors_of(await owner.post(f"/api/v1/interfaces/{interface_id}/peers", both)) == {"public_key": "two-keys"}


async def test_a_preshared_key_reaches_the_node_and_nobody_else(owner: Browser, agent: FakeAgent, interface_id: str):
    secret = some_key()
    answer = await post_peer(owner, interface_id, preshared_key=secret)
    assert answer.json["peer"]["has_preshared_key"] is True
    assert secret not in answer.body.decode()
    peer = answer.json["peer"]
    spec = agent.running[interface_id].spec.device.peers[peer["public_key"]]
    assert spec.preshared_key is not None
    from base64 import b64decode

    assert spec.preshared_key.reveal() == b64decode(secret)
    removed = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"preshared_key": None})
    assert removed.json["peer"]["has_preshared_key"] is False
    assert agent.running[interface_id].spec.device.peers[peer["public_key"]].preshared_key is None


async def test_a_peer_that_was_given_its_file_must_import_it_again_after_a_change(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id)
    path = f"/api/v1/peers/{peer['id']}"
    revision = (await owner.get(f"{path}/template")).json["revision"]
    assert (await owner.get(path)).json["config_revision"] == revision
    await owner.post(f"{path}/given", {"revision": revision})
    for change, must in (({"notes": "x", "tags": ["y"], "name": "z"}, False), ({"dns": ["10.8.0.1"]}, True)):
        answer = await owner.request("PATCH", path, json=change)
        assert answer.json["peer"]["must_reimport"] is must, change
        assert bool(answer.json["plan"]["reimport"]) is must
    listed = await owner.get(f"/api/v1/interfaces/{interface_id}/peers?must_reimport=true")
    assert [item["id"] for item in listed.json["items"]] == [peer["id"]]
    listed = await owner.get(f"/api/v1/interfaces/{interface_id}/peers?must_reimport=false")
    assert listed.json["items"] == []
    for change in ({"preshared_key": some_key()}, {"dns": None, "preshared_key": None}):
        answer = await owner.request("PATCH", path, json=change)
        assert answer.json["peer"]["must_reimport"] is ("dns" not in change)


async def test_what_is_not_there_is_not_found(owner: Browser, interface_id: str):
    nothing = "0" * 32
    for method, path, json in (
        ("GET", f"/api/v1/peers/{nothing}", None),
        ("PATCH", f"/api/v1/peers/{nothing}", {"name": "x"}),
        ("DELETE", f"/api/v1/peers/{nothing}", None),
        ("POST", f"/api/v1/peers/{nothing}/rekey", {"public_key": some_key()}),
        ("POST", f"/api/v1/peers/{nothing}/given", {"revision": "0"}),
        ("GET", f"/api/v1/peers/{nothing}/template", None),
        ("GET", f"/api/v1/peers/{nothing}/config", None),
        ("GET", f"/api/v1/peers/{nothing}/config.png", None),
        ("GET", f"/api/v1/interfaces/{nothing}/peers", None),
        ("POST", f"/api/v1/interfaces/{nothing}/peers", peer_form()),
        ("POST", f"/api/v1/interfaces/{nothing}/peers/batch", {"peers": [peer_form()]}),
        ("GET", f"/api/v1/interfaces/{nothing}/configs.zip", None),
    ):
        assert (await owner.request(method, path, json=json)).status == 404, path


async def test_a_change_of_ones_own_peer_waits_to_be_confirmed(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id, addresses=["10.8.0.9"])
    owner.address = "10.8.0.9"
    answer = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"enabled": False})
    assert answer.status == 200
    assert answer.json["plan"]["risky"]
    assert answer.json["confirm"]["seconds"] == 60
    assert (await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"notes": "x"})).status == 409


async def test_a_request_that_comes_again_makes_one_peer(owner: Browser, interface_id: str):
    form, headers = peer_form(), {"Idempotency-Key": "once"}
    path = f"/api/v1/interfaces/{interface_id}/peers"
    first = await owner.post(path, form, headers=headers)
    second = await owner.post(path, form, headers=headers)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert len((await owner.get(path)).json["items"]) == 1


async def test_each_change_is_one_revision(sentra: Sentra, owner: Browser, interface_id: str):
    from sentra.db.revisions import list_revisions

    peer = await create_peer(owner, interface_id)
    await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"name": "desk"})
    await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"name": "desk"})
    await owner.request("DELETE", f"/api/v1/peers/{peer['id']}")
    revisions = await list_revisions(interface_id, peer_id=peer["id"], before_id=None, limit=10)
    assert [revision.what for revision in revisions] == ["peer-deleted", "peer-updated", "peer-created"]
    assert {revision.actor_name for revision in revisions} == {"Ann Owner"}
