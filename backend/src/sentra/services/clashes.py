"""What an interface cannot have because something else on its node has it."""

from collections.abc import Callable, Container, Iterable, Sequence

from sentra.core.addresses import host_of, network_of, overlaps, split
from sentra.core.agents import LinkNetwork, NodeLook, Taken
from sentra.core.errors import FieldError, SentraError
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.core.wanted import wanted_spec
from sentra.db.confirmations import list_confirmations
from sentra.db.interfaces import list_interfaces
from sentra.db.peers import owners_of
from sentra.db.revisions import find_revision
from sentra.services.documents import as_documented

IsSeen = Callable[[Interface], bool]
"""Tells whether whoever asks may know of another interface."""


def _anyone(_: Interface) -> bool:
    return True


async def taken_on(look: NodeLook, node: str) -> Taken:
    """Give what a node has in use; nothing where it cannot be asked now: it refuses by itself what does not fit."""
    try:
        return await look.taken(node)
    except SentraError:
        return Taken()


async def firewall_warning(look: NodeLook, interface: Interface) -> str | None:
    """Say which firewall of its node makes a masquerade useless, as far as the node can tell now."""
    networks = wanted_spec(interface, {}).masquerade
    if not networks:
        return None
    try:
        return await look.firewall_warning(interface.node, interface.name, networks)
    except SentraError:
        return None


async def clashes_of_new(interface: Interface, taken: Taken, author: str | None = None) -> list[FieldError]:
    """Say everything that keeps a new interface from its node. `author` is the address of whoever makes it, as a
    prefix: nobody could confirm a network that takes in their own."""
    others = await _others(interface)
    errors = list(_of_name(interface.name, others, taken.names))
    errors += _of_port(interface.listen_port, others, taken.ports)
    errors += _of_networks(interface, others)
    errors += _of_links(interface, (), others, taken.links)
    for number, network in enumerate(_own_networks(interface)):
        if author is not None and overlaps(network, author):
            message = "Your own address is in this network: what Sentra answers you would go into the tunnel."
            errors.append(FieldError(f"addresses.{number}", "network-of-author", message))
    return errors


async def clashes_of_changed(
    before: Interface, after: Interface, taken: Taken, is_seen: IsSeen = _anyone
) -> list[FieldError]:
    """Say everything that keeps an interface from what it is to become; others by their name where they are seen by
    whoever asks."""
    others = await _others(after)
    errors: list[FieldError] = []
    if before.listen_port != after.listen_port:
        errors += _of_port(after.listen_port, others, taken.ports, is_seen)
    if (before.addresses, before.pools) != (after.addresses, after.pools):
        errors += _of_networks(after, others, is_seen)
        errors += _of_links(after, (*_own_networks(before), *before.pools), others, taken.links)
        errors += await _of_peers(before, after)
    return errors


def clashes_of_routes(
    interface: Interface, peers: Iterable[tuple[Peer | None, Peer]], taken: Taken
) -> list[FieldError]:
    """Say which peers, each given as it was and as it is to become, cannot have a route: all that a link of the node
    reaches directly would go to that peer."""
    if interface.table != "auto" or interface.brought_up_by == "wg-quick":
        return []
    links = {each.network: each.link for each in taken.links}
    changed = list(peers)
    errors = []
    for number, (before, after) in enumerate(changed):
        place = f"peers.{number}." if len(changed) > 1 else ""
        had = before.routes if before and before.enabled else ()
        for at, route in enumerate(after.routes if after.enabled else ()):
            if route in links and route not in had:
                message = f"{route} is the network of {links[route]} on this node; it cannot be behind {after.name}."
                errors.append(FieldError(f"{place}routes.{at}", "network-taken", message))
    return errors


async def _others(interface: Interface) -> list[Interface]:
    """Give the other interfaces of a node; one with a change that waits to be confirmed also as it was before, for
    that is what it becomes again if nobody confirms it."""
    others = [other for other in await list_interfaces(interface.node) if other.id != interface.id]
    known = {other.id: other for other in others}
    for waiting in await list_confirmations():
        revision = await find_revision(waiting.interface_id, waiting.revision_id)
        before = revision.before["interface"] if revision else None
        if before and waiting.interface_id in known:
            others.append(as_documented(known[waiting.interface_id], before))
    return others


def _of_name(name: str, others: Iterable[Interface], links: Container[str]) -> Iterable[FieldError]:
    if any(other.name == name for other in others):
        yield FieldError("name", "name-taken", "An interface of this name is managed on this node already.")
    elif name in links:
        yield FieldError(
            "name", "link-exists", "A link of this name is there already. Where it is WireGuard, adopt it instead."
        )


def _of_port(
    port: int,
    others: Iterable[Interface],
    bound: Container[int],
    is_seen: IsSeen = _anyone,
) -> Iterable[FieldError]:
    if port == 0:
        return
    other = next((other for other in others if other.listen_port == port), None)
    if other is not None:
        yield FieldError("listen_port", "port-taken", f"{_named(other, is_seen)} has this port.")
    elif port in bound:
        yield FieldError("listen_port", "port-taken", "Another program on the node listens on this port.")


def _of_networks(interface: Interface, others: Sequence[Interface], is_seen: IsSeen = _anyone) -> Iterable[FieldError]:
    for field, prefixes in (("addresses", _own_networks(interface)), ("pools", interface.pools)):
        for number, prefix in enumerate(prefixes):
            clash = next((found for other in others for found in _shared(prefix, other, is_seen)), None)
            if clash is not None:
                yield FieldError(f"{field}.{number}", "network-taken", clash)


def _of_links(
    interface: Interface, had: Container[str], others: Iterable[Interface], links: Iterable[LinkNetwork]
) -> Iterable[FieldError]:
    """Look at the links of the node that are no interface of ours. What an interface `had` may stay."""
    ours = {interface.name, *(other.name for other in others)}
    strange = [each for each in links if each.link not in ours]
    for field, prefixes in (("addresses", _own_networks(interface)), ("pools", interface.pools)):
        for number, prefix in enumerate(prefixes):
            clash = next((each for each in strange if overlaps(prefix, each.network)), None)
            if clash is not None and prefix not in had:
                message = f"{clash.network} is the network of {clash.link} on this node."
                yield FieldError(f"{field}.{number}", "network-taken", message)


def _own_networks(interface: Interface) -> list[str]:
    return [network_of(address) for address in interface.addresses]


def _shared(prefix: str, other: Interface, is_seen: IsSeen) -> Iterable[str]:
    clashing = [network for network in (*_own_networks(other), *other.pools) if overlaps(prefix, network)]
    if is_seen(other):
        return [f"{network} belongs to {other.name}." for network in clashing]
    return [f"{prefix} overlaps a network of another interface of this node."] if clashing else []


def _named(other: Interface, is_seen: IsSeen) -> str:
    return other.name if is_seen(other) else "Another interface of this node"


async def _of_peers(before: Interface, after: Interface) -> list[FieldError]:
    errors = []
    for number, address in enumerate(after.addresses):
        if address in before.addresses:
            continue
        # A default route, in a table of its own, gives way to everything narrower.
        owners = [owner for owner in await owners_of(after.id, host_of(address)) if split(owner.prefix)[2] > 0]
        if owners:
            message = f"{owners[0].prefix} belongs to the peer {owners[0].peer_name}."
            errors.append(FieldError(f"addresses.{number}", "address-taken", message))
    return errors
