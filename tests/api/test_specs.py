"""What an agent is told is the same, whether what was read before is kept or not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from sentra.app import Sentra
from sentra.core.interfaces import WantedInterface
from sentra.core.peers import Peer
from sentra.db.database import transaction
from sentra.db.peers import add_peers, find_peers
from sentra.services.changes import ChangeLimits
from sentra.services.peer_specs import PeerSpecs
from sentra.services.sealing import Sealing
from sentra.services.specs import Specs
from sentra.services.touched import Touched
from sentra.settings import Settings
from tests.api.agent import some_key
from tests.api.peer_forms import create_interface, create_peer, peer_form
from tests.browser import Answer, Browser
from tests.conftest import Opened
from tests.turned_clock import TurnedClock

START = 20


@pytest.fixture
async def sentra(opened: Opened) -> AsyncIterator[Sentra]:
    """An application that waits for no agent."""
    async with opened(change_limits=ChangeLimits(patience_seconds=0)) as sentra:
        yield sentra


@pytest.fixture
async def interface_id(owner: Browser) -> str:
    return await create_interface(owner)


async def read_anew(settings: Settings, clock: TurnedClock, interface_id: str) -> WantedInterface | None:
    return await Specs("local", PeerSpecs(Sealing(settings.master_key_file), clock)).wanted_interface(interface_id)


class Hands:
    """Changes peers of one interface as a dice wants it."""

    def __init__(self, owner: Browser, interface_id: str, clock: TurnedClock, dice: Random) -> None:
        self.owner, self.interface_id, self.clock, self.dice = owner, interface_id, clock, dice
        self.number = 0

    @property
    def peers(self) -> str:
        return f"/api/v1/interfaces/{self.interface_id}/peers"

    async def some(self, count: int = 1) -> list[dict[str, Any]]:
        items = (await self.owner.get(f"{self.peers}?limit=500")).json["items"]
        return self.dice.sample(items, min(count, len(items)))

    async def patch(self, **changed: Any) -> Answer:
        (peer,) = await self.some()
        return await self.owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json=changed)

    async def rekey(self) -> Answer:
        (peer,) = await self.some()
        return await self.owner.post(f"/api/v1/peers/{peer['id']}/rekey", {"public_key": some_key()})

    async def delete(self) -> Answer:
        (peer,) = await self.some()
        return await self.owner.request("DELETE", f"/api/v1/peers/{peer['id']}")

    async def create(self) -> Answer:
        self.number += 3
        forms = [peer_form(f"new {self.number + each}", preshared_key=some_key()) for each in range(3)]
        return await self.owner.post(f"{self.peers}/batch", {"peers": forms})

    async def expire(self) -> Answer:
        until = datetime.fromtimestamp(self.clock.now() + 60, UTC).isoformat()
        answer = await self.patch(expires_at=until, enabled=True)
        if self.dice.random() < 0.5:
            self.clock.advance(61)
        return answer

    async def disable(self) -> Answer:
        ids = [peer["id"] for peer in await self.some(4)]
        changed = {"enabled": False}
        return await self.owner.request("PATCH", self.peers, json={"ids": ids, "change": changed})

    async def undo(self) -> Answer:
        path = f"/api/v1/interfaces/{self.interface_id}/revisions"
        (newest, *_) = (await self.owner.get(f"{path}?limit=1")).json["items"]
        return await self.owner.post(f"{path}/{newest['id']}/undo", {})

    async def act(self) -> Answer:
        number = self.dice.randrange(256)
        return await self.dice.choice(
            (
                lambda: self.patch(routes=[f"192.168.{number}.0/24"]),
                lambda: self.patch(persistent_keepalive=number),
                lambda: self.patch(preshared_key=some_key()),
                lambda: self.patch(preshared_key=None),
                lambda: self.patch(enabled=bool(number % 2)),
                self.rekey,
                self.delete,
                self.create,
                self.expire,
                self.disable,
                self.undo,
            )
        )()


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_changes_an_agent_is_told_what_is_decided(
    sentra: Sentra, owner: Browser, settings: Settings, clock: TurnedClock, interface_id: str, seed: int
):
    dice = Random(seed)  # noqa: S311 - the same every time
    hands = Hands(owner, interface_id, clock, dice)
    for _ in range(3):
        await hands.create()
    changed = 0
    for _ in range(60):
        changed += (await hands.act()).status in (200, 201)
        if dice.random() < 0.7:
            told = await sentra.management.specs.wanted_interface(interface_id)
            assert told == await read_anew(settings, clock, interface_id)
    assert changed > 30


async def test_what_somebody_wrote_past_every_change_is_noticed(
    sentra: Sentra, owner: Browser, settings: Settings, clock: TurnedClock, interface_id: str
):
    peer = await create_peer(owner, interface_id)
    await sentra.management.specs.wanted_interface(interface_id)
    known = (await find_peers([peer["id"]]))[peer["id"]]
    async with transaction():
        await add_peers([Peer("0" * 32, interface_id, "stranger", some_key(), known.created_at, ("10.8.0.77/32",))])
    told = await sentra.management.specs.wanted_interface(interface_id)
    assert told is not None
    assert len(told.spec.device.peers) == 2
    assert told == await read_anew(settings, clock, interface_id)


async def test_a_clock_that_goes_back_lets_a_peer_run_again(
    sentra: Sentra, owner: Browser, clock: TurnedClock, interface_id: str
):
    until = datetime.fromtimestamp(clock.now() + 60, UTC).isoformat()
    peer = await create_peer(owner, interface_id, expires_at=until)
    for seconds, runs in ((0, True), (61, False), (-30, True)):
        clock.advance(seconds)
        told = await sentra.management.specs.wanted_interface(interface_id)
        assert told is not None
        assert (peer["public_key"] in told.spec.device.peers) is runs


def test_peers_of_generations_are_known_or_it_is_said_that_they_are_not():
    touched = Touched()
    assert touched.between("i", 3, 3) == frozenset()
    assert touched.between("i", 3, 4) is None
    touched.note("i", 4, ["a"])
    touched.note("i", 4, ["b"])  # the first one was told and not committed
    touched.note("i", 5, ["c"])
    assert touched.between("i", 3, 4) == {"a", "b"}
    assert touched.between("i", 3, 5) == {"a", "b", "c"}
    assert touched.between("i", 2, 5) is None
    assert touched.between("i", 5, 4) is None
    touched.note("i", 6, [str(number) for number in range(5000)])
    assert touched.between("i", 5, 6) is None
    for generation in range(7, 200):
        touched.note("i", generation, ["d"])
    assert touched.between("i", 4, 5) is None
    assert touched.between("i", 198, 199) == {"d"}
