"""An application beside a node that a test makes up, and an agent that does what it is told at once."""

from collections.abc import AsyncIterator

import pytest

from sentra.app import Sentra
from sentra.services.changes import ChangeLimits
from tests.api.agent import FakeAgent, with_agent
from tests.conftest import Opened
from tests.interfaces.node import FakeNode

INTERFACES = "/api/v1/interfaces"
LIMITS = ChangeLimits(patience_seconds=0.2)


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
async def sentra(opened: Opened, node: FakeNode) -> AsyncIterator[Sentra]:
    """An application that nobody has set up."""
    async with opened(look=node, node_keys=node, change_limits=LIMITS) as sentra:
        yield sentra


@pytest.fixture
async def agent(sentra: Sentra) -> AsyncIterator[FakeAgent]:
    """An agent that does what it is told at once."""
    async with with_agent(sentra) as agent:
        yield agent
