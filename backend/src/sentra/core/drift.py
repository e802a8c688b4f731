"""How a running interface differs from the wanted one, in words; and what an agent reports after looking."""

from collections.abc import Hashable, Iterator, Set
from typing import Final, Literal

from msgspec import Struct

from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec
from sentra.core.peers import PeerSpec

DriftKind = Literal["missing", "extra", "changed"]
DriftSubject = Literal["interface", "peer", "address", "route", "masquerade"]

LAST_GENERATION: Final = 2**62
"""In the last report about an interface that was deleted: higher than any of its generations."""


class Drift(Struct, frozen=True):
    """One difference. `key` is the public key, address or prefix concerned, empty for the interface itself; `field`
    is what differs where the kind is `changed`. A preshared key is told as `set`, `not set` or `another`, never itself.
    """

    subject: DriftSubject
    kind: DriftKind
    key: str = ""
    field: str | None = None
    wanted: str | None = None
    running: str | None = None

    @property
    def concerns(self) -> str:
        """What is written as one: a peer, an address, a route, or one field of the interface."""
        return concern(self.subject, self.key or self.field or "")


class UnmanagedPeer(Struct, frozen=True):
    """A peer that runs and that neither the database nor a tombstone knows."""

    public_key: str
    allowed_ips: tuple[str, ...] = ()
    endpoint: str | None = None
    persistent_keepalive: int = 0
    has_preshared_key: bool = False


class Unresolved(Struct, frozen=True):
    """A peer that runs without its endpoint, because that is a name which cannot be resolved (yet)."""

    public_key: str
    endpoint: str
    reason: str


