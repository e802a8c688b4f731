"""A peer's time ends by itself."""

import asyncio

import pytest

from sentra.app import Sentra
from sentra.db.revisions import list_revisions
from sentra.services.peer_expiry import PeerExpiry
from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface, create_peer
from tests.browser import Browser
from tests.turned_clock import TurnedClock

pytestmark = pytest.mark.usefixtures("agent")

IN_TEN_SECONDS = "2026-09-21T14:13:30Z"


async def test_a_peer_is_disabled_when_its_time_is_over(
    sentra: Sentra, owner: Browser, agent: FakeAgent, clock: TurnedClock
):
    interface_id = await create_interface(owner)
    stays = await create_peer(owner, interface_id, "stays")
    ends = [await create_peer(owner, interface_id, name, expires_at=IN_TEN_SECONDS) for name in ("one", "two")]
    clock.advance(9)
    assert await sentra.management.expiry.expire() == 0
    clock.advance(1)
    told = len(agent.told)
    assert await sentra.management.expiry.expire() == 2
    assert await sentra.management.expiry.expire() == 0
    assert len(agent.told) == told + 1
    wanted = agent.running[interface_id]
    assert set(wanted.spec.device.peers) == {stays["public_key"]}
    assert wanted.owned == {peer["public_key"] for peer in ends}
    for peer in ends:
        seen = (await owner.get(f"/api/v1/peers/{peer['id']}")).json
        assert (seen["enabled"], seen["disabled_reason"]) == (False, "expired")
    (revision, *_) = await list_revisions(interface_id, peer_id=ends[0]["id"], before_id=None, limit=5)
    assert (revision.what, revision.actor_id) == ("peers-expired", "sentra")


async def test_an_expired_peer_does_not_run_even_before_it_is_disabled(
    owner: Browser, agent: FakeAgent, clock: TurnedClock
):
    interface_id = await create_interface(owner)
    peer = await create_peer(owner, interface_id, expires_at=IN_TEN_SECONDS)
    clock.advance(10)
    await agent.look(interface_id)
    assert agent.running[interface_id].spec.device.peers == {}
    assert agent.running[interface_id].owned == {peer["public_key"]}


async def test_the_clock_is_watched(sentra: Sentra, owner: Browser, agent: FakeAgent, clock: TurnedClock):
    interface_id = await create_interface(owner)
    peer = await create_peer(owner, interface_id, expires_at=IN_TEN_SECONDS)
    expiry = PeerExpiry(clock, sentra.management.changes, look_seconds=0.01)
    running = asyncio.create_task(expiry.run())
    try:
        clock.advance(10)
        async with asyncio.timeout(10):
            while peer["public_key"] in agent.running[interface_id].spec.device.peers:
                await asyncio.sleep(0)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_while_a_change_waits_to_be_confirmed_expiry_waits_too(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    interface_id = await create_interface(owner)
    await create_peer(owner, interface_id, "ends", expires_at=IN_TEN_SECONDS)
    mine = await create_peer(owner, interface_id, "mine", addresses=["10.8.0.9"])
    owner.address = "10.8.0.9"
    answer = await owner.request("PATCH", f"/api/v1/peers/{mine['id']}", json={"notes": "x", "enabled": False})
    assert answer.json["confirm"]
    clock.advance(10)
    assert await sentra.management.expiry.expire() == 0
    nonce = answer.json["confirm"]["nonce"]
    assert (await owner.post(f"/api/v1/interfaces/{interface_id}/confirm", {"nonce": nonce})).status == 204
    assert await sentra.management.expiry.expire() == 1
