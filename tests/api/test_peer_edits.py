"""One change of a peer costs what the peer costs, however many others there are."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from tortoise import Tortoise

from sentra.app import Sentra
from sentra.core.peers import Peer
from sentra.db.database import transaction
from sentra.db.peers import add_peers, find_peer
from sentra.services.changes import ChangeLimits
from tests.api.agent import some_key, with_agent
from tests.api.peer_forms import create_interface, create_peer, post_peer
from tests.browser import Browser
from tests.conftest import Opened

OTHERS = 700


@pytest.fixture
async def sentra(opened: Opened) -> AsyncIterator[Sentra]:
    """An application that waits for no agent."""
    async with opened(change_limits=ChangeLimits(patience_seconds=0)) as sentra:
        yield sentra


@pytest.fixture
async def interface_id(owner: Browser) -> str:
    return await create_interface(owner, addresses=["10.64.255.254/16"])


@pytest.fixture
async def peer(owner: Browser, interface_id: str) -> dict[str, Any]:
    """One peer beside many."""
    peer = await create_peer(owner, interface_id, "laptop", addresses=["10.64.200.1"])
    found = await find_peer(peer["id"])
    assert found is not None
    others = [_other(found, number) for number in range(OTHERS)]
    async with transaction():
        await add_peers(others)
    return peer


def _other(like: Peer, number: int) -> Peer:
    address = f"10.64.{number >> 8}.{number & 255}/32"
    return Peer(f"{number:032x}", like.interface_id, f"peer {number}", some_key(), like.created_at, (address,))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, sentra: Sentra) -> list[int]:
    """How many rows each statement gave."""
    rows: list[int] = []
    connection = type(Tortoise.get_connection("default"))
    original = connection.execute_query

    async def execute_query(self: Any, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        count, found = await original(self, query, values)
        rows.append(len(found))
        return count, found

    monkeypatch.setattr(connection, "execute_query", execute_query)
    return rows


@pytest.mark.parametrize(
    "changed", [{"notes": "x"}, {"name": "phone"}, {"addresses": ["10.64.201.1"]}, {"enabled": False}]
)
async def test_an_edit_reads_no_other_peer(
    owner: Browser, peer: dict[str, Any], read: list[int], changed: dict[str, Any]
):
    read.clear()
    answer = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json=changed)
    assert answer.status == 200, answer.json
    assert 0 < sum(read) < OTHERS / 10


async def test_an_agent_is_told_without_reading_the_others_again(
    sentra: Sentra, owner: Browser, interface_id: str, peer: dict[str, Any], read: list[int]
):
    async with with_agent(sentra) as agent:
        await agent.look(interface_id)
        read.clear()
        answer = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"persistent_keepalive": 25})
        assert answer.status == 200, answer.json
        await agent.look(interface_id)
        assert 0 < sum(read) < OTHERS / 10
        specs = agent.running[interface_id].spec.device.peers
        assert len(specs) == OTHERS + 1
        assert specs[peer["public_key"]].persistent_keepalive == 25


async def test_a_new_peer_gets_the_next_address_without_reading_the_others(
    owner: Browser, interface_id: str, peer: dict[str, Any], read: list[int]
):
    read.clear()
    answer = await post_peer(owner, interface_id, "phone")
    assert answer.json["peer"]["addresses"] == [f"10.64.{OTHERS >> 8}.{OTHERS & 255}/32"]
    assert 0 < sum(read) < OTHERS / 10
