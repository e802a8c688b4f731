"""How a running interface differs from the wanted one, in words; and what an agent reports after looking."""

from collections.abc import Hashable
from typing import Literal

from msgspec import Struct

DriftKind = Literal["missing", "extra", "changed"]
DriftSubject = Literal["interface", "peer", "address", "route", "masquerade"]


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


class UnmanagedPeer(Struct, frozen=True):
    """A peer that runs and that neither the database nor a tombstone knows."""

    public_key: str
    allowed_ips: tuple[str, ...] = ()
    endpoint: str | None = None
    persistent_keepalive: int = 0
    has_preshared_key: bool = False


class InterfaceReport(Struct, frozen=True):
    """What an agent says about one wanted interface, after each reconcile and each look.

    `generation` is the one that it compared with. `applied` says that nothing of that generation waits to be written;
    `error` says why something does (then the interface is as it was before). `drift` is what people made by hand and
    what stays so; `public_key` is that of the node's key.
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
    """Undo changes made by hand too, whatever the drift mode says."""

    @property
    def key(self) -> Hashable:
        return self.interface_id

    def then(self, newer: "SpecChanged") -> "SpecChanged":
        return SpecChanged(newer.node, newer.interface_id, restore=self.restore or newer.restore)
