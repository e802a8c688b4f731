"""Which changes may cut off whoever makes them."""

import ipaddress
from collections.abc import Iterable, Iterator

from sentra.core.addresses import overlaps
from sentra.core.interfaces import Interface, InterfaceSpec
from sentra.core.peers import PeerSpec


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


def risks(
    before: InterfaceSpec, after: InterfaceSpec | None, *, has_peers: bool, through: bool, author: str | None
) -> tuple[str, ...]:
    """Say why a change may cut off its author, in one sentence each.

    `before` and `after` have the peers that change, and `after` is None where the interface goes. `through` says that
    the author comes through this interface. Listen port, key and addresses count wherever there is any peer to lose
    them: behind a NAT an address does not tell whether somebody comes through a tunnel.
    """
    of_interface = _of_interface(before, after, through=through) if before.link.up and has_peers else ()
    return (*of_interface, *_of_peers(before, after, author))


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


def _has(peer: PeerSpec | None, author: str) -> bool:
    return peer is not None and _covers(peer.allowed_ips, author)


def _covers(prefixes: Iterable[str], author: str) -> bool:
    return any(overlaps(prefix, author) for prefix in prefixes)
