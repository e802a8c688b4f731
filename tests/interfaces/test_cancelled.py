"""A browser that goes away in the middle of a request: all of what it decided is kept, or nothing."""

import asyncio
import random

from sentra.app import Sentra
from sentra.db.database import transaction
from sentra.db.interfaces import list_interfaces, raise_generation
from sentra.db.revisions import list_revisions
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, interface_form
from tests.browser import Browser
from tests.interfaces.conftest import INTERFACES
from tests.scale import scaled


async def test_R1_a_cancelled_request_is_kept_whole_or_not_at_all(sentra: Sentra, owner: Browser, agent: FakeAgent):
    made = await create_interface(owner)
    for steps in range(scaled(120, 1000)):
        form = {"name": f"peer {steps}", "public_key": some_key()}
        request = asyncio.create_task(owner.post(f"{INTERFACES}/{made}/peers", form))
        for _ in range(steps % 200):
            await asyncio.sleep(0 if steps % 2 else 0.0001)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
    async with asyncio.timeout(10):
        peers = (await owner.get(f"{INTERFACES}/{made}/peers?limit=500")).json["items"]
    revisions = await list_revisions(made, peer_id=None, before_id=None, limit=1000)
    created = [revision for revision in revisions if revision.what == "peer-created"]
    assert len(created) == len(peers)
    (interface,) = await list_interfaces()
    assert interface.generation == 1 + len(peers)
    await agent.look(made)
    assert set(agent.running[made].spec.device.peers) == {peer["public_key"] for peer in peers}
    async with asyncio.timeout(10):
        assert (await owner.request("PATCH", f"{INTERFACES}/{made}", json={"mtu": 1400})).json["applied"]


async def test_R1_a_transaction_cancelled_at_any_step_leaves_the_database_free(sentra: Sentra):
    async def write() -> None:
        async with transaction():
            await raise_generation("nobody")

    for _ in range(scaled(300, 3000)):
        writing = asyncio.create_task(write())
        # It is cancelled wherever it is then: while it waits for the thread of the database to begin, write or end.
        await asyncio.sleep(random.random() * 0.002)  # noqa: S311
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with asyncio.timeout(5):
            await write()


async def test_a_request_with_a_key_is_finished_though_its_browser_went_away(owner: Browser, agent: FakeAgent):
    headers: dict[str, str | None] = {"Idempotency-Key": "5f2c"}
    for _ in range(30):
        request = asyncio.create_task(owner.post(INTERFACES, interface_form(), headers=headers))
        await asyncio.sleep(0.001)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
    answer = await owner.post(INTERFACES, interface_form(), headers=headers)
    assert answer.status == 201
    assert len(await list_interfaces()) == 1
