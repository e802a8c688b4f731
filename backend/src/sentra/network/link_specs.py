"""The network side of a WireGuard interface: link state, MTU, addresses and routes, read and changed."""

import errno

from pyroute2 import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError

from sentra.core.addresses import sort_prefixes
from sentra.core.errors import NetworkRefused
from sentra.core.interfaces import LinkSpec
from sentra.core.link_settings import LOWEST_MTU_V6
from sentra.core.plan import LinkPatch
from sentra.network import addresses, routes
from sentra.network.interfaces import find_interface
from sentra.network.kernel import refused, requests
from sentra.network.links import Link


async def read_link_spec(name: str, table: int = 0) -> LinkSpec:
    """Give what runs. `routes` are those that Sentra made in `table` (0 is the main one), into this interface.

    Link-local addresses that the kernel made are left out. Raises InterfaceMissing and NetworkRefused.
    """
    return await link_spec_of(await find_interface(name), table)


async def link_spec_of(link: Link, table: int = 0) -> LinkSpec:
    """Give the same of a link that was just found. That it is WireGuard's is for the caller to know."""
    async with requests(doing=f"{link.name} cannot be read") as kernel:
        own_addresses = await addresses.read(kernel, link.index)
        own_routes = await routes.read_own(kernel, link.index, table)
    return LinkSpec(link.up, link.mtu, sort_prefixes(own_addresses), sort_prefixes(own_routes), table)


async def apply_link(name: str, patch: LinkPatch) -> None:
    """Change the network side as the patch says: additions first, so that nothing is without a route meanwhile.

    What is so already is no error, and what the kernel takes away with something else (further addresses of a network
    with its first, routes with the last address of their family) is put back. Raises InterfaceMissing, and
    NetworkRefused at the first refusal: what was done until then stays, and reading it back tells what that is.
    """
    index = (await find_interface(name)).index
    async with requests(doing=f"{name} cannot be changed") as kernel:
        change = _Change(kernel, name, index)
        kept_addresses = {*await addresses.read(kernel, index), *patch.add_addresses} - {*patch.remove_addresses}
        kept_routes = {*await routes.read_own(kernel, index, patch.table), *patch.add_routes}
        if patch.table == patch.remove_table:
            kept_routes -= {*patch.remove_routes}
        await change.make(patch)
        if patch.up is not False:
            await change.put_back(kept_addresses, kept_routes, patch.table)


class _Change:
    """A change of one link under way."""

    def __init__(self, kernel: AsyncIPRoute, name: str, index: int) -> None:
        self._kernel = kernel
        self._name = name
        self._index = index

    async def make(self, patch: LinkPatch) -> None:
        if patch.mtu is not None:
            await self._set(f"the MTU {patch.mtu}", mtu=patch.mtu)
        for address in patch.add_addresses:
            await self._add_address(address)
        if patch.up:
            await self._set("coming up", state="up")
        for route in patch.add_routes:
            await self._add_route(route, patch.table)
        for route in patch.remove_routes:
            await self._remove_route(route, patch.remove_table)
        for address in patch.remove_addresses:
            await self._remove_address(address)
        if patch.up is False:
            await self._set("going down", state="down")

    async def put_back(self, kept_addresses: set[str], kept_routes: set[str], table: int) -> None:
        for address in sort_prefixes(kept_addresses - {*await addresses.read(self._kernel, self._index)}):
            await self._add_address(address)
        for route in sort_prefixes(kept_routes - {*await routes.read_own(self._kernel, self._index, table)}):
            await self._add_route(route, table)

    async def _set(self, what: str, **fields: int | str) -> None:
        try:
            await self._kernel.link("set", index=self._index, **fields)
        except NetlinkError as error:
            raise refused(f"{self._name} does not take {what}", error) from error

    async def _add_address(self, address: str) -> None:
        try:
            await self._kernel.addr("replace", index=self._index, **addresses.fields(address))
        except NetlinkError as error:
            doing = f"{self._name} does not take the address {address}"
            if error.code == errno.EINVAL and ":" in address:
                raise NetworkRefused(f"{doing}: IPv6 needs an MTU of at least {LOWEST_MTU_V6}.") from error
            raise refused(doing, error) from error

    async def _remove_address(self, address: str) -> None:
        try:
            await self._kernel.addr("del", index=self._index, **addresses.fields(address))
        except NetlinkError as error:
            if error.code != errno.EADDRNOTAVAIL:
                raise refused(f"{self._name} does not give up the address {address}", error) from error

    async def _add_route(self, prefix: str, table: int) -> None:
        try:
            await self._kernel.route("add", **routes.fields(prefix, self._index, table))
        except NetlinkError as error:
            if error.code != errno.EEXIST:
                raise refused(f"{self._name} does not take the route {prefix}", error) from error
            await self._take_over_route(prefix, table)

    async def _take_over_route(self, prefix: str, table: int) -> None:
        """Make a route of ours of one into this interface that somebody else made, wg-quick for instance."""
        # Only after a look: `replace` takes the place of a route into another link just as readily.
        protocols = await routes.read_protocols(self._kernel, prefix, self._index, table)
        if not protocols:
            where = f" in table {table}" if table else ""
            raise NetworkRefused(
                f"{self._name} does not take the route {prefix}: another link has a route for it{where}. "
                "Remove that one first, or choose another table."
            )
        if not protocols & {routes.OURS, routes.BY_KERNEL}:
            await self._kernel.route("replace", **routes.fields(prefix, self._index, table))

    async def _remove_route(self, prefix: str, table: int) -> None:
        try:
            await self._kernel.route("del", **routes.fields(prefix, self._index, table))
        except NetlinkError as error:
            if error.code != errno.ESRCH:
                raise refused(f"{self._name} does not give up the route {prefix}", error) from error
