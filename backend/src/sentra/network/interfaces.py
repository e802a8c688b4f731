"""WireGuard interfaces of this machine: made, found and deleted. No other link is ever touched."""

import errno

from pyroute2 import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError

from sentra.core.errors import ForeignLink, InterfaceExists, InterfaceMissing, NetworkRefused, WrongValue
from sentra.core.names import checked_interface_name
from sentra.core.status import DriverName
from sentra.network import userspace
from sentra.network.kernel import refused, requests
from sentra.network.links import Link, read_links


async def create_interface(name: str) -> DriverName:
    """Make a WireGuard interface, down and not configured, and tell which driver it needs.

    It is the kernel's, or wireguard-go's where this kernel has no WireGuard. Raises InterfaceExists, and
    NetworkRefused with what to do.
    """
    _refuse_name(name)
    await _refuse_taken(name)
    doing = f"{name} cannot be made"
    async with requests(doing=doing) as kernel:
        try:
            await kernel.link("add", ifname=name, kind="wireguard")
        except NetlinkError as error:
            if error.code == errno.EEXIST:
                await _refuse_taken(name)
            if error.code != errno.EOPNOTSUPP:
                raise refused(doing, error) from error
        else:
            return "netlink"
    await userspace.start(name)
    return "uapi"


async def delete_interface(name: str) -> None:
    """Delete a WireGuard interface; a wireguard-go has ended when this returns.

    Raises InterfaceMissing, ForeignLink for every other kind of link, and NetworkRefused.
    """
    link = await find_interface(name)
    async with requests(doing=f"{name} cannot be deleted") as kernel:
        await _delete(kernel, link)
    if link.kind != "wireguard":
        await userspace.until_gone(name)


async def find_interface(name: str) -> Link:
    """Give the link of a WireGuard interface. Everything that changes a link asks here first and goes by its index.

    Raises InterfaceMissing where there is none, and ForeignLink where it is anything but WireGuard's.
    """
    _refuse_name(name)
    link = (await read_links()).get(name)
    if link is None:
        raise InterfaceMissing(f"There is no interface {name} here.")
    if not await _is_wireguard(link):
        raise ForeignLink(f"{name} is no WireGuard interface; Sentra does not touch it.")
    return link


async def _is_wireguard(link: Link) -> bool:
    return link.kind == "wireguard" or (link.kind == "tun" and await userspace.answers(link.name))


def _refuse_name(name: str) -> None:
    # A name becomes a path of a socket and an argument of a program.
    try:
        checked_interface_name(name)
    except WrongValue as error:
        raise NetworkRefused(str(error)) from None


async def _refuse_taken(name: str) -> None:
    link = (await read_links()).get(name)
    if link is not None:
        is_wireguard = await _is_wireguard(link)
        what = "a WireGuard interface" if is_wireguard else "a link that is not WireGuard's"
        raise InterfaceExists(f"{name} exists already: it is {what}.", is_wireguard=is_wireguard)
    if not await userspace.is_silent(name):
        raise InterfaceExists(
            f"{name} exists already: a userspace WireGuard of that name runs in another network namespace.",
            is_wireguard=False,
        )


async def _delete(kernel: AsyncIPRoute, link: Link) -> None:
    try:
        await kernel.link("del", index=link.index)
    except NetlinkError as error:
        if error.code != errno.ENODEV:
            raise
