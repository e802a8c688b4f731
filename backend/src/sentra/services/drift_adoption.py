"""Makes what was done by hand what is wanted, where an edit could say the same.

An edit is told at its fields what is wrong, an adoption at its differences: an `Item` has the field that names it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.addresses import host_of, overlaps, split
from sentra.core.agents import Taken
from sentra.core.drift import Drift
from sentra.core.errors import Conflict, FieldError, Invalid
from sentra.core.interfaces import Interface, InterfaceSpec
from sentra.core.keys import key_text
from sentra.core.peers import Peer, PeerSpec
from sentra.db.addresses import Reservation, reservations_of
from sentra.db.peers import peer_names_and_keys, peers_of
from sentra.services.clashes import clashes_of_changed, clashes_of_routes
from sentra.services.found_peers import said_of, split_allowed_ips
from sentra.services.interface_fields import InterfaceFields, apply_fields, raise_if_any
from sentra.services.outcomes import Made
from sentra.services.peer_fields import PeerFields
from sentra.services.peer_making import PeerMaking
from sentra.services.peers import refusals

_BY_HAND: Final = "Taken off by hand."
_CHECKED: Final = ("listen_port", "fwmark", "mtu", "addresses")
_NEW: Final = "new"
"""Where peers are that become some, among what is made of them."""


class Item(Struct, frozen=True):
    """A difference that is to be adopted, and the field of the request that names it."""

    field: str
    drift: Drift


def adopt_interface(
    interface: Interface, items: Sequence[Item], running: InterfaceSpec
) -> tuple[Interface, list[FieldError]]:
    """Return the interface with what differs of itself as it runs, and what of it cannot be adopted."""
    errors = []
    after = interface
    for item in items:
        each = item.drift
        match (each.subject, each.field):
            case ("interface", "listen_port"):
                after = replace(after, listen_port=running.device.listen_port)
            case ("interface", "fwmark"):
                after = replace(after, fwmark=running.device.fwmark)
            case ("interface", "mtu"):
                after = replace(after, mtu=running.link.mtu)
            case ("interface", "up"):
                after = replace(after, started=running.link.up)
            case ("address", _):
                after = replace(after, addresses=_adopted(after.addresses, each))
            case ("masquerade", _):
                after = replace(after, masquerade=bool(running.masquerade))
            case ("interface" | "route", _):
                errors.append(_impossible(item))
    return after, [*errors, *(_at_item(error, items, after) for error in _wrong_fields(interface, after))]


async def adoption_clashes(change: Made, before: Interface, items: Sequence[Item]) -> list[FieldError]:
    """Say what of an adopted interface belongs to others. Call it when its peers are adopted too."""
    found = await clashes_of_changed(before, change.interface, Taken(links=change.taken.links))
    return [_at_item(error, items, change.interface) for error in found]


async def adopt_peers(
    change: Made,
    making: PeerMaking,
    items: Sequence[Item],
    unmanaged: Sequence[str],
    running: InterfaceSpec,
) -> None:
    """Store peers as they run: changed ones, those that were taken off (disabled from now on), and unknown ones.

    Raises Invalid where they have what belongs to others or is kept back. Whether an address rests does not matter:
    whoever has it has it already.
    """
    known = {peer.public_key: peer for peer in await peers_of(change.interface.id)}
    about = [item for item in items if item.drift.subject == "peer"]
    extra = [item for item in about if item.drift.kind == "extra"]
    gone = [known[item.drift.key] for item in about if item.drift.kind == "missing" and item.drift.key in known]
    await change.replace_peers(
        [(peer, replace(peer, enabled=False, disabled_reason=_BY_HAND)) for peer in gone if peer.enabled]
    )
    reserved = await reservations_of(change.interface.id)
    changed = _fields(item for item in about if item.drift.kind == "changed")
    # Whoever gives up an address goes before whoever has it now.
    still_known = [key for key in changed if key in known]
    for key in sorted(still_known, key=lambda key: len(_spec(running, key).allowed_ips) - len(known[key].allowed_ips)):
        with _told_at([(changed[key], known[key].name)]):
            await _adopt_changed(change, making, known[key], _spec(running, key), reserved)
    new = [(f"unmanaged.{number}", key) for number, key in enumerate(unmanaged)]
    new += [(item.field, item.drift.key) for item in extra]
    unknown = [(field, key) for field, key in new if key not in known]
    with _told_at([(field, f"{key[:8]}…") for field, key in unknown]):
        await _adopt_unknown(change, making, [_spec(running, key) for _, key in unknown], reserved)
    back = [known[item.drift.key] for item in extra if item.drift.key in known]
    await change.replace_peers([(peer, replace(peer, enabled=True, disabled_reason=None)) for peer in back])
    raise_if_any(_routes_of_links(change, running, {key: field for field, key in new} | _fields(about)))


async def _adopt_changed(
    change: Made, making: PeerMaking, peer: Peer, spec: PeerSpec, reserved: Sequence[Reservation]
) -> None:
    addresses, routes = split_allowed_ips(change.interface, spec.allowed_ips)
    new = [prefix for prefix in spec.allowed_ips if prefix not in peer.allowed_ips]
    raise_if_any(_kept_back(change.interface, new, reserved, ""))
    said = PeerFields(
        addresses=addresses,
        routes=routes,
        persistent_keepalive=spec.persistent_keepalive,
        preshared_key=key_text(spec.preshared_key.reveal()) if spec.preshared_key else None,
        endpoint=spec.endpoint if peer.endpoint is not None else None,
    )
    after = await making.change(change.interface, peer, said, found=True)
    with refusals():
        await change.replace_peers([(peer, after)])


async def _adopt_unknown(
    change: Made, making: PeerMaking, specs: Sequence[PeerSpec], reserved: Sequence[Reservation]
) -> None:
    if not specs:
        return
    raise_if_any(
        error
        for number, spec in enumerate(specs)
        for error in _kept_back(change.interface, spec.allowed_ips, reserved, f"{_NEW}.{number}.")
    )
    names = [name for _, name, _ in await peer_names_and_keys(change.interface.id)]
    # Where a peer was heard is no decision of anybody's.
    said = said_of(change.interface, [replace(spec, endpoint=None) for spec in specs], {}, names)
    with refusals():
        await change.add_peers(await making.make(change.interface, said, place=_NEW, found=True))


def _fields(items: Iterable[Item]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for item in items:
        fields.setdefault(item.drift.key, item.field)
    return fields


def _wrong_fields(before: Interface, after: Interface) -> list[FieldError]:
    """Look at what changed as if somebody had said it."""
    said = {field: getattr(after, field) for field in _CHECKED if getattr(after, field) != getattr(before, field)}
    if "addresses" in said:
        said["addresses"] = list(after.addresses)
    return apply_fields(before, InterfaceFields(**said))[1]


def _kept_back(
    interface: Interface, prefixes: Iterable[str], reserved: Sequence[Reservation], place: str
) -> Iterator[FieldError]:
    for prefix in prefixes:
        if split(prefix)[2] == 0:
            continue  # a default route gives way to everything narrower
        for own in map(host_of, interface.addresses):
            if overlaps(own, prefix):
                yield FieldError(f"{place}addresses", "address-own", f"{own} is the interface's own address.")
        for each in reserved:
            if overlaps(each.address, prefix):
                message = f"{each.address} is reserved. Remove the reservation to use it."
                yield FieldError(f"{place}addresses", "address-reserved", message)


def _routes_of_links(change: Made, running: InterfaceSpec, fields: Mapping[str, str]) -> Iterator[FieldError]:
    """Say which peers would get a route that no packet may take; none that is there already."""
    taken = Taken(links=tuple(each for each in change.taken.links if each.network not in running.link.routes))
    for key, after in change.peers_after.items():
        if after is not None:
            for error in clashes_of_routes(change.interface, [(change.peers_before.get(key), after)], taken):
                yield FieldError(fields[after.public_key], error.code, error.message)


@contextmanager
def _told_at(places: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Tell what is wrong with one peer, or with new ones by their number, at these fields and under these names."""
    try:
        yield
    except Invalid as error:
        raise Invalid(*(_moved(each, places) for each in error.errors)) from error


