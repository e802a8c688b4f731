"""The address book of an interface: pools, reservations, what rests, who has what."""

import pytest

from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface, create_peer, errors_of, post_peer
from tests.browser import Browser
from tests.turned_clock import TurnedClock

pytestmark = pytest.mark.usefixtures("agent")


@pytest.fixture
async def interface_id(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner)


async def test_pools_are_counted(owner: Browser, interface_id: str, clock: TurnedClock):
    path = f"/api/v1/interfaces/{interface_id}"
    await create_peer(owner, interface_id)
    gone = await create_peer(owner, interface_id, "phone")
    await owner.request("DELETE", f"/api/v1/peers/{gone['id']}")
    made = await owner.post(f"{path}/reservations", {"address": "10.8.0.4/30", "note": "printers"})
    assert made.status == 201
    book = (await owner.get(f"{path}/addresses")).json
    assert book["pools"][0] == {
        "prefix": "10.8.0.0/24",
        "size": 254,
        "used": 2,
        "reserved": 4,
        "resting": 1,
        "free": 247,
        "next": "10.8.0.8/32",
    }
    assert book["pools"][1]["next"] == "fd00:8::4/128"
    assert book["reservations"] == [{"id": made.json["id"], "address": "10.8.0.4/30", "note": "printers"}]
    assert {each["address"] for each in book["resting"]} == {"10.8.0.3/32", "fd00:8::3/128"}
    assert {each["peer_name"] for each in book["resting"]} == {"phone"}
    clock.advance(24 * 60 * 60)
    await owner.sign_in()
    assert (await owner.get(f"{path}/addresses")).json["resting"] == []


async def test_who_has_an_address(owner: Browser, interface_id: str):
    path = f"/api/v1/interfaces/{interface_id}"
    peer = await create_peer(owner, interface_id, routes=["192.168.0.0/24"])
    gone = await create_peer(owner, interface_id, "phone")
    await owner.request("DELETE", f"/api/v1/peers/{gone['id']}")
    await owner.post(f"{path}/reservations", {"address": "10.8.0.99", "note": "printer"})
    mine = {"id": peer["id"], "name": "laptop"}
    for address, who, by, prefix, note in (
        ("10.8.0.1", "interface", None, "10.8.0.1/32", ""),
        ("10.8.0.2", "peer", mine, "10.8.0.2/32", ""),
        ("192.168.0.77", "peer", mine, "192.168.0.0/24", ""),
        ("FD00:8:0::2", "peer", mine, "fd00:8::2/128", ""),
        ("10.8.0.99", "reservation", None, "10.8.0.99/32", "printer"),
        ("10.8.0.3", "resting", None, "10.8.0.3/32", "phone gave it up."),
        ("10.8.0.77", "nobody", None, None, ""),
    ):
        answer = await owner.get(f"{path}/addresses/{address}")
        assert answer.status == 200
        assert answer.json["owner"] == who, address
        assert (answer.json["peer"], answer.json["prefix"], answer.json["note"]) == (by, prefix, note)
    for wrong in ("10.8.0.1%2F32", "10.8.0.256", "x", "10.8.0.01"):
        assert (await owner.get(f"{path}/addresses/{wrong}")).status in (404, 422)
    assert errors_of(await owner.get(f"{path}/addresses/10.8.0.256")) == {"address": "not-an-address"}


async def test_what_is_reserved_is_given_to_nobody(owner: Browser, interface_id: str):
    path = f"/api/v1/interfaces/{interface_id}/reservations"
    made = await owner.post(path, {"address": "10.8.0.2", "note": "printer"})
    assert made.json["address"] == "10.8.0.2/32"
    assert (await create_peer(owner, interface_id))["addresses"] == ["10.8.0.3/32", "fd00:8::2/128"]
    refusal = await post_peer(owner, interface_id, "phone", addresses=["10.8.0.2"])
    assert errors_of(refusal) == {"addresses.0": "address-reserved"}
    assert "printer" in refusal.json["errors"][0]["message"]
    assert (await owner.request("DELETE", f"{path}/{made.json['id']}")).status == 204
    assert (await owner.request("DELETE", f"{path}/{made.json['id']}")).status == 404
    assert (await create_peer(owner, interface_id, "phone"))["addresses"][0] == "10.8.0.2/32"


async def test_reservations_that_make_no_sense_are_refused(owner: Browser, interface_id: str):
    path = f"/api/v1/interfaces/{interface_id}/reservations"
    await create_peer(owner, interface_id)
    await owner.post(path, {"address": "10.8.0.64/26"})
    for address, code in (
        ("10.8.0.2", "address-taken"),
        ("10.8.0.1", "address-own"),
        ("10.8.0.70", "address-reserved"),
        ("192.168.0.1", "no-pool"),
        ("10.8.0.5/24", "host-bits"),
        ("printer", "not-an-address"),
    ):
        assert errors_of(await owner.post(path, {"address": address})) == {"address": code}, address
    answer = await owner.post(path, {"address": "x", "note": "a\nb", "id": "1"})
    assert errors_of(answer) == {"id": "extra-forbidden"}
    assert errors_of(await owner.post(path, {"address": "x", "note": "a\nb"})) == {
        "address": "not-an-address",
        "note": "characters",
    }


async def test_a_reservation_belongs_to_its_interface(owner: Browser, interface_id: str):
    other = await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    made = await owner.post(f"/api/v1/interfaces/{interface_id}/reservations", {"address": "10.8.0.9"})
    path = f"/api/v1/interfaces/{other}/reservations/{made.json['id']}"
    assert (await owner.request("DELETE", path)).status == 404
    for method, path in (("GET", "addresses"), ("GET", "addresses/10.8.0.1"), ("POST", "reservations")):
        answer = await owner.request(
            method, f"/api/v1/interfaces/{'0' * 32}/{path}", json={"address": "10.8.0.1"} if method == "POST" else None
        )
        assert answer.status == 404
