"""Every wrong field of a peer is told at once, and nothing that a form has no field for gets in."""

from typing import Any

import pytest

from sentra.db.peers import find_peer
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer, errors_of, messages_of, peer_form, post_peer
from tests.browser import Browser
from tests.turned_clock import TurnedClock

pytestmark = pytest.mark.usefixtures("agent")

ZERO_KEY = "A" * 43 + "="
PRIVILEGED = {
    "id": "0" * 32,
    "interface_id": "0" * 32,
    "version": 7,
    "generation": 7,
    "created_at": "2020-01-01T00:00:00Z",
    "given_revision": "0" * 16,
    "config_revision": "0" * 16,
    "must_reimport": False,
    "private_key": ZERO_KEY,
    "private_sealed": "x",
    "preshared_sealed": "x",
    "has_private_key": True,
    "has_preshared_key": True,
    "effective_client_allowed_ips": [],
    "can": ["peer:delete"],
    "role": "owner",
    "actor": "root",
    "owned": True,
    "applied": True,
    "node": "local",
}


@pytest.fixture
async def interface_id(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner)


WRONG: dict[str, tuple[Any, dict[str, str]]] = {
    "name": ("a\nb", {"name": "characters"}),
    "public_key": (ZERO_KEY, {"public_key": "key-low-order"}),
    "preshared_key": ("short", {"preshared_key": "key"}),
    "addresses": (["10.8.0.5/24", "10.8.0.9", "x"], {"addresses.0": "host-bits", "addresses.2": "not-an-address"}),
    "routes": (["224.0.0.0/4", "::ffff:10.0.0.0/104"], {"routes.0": "multicast", "routes.1": "v4-mapped"}),
    "client_allowed_ips": (["010.0.0.0/8", "fe80::1%eth0"], {
        "client_allowed_ips.0": "not-an-address", "client_allowed_ips.1": "zone-id",
    }),
    "endpoint": ("example.com", {"endpoint": "endpoint"}),
    "persistent_keepalive": (65536, {"persistent_keepalive": "keepalive"}),
    "client_keepalive": (-1, {"client_keepalive": "keepalive"}),
    "dns": (["1.1.1.1", "a b"], {"dns.1": "host"}),
    "mtu": (575, {"mtu": "mtu"}),
    "notes": ("a\x00b", {"notes": "characters"}),
    "tags": (["a,b"], {"tags": "characters"}),
    "owner_id": ("nobody", {"owner_id": "owner"}),
    "expires_at": ("2020-01-01T00:00:00Z", {"expires_at": "past"}),
    "disabled_reason": ("x" * 201, {"disabled_reason": "too-long"}),
}  # fmt: skip


async def test_S53_every_wrong_field_is_told_at_once(owner: Browser, interface_id: str):
    form = {field: wrong for field, (wrong, _) in WRONG.items()}
    expected = {place: code for _, told in WRONG.values() for place, code in told.items()}
    answer = await owner.post(f"/api/v1/interfaces/{interface_id}/peers", form)
    assert errors_of(answer) == expected
    batch = await owner.post(f"/api/v1/interfaces/{interface_id}/peers/batch", {"peers": [peer_form("fine"), form]})
    assert errors_of(batch) == {f"peers.1.{place}": code for place, code in expected.items()}
    assert (await owner.get(f"/api/v1/interfaces/{interface_id}/peers")).json["items"] == []


@pytest.mark.parametrize("field", WRONG)
async def test_S53_a_change_is_looked_at_as_a_new_peer_is(owner: Browser, interface_id: str, field: str):
    peer = await create_peer(owner, interface_id)
    wrong, told = WRONG[field]
    answer = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={field: wrong})
    expected = {"public_key": "extra-forbidden"} if field == "public_key" else told
    assert errors_of(answer) == expected
    assert (await owner.get(f"/api/v1/peers/{peer['id']}")).json == peer


TYPES: dict[str, Any] = {
    "name": 1,
    "public_key": None,
    "make_keys": "yes",
    "addresses": "10.8.0.2",
    "routes": [1],
    "persistent_keepalive": "25",
    "client_keepalive": 2.5,
    "dns": {"a": 1},
    "mtu": True,
    "notes": [],
    "tags": "a",
    "expires_at": "2030-01-01T00:00:00",
    "enabled": 1,
}


async def test_S53_values_of_another_type_are_told_at_once(owner: Browser, interface_id: str):
    answer = await owner.post(f"/api/v1/interfaces/{interface_id}/peers", TYPES)
    assert {field.partition(".")[0] for field in errors_of(answer)} == set(TYPES)


async def test_S53_what_was_sent_is_not_echoed(owner: Browser, interface_id: str):
    canary = "canarycanarycanary"
    form = dict.fromkeys(("name", "public_key", "preshared_key", "endpoint", "owner_id"), canary)
    form["name"] += "\n"
    answer = await owner.post(
        f"/api/v1/interfaces/{interface_id}/peers", {**form, "routes": [canary], "dns": [f"{canary} x"]}
    )
    assert len(errors_of(answer)) == 7
    assert canary not in answer.body.decode()


