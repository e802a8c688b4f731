"""Requests to the kernel's routing netlink, and its refusals as sentences."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pyroute2 import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError

from sentra.core.errors import NetworkRefused

_REASONS: Final = {
    errno.EPERM: "this process needs the capability CAP_NET_ADMIN",
    errno.EACCES: "IPv6 is switched off there (net.ipv6.conf.…disable_ipv6)",
    errno.EEXIST: "something of the kind is there already",
    errno.ENODEV: "the interface is gone",
    errno.ENETDOWN: "the interface is down",
    errno.ENETUNREACH: "the interface is down or has no address of that family",
    errno.EINVAL: "the kernel calls it invalid",
    errno.EAFNOSUPPORT: "this kernel has no support for that family of addresses",
    errno.EOPNOTSUPP: "this kernel has no support for it",
}


@asynccontextmanager
async def requests(*, doing: str) -> AsyncIterator[AsyncIPRoute]:
    """Open a socket for one caller's requests, one at a time. A refusal becomes NetworkRefused, which begins `doing`.

    Dumps are filtered by the kernel (NETLINK_GET_STRICT_CHK), so a machine with a million routes costs nothing.
    """
    try:
        async with AsyncIPRoute(strict_check=True) as asked:
            yield asked
    except NetlinkError as error:
        raise refused(doing, error) from error
    except OSError as error:
        raise NetworkRefused(f"{doing}: the kernel cannot be asked ({error.strerror}).") from error


def refused(doing: str, error: NetlinkError) -> NetworkRefused:
    """Give the kernel's refusal as a sentence."""
    return NetworkRefused(f"{doing}: {_REASONS.get(error.code) or f'the kernel says “{error.args[1]}”'}.")
