"""A node with an agent that runs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.agent.node import Node


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    node = Node(tmp_path / "agent")
    await node.start()
    await node.settle()
    yield node
    await node.stop()
