"""Interfaces: made with one form, changed, stopped, deleted; what was decided is kept whatever the node does."""

import asyncio
from typing import Any

from sentra.app import Sentra
from sentra.core.agents import Taken
from sentra.db.interfaces import list_interfaces
from sentra.settings import Settings
from tests.api.agent import FakeAgent, with_agent
from tests.api.peer_forms import create_interface, create_peer, errors_of, interface_form
from tests.browser import Browser
from tests.conftest import Opened, set_up
from tests.interfaces.conftest import INTERFACES, LIMITS
from tests.interfaces.node import FakeNode
from tests.live.world import an_event
from tests.state import decided


async def test_a_pool_that_no_network_holds_any_more_is_named(owner: Browser, agent: FakeAgent):
    made = await create_interface(owner)
    path = f"{INTERFACES}/{made}?dry_run=true"
    moved = await owner.request("PATCH", path, json={"addresses": ["10.9.0.1/24", "fd00:8::1/64"]})
    assert moved.status == 200, moved.json
    stray = "The pool 10.8.0.0/24 stays, in no network of wg0 any more: peers go on getting addresses from it."
    assert [line for line in moved.json["plan"]["operations"] if "pool" in line] == [stray]
    both = {"addresses": ["10.9.0.1/24", "fd00:8::1/64"], "pools": ["10.9.0.0/24", "fd00:8::/64"]}
    moved = await owner.request("PATCH", path, json=both)
    assert [line for line in moved.json["plan"]["operations"] if "pool" in line] == []


async def test_an_interface_is_made_and_told_to_its_node(owner: Browser, agent: FakeAgent):
    answer = await owner.post(INTERFACES, interface_form(listen_port=51821))
    assert answer.status == 201
    made = answer.json["interface"]
    assert answer.json["applied"] is True
    assert answer.json["confirm"] is None
    assert made["pools"] == ["10.8.0.0/24", "fd00:8::/64"]
    assert made["public_key"] == agent.keys[made["id"]]
    assert (made["peer_count"], made["drift_count"], made["applied"], made["error"]) == (0, 0, True, None)
    assert "interface:update" in made["can"]
    told = agent.running[made["id"]]
    assert (told.generation, told.started, told.spec.device.listen_port) == (1, True, 51821)
    assert told.spec.link.addresses == ("10.8.0.1/24", "fd00:8::1/64")
    assert (await owner.get(INTERFACES)).json["items"] == [made]
    read = await owner.get(f"{INTERFACES}/{made['id']}")
    assert read.json == made
    assert read.headers["ETag"] == '"1"'


async def test_what_is_left_out_clashes_with_nothing(owner: Browser, agent: FakeAgent, node: FakeNode):
    node.taken_there = Taken(ports=frozenset({51820}))
    first = await owner.post(INTERFACES, {"name": "wg0", "addresses": ["10.8.0.1/24"]})
    second = await owner.post(INTERFACES, {"name": "wg1", "addresses": ["10.9.0.1/24"]})
    assert [answer.json["interface"]["listen_port"] for answer in (first, second)] == [51821, 51822]


async def test_a_suggestion_clashes_with_nothing(owner: Browser, node: FakeNode, agent: FakeAgent):
    node.taken_there = Taken(frozenset({"wg0"}), ("10.0.0.0/8", "172.16.0.0/12"), frozenset({51820}))
    await create_interface(owner, name="wg1", listen_port=51821)
    found = (await owner.get(f"{INTERFACES}/suggestion?node=local")).json
    assert (found["name"], found["listen_port"], found["public_hosts"]) == ("wg2", 51822, ["203.0.113.5"])
    assert found["addresses"][0].startswith("192.168.")
    assert found["addresses"][0].endswith(".1/24")
    assert found["addresses"][1].endswith("::1/64")
    assert (await owner.post(INTERFACES, {"name": found["name"], "addresses": found["addresses"]})).status == 201


async def test_a_node_that_is_at_work_is_not_told_to_be_away(sentra: Sentra, owner: Browser, agent: FakeAgent):
    agent.silent = True
    sentra.cache.apply(an_event())
    answer = await owner.post(INTERFACES, interface_form())
    assert answer.json["applied"] is False
    assert answer.json["reason"] == "The node local is still applying it."


