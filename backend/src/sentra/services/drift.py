"""Use cases of changes made by hand: see them, undo them, make them the decision, or look away."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.agents import NodeLook
from sentra.core.audit import Subject
from sentra.core.change_plan import restored_words
from sentra.core.drift import Drift, InterfaceReport, UnmanagedPeer
from sentra.core.errors import Conflict, FieldError
from sentra.core.interfaces import DriftMode, Interface, InterfaceSpec
from sentra.db.database import transaction
from sentra.db.ignored_drift import ignored_drift, replace_ignored_drift
from sentra.db.peers import peer_names_and_keys
from sentra.db.tombstones import bury
from sentra.services.applied import Reports
from sentra.services.changes import Changes
from sentra.services.drift_adoption import Item, adopt_interface, adopt_peers, adoption_clashes
from sentra.services.interface_fields import raise_if_any
from sentra.services.interface_states import drift_id
from sentra.services.interfaces import InterfaceResult, Interfaces, existing
from sentra.services.peer_making import PeerMaking
from sentra.services.peer_states import resource_of


class Difference(Struct, frozen=True):
    """One difference, by a name of its own; `peer_name` where it is about a known peer."""

    id: str
    drift: Drift
    peer_name: str | None


class DriftState(Struct, frozen=True):
    """What differs, as of `looked_at` (Unix seconds, 0 for never). What is ignored is left out."""

    looked_at: int
    mode: DriftMode
    differences: Sequence[Difference]
    unmanaged: Sequence[UnmanagedPeer]


class Drifts:
    """Shows and settles differences."""

    def __init__(
        self,
        access: Access,
        changes: Changes,
        interfaces: Interfaces,
        reports: Reports,
        making: PeerMaking,
        look: NodeLook,
    ) -> None:
        self._access = access
        self._changes = changes
        self._interfaces = interfaces
        self._reports = reports
        self._making = making
        self._look = look

    async def get(self, actor: Actor, interface_id: str) -> DriftState:
        """Give what differs. Raises NotFound."""
        interface = await existing(interface_id)
        self._access.authorise(actor, "interface:inspect", resource_of(interface))
        report = self._reports.newest.get(interface_id)
        drift = report.drift if report else ()
        names = await _names(interface_id) if any(each.subject == "peer" for each in drift) else {}
        ignored = await ignored_drift(interface_id) if drift else ()
        differences = [
            Difference(name, each, names.get(each.key) if each.subject == "peer" else None)
            for each in drift
            if (name := drift_id(each)) not in ignored
        ]
        return DriftState(
            report.looked_at if report else 0, interface.drift_mode, differences, report.unmanaged if report else ()
        )

    async def restore(
        self,
        actor: Actor,
        interface_id: str,
        *,
        items: Sequence[str],
        unmanaged: Sequence[str],
        dry_run: bool = False,
    ) -> InterfaceResult:
        """Undo differences, all where nothing is chosen; unmanaged peers are removed only where they are chosen.

        Raises Invalid for what does not differ (any more), Conflict where Sentra only observes.
        """
        self._access.authorise(actor, "interface:update", resource_of(await existing(interface_id)))
        report = self._report(interface_id)
        chosen = _choose(report, items, unmanaged, all_unmanaged=False)
        names = await _names(interface_id)
        async with self._changes.change(actor, "interface:update", interface_id, dry_run=dry_run) as change:
            interface = change.interface
            if interface.drift_mode == "observe":
                raise Conflict(
                    f"Sentra only observes {interface.name}. Choose another mode to restore what was decided."
                )
            change.restores = frozenset(each.concerns for each in chosen.drift) or None
            change.told = restored_words(chosen.drift, [peer.public_key for peer in chosen.unmanaged], names)
            await bury(interface.id, [(peer.public_key, "") for peer in chosen.unmanaged], now=change.now)
            change.describe("drift-restored", f"Undid {_count(chosen)} made by hand on {interface.name}")
        return await self._interfaces.result(actor, change, dry_run=dry_run)

    async def adopt(
        self,
        actor: Actor,
        interface_id: str,
        *,
        items: Sequence[str],
        unmanaged: Sequence[str],
        dry_run: bool = False,
    ) -> InterfaceResult:
        """Make differences the decision, all where nothing is chosen; unmanaged peers become peers.

        Raises Invalid for what does not differ (any more) or cannot be adopted; of all of them those of the interface
        that cannot be are left, and the plan names them.
        """
        interface = await existing(interface_id)
        self._access.authorise(actor, "interface:update", resource_of(interface))
        chosen = _choose(self._report(interface_id), items, unmanaged, all_unmanaged=True)
        found = await self._look.look_at(interface.node, interface.name)
        if found is None:
            raise Conflict(f"{interface.name} does not run: there is nothing to adopt. Restore it instead.")
        async with self._changes.change(actor, "interface:update", interface_id, dry_run=dry_run) as change:
            change.writes_nothing = True
            change.running = found.spec
            before = change.interface
            differences = [Item(f"items.{at}" if items else "items", each) for at, each in enumerate(chosen.drift)]
            if not items and not unmanaged:
                differences, left = _adoptable(before, differences, found.spec)
                raise_if_any(left if not differences and not chosen.unmanaged else ())
                change.notes = tuple(f"Left as it is: {error.message}" for error in left)
            after, errors = adopt_interface(before, differences, found.spec)
            raise_if_any(errors)
            await change.write_interface(after)
            unknown = [peer.public_key for peer in chosen.unmanaged]
            await adopt_peers(change, self._making, differences, unknown, found.spec)
            raise_if_any(await adoption_clashes(change, before, differences))
            kept = _count(_Chosen([item.drift for item in differences], chosen.unmanaged))
            change.describe("drift-adopted", f"Kept {kept} made by hand on {change.interface.name}")
        return await self._interfaces.result(actor, change, dry_run=dry_run)

    async def ignore(self, actor: Actor, interface_id: str, items: Sequence[str]) -> None:
        """Show these differences no more, until they change. Raises Invalid for what does not differ (any more)."""
        interface = await existing(interface_id)
        self._access.authorise(actor, "interface:update", resource_of(interface))
        report = self._report(interface_id)
        _choose(report, items, (), all_unmanaged=False)
        known = {drift_id(each) for each in report.drift}
        async with transaction():
            await replace_ignored_drift(interface_id, (await ignored_drift(interface_id) & known) | {*items})
            subject = Subject("interface", interface.id, interface.name)
            summary = f"Ignored what was changed by hand on {interface.name}"
            await self._changes.audit.record(
                actor, "interface:update", subject, summary=summary, detail={"items": list(items)}
            )

    def _report(self, interface_id: str) -> InterfaceReport:
        report = self._reports.newest.get(interface_id)
        if report is None:
            raise Conflict("The node has not looked at this interface yet. Try again in a few seconds.")
        return report


class _Chosen(Struct, frozen=True):
    drift: Sequence[Drift]
    unmanaged: Sequence[UnmanagedPeer]


def _choose(report: InterfaceReport, items: Sequence[str], unmanaged: Sequence[str], *, all_unmanaged: bool) -> _Chosen:
    differences = {drift_id(each): each for each in report.drift}
    peers = {peer.public_key: peer for peer in report.unmanaged}
    raise_if_any([*_unknown("items", items, differences), *_unknown("unmanaged", unmanaged, peers)])
    if items or unmanaged:
        return _Chosen([differences[each] for each in items], [peers[each] for each in unmanaged])
    return _Chosen(report.drift, report.unmanaged if all_unmanaged else ())


def _adoptable(
    interface: Interface, items: Sequence[Item], running: InterfaceSpec
) -> tuple[list[Item], list[FieldError]]:
    """Give what can be adopted by itself, and what is wrong with the rest."""
    errors = {item.drift: adopt_interface(interface, [item], running)[1] for item in items}
    return [item for item in items if not errors[item.drift]], [error for each in errors.values() for error in each]


def _unknown(field: str, asked: Sequence[str], known: Collection[str]) -> list[FieldError]:
    return [
        FieldError(f"{field}.{number}", "gone", "This does not differ any more. Load the differences again.")
        for number, each in enumerate(asked)
        if each not in known
    ]


def _count(chosen: _Chosen) -> str:
    count = len(chosen.drift) + len(chosen.unmanaged)
    return "one change" if count == 1 else f"{count} changes"


async def _names(interface_id: str) -> dict[str, str]:
    return {key: name for _, name, key in await peer_names_and_keys(interface_id)}
