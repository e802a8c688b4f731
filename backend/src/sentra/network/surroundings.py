"""What this machine has in use already, so that something new clashes with nothing."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from msgspec import Struct
from pyroute2.netlink import nlmsg

from sentra.core.addresses import host_of, network_of, sort_prefixes
from sentra.core.agents import LinkNetwork, Taken
from sentra.network import addresses, routes
from sentra.network.kernel import requests
from sentra.network.links import read_links

MOST_ROUTES: Final = 20_000
"""How many routes are looked at: a machine that knows the routes of the whole internet has hundreds of thousands."""

_RTN_UNICAST, _RTN_BLACKHOLE, _RTN_PROHIBIT = 1, 6, 8
_TELLING: Final = frozenset({_RTN_UNICAST, *range(_RTN_BLACKHOLE, _RTN_PROHIBIT + 1)})
_WIDEST: Final = {4: 8, 6: 7}
"""Wider prefixes mean the internet, such as the halves by which VPNs cover a default route."""
_UNUSABLE: Final = (
    addresses.IFA_F_DADFAILED | addresses.IFA_F_DEPRECATED | addresses.IFA_F_TENTATIVE | addresses.IFA_F_TEMPORARY
)
_TUNNELS: Final = frozenset({"wireguard", "tun"})


async def read_taken() -> Taken:
    """Give the names of all links, the networks of all addresses and routes in all tables, without default routes, and
    the bound UDP ports.

    Loopback, link-local and multicast networks are left out: no pool can be there.
    """
    links, of_addresses, routed, ports = await asyncio.gather(
        read_links(), _networks_of_links(), _read_routed(), asyncio.to_thread(bound_ports)
    )
    names = {link.index: link.name for link in links.values()}
    return Taken(
        names=frozenset(links),
        networks=sort_prefixes(filter(_may_clash, [*(network for _, network in of_addresses), *routed.networks])),
        ports=ports,
        links=tuple(
            LinkNetwork(names[index], network, is_uplink=index in routed.uplinks)
            for index, network in dict.fromkeys(of_addresses)
            if index in names and _may_clash(network)
        ),
        gateways=sort_prefixes(routed.gateways),
    )


async def public_addresses() -> tuple[str, ...]:
    """Give the addresses by which peers may reach this machine, likeliest first.

    Public ones come before private ones, and those of links with a default route before others; then IPv4, which
    works from more places. Temporary addresses and those of tunnels are left out. A machine behind a router with
    address translation has no public one.
    """
    links = {link.index: link for link in (await read_links()).values()}
    async with requests(doing="The addresses of this machine cannot be read") as kernel:
        messages = await addresses.dump(kernel)
    default = await _default_links()
    candidates = [
        _Candidate(ipaddress.ip_interface(addresses.text_of(message)).ip, message["index"] in default)
        for message in messages
        if message["index"] in links and links[message["index"]].kind not in _TUNNELS and _is_lasting(message)
    ]
    usable = [candidate for candidate in candidates if not candidate.ip.is_loopback and not candidate.ip.is_link_local]
    return tuple(dict.fromkeys(str(candidate.ip) for candidate in sorted(usable, key=_Candidate.order)))


def bound_ports(folder: Path = Path("/proc/self/net")) -> frozenset[int]:
    """Give the UDP ports that sockets of this network namespace are bound to, the kernel's own included."""
    return frozenset(port for name in ("udp", "udp6") for port in _ports(folder / name))


def is_port_free(port: int) -> bool:
    """Tell whether WireGuard can listen on this UDP port: whether it can be bound to in both families."""
    return all(_can_bind(family, anywhere, port) for family, anywhere in _ANYWHERE)


_ANYWHERE: Final = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))


class _Candidate(Struct, frozen=True):
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    has_default_route: bool

    def order(self) -> tuple[bool, bool, int]:
        return not self.ip.is_global, not self.has_default_route, self.ip.version


class _Routed(Struct):
    """Destinations of routes that somebody may reach something by, or is kept from it on purpose; and of the default
    routes in the main table the indexes of the links and the gateways."""

    networks: list[str] = []
    uplinks: set[int] = set()
    gateways: set[str] = set()

    def add(self, message: nlmsg) -> None:
        if message["type"] in _TELLING:
            self.networks.append(routes.destination_of(message))
        if message["dst_len"] == 0 and message["type"] == _RTN_UNICAST and _table_of(message) == routes.MAIN_TABLE:
            self.uplinks.update(_outward_links(message))
            self.gateways.update(map(host_of, _gateways(message)))


async def _networks_of_links() -> list[tuple[int, str]]:
    """Give the networks of all addresses, each with the index of its link."""
    async with requests(doing="The networks of this machine cannot be read") as kernel:
        messages = await addresses.dump(kernel)
    return [(message["index"], network_of(addresses.text_of(message))) for message in messages]


async def _read_routed() -> _Routed:
    routed = _Routed()
    async for message in _look_at_routes():
        routed.add(message)
    return routed


async def _default_links() -> set[int]:
    """Give the indexes of the links with a default route in the main table."""
    routed = _Routed()
    async for message in _look_at_routes(table=routes.MAIN_TABLE):
        routed.add(message)
    return routed.uplinks


async def _look_at_routes(**fields: int) -> AsyncIterator[nlmsg]:
    for family in routes.FAMILIES:
        # A socket for each: a dump that is not read to its end leaves its socket useless.
        async with (
            requests(doing="The routes of this machine cannot be read") as kernel,
            aclosing(routes.dump(kernel, family, **fields)) as messages,
        ):
            seen = 0
            async for message in messages:
                yield message
                seen += 1
                if seen == MOST_ROUTES:
                    break


def _outward_links(message: nlmsg) -> Iterator[int]:
    if (index := message.get_attr("RTA_OIF")) is not None:
        yield index
    yield from (hop["oif"] for hop in message.get_attr("RTA_MULTIPATH") or ())


def _gateways(message: nlmsg) -> Iterator[str]:
    for hop in (message, *(message.get_attr("RTA_MULTIPATH") or ())):
        # An IPv4 route may lead over an IPv6 gateway: that is RTA_VIA.
        gateway = hop.get_attr("RTA_GATEWAY") or (hop.get_attr("RTA_VIA") or {}).get("addr")
        if gateway:
            yield str(gateway)


def _table_of(message: nlmsg) -> int:
    return int(message.get_attr("RTA_TABLE") or message["table"])


def _may_clash(network: str) -> bool:
    parsed = ipaddress.ip_network(network)
    return parsed.prefixlen >= _WIDEST[parsed.version] and not (
        parsed.is_loopback or parsed.is_multicast or parsed.is_link_local
    )


def _is_lasting(message: nlmsg) -> bool:
    unusable = _UNUSABLE
    if message["family"] == socket.AF_INET:
        unusable &= ~addresses.IFA_F_TEMPORARY  # the same bit says “secondary” of an IPv4 address
    return not addresses.flags_of(message) & unusable


def _ports(table: Path) -> Iterable[int]:
    # Column 2 is the local address and port in hexadecimal: `man 5 proc`, /proc/net/udp.
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except FileNotFoundError:  # IPv6 is off
        return ()
    return (int(line.split()[1].rpartition(":")[2], 16) for line in lines)


def _can_bind(family: int, anywhere: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((anywhere, port))
    except OSError as error:
        # Anything but a taken port, IPv6 that is off for instance, is no obstacle that another port would not meet.
        return error.errno != errno.EADDRINUSE
    return True
