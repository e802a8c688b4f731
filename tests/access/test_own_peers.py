"""A member: sees what is their own, makes peers for themselves within a limit, and decides nothing else."""

from typing import Any

import pytest

from sentra.core.access import Binding
from tests.access.conftest import World
from tests.access.people import Person, bind, kept_peer, someone
from tests.api.agent import some_key
from tests.api.peer_forms import create_peer, errors_of, peer_form
from tests.state import decided

MEMBER = Binding("member")


async def post_own(member: Person, interface_id: str, name: str = "mine", **changed: Any) -> Any:
    return await member.post(f"/api/v1/interfaces/{interface_id}/peers", peer_form(name, **changed))


async def own_peer(member: Person, interface_id: str, name: str = "mine", **changed: Any) -> dict[str, Any]:
    answer = await post_own(member, interface_id, name, **changed)
    assert answer.status == 201, answer.json
    return dict(answer.json["peer"])


async def test_a_member_makes_a_peer_of_their_own_and_does_with_it_what_is_theirs(world: World):
    member = await someone(world.sentra, MEMBER)
    peer = await own_peer(member, world.here, notes="my phone", dns=["9.9.9.9"])
    assert peer["owner_id"] == member.user_id
    assert peer["addresses"][0].startswith("10.8.0.")
    assert peer["can"] == ["peer:read", "peer:delete", "peer:rekey", "peer:config"]
    path = f"/api/v1/peers/{peer['id']}"
    assert (await member.get(f"{path}/template")).status == 200
    assert (await member.post(f"{path}/rekey", {"make_keys": True})).status == 200
    assert b"PrivateKey" in (await member.get(f"{path}/config")).body
    assert (await member.post(f"{path}/given", {"revision": "ab"})).status == 204
    assert (await member.request("PATCH", path, json={"name": "other"})).status == 403
    assert (await member.request("DELETE", path)).status == 200
    assert (await member.get(path)).status == 404


async def test_a_member_s_lists_hold_what_is_their_own(world: World):
    member, other = await someone(world.sentra, MEMBER), await someone(world.sentra, MEMBER)
    await own_peer(other, world.here, "other's")
    mine = await kept_peer(member, world.here, "mine")
    listed = (await member.get(f"/api/v1/interfaces/{world.here}/peers?limit=500")).json
    assert [peer["id"] for peer in listed["items"]] == [mine["id"]]
    assert (await member.get(f"/api/v1/interfaces/{world.here}/peers?q=note")).json["items"] == []
    interfaces = (await member.get("/api/v1/interfaces")).json["items"]
    assert {each["name"]: each["peer_count"] for each in interfaces} == {"wg0": 1, "wg1": 0}
    archive = await member.get(f"/api/v1/interfaces/{world.here}/configs.zip")
    assert archive.body.count(b"mine.conf") > 0
    assert b"theirs.conf" not in archive.body
    asked = await member.get(f"/api/v1/interfaces/{world.here}/configs.zip?ids={mine['id']},{world.peer_here}")
    missing = await member.get(f"/api/v1/interfaces/{world.here}/configs.zip?ids={mine['id']},{'0' * 32}")
    assert (asked.status, asked.body) == (missing.status, missing.body)
    assert asked.status == 422


async def test_a_member_sees_of_an_interface_what_a_config_file_says_anyway(world: World):
    form = {"fwmark": 77, "table": "off", "drift_mode": "enforce", "public_port": 443}
    changed = await world.owner.request("PATCH", f"/api/v1/interfaces/{world.here}", json=form)
    assert changed.status == 200
    member = await someone(world.sentra, MEMBER)
    seen = (await member.get(f"/api/v1/interfaces/{world.here}")).json
    whole = (await world.owner.get(f"/api/v1/interfaces/{world.here}")).json
    for field in ("public_key", "public_host", "dns", "pools", "server_keys", "started", "version"):
        assert seen[field] == whole[field]
    assert (seen["fwmark"], seen["table"], seen["drift_mode"], seen["listen_port"]) == (0, "auto", "warn", 443)
    assert seen["can"] == ["interface:read", "peer:create", "peer:read", "peer:delete", "peer:rekey", "peer:config"]
    for path in ("revisions", "addresses", "addresses/10.8.0.2", "drift"):
        assert (await member.get(f"/api/v1/interfaces/{world.here}/{path}")).status == 403


REFUSED: dict[str, Any] = {
    "addresses": ["10.8.0.77"],
    "routes": ["192.168.5.0/24"],
    "client_allowed_ips": ["0.0.0.0/0"],
    "endpoint": "198.51.100.1:51820",
    "persistent_keepalive": 1,
    "tags": ["admins"],
    "expires_at": "2030-01-01T00:00:00Z",
    "enabled": False,
    "disabled_reason": "no",
    "owner_id": "0" * 32,
}


