"""Peers that nobody decided become peers where that is the choice of the interface."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sentra.app import Sentra
from sentra.core.agents import FoundInterface, LinkNetwork, Taken
from sentra.core.drift import UnmanagedPeer
from sentra.core.interfaces import DeviceSpec, InterfaceSpec
from sentra.core.keys import key_bytes
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer
from tests.browser import Browser
from tests.interfaces.conftest import INTERFACES
from tests.interfaces.node import FakeNode
from tests.turned_clock import TurnedClock

SECRET = some_key()


@pytest.fixture(autouse=True)
async def following(sentra: Sentra) -> AsyncIterator[None]:
    task = asyncio.create_task(sentra.management.newcomers.follow())
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def seen(agent: FakeAgent, node: FakeNode, *peers: PeerSpec) -> None:
    """Let these run on wg0 beside what is wanted."""
    device = DeviceSpec(None, 51820, 0, {peer.public_key: peer for peer in peers})
    node.interfaces["wg0"] = FoundInterface("wg0", "netlink", InterfaceSpec("wg0", device))
    agent.unmanaged = tuple(UnmanagedPeer(peer.public_key, peer.allowed_ips) for peer in peers)


async def until(fact: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await fact():
            await asyncio.sleep(0.01)


async def test_where_that_is_the_choice_they_become_peers(owner: Browser, agent: FakeAgent, node: FakeNode):
    made = await create_interface(owner, unmanaged="adopt")
    stranger = PeerSpec(some_key(), ("10.8.0.60/32",), Secret(key_bytes(SECRET)), 25, "203.0.113.9:1000")
    seen(agent, node, stranger)
    await agent.look(made)

    async def adopted() -> bool:
        return stranger.public_key in agent.running[made].spec.device.peers

    await until(adopted)
    spec = agent.running[made].spec.device.peers[stranger.public_key]
    assert spec == PeerSpec(stranger.public_key, ("10.8.0.60/32",), Secret(key_bytes(SECRET)), 25)
    newest = (await owner.get(f"{INTERFACES}/{made}/revisions")).json["items"][0]
    assert (newest["what"], newest["actor_name"]) == ("peers-adopted", "Sentra")


@pytest.mark.parametrize("choice", ["keep", "remove"])
async def test_where_it_is_not_they_do_not(owner: Browser, agent: FakeAgent, node: FakeNode, choice: str):
    made = await create_interface(owner, unmanaged=choice)
    seen(agent, node, PeerSpec(some_key(), ("10.8.0.60/32",)))
    await agent.look(made)
    await owner.get(INTERFACES)
    assert (await owner.get(f"{INTERFACES}/{made}")).json["peer_count"] == 0


async def test_what_cannot_be_adopted_is_said_once(
    owner: Browser, agent: FakeAgent, node: FakeNode, caplog: pytest.LogCaptureFixture
):
    made = await create_interface(owner, unmanaged="adopt")
    peer = await create_peer(owner, made)
    seen(agent, node, PeerSpec(some_key(), tuple(peer["addresses"])))
    for _ in range(3):
        await agent.look(made)
        await owner.get(INTERFACES)
        await asyncio.sleep(0.05)
    assert caplog.text.count("cannot be adopted") == 1
    assert (await owner.get(f"{INTERFACES}/{made}")).json["peer_count"] == 1


async def test_R15_nobody_is_cut_off_by_a_newcomer(
    owner: Browser, agent: FakeAgent, node: FakeNode, clock: TurnedClock, caplog: pytest.LogCaptureFixture
):
    """Adopted, it would get routes that its author never made, and nobody is there to confirm those."""
    made = await create_interface(owner, unmanaged="adopt")
    node.taken_there = Taken(
        frozenset({"lo"}), links=(LinkNetwork("lan0", "192.168.7.0/24"),), gateways=("198.51.100.1/32",)
    )
    clock.advance(30)
    for route, why in (("192.168.7.0/24", "lan0"), ("198.51.0.0/16", "198.51.100.1"), ("64.0.0.0/2", "internet")):
        caplog.clear()
        seen(agent, node, PeerSpec(some_key(), (route,)))
        await agent.look(made)

        async def said() -> bool:
            return "cannot be adopted" in caplog.text

        await until(said)
        assert why in caplog.text
        assert (await owner.get(f"{INTERFACES}/{made}")).json["peer_count"] == 0
