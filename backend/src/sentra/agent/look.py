"""One look at an interface: what differs, what of it people decided, and what is to be written."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from sentra.agent.applied import Applied
from sentra.agent.machine import Running
from sentra.agent.matching import Match, narrow
from sentra.core.drift import Drift, UnmanagedPeer, Unresolved, compare, find_unmanaged
from sentra.core.interfaces import InterfaceSpec, LinkSpec, WantedInterface
from sentra.core.plan import InterfacePatch, aim, plan


class Restore(Struct, frozen=True):
    """Which changes made by hand are undone: those whose `Drift.concerns` is in `only`, all where that is empty."""

    only: frozenset[str] = frozenset()

    def includes(self, what: str) -> bool:
        """Tell whether this is undone."""
        return not self.only or what in self.only


class Remains(Struct, frozen=True):
    """What is otherwise than wanted, after all was done."""

    differences: tuple[Drift, ...]
    unmanaged: tuple[UnmanagedPeer, ...]
    match: Match


class Look(Struct, frozen=True):
    """What there is to be written, and what is needed to tell afterwards what remains.

    `spec` is what is wanted, with the node's key, with addresses for names, with the MTU that the link has of itself
    where nobody chose one, and with the link as it runs where that is not Sentra's matter. `same` says that `applied`
    is about what runs; otherwise everything is written anew.
    """

    spec: InterfaceSpec
    running: Running
    digests: Mapping[str, str]
    applied: Applied
    same: bool
    owned: frozenset[str]
    unresolved: tuple[Unresolved, ...]
    match: Match
    patch: InterfacePatch

    def is_decided(self, what: str) -> bool:
        """Tell whether people decided this since it was written; if not, a difference was made by hand."""
        return not self.same or self.digests.get(what) != self.applied.digests.get(what)

    def automatic_mtu(self, wanted: WantedInterface) -> int | None:
        """Give the MTU that is to be remembered because nobody chose one."""
        return self.spec.link.mtu if wanted.spec.link.mtu == 0 and wanted.brought_up_by == "sentra" else None

    def remaining(self, after: InterfaceSpec) -> Remains:
        """Tell what differs when `after` runs."""
        link = self.spec.link if self.spec.link is not self.running.spec.link else after.link
        match = self.match.then(self.spec.device.peers, after.device.peers)
        wanted, runs = narrow(replace(self.spec, link=link), match.different), narrow(after, match.different)
        unmanaged = find_unmanaged(wanted.device, runs.device, self.owned)
        return Remains(compare(wanted, runs, self.owned), unmanaged, match)


def look_at(
    wanted: WantedInterface,
    spec: InterfaceSpec,
    running: Running,
    *,
    applied: Applied | None,
    digests: Mapping[str, str],
    unresolved: tuple[Unresolved, ...],
    match: Match,
    restore: Restore | None,
    writes: bool,
) -> Look:
    """Compare and plan. With `writes` false nothing is written, whatever differs. `match` is the last one."""
    known = applied or Applied(wanted.spec.name)
    same = applied is not None and is_about(applied, running)
    owned = wanted.owned.difference(spec.device.peers)
    match = match.then(spec.device.peers, running.spec.device.peers)
    look = Look(spec, running, digests, known, same, owned, unresolved, match, InterfacePatch())
    if not writes:
        return look
    return replace(look, patch=_plan(look, wanted, restore))


def link_of(wanted: WantedInterface, running: Running, applied: Applied | None) -> LinkSpec:
    """Give the link that is wanted. Of one that wg-quick brings up it is what runs.

    An MTU that nobody chose is what the link had when that was applied, or has now where nothing is known: nothing but
    a hand changes it afterwards, neither the kernel's WireGuard nor a userspace one.
    """
    link = wanted.spec.link
    if wanted.brought_up_by == "wg-quick":
        return running.spec.link
    if link.mtu:
        return link
    known = applied.automatic_mtu if applied and is_about(applied, running) else None
    return replace(link, mtu=known or running.spec.link.mtu)


def is_about(applied: Applied, running: Running) -> bool:
    """Tell whether this was written to what runs."""
    return not applied.making and applied.incarnation == running.incarnation


def _plan(look: Look, wanted: WantedInterface, restore: Restore | None) -> InterfacePatch:
    spec, running = (narrow(each, look.match.different) for each in (look.spec, look.running.spec))
    removed = running.device.peers.keys() if wanted.unmanaged == "remove" else look.owned
    return plan(aim(spec, running, _writes(look, wanted, restore)), running, removed)


def _writes(look: Look, wanted: WantedInterface, restore: Restore | None) -> Callable[[str], bool]:
    if wanted.drift_mode == "enforce":
        return lambda _: True
    if restore is not None:
        return lambda what: look.is_decided(what) or restore.includes(what)
    return look.is_decided