@pytest.mark.parametrize("field", REFUSED)
async def test_S32_a_member_gets_nothing_more_by_a_field_that_is_not_theirs(world: World, field: str, settings: Any):
    member = await someone(world.sentra, MEMBER)
    before = decided(settings.database)
    assert errors_of(await post_own(member, world.here, **{field: REFUSED[field]})) == {field: "not-yours"}
    many = await member.post(
        f"/api/v1/interfaces/{world.here}/peers/batch",
        {"peers": [peer_form("a"), peer_form("b", **{field: REFUSED[field]})]},
    )
    assert errors_of(many) == {f"peers.1.{field}": "not-yours"}
    assert decided(settings.database) == before


async def test_a_member_has_at_most_so_many_peers(world: World):
    member = await someone(world.sentra, MEMBER, peer_limit=2)
    await own_peer(member, world.here, "one")
    two = {"peers": [peer_form("two"), peer_form("three")]}
    refused = await member.post(f"/api/v1/interfaces/{world.there}/peers/batch", two)
    assert refused.status == 409
    assert "2 peers" in refused.json["detail"]
    peer = await own_peer(member, world.there, "two")
    assert (await post_own(member, world.here, "three")).status == 409
    delete = {"ids": [peer["id"]]}
    assert (await member.post(f"/api/v1/interfaces/{world.there}/peers/delete", delete)).status == 200
    assert (await post_own(member, world.here, "three")).status == 201


async def test_a_limit_is_five_where_nobody_decided_it_and_holds_for_members_alone(world: World):
    member = await someone(world.sentra, MEMBER)
    operator = await someone(world.sentra, MEMBER, Binding("operator", f"interface:{world.there}"), peer_limit=0)
    for number in range(5):
        await own_peer(member, world.here, f"peer {number}")
    assert (await post_own(member, world.here, "one more")).status == 409
    assert (await post_own(operator, world.here)).status == 409
    assert (await post_own(operator, world.there, owner_id=member.user_id, routes=["192.168.9.0/24"])).status == 201


async def test_a_peer_that_is_given_to_somebody_is_theirs_from_then_on(world: World):
    member = await someone(world.sentra, MEMBER)
    path = f"/api/v1/peers/{world.peer_here}"
    assert (await member.get(path)).status == 404
    given = await world.owner.request("PATCH", path, json={"owner_id": member.user_id})
    assert given.status == 200
    assert (await member.get(path)).status == 200
    await world.owner.request("PATCH", path, json={"owner_id": None})
    assert (await member.get(path)).status == 404


async def test_whoever_cuts_themselves_off_by_their_own_peer_can_keep_it(world: World, clock: Any):
    member = await someone(world.sentra, MEMBER)
    peer = await own_peer(member, world.here)
    member.address = peer["addresses"][0].partition("/")[0]
    changed = await member.post(f"/api/v1/peers/{peer['id']}/rekey", {"public_key": some_key()})
    assert changed.json["confirm"] is not None
    clock.advance(4)
    other = await someone(world.sentra, MEMBER)
    confirm, form = f"/api/v1/interfaces/{world.here}/confirm", {"nonce": changed.json["confirm"]["nonce"]}
    assert (await other.post(confirm, form)).status == 403
    assert (await member.post(confirm, form)).status == 204


async def test_an_answer_is_repeated_only_to_whoever_may_still_have_it(world: World):
    operator = await someone(world.sentra, Binding("operator", f"interface:{world.here}"))
    path, key = f"/api/v1/interfaces/{world.here}/peers", {"Idempotency-Key": "a"}
    form = peer_form()
    first = await operator.post(path, form, headers=key)
    assert (await operator.post(path, form, headers=key)).body == first.body
    await bind(world.sentra, operator, Binding("operator", f"interface:{world.there}"))
    again = await operator.post(path, form, headers=key)
    assert again.status == 422
    assert "laptop" not in again.body.decode()


async def test_a_binding_goes_with_its_interface(world: World):
    operator = await someone(world.sentra, Binding("operator", f"interface:{world.here}"))
    assert (await operator.get("/api/v1/interfaces")).json["items"] != []
    assert (await world.owner.request("DELETE", f"/api/v1/interfaces/{world.here}")).status == 200
    world.sentra.identities.forget(operator.user_id)
    assert (await operator.get("/api/v1/interfaces")).status == 403
    assert await create_peer(world.owner, world.there)