async def test_a_node_that_is_away_changes_nothing_about_what_was_decided(
    owner: Browser, agent: FakeAgent, node: FakeNode
):
    agent.silent = node.away = True
    answer = await owner.post(INTERFACES, interface_form())
    assert answer.status == 201
    assert answer.json["applied"] is False
    assert "has not answered within 0.2 s" in answer.json["reason"]
    assert "when it is back" in answer.json["reason"]
    agent.silent = False
    made = answer.json["interface"]
    assert made["public_key"] is None
    await agent.look(made["id"])
    agent.error = "UDP port 51820 is taken by another program."
    answer = await owner.request("PATCH", f"{INTERFACES}/{made['id']}", json={"mtu": 1400})
    assert (answer.json["applied"], answer.json["reason"]) == (False, agent.error)
    assert answer.json["interface"]["public_key"] == agent.keys[made["id"]]
    assert answer.json["interface"]["mtu"] == 1400


async def test_a_change_names_only_what_it_changes(owner: Browser, agent: FakeAgent):
    made = await create_interface(owner)
    answer = await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1380, "public_host": "VPN.example.net."})
    assert answer.status == 200
    view = answer.json["interface"]
    assert (view["mtu"], view["public_host"], view["version"]) == (1380, "vpn.example.net", 2)
    assert view["addresses"] == ["10.8.0.1/24", "fd00:8::1/64"]
    assert answer.json["plan"]["operations"] == ["Set the MTU of wg0 to 1380."]
    assert agent.running[made].generation == 2
    again = await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1380})
    assert (again.json["interface"]["version"], again.json["applied"]) == (2, True)
    assert agent.running[made].generation == 2
    assert len((await owner.get(f"{INTERFACES}/{made}/revisions")).json["items"]) == 2


async def test_a_firewall_that_makes_a_masquerade_useless_is_named_in_the_plan(
    owner: Browser, agent: FakeAgent, node: FakeNode
):
    node.warning = "A firewall drops it"
    made = (await owner.post(INTERFACES, interface_form(masquerade=True))).json
    assert "A firewall drops it: wg0, 10.8.0.0/24, fd00:8::/64" in made["plan"]["firewall"]
    path = f"{INTERFACES}/{made['interface']['id']}"
    other = (await owner.request("PATCH", path, json={"masquerade": False})).json
    assert not any("drops" in sentence for sentence in other["plan"]["firewall"])


async def test_if_match_protects_what_somebody_else_decided(owner: Browser, agent: FakeAgent):
    path = f"{INTERFACES}/{await create_interface(owner)}"
    for sent, status in (('"1"', 200), ('"1"', 412), ('W/"2"', 412), ('"x"', 412), ("*", 200), ('"3"', 200)):
        headers: dict[str, str | None] = {"If-Match": sent}
        version = (await owner.get(path)).json["version"]
        answer = await owner.request("PATCH", path, json={"mtu": 1400 + version}, headers=headers)
        assert answer.status == status, sent
    assert (await owner.request("DELETE", path, headers={"If-Match": '"1"'})).status == 412
    assert (await owner.request("DELETE", path, headers={"If-Match": '"4"'})).status == 200


async def test_stopped_it_is_taken_down_and_keeps_what_was_decided(owner: Browser, agent: FakeAgent):
    made = await create_interface(owner)
    await create_peer(owner, made)
    stopped = await owner.post(f"{INTERFACES}/{made}/stop", {})
    assert stopped.json["interface"]["started"] is False
    assert stopped.json["plan"]["operations"] == ["Take down wg0: none of its peers is reached any more."]
    assert agent.running[made].started is False
    started = await owner.post(f"{INTERFACES}/{made}/start", {})
    assert started.json["interface"]["started"] is True
    assert any("laptop" in line for line in started.json["plan"]["operations"])


