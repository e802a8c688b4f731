"""Peers that run or stand in a file already, as if somebody said them."""

from collections.abc import Iterable, Mapping

from msgspec import UNSET

from sentra.core.addresses import host_of, overlaps, split
from sentra.core.interfaces import Interface
from sentra.core.keys import key_text
from sentra.core.names import tidied_line
from sentra.core.peers import LONGEST_NAME, PeerSpec
from sentra.core.wanted import networks
from sentra.services.peer_fields import PeerFields

_SHORT_KEY = 8


def said_of(
    interface: Interface, specs: Iterable[PeerSpec], names: Mapping[str, str], taken: Iterable[str] = ()
) -> list[PeerFields]:
    """Give what would be said of peers to make them what they are. `names` are known ones by public key; others get
    the beginning of their key, and a number where two would be called the same or one of `taken`."""
    used = {name.casefold() for name in taken}
    return [_said(interface, spec, _name(names.get(spec.public_key, ""), spec.public_key, used)) for spec in specs]


def split_allowed_ips(interface: Interface, allowed_ips: Iterable[str]) -> tuple[list[str], list[str]]:
    """Give a peer's own tunnel addresses, which are single ones within the interface's networks, and the rest."""
    own = (*networks(interface), *interface.pools)
    addresses: list[str] = []
    routes: list[str] = []
    for prefix in allowed_ips:
        is_own = prefix == host_of(prefix) and any(overlaps(prefix, network) for network in own)
        (addresses if is_own else routes).append(prefix)
    return addresses, routes


def has_default_route(specs: Iterable[PeerSpec]) -> bool:
    """Tell whether a peer is the way to everywhere."""
    return any(split(prefix)[2] == 0 for spec in specs for prefix in spec.allowed_ips)


def _said(interface: Interface, spec: PeerSpec, name: str) -> PeerFields:
    addresses, routes = split_allowed_ips(interface, spec.allowed_ips)
    return PeerFields(
        name=name,
        public_key=spec.public_key,
        preshared_key=key_text(spec.preshared_key.reveal()) if spec.preshared_key else UNSET,
        addresses=addresses,
        routes=routes,
        endpoint=spec.endpoint if spec.endpoint is not None else UNSET,
        persistent_keepalive=spec.persistent_keepalive,
    )


def _name(said: str, public_key: str, used: set[str]) -> str:
    name = wanted = tidied_line(said, LONGEST_NAME) or public_key[:_SHORT_KEY]
    number = 2
    while name.casefold() in used:
        name = f"{wanted[: LONGEST_NAME - 5]} {number}"
        number += 1
    used.add(name.casefold())
    return name