def _moved(error: FieldError, places: Sequence[tuple[str, str]]) -> FieldError:
    place, _, rest = error.field.partition(".")
    number = rest.partition(".")[0] if place == _NEW else "0"
    field, name = places[int(number) if number.isdecimal() else 0]
    return FieldError(field, error.code, f"{name}: {error.message}")


def _at_item(error: FieldError, items: Iterable[Item], after: Interface) -> FieldError:
    """Tell what is wrong with a field of the interface at the difference that it comes from."""
    field, _, number = error.field.partition(".")
    address = after.addresses[int(number)] if field == "addresses" and number else None
    for item in items:
        each = item.drift
        if each.key == address or (each.subject == "interface" and each.field == field):
            return FieldError(item.field, error.code, error.message)
    return FieldError("items", error.code, error.message)


def _adopted(addresses: tuple[str, ...], difference: Drift) -> tuple[str, ...]:
    if difference.kind == "missing":
        return tuple(address for address in addresses if address != difference.key)
    return (*addresses, difference.key)


def _impossible(item: Item) -> FieldError:
    difference = item.drift
    if difference.subject == "route":
        what = f"The route to {difference.key} cannot be adopted: give the prefix to a peer, or restore."
    else:
        what = f"The {(difference.field or '').replace('_', ' ')} cannot be adopted; restore it."
    return FieldError(item.field, "not-adoptable", what)


def _spec(running: InterfaceSpec, public_key: str) -> PeerSpec:
    spec = running.device.peers.get(public_key)
    if spec is None:
        raise Conflict("Something changed again in the meantime. Load the differences again.")
    return spec
