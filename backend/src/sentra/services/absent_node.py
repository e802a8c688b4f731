"""A node on which no agent runs: whoever asks is told so."""

from collections.abc import Sequence
from typing import NoReturn

from sentra.core.agents import FoundInterface, Taken
from sentra.core.errors import SentraError
from sentra.core.secrets import Secret


class NodeAway(SentraError):
    """The agent of a node cannot be asked now."""


class AbsentNode:
    """Answers for an agent that does not run. See `core.agents.NodeLook` and `NodeKeys`."""

    async def find(self, node: str) -> Sequence[FoundInterface]:
        """Raise NodeAway."""
        _refuse(node)

    async def look_at(self, node: str, name: str) -> FoundInterface | None:  # noqa: ARG002 - as the Protocol has it
        """Raise NodeAway."""
        _refuse(node)

    async def public_addresses(self, node: str) -> Sequence[str]:
        """Raise NodeAway."""
        _refuse(node)

    async def taken(self, node: str) -> Taken:
        """Raise NodeAway."""
        _refuse(node)

    async def firewall_warning(self, node: str, interface: str, networks: Sequence[str]) -> str | None:  # noqa: ARG002
        """Raise NodeAway."""
        _refuse(node)

    async def put(self, node: str, interface_id: str, private_key: Secret) -> str:  # noqa: ARG002
        """Raise NodeAway."""
        _refuse(node)

    async def drop(self, node: str, interface_id: str) -> None:
        """Do nothing: nothing was put."""


def _refuse(node: str) -> NoReturn:
    raise NodeAway(f"No agent runs on the node {node}, so it cannot be asked now.")
