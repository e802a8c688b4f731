"""What a change will do, as sentences for people."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from sentra.core.drift import Drift
from sentra.core.plan import DevicePatch, InterfacePatch, LinkPatch

_MOST_LINES = 50
"""How many peers are named before the rest is counted."""


class Reimport(Struct, frozen=True):
    """A peer whose config file is no longer the one that it was given."""

    id: str
    name: str


class ChangePlan(Struct, frozen=True):
    """What a change does to the node and asks of people. `risky` says why it may cut off whoever makes it."""

    operations: tuple[str, ...] = ()
    firewall: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    reimport: tuple[Reimport, ...] = ()
    risky: tuple[str, ...] = ()


def operations_of(name: str, patch: InterfacePatch, names: Mapping[str, str]) -> tuple[str, ...]:
    """Say what a patch of an interface does; `names` are those of peers by public key."""
    return (*_of_link(name, patch.link), *_of_device(name, patch.device, names))


def firewall_of(name: str, patch: InterfacePatch) -> tuple[str, ...]:
    """Say what a patch does to the node's firewall and forwarding."""
    if patch.masquerade is None:
        return ()
    if not patch.masquerade:
        return (f"Remove the masquerade of {name}. Forwarding is turned off again where Sentra turned it on.",)
    return (
        f"Let {', '.join(patch.masquerade)} reach the internet by the address of this node: a masquerade for {name}.",
        "Turn on IP forwarding, where it is off.",
    )


def restored_words(differences: Iterable[Drift], removed: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Say what undoing differences does, and removing unmanaged peers by their public keys."""
    said = [_restored(each, names) for each in differences]
    return tuple(_counted([*said, *(f"Remove the unmanaged peer {_peer({}, key)}." for key in removed)]))


def _restored(drift: Drift, names: Mapping[str, str]) -> str:
    what = f"peer {_peer(names, drift.key)}" if drift.subject == "peer" else f"{drift.subject} {drift.key}".rstrip()
    match drift.kind:
        case "missing":
            return f"Put back the {what}."
        case "extra":
            return f"Remove the {what}."
        case _:
            field = (drift.field or "").replace("_", " ")
            return f"Set the {field or 'networks'} of the {what} back to {drift.wanted}."


def _of_link(name: str, link: LinkPatch) -> Iterator[str]:
    if link.up is True:
        yield f"Bring up {name}."
    if link.mtu is not None:
        yield f"Set the MTU of {name} to {link.mtu}."
    yield from (f"Add the address {address} to {name}." for address in link.add_addresses)
    yield from _counted([f"Add a route to {route} through {name}{_in(link.table)}." for route in link.add_routes])
    yield from _counted(
        [f"Remove the route to {route} through {name}{_in(link.remove_table)}." for route in link.remove_routes]
    )
    yield from (f"Remove the address {address} from {name}." for address in link.remove_addresses)
    if link.up is False:
        yield f"Take down {name}: none of its peers is reached any more."


def _of_device(name: str, device: DevicePatch, names: Mapping[str, str]) -> Iterator[str]:
    if device.set_private_key:
        yield f"Set the private key of {name}."
    if device.listen_port is not None:
        yield f"Listen on UDP port {device.listen_port}."
    if device.fwmark is not None:
        yield f"Set the firewall mark of {name} to {device.fwmark:#x}." if device.fwmark else "Clear the firewall mark."
    yield from _counted([f"Remove the peer {_peer(names, key)}." for key in device.remove])
    yield from _counted(
        [
            f"Set the peer {_peer(names, spec.public_key)}: {', '.join(spec.allowed_ips) or 'no allowed IPs'}."
            for spec in device.put
        ]
    )


def _peer(names: Mapping[str, str], public_key: str) -> str:
    return names.get(public_key) or f"{public_key[:8]}…"


def _in(table: int) -> str:
    return f" in table {table}" if table else ""


def _counted(lines: list[str]) -> list[str]:
    rest = len(lines) - _MOST_LINES
    return lines if rest <= 0 else [*lines[:_MOST_LINES], f"And {rest} more of the same kind."]
