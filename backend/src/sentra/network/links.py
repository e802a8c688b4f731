"""The links of this machine: a table that follows the kernel's own events (rtnetlink, `man 7 rtnetlink`)."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Set
from typing import Final

from msgspec import Struct
from pyroute2 import AsyncIPRoute
from pyroute2.netlink import nlmsg
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.rtnl import RTMGRP_LINK

log = logging.getLogger(__name__)

RESYNC_SECONDS: Final = 1.0
_IFF_UP: Final = 1


class Link(Struct, frozen=True):
    """A network link. `kind` is what made it (`wireguard`, `tun`, `veth` …), None for hardware and loopback.

    `mtu` is in bytes.
    """

    index: int
    name: str
    kind: str | None
    up: bool
    mtu: int = 0


async def read_links() -> dict[str, Link]:
    """Give the links of this machine's network namespace, once."""
    async with AsyncIPRoute() as requests:
        return {link.name: link for link in (await _dump(requests)).values()}


class Links:
    """The links of this machine's network namespace, kept current by `follow`."""

    def __init__(self, receive_buffer_bytes: int = 1 << 20) -> None:
        self._receive_buffer_bytes = receive_buffer_bytes
        self._by_index: dict[int, Link] = {}
        self._by_name: dict[str, Link] = {}
        self._listeners: list[Callable[[Set[str]], None]] = []

    @property
    def by_name(self) -> Mapping[str, Link]:
        """The links as last heard of."""
        return self._by_name

    def on_change(self, listener: Callable[[Set[str]], None]) -> None:
        """Call `listener` with the names concerned after every change, from the event loop."""
        self._listeners.append(listener)

    async def follow(self, ready: asyncio.Event | None = None) -> None:
        """Keep the table current until cancelled. Lost events are made up for by a new dump."""
        while True:
            try:
                await self._follow_once(ready)
            except (OSError, NetlinkError) as error:
                # ENOBUFS: events were lost. Anything else: the socket is gone. Either way, start over from a dump.
                log.warning("link events were interrupted (%s); reading all links again", error)
                await asyncio.sleep(RESYNC_SECONDS)

    async def _follow_once(self, ready: asyncio.Event | None) -> None:
        async with AsyncIPRoute(rcvbuf=self._receive_buffer_bytes) as monitor, AsyncIPRoute() as requests:
            # Listen before the dump: a change in between comes twice rather than never.
            await monitor.bind(groups=RTMGRP_LINK)
            before = self._by_name.keys()
            self._by_index = await _dump(requests)
            self._tell(before | {link.name for link in self._by_index.values()})
            if ready:
                ready.set()
            while True:
                async for message in monitor.get():
                    self._take(message)

    def _take(self, message: nlmsg) -> None:
        link = _link(message)
        if link is None:
            return
        before = self._by_index.get(link.index)
        if message["event"] == "RTM_DELLINK":
            self._by_index.pop(link.index, None)
        elif before == link:
            return
        else:
            self._by_index[link.index] = link
        self._tell({link.name, before.name} if before else {link.name})

    def _tell(self, names: Set[str]) -> None:
        self._by_name = {link.name: link for link in self._by_index.values()}
        for listener in self._listeners:
            listener(names)


async def _dump(requests: AsyncIPRoute) -> dict[int, Link]:
    return {link.index: link async for message in await requests.link("dump") if (link := _link(message))}


def _link(message: nlmsg) -> Link | None:
    name = message.get_attr("IFLA_IFNAME")
    if name is None:
        return None
    information = message.get_attr("IFLA_LINKINFO")
    kind = information.get_attr("IFLA_INFO_KIND") if information else None
    up = bool(message["flags"] & _IFF_UP)
    return Link(message["index"], name, kind, up, message.get_attr("IFLA_MTU") or 0)
