"""From what people keep to what should run: the spec of an interface and its peers."""

from collections.abc import Iterable, Mapping

from sentra.core.addresses import network_of, overlaps, sort_prefixes, split
from sentra.core.interfaces import DeviceSpec, Interface, InterfaceSpec, LinkSpec
from sentra.core.peers import PeerSpec


def wanted_spec(
    interface: Interface, peers: Mapping[str, PeerSpec], *, routes: tuple[str, ...] | None = None
) -> InterfaceSpec:
    """Give what should run of an interface with these enabled peers, by public key; `routes` are those that
    `wanted_routes` gives of them, where somebody knows them already."""
    return InterfaceSpec(
        name=interface.name,
        device=DeviceSpec(
            public_key=interface.public_key,
            listen_port=interface.listen_port,
            fwmark=interface.fwmark,
            peers=peers,
        ),
        link=LinkSpec(
            up=interface.started,
            mtu=interface.mtu,
            addresses=interface.addresses,
            routes=wanted_routes(interface, peers.values()) if routes is None else routes,
            table=int(interface.table) if interface.table.isdecimal() else 0,
        ),
        masquerade=masqueraded(interface),
    )


def wanted_routes(interface: Interface, peers: Iterable[PeerSpec]) -> tuple[str, ...]:
    """Give the prefixes of peers that need a route: those outside the networks of the interface's own addresses.

    None with `table = off`; a default route only with the number of a table.
    """
    if interface.table == "off":
        return ()
    own = networks(interface)
    prefixes = (prefix for peer in peers for prefix in peer.allowed_ips)
    return sort_prefixes(
        prefix
        for prefix in prefixes
        if not any(_is_within(prefix, network) for network in own)
        and (interface.table.isdecimal() or split(prefix)[2] > 0)
    )


def networks(interface: Interface) -> tuple[str, ...]:
    """Give the networks of the interface's own addresses: the kernel makes their routes with the addresses."""
    return tuple(dict.fromkeys(network_of(address) for address in interface.addresses))


def masqueraded(interface: Interface) -> tuple[str, ...]:
    """Give the networks that reach the internet through the node: its own and the pools."""
    return sort_prefixes((*networks(interface), *interface.pools)) if interface.masquerade else ()


def _is_within(prefix: str, network: str) -> bool:
    return split(prefix)[2] >= split(network)[2] and overlaps(prefix, network)