async def test_deleted_it_is_gone_with_its_peers(owner: Browser, agent: FakeAgent):
    made = await create_interface(owner)
    peer = await create_peer(owner, made)
    answer = await owner.request("DELETE", f"{INTERFACES}/{made}")
    assert answer.status == 200
    assert (answer.json["interface"], answer.json["applied"]) == (None, True)
    assert made not in agent.running
    for path in (f"{INTERFACES}/{made}", f"/api/v1/peers/{peer['id']}"):
        assert (await owner.get(path)).status == 404
    await create_interface(owner)


async def test_what_there_is_not_cannot_be_found(owner: Browser, agent: FakeAgent):
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/start"),
        ("POST", "/stop"),
        ("POST", "/hand-over"),
        ("GET", "/drift"),
        ("GET", "/revisions"),
        ("POST", "/revisions/1/undo"),
    ):
        json = None if method == "GET" else {}
        answer = await owner.request(method, f"{INTERFACES}/{'0' * 32}{path}", json=json)
        assert answer.status == 404, path
    confirm = await owner.post(f"{INTERFACES}/{'0' * 32}/confirm", {"nonce": "x"})
    assert confirm.status == 404
    made = await create_interface(owner)
    for revision in ("99", "x", "-1", "9" * 40):
        assert (await owner.post(f"{INTERFACES}/{made}/revisions/{revision}/undo", {})).status == 404


async def test_a_dry_run_shows_the_plan_and_changes_nothing(owner: Browser, agent: FakeAgent, settings: Settings):
    made = await create_interface(owner)
    peer = await create_peer(owner, made)
    template = (await owner.get(f"/api/v1/peers/{peer['id']}/template")).json
    await owner.post(f"/api/v1/peers/{peer['id']}/given", {"revision": template["revision"]})
    before, heard = decided(settings.database), len(agent.heard)
    requests: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("POST", "", interface_form(name="wg9", addresses=["10.9.0.1/24"], listen_port=51829, masquerade=True)),
        ("PATCH", f"/{made}", {"listen_port": 51899, "masquerade": True, "addresses": ["10.8.0.7/24"]}),
        ("POST", f"/{made}/stop", {}),
        ("DELETE", f"/{made}", {}),
    )
    plans = []
    for method, path, form in requests:
        answer = await owner.request(method, f"{INTERFACES}{path}?dry_run=true", json=form)
        assert answer.status == 200, answer.json
        assert answer.json["interface"] is None
        plans.append(answer.json["plan"])
    assert decided(settings.database) == before
    assert len(agent.heard) == heard
    assert plans[0]["operations"][0] == "Make the interface wg9 on the node local."
    assert any("10.9.0.0/24" in line for line in plans[0]["firewall"])
    assert plans[0]["files"]
    assert "Listen on UDP port 51899." in plans[1]["operations"]
    assert "Remove the address 10.8.0.1/24 from wg0." in plans[1]["operations"]
    assert plans[1]["reimport"] == [{"id": peer["id"], "name": "laptop"}]
    assert plans[1]["risky"]
    refused = await owner.request("PATCH", f"{INTERFACES}/{made}?dry_run=true", json={"mtu": 1})
    assert refused.status == 422


async def test_what_others_have_is_told_at_the_field(owner: Browser, agent: FakeAgent, node: FakeNode):
    node.taken_there = Taken(frozenset({"eth0", "wg0"}), (), frozenset({53, 51820}))
    made = await create_interface(owner, name="wg1", listen_port=51821)
    form = interface_form(
        name="wg1", listen_port=51821, addresses=["10.8.0.9/28"], pools=["10.7.0.0/24", "10.8.0.0/16"]
    )
    assert errors_of(await owner.post(INTERFACES, form)) == {
        "name": "name-taken",
        "listen_port": "port-taken",
        "addresses.0": "network-taken",
        "pools.1": "network-taken",
    }
    form = interface_form(name="eth0", listen_port=53, addresses=["10.9.0.1/24"], node="nowhere")
    assert errors_of(await owner.post(INTERFACES, {**form, "node": "local"})) == {
        "name": "link-exists",
        "listen_port": "port-taken",
    }
    assert "node" in errors_of(await owner.post(INTERFACES, form))
    peer = await create_peer(owner, made)
    taken = peer["addresses"][0].partition("/")[0]
    answer = await owner.request("PATCH", f"{INTERFACES}/{made}", json={"addresses": [f"{taken}/24"]})
    assert errors_of(answer) == {"addresses.0": "address-taken"}
    assert "laptop" in answer.json["errors"][0]["message"]
    other = await create_interface(owner, name="wg2", addresses=["10.9.0.1/24"], listen_port=51822)
    answer = await owner.request(
        "PATCH", f"{INTERFACES}/{other}", json={"listen_port": 51821, "pools": ["10.8.0.0/24"]}
    )
    assert errors_of(answer) == {"listen_port": "port-taken", "pools.0": "network-taken"}


