"""What the control plane and an agent ask of each other, beside the events on the bus."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.interfaces import DriftMode, InterfaceSpec, WantedInterface
from sentra.core.secrets import Secret
from sentra.core.status import DriverName


class FoundInterface(Struct, frozen=True):
    """A WireGuard interface that runs on a node. `spec` holds preshared keys as secrets; `file_text` is its wg-quick
    file with every private key taken out, None where there is none. `is_left` says that the agent steered it for a
    database which is not the one that is asked now."""

    name: str
    driver: DriverName
    spec: InterfaceSpec
    file: str | None = None
    file_text: str | None = None
    is_left: bool = False


class LinkNetwork(Struct, frozen=True):
    """The network of an address of a link. `is_uplink` says that a default route leads over the link."""

    link: str
    network: str
    is_uplink: bool = False


class Taken(Struct, frozen=True):
    """What a node has in use, so that something new clashes with nothing: the names of all links, the networks of all
    addresses and routes (never a default route), and the UDP ports that are bound.

    Nothing can share a network with those of `links`; a route, which may be as wide as `10.0.0.0/8`, gives way to
    what is narrower. `gateways` are the next hops of the default routes, as prefixes.
    """

    names: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset()
    links: tuple[LinkNetwork, ...] = ()
    gateways: tuple[str, ...] = ()

    def beside(self, name: str) -> "Taken":
        """Give this without the networks of one link."""
        return replace(self, links=tuple(each for each in self.links if each.link != name))


class DeletedInterface(Struct, frozen=True):
    """An interface that people deleted. `drift_mode` is the one that it had in the end: of what Sentra only observed
    nothing is taken down."""

    id: str
    name: str
    drift_mode: DriftMode


class SpecSource(Protocol):
    """Where an agent learns what should run, and what was deleted. What it was never told of is neither."""

    async def generations(self) -> Mapping[str, int]:
        """Give the generation of every interface that this node should have, by id, stopped ones included.

        Asked every few seconds: it costs no more than one short query.
        """

    async def wanted_interface(self, interface_id: str) -> WantedInterface | DeletedInterface | None:
        """Give one of them, or say that it was deleted. None where nobody here ever heard of it: an older database was
        put back, or another one, so whoever has it keeps it."""


class NodeLook(Protocol):
    """Looks at what runs on a node, on request. Raises SentraError where it cannot."""

    async def find(self, node: str) -> Sequence[FoundInterface]:
        """Give the WireGuard interfaces that run there and may be taken over: those that are not managed."""

    async def look_at(self, node: str, name: str) -> FoundInterface | None:
        """Give one WireGuard interface as it runs, also a managed one, with its preshared keys; None where there is
        none."""

    async def public_addresses(self, node: str) -> Sequence[str]:
        """Give the addresses by which peers may reach the node, likeliest first."""

    async def taken(self, node: str) -> Taken:
        """Give what is in use there."""

    async def firewall_warning(self, node: str, interface: str, networks: Sequence[str]) -> str | None:
        """Say which firewall there keeps these networks from the internet, masquerade or not; None where none does."""


class NodeKeys(Protocol):
    """Hands a node the private key of an interface that is about to exist there. Raises SentraError."""

    async def put(self, node: str, interface_id: str, private_key: Secret) -> str:
        """Keep the key on the node and give its public key. Call it before the interface is committed."""

    async def drop(self, node: str, interface_id: str) -> None:
        """Forget a key that was put for an interface which did not come to be."""
