"""Makes what was done by hand what is wanted."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from sentra.core.drift import Drift
from sentra.core.errors import Conflict, FieldError
from sentra.core.interfaces import Interface, InterfaceSpec
from sentra.core.keys import key_text
from sentra.core.peers import Peer, PeerSpec
from sentra.db.peers import peer_names_and_keys, peers_of
from sentra.services.changes import Made
from sentra.services.found_peers import said_of, split_allowed_ips
from sentra.services.peer_fields import PeerFields
from sentra.services.peer_making import PeerMaking
from sentra.services.peers import refusals

_BY_HAND = "Taken off by hand."


def adopt_interface(
    interface: Interface, differences: Iterable[Drift], running: InterfaceSpec
) -> tuple[Interface, list[FieldError]]:
    """Return the interface with what differs of itself as it runs, and what of it cannot be adopted."""
    errors = []
    after = interface
    for each in differences:
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
                errors.append(_impossible(each))
    return after, errors


async def adopt_peers(
    change: Made,
    making: PeerMaking,
    differences: Iterable[Drift],
    unmanaged: Sequence[str],
    running: InterfaceSpec,
) -> None:
    """Store peers as they run: changed ones, those that were taken off (disabled from now on), and unknown ones.

    Raises Invalid where they have what belongs to others.
    """
    known = {peer.public_key: peer for peer in await peers_of(change.interface.id)}
    about = [each for each in differences if each.subject == "peer"]
    extra = [each.key for each in about if each.kind == "extra"]
    gone = [known[each.key] for each in about if each.kind == "missing" and each.key in known]
    await change.replace_peers(
        [(peer, replace(peer, enabled=False, disabled_reason=_BY_HAND)) for peer in gone if peer.enabled]
    )
    keys = dict.fromkeys(each.key for each in about if each.kind == "changed" and each.key in known)
    # Whoever gives up an address goes before whoever has it now.
    for key in sorted(keys, key=lambda key: len(_spec(running, key).allowed_ips) - len(known[key].allowed_ips)):
        await _adopt_changed(change, making, known[key], _spec(running, key))
    new = [key for key in (*unmanaged, *extra) if key not in known]
    await _adopt_unknown(change, making, [_spec(running, key) for key in new])
    back = [known[key] for key in extra if key in known]
    await change.replace_peers([(peer, replace(peer, enabled=True, disabled_reason=None)) for peer in back])


async def _adopt_changed(change: Made, making: PeerMaking, peer: Peer, spec: PeerSpec) -> None:
    addresses, routes = split_allowed_ips(change.interface, spec.allowed_ips)
    said = PeerFields(
        addresses=addresses,
        routes=routes,
        persistent_keepalive=spec.persistent_keepalive,
        preshared_key=key_text(spec.preshared_key.reveal()) if spec.preshared_key else None,
        endpoint=spec.endpoint if peer.endpoint is not None else None,
    )
    after = await making.change(change.interface, peer, said)
    with refusals():
        await change.replace_peers([(peer, after)])


async def _adopt_unknown(change: Made, making: PeerMaking, specs: Sequence[PeerSpec]) -> None:
    if not specs:
        return
    names = [name for _, name, _ in await peer_names_and_keys(change.interface.id)]
    # Where a peer was heard is no decision of anybody's.
    said = said_of(change.interface, [replace(spec, endpoint=None) for spec in specs], {}, names)
    with refusals():
        await change.add_peers(await making.make(change.interface, said, place="unmanaged", found=True))


def _adopted(addresses: tuple[str, ...], difference: Drift) -> tuple[str, ...]:
    if difference.kind == "missing":
        return tuple(address for address in addresses if address != difference.key)
    return (*addresses, difference.key)


def _impossible(difference: Drift) -> FieldError:
    if difference.subject == "route":
        what = f"The route to {difference.key} cannot be adopted: give the prefix to a peer, or restore."
    else:
        what = f"The {(difference.field or '').replace('_', ' ')} cannot be adopted; restore it."
    return FieldError("items", "not-adoptable", what)


def _spec(running: InterfaceSpec, public_key: str) -> PeerSpec:
    spec = running.device.peers.get(public_key)
    if spec is None:
        raise Conflict("Something changed again in the meantime. Load the differences again.")
    return spec