async def test_S53_a_peer_is_not_the_interface_itself_and_keys_and_names_are_taken_once(
    owner: Browser, interface_id: str
):
    interface = (await owner.get(f"/api/v1/interfaces/{interface_id}")).json
    assert errors_of(await post_peer(owner, interface_id, public_key=interface["public_key"])) == {
        "public_key": "key-own"
    }
    peer = await create_peer(owner, interface_id)
    answer = await post_peer(owner, interface_id, public_key=peer["public_key"])
    assert errors_of(answer) == {"name": "name-taken", "public_key": "key-taken"}
    assert messages_of(answer)["public_key"] == "laptop has this key."
    other = await create_peer(owner, interface_id, "phone")
    renamed = await owner.request("PATCH", f"/api/v1/peers/{other['id']}", json={"name": "laptop"})
    assert errors_of(renamed) == {"name": "name-taken"}
    rekeyed = await owner.post(f"/api/v1/peers/{other['id']}/rekey", {"public_key": peer["public_key"]})
    assert errors_of(rekeyed) == {"public_key": "key-taken"}


ACCEPTED: dict[str, tuple[Any, Any]] = {
    "name": ("  Zoë's phone 📱 ", "Zoë's phone 📱"),
    "addresses": (["FD00:8::0:9", "10.8.0.9/32"], ["10.8.0.9/32", "fd00:8::9/128"]),
    "routes": (["2001:DB8::/32", "192.168.0.0/24", "192.168.0.0/24"], ["192.168.0.0/24", "2001:db8::/32"]),
    "client_allowed_ips": (["::/0", "0.0.0.0/0"], ["0.0.0.0/0", "::/0"]),
    "endpoint": ("[2001:DB8::1]:51820", "[2001:db8::1]:51820"),
    "persistent_keepalive": (65535, 65535),
    "client_keepalive": (0, 0),
    "dns": (["1.1.1.1", "LAN.example", "1.1.1.1"], ["1.1.1.1", "lan.example"]),
    "mtu": (1280, 1280),
    "notes": ("one\ntwo", "one\ntwo"),
    "tags": (["home", "home", " b "], ["home", "b"]),
    "expires_at": ("2030-01-01T01:00:00+01:00", "2030-01-01T00:00:00Z"),
    "disabled_reason": ("lost", None),
}


async def test_S53_right_values_come_back_canonical(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id, **{field: said for field, (said, _) in ACCEPTED.items()})
    assert {field: peer[field] for field in ACCEPTED} == {field: kept for field, (_, kept) in ACCEPTED.items()}
    nothing = {
        "client_allowed_ips": None, "endpoint": None, "client_keepalive": None, "dns": None, "mtu": None,
        "owner_id": None, "expires_at": None, "disabled_reason": None, "preshared_key": None,
    }  # fmt: skip
    answer = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json=nothing)
    assert answer.status == 200
    assert all(answer.json["peer"][field] is None for field in nothing if field != "preshared_key")


async def test_S53_an_mtu_fits_the_addresses(owner: Browser, interface_id: str):
    assert errors_of(await post_peer(owner, interface_id, mtu=1279)) == {"mtu": "mtu-v6"}
    assert (await create_peer(owner, interface_id, mtu=1279, addresses=["10.8.0.7"]))["mtu"] == 1279


@pytest.mark.parametrize("field", PRIVILEGED)
async def test_S32_what_only_the_server_decides_is_refused(owner: Browser, interface_id: str, field: str):
    peer = await create_peer(owner, interface_id)
    before = await find_peer(peer["id"])
    surplus = {field: PRIVILEGED[field]}
    answers = [
        await post_peer(owner, interface_id, "other", **surplus),
        await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"notes": "x", **surplus}),
        await owner.post(f"/api/v1/peers/{peer['id']}/rekey", {"public_key": some_key(), **surplus}),
        await owner.post(f"/api/v1/peers/{peer['id']}/given", {"revision": "0", **surplus}),
    ]
    for answer in answers:
        assert errors_of(answer) == {field: "extra-forbidden"}
    batch = await owner.post(f"/api/v1/interfaces/{interface_id}/peers/batch", {"peers": [peer_form("b", **surplus)]})
    assert errors_of(batch) == {f"peers.0.{field}": "extra-forbidden"}
    bulk = {"ids": [peer["id"]], "change": {"enabled": False, **surplus}}
    many = await owner.request("PATCH", f"/api/v1/interfaces/{interface_id}/peers", json=bulk)
    assert errors_of(many) == {f"change.{field}": "extra-forbidden"}
    assert await find_peer(peer["id"]) == before


async def test_an_owner_is_a_user(owner: Browser, interface_id: str):
    me = (await owner.get("/api/v1/session")).json["user"]["id"]
    assert (await create_peer(owner, interface_id, owner_id=me))["owner_id"] == me


async def test_a_peer_whose_time_is_over_is_not_enabled(owner: Browser, interface_id: str, clock: TurnedClock):
    soon = "2026-09-21T14:13:21Z"
    peer = await create_peer(owner, interface_id, expires_at=soon, enabled=False)
    clock.advance(10 * 24 * 3600)
    await owner.sign_in()
    path = f"/api/v1/peers/{peer['id']}"
    assert errors_of(await owner.request("PATCH", path, json={"enabled": True})) == {"expires_at": "past"}
    assert (await owner.request("PATCH", path, json={"enabled": True, "expires_at": None})).status == 200
