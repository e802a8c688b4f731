"""Which changes may cut off whoever makes them."""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final

from sentra.core.addresses import overlaps, split
from sentra.core.agents import LinkNetwork, Taken
from sentra.core.interfaces import Interface, InterfaceSpec, LinkSpec
from sentra.core.peers import PeerSpec

_MAIN_TABLES: Final = frozenset({0, 254})
"""The one that every packet is looked up in, and its number; others count only where a rule leads to them."""
_MOST_OF_THE_INTERNET: Final = {4: 7, 6: 6}
"""Prefixes of at most this length stand in for a default route, as the halves do by which VPNs cover one."""


def author_prefix(address: str) -> str | None:
    """Give the address of a request as a canonical prefix; None for a socket, which has none."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return f"{ip}/{ip.max_prefixlen}"


def comes_through(interface: Interface, prefixes: Iterable[str], author: str | None) -> bool:
    """Tell whether the author's address is one of an interface's networks, pools or peers."""
    return author is not None and _covers((*interface.addresses, *interface.pools, *prefixes), author)


def new_routes(before: LinkSpec, after: LinkSpec) -> tuple[str, ...]:
    """Give the prefixes that lead into an interface from now on, for every packet of the node."""
    if not after.up or after.table not in _MAIN_TABLES:
        return ()
    had = before.routes if before.up and before.table in _MAIN_TABLES else ()
    return tuple(route for route in after.routes if route not in had)


def risks(
    before: InterfaceSpec,
    after: InterfaceSpec | None,
    *,
    has_peers: bool,
    through: bool,
    author: str | None,
    taken: Taken | None = None,
) -> tuple[str, ...]:
    """Say why a change may cut off its author, in one sentence each.

    `before` and `after` have the peers that change, and `after` is None where the interface goes. `through` says that
    the author comes through this interface. Listen port, key and addresses count wherever there is any peer to lose
    them: behind a NAT an address does not tell whether somebody comes through a tunnel. `taken` is what else the
    node has: a route that takes in its uplink may cut off everybody.
    """
    of_interface = _of_interface(before, after, through=through) if before.link.up and has_peers else ()
    of_peers = tuple(_of_peers(before, after, author))
    of_ways = way_risks(before.link, after, author=None if of_peers else author, taken=taken or Taken())
    return (*of_interface, *of_peers, *_of_addresses(before, after, author), *of_ways)


def way_risks(before: LinkSpec, after: InterfaceSpec | None, *, author: str | None, taken: Taken) -> tuple[str, ...]:
    """Say why new routes may cut off whoever makes a change, or everybody, in one sentence each."""
    uplinks = [each for each in taken.links if each.is_uplink]
    return tuple(
        f"The route to {route} leads into {after.name} from now on, and {why}."
        for route in (new_routes(before, after.link) if after else ())
        if after and (why := _why_risky(route, author, taken.gateways, uplinks))
    )


def _of_interface(before: InterfaceSpec, after: InterfaceSpec | None, *, through: bool) -> Iterator[str]:
    name = before.name
    if after is None or not after.link.up:
        if through:
            yield f"You reach Sentra through {name}, which goes down."
        return
    if before.device.listen_port != after.device.listen_port:
        yield f"{name} listens on another port: peers lose the connection until they know it."
    if before.device.public_key is not None and before.device.public_key != after.device.public_key:
        yield f"{name} has another key: its peers lose the connection until they know it."
    if set(before.link.addresses) - set(after.link.addresses):
        yield f"{name} gives up an address by which it is reached."
    if through and (before.link.table, before.link.routes) != (after.link.table, after.link.routes):
        yield f"You reach Sentra through {name}, whose routes change."


def _of_peers(before: InterfaceSpec, after: InterfaceSpec | None, author: str | None) -> Iterator[str]:
    if author is None or after is None:
        return
    old, new = before.device.peers, after.device.peers
    changed = [key for key in (*old, *(key for key in new if key not in old)) if old.get(key) != new.get(key)]
    if any(_has(old.get(key), author) for key in changed):
        yield "The peer changes through which you reach Sentra."
    elif any(_has(new.get(key), author) for key in changed):
        yield "Your own address becomes one of a peer: what Sentra answers you goes to that peer."


def _of_addresses(before: InterfaceSpec, after: InterfaceSpec | None, author: str | None) -> Iterator[str]:
    if author is None or after is None or not after.link.up:
        return
    had = before.link.addresses if before.link.up else ()
    if _covers(after.link.addresses, author) and not _covers(had, author):
        yield f"Your own address becomes one of the network of {after.name}."


def _why_risky(route: str, author: str | None, gateways: Iterable[str], uplinks: Iterable[LinkNetwork]) -> str | None:
    family, _, length = split(route)
    if author is not None and overlaps(route, author):
        return "your own address is in it"
    for gateway in gateways:
        if overlaps(route, gateway):
            return f"the gateway of this node is in it: {gateway.partition('/')[0]}"
    for link in uplinks:
        if overlaps(route, link.network):
            return f"{link.link}, by which this node reaches the internet, has {link.network} of it"
    if length <= _MOST_OF_THE_INTERNET[family]:
        return "most of the internet is in it: what this node sends there goes to a peer"
    return None


def _has(peer: PeerSpec | None, author: str) -> bool:
    return peer is not None and _covers(peer.allowed_ips, author)


def _covers(prefixes: Iterable[str], author: str) -> bool:
    return any(overlaps(prefix, author) for prefix in prefixes)
