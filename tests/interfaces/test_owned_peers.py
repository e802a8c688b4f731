"""Somebody goes, and their peers with them: in one step, and never the author's own way by accident."""

from typing import Any

import pytest

from sentra.app import Sentra
from sentra.services import users
from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface, create_peer
from tests.api.people_forms import change, find, id_of, join
from tests.browser import Answer, Browser
from tests.interfaces.conftest import INTERFACES
from tests.turned_clock import TurnedClock


class World:
    """Bob is signed in and has a peer on each of two interfaces; Ann comes through the first one."""

    def __init__(self, owner: Browser, bob: Browser, bob_id: str, interfaces: list[str], peers: list[str]) -> None:
        self.owner, self.bob, self.bob_id, self.interfaces, self.peers = owner, bob, bob_id, interfaces, peers

    async def peer(self, number: int) -> dict[str, Any]:
        view: dict[str, Any] = (await self.owner.get(f"/api/v1/peers/{self.peers[number]}")).json
        return view

    async def are_enabled(self) -> list[bool]:
        return [(await self.peer(number))["enabled"] for number in range(2)]

    async def disable(self, by: Browser) -> Answer:
        return await change(by, self.bob_id, enabled=False, disable_peers=True)

    async def remove(self, by: Browser) -> Answer:
        return await by.request("DELETE", f"/api/v1/users/{self.bob_id}?peers=disable")


@pytest.fixture
async def world(owner: Browser, agent: FakeAgent) -> World:
    del agent
    first = await create_interface(owner)
    second = await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    bob = await join(owner, "bob@example.com", "member")
    bob_id = await id_of(owner)
    peers = [(await create_peer(owner, each, "bob's", owner_id=bob_id))["id"] for each in (first, second)]
    return World(owner, bob, bob_id, [first, second], peers)


@pytest.fixture
async def inside(sentra: Sentra, world: World) -> Browser:
    inside = Browser(sentra.asgi, "10.8.0.2")
    await inside.sign_in()
    assert (await world.peer(0))["addresses"][0] == "10.8.0.2/32"
    return inside


async def test_both_go_in_one_step(world: World):
    assert (await world.disable(world.owner)).json["waiting"] == []
    assert await world.are_enabled() == [False, False]
    assert (await world.bob.get("/api/v1/session")).status == 401
    assert (await change(world.owner, world.bob_id, enabled=True)).json["waiting"] == []
    assert await world.are_enabled() == [False, False]
    assert (await world.remove(world.owner)).status == 204


async def test_R15_whoever_comes_through_such_a_peer_is_told_how_to_keep_the_change(
    sentra: Sentra, world: World, inside: Browser, clock: TurnedClock
):
    answer = await world.disable(inside)
    assert answer.status == 200, answer.json
    (waiting,) = answer.json["waiting"]
    assert (waiting["interface_id"], waiting["interface"]) == (world.interfaces[0], "wg0")
    clock.advance(4)
    nonce = {"nonce": waiting["confirm"]["nonce"]}
    assert (await world.owner.post(f"{INTERFACES}/{world.interfaces[0]}/confirm", nonce)).status == 204
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert await world.are_enabled() == [False, False]


async def test_R15_unconfirmed_the_peer_comes_back_and_its_owner_does_not(
    sentra: Sentra, world: World, inside: Browser, clock: TurnedClock
):
    answer = await world.remove(inside)
    assert answer.status == 200, answer.json
    assert [each["interface"] for each in answer.json["waiting"]] == ["wg0"]
    assert await world.are_enabled() == [False, False]
    clock.advance(61)
    await sentra.management.confirmations.undo_overdue()
    assert await world.are_enabled() == [True, False]
    assert (await world.peer(0))["owner_id"] is None
    assert (await world.owner.get(f"/api/v1/users/{world.bob_id}")).status == 404


@pytest.mark.parametrize("how", ["disable", "remove"])
async def test_where_a_change_waits_nothing_happens(world: World, how: str):
    home = f"{INTERFACES}/{world.interfaces[1]}"
    assert (await world.owner.request("PATCH", home, json={"listen_port": 51899})).json["confirm"]
    refused = await getattr(world, how)(world.owner)
    assert refused.status == 409
    assert "wg1 waits to be confirmed" in refused.json["detail"]
    await _nothing_happened(world)


@pytest.mark.parametrize("how", ["disable", "remove"])
async def test_what_fails_half_way_leaves_nothing_half_done(world: World, monkeypatch: pytest.MonkeyPatch, how: str):
    async def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(users, "change_user" if how == "disable" else "remove_user", fail)
    assert (await getattr(world, how)(world.owner)).status == 500
    await _nothing_happened(world)


async def _nothing_happened(world: World) -> None:
    assert await world.are_enabled() == [True, True]
    assert (await world.peer(0))["owner_id"] == world.bob_id
    assert (await find(world.owner))["enabled"] is True
    assert (await world.bob.get("/api/v1/session")).status == 200
