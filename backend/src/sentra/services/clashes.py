"""What an interface cannot have because something else on its node has it."""

from collections.abc import Container, Iterable, Sequence

from sentra.core.addresses import host_of, network_of, overlaps
from sentra.core.agents import NodeLook, Taken
from sentra.core.errors import FieldError, SentraError
from sentra.core.interfaces import Interface
from sentra.core.wanted import wanted_spec
from sentra.db.interfaces import list_interfaces
from sentra.db.peers import owners_of


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


async def clashes_of_new(interface: Interface, taken: Taken) -> list[FieldError]:
    """Say everything that keeps a new interface from its node."""
    others = await list_interfaces(interface.node)
    errors = list(_of_name(interface.name, others, taken.names))
    errors += _of_port(interface.listen_port, others, taken.ports)
    errors += _of_networks(interface, others)
    return errors


async def clashes_of_changed(before: Interface, after: Interface, taken: Taken) -> list[FieldError]:
    """Say everything that keeps an interface from what it is to become."""
    others = [other for other in await list_interfaces(after.node) if other.id != after.id]
    errors: list[FieldError] = []
    if before.listen_port != after.listen_port:
        errors += _of_port(after.listen_port, others, taken.ports)
    if (before.addresses, before.pools) != (after.addresses, after.pools):
        errors += _of_networks(after, others)
        errors += await _of_peers(before, after)
    return errors


def _of_name(name: str, others: Iterable[Interface], links: Container[str]) -> Iterable[FieldError]:
    if any(other.name == name for other in others):
        yield FieldError("name", "name-taken", "An interface of this name is managed on this node already.")
    elif name in links:
        yield FieldError(
            "name", "link-exists", "A link of this name is there already. Where it is WireGuard, adopt it instead."
        )


def _of_port(port: int, others: Iterable[Interface], bound: Container[int]) -> Iterable[FieldError]:
    if port == 0:
        return
    other = next((other for other in others if other.listen_port == port), None)
    if other is not None:
        yield FieldError("listen_port", "port-taken", f"{other.name} has this port.")
    elif port in bound:
        yield FieldError("listen_port", "port-taken", "Another program on the node listens on this port.")


def _of_networks(interface: Interface, others: Sequence[Interface]) -> Iterable[FieldError]:
    networks = [network_of(address) for address in interface.addresses]
    for field, prefixes in (("addresses", networks), ("pools", interface.pools)):
        for number, prefix in enumerate(prefixes):
            clash = next((found for other in others for found in _shared(prefix, other)), None)
            if clash is not None:
                yield FieldError(f"{field}.{number}", "network-taken", clash)


def _shared(prefix: str, other: Interface) -> Iterable[str]:
    theirs = (*(network_of(address) for address in other.addresses), *other.pools)
    return (f"{network} belongs to {other.name}." for network in theirs if overlaps(prefix, network))


async def _of_peers(before: Interface, after: Interface) -> list[FieldError]:
    errors = []
    for number, address in enumerate(after.addresses):
        if address in before.addresses:
            continue
        owners = await owners_of(after.id, host_of(address))
        if owners:
            message = f"{owners[0].prefix} belongs to the peer {owners[0].peer_name}."
            errors.append(FieldError(f"addresses.{number}", "address-taken", message))
    return errors
