"""What the control plane and an agent ask of each other, beside the events on the bus."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from sentra.core.interfaces import InterfaceSpec, WantedInterface
from sentra.core.status import DriverName


class FoundInterface(Struct, frozen=True):
    """A WireGuard interface that runs on a node. `spec` holds preshared keys as secrets; `file_text` is its wg-quick
    file with every private key taken out, None where there is none."""

    name: str
    driver: DriverName
    spec: InterfaceSpec
    file: str | None = None
    file_text: str | None = None


class SpecSource(Protocol):
    """Where an agent learns what should run."""

    async def wanted(self) -> Sequence[WantedInterface]:
        """Give every interface that this node should have, stopped ones included."""

    async def wanted_interface(self, interface_id: str) -> WantedInterface | None:
        """Give one of them; None where it was deleted."""


class NodeLook(Protocol):
    """Looks at what runs on a node, on request."""

    async def find(self, node: str) -> Sequence[FoundInterface]:
        """Give the WireGuard interfaces that run there and may be taken over. Raises SentraError where it cannot."""

    async def public_addresses(self, node: str) -> Sequence[str]:
        """Give the addresses by which peers may reach the node, likeliest first."""
