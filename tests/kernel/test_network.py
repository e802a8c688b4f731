"""Where the kernel has WireGuard, interfaces are the kernel's."""

import asyncio
import os

import pytest

from sentra.core.errors import InterfaceMissing
from sentra.core.interfaces import LinkSpec
from sentra.core.plan import LinkPatch
from sentra.network.interfaces import create_interface, delete_interface, find_interface
from sentra.network.link_specs import apply_link, read_link_spec

pytestmark = pytest.mark.kernel


def test_an_interface_of_the_kernel_is_made_configured_and_deleted() -> None:
    asyncio.run(one_life(f"scw{os.getpid()}"))


async def one_life(name: str) -> None:
    assert await create_interface(name) == "netlink"
    try:
        assert (await find_interface(name)).kind == "wireguard"
        routes = ("10.9.0.0/24", "fd00:9::/64")
        addresses = ("10.8.0.1/24", "fd00:8::1/64")
        await apply_link(name, LinkPatch(up=True, mtu=1380, add_addresses=addresses, add_routes=routes))
        assert await read_link_spec(name) == LinkSpec(True, 1380, addresses, routes)
    finally:
        await delete_interface(name)
    with pytest.raises(InterfaceMissing):
        await find_interface(name)
