"""Addresses of links, as the kernel's routing netlink has them. Source: include/uapi/linux/if_addr.h."""

import ipaddress
import socket
from typing import Final

from pyroute2 import AsyncIPRoute
from pyroute2.netlink import nlmsg

IFA_F_TEMPORARY: Final = 0x01
IFA_F_DADFAILED: Final = 0x08
IFA_F_DEPRECATED: Final = 0x20
IFA_F_TENTATIVE: Final = 0x40
_IFA_F_STABLE_PRIVACY: Final = 0x800
"""The kernel made the address itself (RFC 7217), as it does for a tun device that comes up."""
_IFAPROT_KERNEL_LL: Final = 2
"""The kernel made it because the link is up; told by Linux 5.18 and later."""


async def read(kernel: AsyncIPRoute, index: int) -> list[str]:
    """Give the addresses of a link with their prefix lengths, canonical, without those that the kernel made itself."""
    return [text_of(message) for message in await dump(kernel, index) if not _is_made_by_kernel(message)]


async def dump(kernel: AsyncIPRoute, index: int | None = None) -> list[nlmsg]:
    """Give the messages about the addresses of one link, or of all."""
    wanted = {} if index is None else {"index": index}
    return [message async for message in await kernel.addr("dump", **wanted)]


def text_of(message: nlmsg) -> str:
    """Give the address that a message is about, with its prefix length."""
    # IFA_ADDRESS is the other end's where an IPv4 address has one.
    address = message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")
    return ipaddress.ip_interface(f"{address}/{message['prefixlen']}").with_prefixlen


def flags_of(message: nlmsg) -> int:
    """Give the flags of the address that a message is about."""
    return int(message.get_attr("IFA_FLAGS") or message["flags"])


def fields(address: str) -> dict[str, int | str]:
    """Give what names an address in a request."""
    host, _, length = address.partition("/")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return {"family": family, "address": host, "prefixlen": int(length)}


def _is_made_by_kernel(message: nlmsg) -> bool:
    if not ipaddress.ip_interface(text_of(message)).is_link_local or message["family"] != socket.AF_INET6:
        return False
    return message.get_attr("IFA_PROTO") == _IFAPROT_KERNEL_LL or bool(flags_of(message) & _IFA_F_STABLE_PRIVACY)
