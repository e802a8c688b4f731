"""What a change will do, found out while it is made: operations, firewall, files, config files to hand out, risks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from sentra.core.addresses import overlaps, sort_prefixes, split
from sentra.core.agents import Taken
from sentra.core.change_plan import ChangePlan, Reimport, firewall_of, operations_of
from sentra.core.interfaces import Interface, InterfaceSpec
from sentra.core.peers import Peer, PeerSpec
from sentra.core.plan import LinkPatch, plan
from sentra.core.risk import author_prefix, comes_through, risks, way_risks
from sentra.core.secrets import Secret
from sentra.core.wanted import networks, wanted_spec
from sentra.db.interfaces import any_peer
from sentra.db.peers import owners_of, peers_of
from sentra.services.change import Change

ConfigRevision = Callable[[Interface, Peer], str]
"""Gives the revision of a peer's config file."""

_OF_THE_SPEC = ("listen_port", "fwmark", "mtu", "addresses", "pools", "table", "masquerade", "started")
_Peers = Sequence[Peer]


async def forecast(change: Change, config_revision: ConfigRevision) -> ChangePlan:
    """Tell what a change will do. Call it at the end of the change, in its transaction."""
    before, after = await _peers_of(change)
    old = _spec(change.before, before, change.moment) or InterfaceSpec(change.interface.name)
    new = _spec(change.after, after, change.moment)
    operations, firewall = _on_the_node(change, old, new, {peer.public_key: peer.name for peer in (*after, *before)})
    return ChangePlan(
        operations=(*operations, *change.told, *change.notes, *_stray_pools(change)),
        firewall=(*firewall, *filter(None, (change.firewall_warning,))),
        files=_files(change),
        reimport=tuple(_reimport(change, before, after, config_revision)),
        risky=await _risky(change, old, new, has_peers=bool(before)),
    )


async def _risky(change: Change, old: InterfaceSpec, new: InterfaceSpec | None, *, has_peers: bool) -> tuple[str, ...]:
    if change.before is None:
        return ()
    author = author_prefix(change.actor.address)
    taken = Taken() if change.interface.brought_up_by == "wg-quick" else change.taken
    if change.writes_nothing:
        # All of it runs, but routes: nobody made those with the peers.
        running = change.running.link if change.running else old.link
        there = replace(running, routes=(*old.link.routes, *running.routes), table=old.link.table)
        return way_risks(there, new, author=author, taken=taken)
    through = await author_comes_through(change.before, author)
    return risks(old, new, has_peers=has_peers, through=through, author=author, taken=taken)


async def author_comes_through(interface: Interface | None, author: str | None) -> bool:
    """Tell whether whoever has this address (as a prefix) is inside one of the interface's networks."""
    if interface is None or author is None or not await any_peer(interface.id):
        return False
    owners = await owners_of(interface.id, author)
    return comes_through(interface, [owner.prefix for owner in owners], author)


async def _peers_of(change: Change) -> tuple[_Peers, _Peers]:
    """Give the peers that matter, before and after: all of them where the interface itself changes."""
    before = [peer for peer in change.peers_before.values() if peer]
    after = [peer for peer in change.peers_after.values() if peer]
    if change.before is not None and change.before is not change.after:
        rest = [peer for peer in await peers_of(change.interface.id) if peer.id not in change.peers_after]
        return [*before, *rest], [*after, *rest]
    return before, after


def _spec(interface: Interface | None, peers: Iterable[Peer], now: datetime) -> InterfaceSpec | None:
    if interface is None:
        return None
    specs = {
        peer.public_key: PeerSpec(
            public_key=peer.public_key,
            allowed_ips=sort_prefixes(peer.allowed_ips),
            # Only whether it changes matters here: the ciphertext stands for the key.
            preshared_key=Secret(peer.preshared_sealed) if peer.preshared_sealed else None,
            persistent_keepalive=peer.persistent_keepalive,
            endpoint=peer.endpoint,
        )
        for peer in peers
        if peer.enabled and (peer.expires_at is None or peer.expires_at > now)
    }
    return wanted_spec(interface, specs)


def _on_the_node(
    change: Change, old: InterfaceSpec, new: InterfaceSpec | None, names: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    interface = change.interface
    if change.writes_nothing:
        return (), ()
    if interface.drift_mode == "observe":
        return (f"Nothing is written: Sentra only observes {interface.name}.",), ()
    gone = new is None or not new.link.up
    if interface.brought_up_by == "wg-quick":
        if new is None:
            return (f"{interface.name} goes on as it runs; Sentra lets go of it.",), _without(old)
    elif gone and (change.running or old).link.up:
        return (f"Take down {interface.name}: none of its peers is reached any more.",), _without(old)
    if new is None or gone:
        return (), ()
    running, owned = old if old.link.up else InterfaceSpec(interface.name), frozenset(old.device.peers)
    if change.running:
        running = _comparable(change.running, new)
        owned = frozenset(running.device.peers if interface.unmanaged == "remove" else ())
    patch = plan(new, running, owned)
    if interface.brought_up_by == "wg-quick":
        patch = replace(patch, link=LinkPatch())
    created = not running.link.up
    made = (f"Make the interface {interface.name} on the node {interface.node}.",) if created else ()
    return (*made, *operations_of(interface.name, patch, names)), firewall_of(interface.name, patch)


def _comparable(running: InterfaceSpec, new: InterfaceSpec) -> InterfaceSpec:
    """Give what runs with ciphertexts for preshared keys, where there is one on both sides."""
    sealed = {key: peer.preshared_key for key, peer in new.device.peers.items() if peer.preshared_key}
    peers = {
        key: replace(peer, preshared_key=sealed.get(key, peer.preshared_key)) if peer.preshared_key else peer
        for key, peer in running.device.peers.items()
    }
    return replace(running, device=replace(running.device, peers=peers))


def _without(old: InterfaceSpec) -> tuple[str, ...]:
    return (f"Remove the masquerade of {old.name}.",) if old.masquerade else ()


def _stray_pools(change: Change) -> Iterable[str]:
    """Say which pools stay where they are while the network around them goes."""
    if change.before is None or change.after is None:
        return
    had, has = networks(change.before), networks(change.after)
    for pool in change.after.pools:
        if pool in change.before.pools and _is_in(pool, had) and not _is_in(pool, has):
            name = change.interface.name
            yield f"The pool {pool} stays, in no network of {name} any more: peers go on getting addresses from it."


def _is_in(pool: str, those: Iterable[str]) -> bool:
    return any(split(network)[2] <= split(pool)[2] and overlaps(network, pool) for network in those)


def _files(change: Change) -> tuple[str, ...]:
    name = change.interface.name
    if change.before and change.before.brought_up_by != change.interface.brought_up_by:
        return (f"wg-quick's file of {name} stays. Switch its service off, so that it does not bring {name} up too.",)
    if change.before is None and change.interface.public_key is None:
        return (f"The node makes the private key of {name} and keeps it in a file of its own.",)
    return ()


def _reimport(
    change: Change, before: Iterable[Peer], after: Iterable[Peer], config_revision: ConfigRevision
) -> Iterable[Reimport]:
    if change.before is None or change.after is None:
        return
    old = {peer.id: peer for peer in before if peer.given_revision is not None}
    for peer in after:
        earlier = old.get(peer.id)
        if earlier and config_revision(change.before, earlier) != config_revision(change.after, peer):
            yield Reimport(peer.id, peer.name)
