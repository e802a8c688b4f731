"""What a node has beside its interfaces: its networks are nobody else's, and routes that take in its uplink risky."""

from typing import Any

import pytest

from sentra.app import Sentra
from sentra.core.agents import LinkNetwork, Taken
from tests.api.agent import FakeAgent
from tests.api.peer_forms import (
    create_interface,
    create_peer,
    errors_of,
    interface_form,
    messages_of,
    peer_form,
    post_peer,
)
from tests.browser import Browser
from tests.interfaces.conftest import INTERFACES
from tests.interfaces.node import FakeNode
from tests.turned_clock import TurnedClock

TAKEN = Taken(
    names=frozenset({"lo", "eth0", "lan0", "wg0"}),
    networks=("10.0.0.0/8", "192.168.7.0/24", "198.51.100.0/24"),
    links=(
        LinkNetwork("eth0", "198.51.100.0/24", is_uplink=True),
        LinkNetwork("lan0", "192.168.7.0/24"),
        LinkNetwork("wg0", "10.8.0.0/24"),
        LinkNetwork("wg0", "10.77.0.0/24"),
    ),
    gateways=("198.51.100.1/32",),
)


@pytest.fixture
async def made(owner: Browser, agent: FakeAgent, node: FakeNode, clock: TurnedClock) -> str:
    made = await create_interface(owner)
    node.taken_there = TAKEN
    clock.advance(30)
    return made


@pytest.mark.parametrize("address", ["198.51.100.2/24", "198.51.100.200/28", "198.51.0.1/16", "192.168.7.9/32"])
async def test_the_network_of_a_link_is_no_network_of_an_interface(
    owner: Browser, agent: FakeAgent, node: FakeNode, address: str
):
    node.taken_there = Taken(links=TAKEN.links)
    refused = await owner.post(INTERFACES, interface_form(addresses=[address], pools=[]))
    assert errors_of(refused) == {"addresses.0": "network-taken"}
    assert "on this node" in messages_of(refused)["addresses.0"]
    refused = await owner.post(INTERFACES, interface_form(pools=["192.168.7.128/25"]))
    assert errors_of(refused) == {"pools.0": "network-taken"}


async def test_the_network_of_a_link_is_refused_to_an_edit_and_to_an_undo(owner: Browser, made: str, node: FakeNode):
    path = f"{INTERFACES}/{made}"
    refused = await owner.request("PATCH", path, json={"addresses": ["10.8.0.1/24", "192.168.7.1/24"]})
    assert errors_of(refused) == {"addresses.1": "network-taken"}
    node.taken_there = Taken()
    assert (await owner.request("PATCH", path, json={"pools": ["192.168.7.0/24"]})).status == 200
    node.taken_there = TAKEN
    # What it has by now may stay, whatever else changes.
    pools = ["10.8.0.0/24", "192.168.7.0/24"]
    assert (await owner.request("PATCH", path, json={"pools": pools})).status == 200
    assert (await owner.request("PATCH", path, json={"pools": ["10.8.0.0/24"]})).status == 200
    newest = (await owner.get(f"{path}/revisions")).json["items"][0]["id"]
    assert errors_of(await owner.post(f"{path}/revisions/{newest}/undo", {})) == {"pools.1": "network-taken"}


async def test_a_wide_route_keeps_no_tunnel_out_and_an_interface_is_not_in_its_own_way(
    owner: Browser, made: str, node: FakeNode
):
    path = f"{INTERFACES}/{made}"
    changed = await owner.request("PATCH", path, json={"addresses": ["10.8.0.1/24", "10.77.0.1/24"]})
    assert changed.status == 200
    assert (await owner.post(INTERFACES, {"name": "wg1", "addresses": ["10.9.0.1/24"]})).status == 201


async def test_nobody_makes_a_network_around_their_own_address(owner: Browser, agent: FakeAgent):
    refused = await owner.post(INTERFACES, interface_form(addresses=["10.8.0.1/24", f"{owner.address}28/24"]))
    assert errors_of(refused) == {"addresses.1": "network-of-author"}


@pytest.mark.parametrize(
    ("route", "why"),
    [
        ("198.51.100.0/25", "198.51.100.1"),
        ("198.51.0.0/16", "198.51.100.1"),
        ("198.51.100.128/25", "eth0"),
        ("64.0.0.0/2", "most of the internet"),
        ("192.0.2.0/28", "Your own address"),
        ("2000::/3", "most of the internet"),
    ],
)
async def test_R15_a_route_that_takes_in_the_way_out_is_risky(owner: Browser, made: str, route: str, why: str):
    plan = (await owner.post(f"{INTERFACES}/{made}/peers?dry_run=true", peer_form(routes=[route]))).json["plan"]
    assert len(plan["risky"]) == 1
    assert why in plan["risky"][0]
    made_so = await post_peer(owner, made, routes=[route])
    assert made_so.json["confirm"]