class InterfaceReport(Struct, frozen=True):
    """What an agent says about one wanted interface, after each reconcile and each look; and about one that was deleted
    when it is gone, or cannot be removed.

    `generation` is the one that it compared with. `applied` says that nothing of that generation waits to be written,
    names to be resolved apart: those are in `unresolved`. `error` says why something waits (then that is as it was
    before). `drift` is what people made by hand and what stays so; `public_key` is that of the node's key.
    """

    node: str
    interface_id: str
    generation: int
    looked_at: int
    applied: bool
    error: str | None = None
    public_key: str | None = None
    drift: tuple[Drift, ...] = ()
    unmanaged: tuple[UnmanagedPeer, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()

    @property
    def key(self) -> Hashable:
        return self.interface_id

    def then(self, newer: "InterfaceReport") -> "InterfaceReport":
        return newer


class SpecChanged(Struct, frozen=True):
    """What should run of one interface has changed: its agent is to look at it now."""

    node: str
    interface_id: str
    restore: bool = False
    """Undo changes made by hand too, whatever the drift mode says; in `observe` still nothing is written."""
    only: frozenset[str] = frozenset()
    """What to restore, each as `Drift.concerns` has it; everything where empty."""

    @property
    def key(self) -> Hashable:
        return self.interface_id

    def then(self, newer: "SpecChanged") -> "SpecChanged":
        both = self.restore and newer.restore
        everything = both and not (self.only and newer.only)
        only = frozenset[str]() if everything else self.only | newer.only
        return SpecChanged(newer.node, newer.interface_id, self.restore or newer.restore, only)


def concern(subject: DriftSubject, key: str = "") -> str:
    """Name what is written as one, as `Drift.concerns` does."""
    return f"{subject} {key}".rstrip()


def compare(wanted: InterfaceSpec, running: InterfaceSpec, owned: Set[str]) -> tuple[Drift, ...]:
    """Give every difference. Running peers outside `wanted` are extra where Sentra once owned them, else unmanaged."""
    return (
        *_compare_device(wanted.device, running.device),
        *_compare_peers(wanted.device, running.device, owned),
        *_compare_link(wanted.link, running.link),
        *_compare_masquerade(wanted.masquerade, running.masquerade),
    )


def find_unmanaged(wanted: DeviceSpec, running: DeviceSpec, owned: Set[str]) -> tuple[UnmanagedPeer, ...]:
    """Give the running peers that are neither wanted nor owned."""
    unknown = running.peers.keys() - wanted.peers.keys() - owned
    return tuple(_unmanaged(peer) for key, peer in running.peers.items() if key in unknown)


def _compare_device(wanted: DeviceSpec, running: DeviceSpec) -> Iterator[Drift]:
    if wanted.public_key is not None and wanted.public_key != running.public_key:
        yield _field("public_key", wanted.public_key, running.public_key)
    if wanted.listen_port not in (0, running.listen_port):
        yield _field("listen_port", wanted.listen_port, running.listen_port)
    if wanted.fwmark != running.fwmark:
        yield _field("fwmark", wanted.fwmark, running.fwmark)


def _compare_peers(wanted: DeviceSpec, running: DeviceSpec, owned: Set[str]) -> Iterator[Drift]:
    for key, spec in wanted.peers.items():
        now = running.peers.get(key)
        if now is None:
            yield Drift("peer", "missing", key)
        elif spec.differs_from(now):
            yield from _compare_peer(spec, now)
    for key in running.peers.keys() - wanted.peers.keys():
        if key in owned:
            yield Drift("peer", "extra", key)


def _compare_peer(wanted: PeerSpec, running: PeerSpec) -> Iterator[Drift]:
    key = wanted.public_key
    if set(wanted.allowed_ips) != set(running.allowed_ips):
        yield Drift(
            "peer", "changed", key, "allowed_ips", ", ".join(wanted.allowed_ips), ", ".join(running.allowed_ips)
        )
    if wanted.preshared_key != running.preshared_key:
        before = "set" if wanted.preshared_key else "not set"
        after = "not set" if running.preshared_key is None else "another" if wanted.preshared_key else "set"
        yield Drift("peer", "changed", key, "preshared_key", before, after)
    if wanted.persistent_keepalive != running.persistent_keepalive:
        keepalives = str(wanted.persistent_keepalive), str(running.persistent_keepalive)
        yield Drift("peer", "changed", key, "persistent_keepalive", *keepalives)
    if wanted.endpoint is not None and wanted.endpoint != running.endpoint:
        yield Drift("peer", "changed", key, "endpoint", wanted.endpoint, running.endpoint)


def _compare_link(wanted: LinkSpec, running: LinkSpec) -> Iterator[Drift]:
    if wanted.up != running.up:
        yield _field("up", "up" if wanted.up else "down", "up" if running.up else "down")
    if wanted.mtu not in (0, running.mtu):
        yield _field("mtu", wanted.mtu, running.mtu)
    yield from _compare_sets("address", wanted.addresses, running.addresses)
    if wanted.table == running.table:
        yield from _compare_sets("route", wanted.routes, running.routes)
    else:
        yield from _compare_sets("route", wanted.routes, ())
        yield from _compare_sets("route", (), running.routes)


def _compare_sets(subject: DriftSubject, wanted: tuple[str, ...], running: tuple[str, ...]) -> Iterator[Drift]:
    before, after = frozenset(wanted), frozenset(running)
    yield from (Drift(subject, "missing", key) for key in wanted if key not in after)
    yield from (Drift(subject, "extra", key) for key in running if key not in before)


def _compare_masquerade(wanted: tuple[str, ...], running: tuple[str, ...]) -> Iterator[Drift]:
    if set(wanted) != set(running):
        kind: DriftKind = "changed" if wanted and running else "missing" if wanted else "extra"
        yield Drift("masquerade", kind, wanted=", ".join(wanted) or None, running=", ".join(running) or None)


def _field(name: str, wanted: object, running: object) -> Drift:
    return Drift("interface", "changed", "", name, str(wanted), None if running is None else str(running))


def _unmanaged(peer: PeerSpec) -> UnmanagedPeer:
    return UnmanagedPeer(
        peer.public_key,
        peer.allowed_ips,
        peer.endpoint,
        peer.persistent_keepalive,
        has_preshared_key=peer.preshared_key is not None,
    )
