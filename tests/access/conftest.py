"""Two interfaces of one node, and somebody's peer on each."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sentra.app import Sentra
from sentra.services.changes import ChangeLimits
from tests.access.people import kept_peer
from tests.api.agent import FakeAgent, with_agent
from tests.api.peer_forms import create_interface
from tests.browser import Browser
from tests.conftest import Opened
from tests.interfaces.node import FakeNode


@dataclass
class World:
    """`here` and `there` are interfaces; each has a peer that is nobody's, with its config file here."""

    sentra: Sentra
    owner: Browser
    here: str
    there: str
    peer_here: str
    peer_there: str


@pytest.fixture
async def sentra(opened: Opened) -> AsyncIterator[Sentra]:
    """An application that nobody has set up."""
    node = FakeNode()
    async with opened(look=node, node_keys=node, change_limits=ChangeLimits(patience_seconds=0.2)) as sentra:
        yield sentra


@pytest.fixture
async def agent(sentra: Sentra) -> AsyncIterator[FakeAgent]:
    """An agent that does what it is told at once."""
    async with with_agent(sentra) as agent:
        yield agent


@pytest.fixture
async def world(sentra: Sentra, owner: Browser, agent: FakeAgent) -> World:
    here = await create_interface(owner, server_keys=True)
    there = await create_interface(
        owner, name="wg1", addresses=["10.9.0.1/24", "fd00:9::1/64"], listen_port=51821, server_keys=True
    )
    peers = [await kept_peer(owner, interface_id, "theirs", notes="a note") for interface_id in (here, there)]
    return World(sentra, owner, here, there, *(str(peer["id"]) for peer in peers))