async def test_of_many_at_once_one_gets_the_name_and_one_the_port(owner: Browser, agent: FakeAgent):
    forms = [interface_form(listen_port=51900 + number, addresses=[f"10.{number}.0.1/24"]) for number in range(20)]
    answers = await asyncio.gather(*(owner.post(INTERFACES, form) for form in forms))
    assert sorted(answer.status for answer in answers) == [201] + [422] * 19
    forms = [interface_form(name=f"wg{number}", addresses=[f"10.{number}.0.1/24"]) for number in range(30, 50)]
    answers = await asyncio.gather(*(owner.post(INTERFACES, {**form, "listen_port": 7}) for form in forms))
    assert sorted(answer.status for answer in answers) == [201] + [422] * 19
    assert len(await list_interfaces()) == 2


async def test_a_request_that_comes_again_makes_nothing_twice(owner: Browser, agent: FakeAgent, clock: Any):
    headers: dict[str, str | None] = {"Idempotency-Key": "5f2c"}
    form = interface_form()
    answers = await asyncio.gather(*(owner.post(INTERFACES, form, headers=headers) for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert len(await list_interfaces()) == 1
    other = interface_form(name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    assert errors_of(await owner.post(INTERFACES, other, headers=headers)) == {"Idempotency-Key": "key-reused"}
    assert errors_of(await owner.post(INTERFACES, other, headers={"Idempotency-Key": "x" * 256}))
    clock.advance(24 * 3600)
    await owner.sign_in()
    assert (await owner.post(INTERFACES, other, headers=headers)).status == 201


async def test_a_request_that_failed_may_come_again_with_its_key(owner: Browser, agent: FakeAgent):
    headers: dict[str, str | None] = {"Idempotency-Key": "5f2c"}
    assert (await owner.post(INTERFACES, interface_form(mtu=1), headers=headers)).status == 422
    assert (await owner.post(INTERFACES, interface_form(), headers=headers)).status == 201


async def test_a_request_that_comes_again_after_a_restart_makes_nothing_twice(opened: Opened, node: FakeNode):
    headers: dict[str, str | None] = {"Idempotency-Key": "5f2c"}
    async with opened(look=node, change_limits=LIMITS) as sentra, with_agent(sentra):
        owner = await set_up(sentra)
        first = await owner.post(INTERFACES, interface_form(), headers=headers)
    async with opened(look=node, change_limits=LIMITS) as sentra, with_agent(sentra):
        browser = Browser(sentra.asgi)
        await browser.sign_in()
        again = await browser.post(INTERFACES, interface_form(), headers=headers)
        assert (first.status, again.status) == (201, 201)
        assert again.json == first.json


async def test_a_list_of_addresses_is_never_a_way_around_the_strict_form(owner: Browser, agent: FakeAgent):
    wrong = {"name": "wg0", "addresses": ["10.8.0.1/24"], "post_up": "reboot", "PostUp": "reboot", "private_key": "x"}
    assert set(errors_of(await owner.post(INTERFACES, wrong))) == {"post_up", "PostUp", "private_key"}
    made = await create_interface(owner)
    for field in ("name", "node", "public_key", "brought_up_by", "started"):
        answer = await owner.request("PATCH", f"{INTERFACES}/{made}", json={field: "wg9"})
        assert errors_of(answer) == {field: "extra-forbidden"}