async def test_R15_routes_elsewhere_are_not_risky(owner: Browser, made: str):
    for number, route in enumerate(("10.128.0.0/9", "172.16.0.0/12", "203.0.113.0/24", "fd00:7::/48")):
        answer = await post_peer(owner, made, f"peer {number}", routes=[route])
        assert (answer.status, answer.json["confirm"]) == (201, None), route


@pytest.mark.parametrize("table", ["off", "51820"])
async def test_R15_where_no_packet_is_looked_up_a_route_is_harmless(owner: Browser, made: str, table: str):
    await owner.request("PATCH", f"{INTERFACES}/{made}", json={"table": table})
    answer = await post_peer(owner, made, routes=["198.51.100.0/24"])
    assert (answer.status, answer.json["confirm"]) == (201, None)
    back = await owner.request("PATCH", f"{INTERFACES}/{made}?dry_run=true", json={"table": "auto"})
    assert "198.51.100.1" in back.json["plan"]["risky"][-1]


async def test_R15_a_route_that_begins_to_count_takes_its_author_in(sentra: Sentra, owner: Browser, made: str):
    assert (await owner.request("PATCH", f"{INTERFACES}/{made}", json={"table": "off"})).status == 200
    elsewhere = Browser(sentra.asgi, "203.0.113.77")
    await elsewhere.sign_in()
    assert (await post_peer(elsewhere, made, routes=["192.0.2.0/28"])).json["confirm"] is None
    back = await owner.request("PATCH", f"{INTERFACES}/{made}?dry_run=true", json={"table": "auto"})
    assert any("your own address is in it" in line for line in back.json["plan"]["risky"])


async def test_R15_what_brings_such_a_route_back_is_risky_too(
    owner: Browser, made: str, node: FakeNode, clock: TurnedClock
):
    path = f"{INTERFACES}/{made}"
    peer = await create_peer(owner, made, routes=["198.51.96.0/20"], enabled=False)
    enabling = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}?dry_run=true", json={"enabled": True})
    assert enabling.json["plan"]["risky"]
    node.taken_there = Taken(names=frozenset({"lo"}))
    clock.advance(30)
    await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"enabled": True})
    node.taken_there = TAKEN
    clock.advance(30)
    assert (await owner.post(f"{path}/stop", {})).status == 200
    assert (await owner.post(f"{path}/start?dry_run=true", {})).json["plan"]["risky"]


async def test_R15_a_peer_is_never_the_way_to_the_network_of_a_link(owner: Browser, made: str, agent: FakeAgent):
    refused = await post_peer(owner, made, routes=["10.1.0.0/16", "192.168.7.0/24"])
    assert errors_of(refused) == {"routes.1": "network-taken"}
    assert "lan0" in messages_of(refused)["routes.1"]
    peer = await create_peer(owner, made, routes=["192.168.7.0/24"], enabled=False)
    refused = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"enabled": True})
    assert errors_of(refused) == {"routes.0": "network-taken"}
    many: dict[str, Any] = {"peers": [peer_form("one"), peer_form("other", routes=["198.51.100.0/24"])]}
    refused = await owner.post(f"{INTERFACES}/{made}/peers/batch", many)
    assert errors_of(refused) == {"peers.1.routes.0": "network-taken"}
    assert agent.running[made].spec.device.peers == {}


async def test_R15_a_file_that_takes_the_network_of_a_link_is_not_imported(
    owner: Browser, agent: FakeAgent, node: FakeNode
):
    node.taken_there = TAKEN
    key = peer_form()["public_key"]
    text = f"[Interface]\nAddress = 10.9.0.1/24\n[Peer]\nPublicKey = {key}\nAllowedIPs = 192.168.7.0/24\n"
    refused = await owner.post(f"{INTERFACES}/import", {"node": "local", "name": "wg9", "text": text})
    assert set(errors_of(refused).values()) == {"network-taken"}
    assert (await owner.get(INTERFACES)).json["items"] == []


async def test_a_node_that_does_not_answer_keeps_nobody_from_anything(
    owner: Browser, made: str, node: FakeNode, clock: TurnedClock
):
    clock.advance(30)
    node.away = True
    assert (await post_peer(owner, made, routes=["192.168.7.0/24"])).status == 201
    node.away = False
    # It is asked again at once, not only after a while.
    assert (await post_peer(owner, made, "other", routes=["192.168.7.0/24"])).status == 422


async def test_a_peer_that_is_the_default_route_gives_way_to_an_address(owner: Browser, agent: FakeAgent):
    made = await create_interface(owner, table="51820")
    await create_peer(owner, made, addresses=[], routes=["0.0.0.0/0"], enabled=False)
    changed = await owner.request("PATCH", f"{INTERFACES}/{made}?dry_run=true", json={"addresses": ["10.9.0.1/24"]})
    assert changed.status == 200, changed.json
