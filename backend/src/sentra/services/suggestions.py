"""What a new interface could look like, so that nothing on its node clashes with it."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Actor, Resource
from sentra.core.address_pools import next_free, suggest_pools
from sentra.core.addresses import network_of, split
from sentra.core.agents import NodeLook, Taken
from sentra.core.errors import SentraError
from sentra.core.interfaces import Interface
from sentra.db.interfaces import list_interfaces
from sentra.services.clashes import taken_on

FIRST_PORT: Final = 51820
_LAST_PORT: Final = 65535
_MTU: Final = 1420
"""What wg-quick chooses on an Ethernet link: 1500 bytes less 80 for IPv6, UDP and WireGuard."""
_DNS: Final = ("9.9.9.9", "2620:fe::9")
"""Quad9: a public resolver that keeps no addresses. People see it and may write another one."""


class Suggestion(Struct, frozen=True):
    """Values for the form of a new interface."""

    name: str
    addresses: tuple[str, ...]
    listen_port: int
    public_hosts: tuple[str, ...]
    mtu: int
    dns: tuple[str, ...]


class Suggestions:
    """Looks at a node and suggests."""

    def __init__(self, access: Access, look: NodeLook) -> None:
        self._access = access
        self._look = look

    async def suggest(self, actor: Actor, node: str) -> Suggestion:
        """Give values that clash with nothing on a node; where it cannot be asked, with nothing that is managed."""
        self._access.authorise(actor, "interface:create", Resource(node=node))
        taken = await taken_on(self._look, node)
        managed = await list_interfaces(node)
        pools = suggest_pools((*taken.networks, *_networks(managed)))
        return Suggestion(
            name=_free_name(managed, taken),
            addresses=tuple(_first_address(pool) for pool in pools if pool),
            listen_port=free_port(managed, taken),
            public_hosts=await self._public_hosts(node),
            mtu=_MTU,
            dns=_DNS,
        )

    async def _public_hosts(self, node: str) -> tuple[str, ...]:
        try:
            return tuple(await self._look.public_addresses(node))
        except SentraError:
            return ()


def free_port(managed: Iterable[Interface], taken: Taken) -> int:
    """Give the first UDP port from 51820 on that nothing has."""
    used = taken.ports | {interface.listen_port for interface in managed}
    return next((port for port in range(FIRST_PORT, _LAST_PORT + 1) if port not in used), 0)


def _free_name(managed: Sequence[Interface], taken: Taken) -> str:
    used = taken.names | {interface.name for interface in managed}
    return next(name for number in count() if (name := f"wg{number}") not in used)


def _networks(managed: Iterable[Interface]) -> Iterable[str]:
    for interface in managed:
        yield from (network_of(address) for address in interface.addresses)
        yield from interface.pools


def _first_address(pool: str) -> str:
    first = next_free(pool, ()) or pool
    return f"{first.partition('/')[0]}/{split(pool)[2]}"
