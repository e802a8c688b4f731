"""Routes, as the kernel's routing netlink has them. Source: include/uapi/linux/rtnetlink.h."""

import socket
from collections.abc import AsyncGenerator
from typing import Final

from pyroute2 import AsyncIPRoute
from pyroute2.netlink import nlmsg

OURS: Final = 171
"""The protocol number that marks the routes which Sentra made, `proto 171` in `ip route`; free in /etc/iproute2."""
BY_KERNEL: Final = 2
"""RTPROT_KERNEL: the network of an address."""
FAMILIES: Final = (socket.AF_INET, socket.AF_INET6)
MAIN_TABLE: Final = 254

_METRIC_V6: Final = 1024
"""IP6_RT_PRIO_USER: what the kernel gives an IPv6 route that names no metric."""
_RT_SCOPE_UNIVERSE, _RT_SCOPE_LINK = 0, 253


async def read_own(kernel: AsyncIPRoute, index: int, table: int) -> list[str]:
    """Give the destinations of the routes that Sentra made into a link, in one table; 0 is the main one."""
    return [
        destination_of(message)
        for family in FAMILIES
        async for message in dump(kernel, family, oif=index, table=table or MAIN_TABLE, proto=OURS)
    ]


async def read_protocols(kernel: AsyncIPRoute, prefix: str, index: int, table: int) -> set[int]:
    """Tell who made the route into a link that stands where `fields` would put one: the protocol numbers.

    A route for the same prefix with another metric stands beside it.
    """
    family = _family_of(prefix)
    metric = _METRIC_V6 if family == socket.AF_INET6 else None
    return {
        message["proto"]
        async for message in dump(kernel, family, oif=index, table=table or MAIN_TABLE)
        if destination_of(message) == prefix and message.get_attr("RTA_PRIORITY") == metric
    }


async def dump(kernel: AsyncIPRoute, family: int, **fields: int) -> AsyncGenerator[nlmsg, None]:
    """Give the messages about routes with these fields. To be read to its end, or the socket is done for."""
    # Given a filter of its own, pyroute2 leaves the fields in the request, so that the kernel filters by them.
    async for message in await kernel.route("dump", family=family, dump_filter=lambda _: True, **fields):
        yield message


def destination_of(message: nlmsg) -> str:
    """Give the prefix that a message is about."""
    nowhere = "::" if message["family"] == socket.AF_INET6 else "0.0.0.0"
    return f"{message.get_attr('RTA_DST') or nowhere}/{message['dst_len']}"


def fields(prefix: str, index: int, table: int) -> dict[str, int | str]:
    """Give what names a route of ours in a request, as `ip route add PREFIX dev NAME proto 171` does."""
    destination, _, length = prefix.partition("/")
    family = _family_of(prefix)
    return {
        "family": family,
        "dst": destination,
        "dst_len": int(length),
        "oif": index,
        "table": table or MAIN_TABLE,
        "proto": OURS,
        "scope": _RT_SCOPE_LINK if family == socket.AF_INET else _RT_SCOPE_UNIVERSE,
    }


def _family_of(prefix: str) -> int:
    return socket.AF_INET6 if ":" in prefix else socket.AF_INET
