"""One interface: what it should be, what it is, and what is done about it. `reconciler` says when."""

import logging
from collections.abc import Callable

from msgspec.structs import replace

from sentra.agent.applied import Applied, Digests
from sentra.agent.endpoint_names import names_of
from sentra.agent.look import Look, Remains, link_of, look_at
from sentra.agent.machine import Running, Scope
from sentra.agent.matching import Match
from sentra.agent.node_keys import NodeKey
from sentra.agent.own_keys import key_of
from sentra.agent.removal import remove, uses_key
from sentra.agent.surroundings import Cause, Surroundings
from sentra.agent.trouble import Trouble
from sentra.agent.writing import Outcome, Writer
from sentra.core.agents import DeletedInterface
from sentra.core.drift import Drift, InterfaceReport, concern
from sentra.core.errors import SentraError
from sentra.core.interfaces import LinkSpec, WantedInterface

log = logging.getLogger(__name__)


class Reconciliation:
    """Makes one interface run as wanted. One call at a time; whoever calls sees to that."""

    def __init__(self, interface_id: str, applied: Applied | None, digests: Digests, around: Surroundings) -> None:
        self._id = interface_id
        self._applied = applied
        self._digests = digests
        self._around = around
        self._machine = around.machine
        self._trouble = Trouble(around.clock)
        self._public_key: str | None = None
        self._told: str | None = None
        self._running: Running | None = None
        self._match = Match()

    @property
    def name(self) -> str | None:
        """The name of the interface that was written to; None where none was."""
        return self._applied.name if self._applied else None

    @property
    def incarnation(self) -> str | None:
        """The link that was written to; None where none was."""
        return self._applied.incarnation if self._applied else None

    async def reconcile(self, wanted: WantedInterface, cause: Cause, wake: Callable[[], None]) -> InterfaceReport:
        """Do what there is to do, and report. What fails is in the report, and tried again later and later.

        `wake` is called when another look is worth it, because a name was resolved.
        """
        try:
            report = await (self._keep_running(wanted, cause, wake) if wanted.started else self._keep_away(wanted))
        except SentraError as error:
            report = self._report(wanted, str(error))
        except Exception:
            log.exception("%s cannot be reconciled", wanted.spec.name)
            report = self._report(wanted, f"{wanted.spec.name}: an unforeseen error, see the log of Sentra.")
        self._log(wanted.spec.name, report.error)
        return report

    async def take_down(self, deleted: DeletedInterface) -> None:
        """Remove what Sentra made of an interface that was deleted, and forget it; of one that is only observed nothing
        but that is done. Ends the same when it is done again after any of its steps. Raises SentraError."""
        applied, observed = self._applied, deleted.drift_mode == "observe"
        if applied is not None and not observed:
            if applied.takes_down:
                await remove(self._around, self._id, applied)
            elif applied.masquerades:
                await self._machine.set_masquerade(applied.name, ())
        if not (observed and await uses_key(self._around, self._id, applied.name if applied else deleted.name)):
            await self._around.work(lambda: self._around.keys.discard(self._id))
        await self.forget()

    async def forget(self) -> None:
        """Know nothing of the interface any more. It stays as it runs, and so does its key."""
        await self._around.work(lambda: self._around.applied.delete(self._id))
        self._applied = None
        self._around.names.drop(self._id)

    async def _keep_running(self, wanted: WantedInterface, cause: Cause, wake: Callable[[], None]) -> InterfaceReport:
        name = wanted.spec.name
        self._around.names.keep(self._id, name)
        scope = self._scope(wanted)
        running = await self._machine.read(name, scope, self._running)
        key = await self._own_key(wanted, running)
        names = await self._around.work(lambda: names_of(wanted.spec.device.peers.values()))
        await self._around.endpoints.look_up(names, wake)
        if running is None:
            return await self._bring_up(wanted, cause, key)
        # One without a key is nobody's yet.
        if not (self._is_known or running.spec.device.public_key in (None, key.public)):
            raise SentraError(
                f"{name} exists here and is not this interface: Sentra did not make it, nor take it over."
            )
        return await self._follow(wanted, cause, key, running)

    async def _bring_up(self, wanted: WantedInterface, cause: Cause, key: NodeKey) -> InterfaceReport:
        name = wanted.spec.name
        if wanted.brought_up_by == "wg-quick":
            return self._report(wanted, f"{name} is not there: wg-quick brings it up, Sentra does not.")
        if wanted.drift_mode == "observe":
            return self._report(wanted, _only_observed(name), drift=(Drift("interface", "missing", name),))
        if self._trouble.rests(cause):
            return self._report(wanted, self._trouble.error)
        await self._save(Applied(name, takes_down=True, making=True))
        try:
            await self._machine.create(name)
        except SentraError as error:
            self._trouble.note(str(error))
            raise
        running = await self._machine.read(name, self._scope(wanted))
        if running is None:
            raise SentraError(f"{name} was made and is not there.")
        report = await self._follow(wanted, Cause(decided=True), key, running)
        if report.error:
            await self._take_away_what_is_no_use(wanted, key)
        return report

    async def _take_away_what_is_no_use(self, wanted: WantedInterface, key: NodeKey) -> None:
        # Its port is taken, or its address: a link like that serves nobody, while one that lacks a peer does.
        name, device = wanted.spec.name, wanted.spec.device
        made = await self._machine.read(name, Scope(masquerade=False))
        if made is None:
            return
        is_right = made.spec.device.public_key == key.public and device.listen_port in (0, made.spec.device.listen_port)
        if not (is_right and made.spec.link.up):
            await self._machine.delete(name)
            await self._save(Applied(name, takes_down=True))

    async def _follow(self, wanted: WantedInterface, cause: Cause, key: NodeKey, running: Running) -> InterfaceReport:
        writes = wanted.drift_mode != "observe" and not self._trouble.rests(cause)
        look = await self._around.work(lambda: self._look(wanted, cause, key, running, writes=writes))
        outcome = Outcome(running)
        if look.patch:
            if look.patch.masquerade and not look.applied.masquerades:
                await self._save(replace(look.applied, masquerades=True))
            outcome = await Writer(self._machine, wanted.spec.name, self._scope(wanted), key).write(
                look.patch, running, self._trouble.refused
            )
        if outcome.errors:
            self._trouble.note(" ".join(outcome.errors), outcome.refused)
        remains = await self._around.work(lambda: look.remaining(outcome.after.spec))
        self._running, self._match = outcome.after, remains.match
        if not outcome.errors and (writes or not remains.differences):
            self._trouble.end()
        await self._remember(wanted, look, remains.differences)
        return self._conclude(wanted, look, outcome, remains)

    def _look(self, wanted: WantedInterface, cause: Cause, key: NodeKey, running: Running, *, writes: bool) -> Look:
        # In a worker thread: ten thousand peers take longer than the event loop may be held.
        by_others = wanted.brought_up_by == "wg-quick"
        device = replace(wanted.spec.device, public_key=key.public)
        decided = replace(wanted.spec, device=device, link=LinkSpec() if by_others else wanted.spec.link)
        peers, unresolved = self._around.endpoints.settle(device.peers, running.spec.device.peers)
        link = link_of(wanted, running, self._applied)
        spec = replace(wanted.spec, device=replace(device, peers=peers), link=link)
        return look_at(
            wanted,
            spec,
            running,
            applied=self._applied,
            digests=self._digests.of(decided),
            unresolved=unresolved,
            match=self._match,
            restore=cause.restore,
            writes=writes,
        )

    async def _remember(self, wanted: WantedInterface, look: Look, differences: tuple[Drift, ...]) -> None:
        different, masquerade = {each.concerns for each in differences}, concern("masquerade")
        settled_routes = not any(each.subject == "route" for each in differences)
        pending = any(look.is_decided(what) for what in different)
        if pending and not look.same:
            return
        open_ends = different | {concern("peer", each.public_key) for each in look.unresolved}
        before = look.applied.digests if look.same else {}
        digests = dict(look.digests)
        for what in open_ends:
            if digests.get(what) != before.get(what):
                digests.pop(what, None)
            if what in different and what in before:
                digests[what] = before[what]
        await self._save(
            Applied(
                wanted.spec.name,
                takes_down=wanted.brought_up_by == "sentra" and wanted.drift_mode != "observe",
                incarnation=look.running.incarnation,
                masquerades=bool(look.spec.masquerade) or (look.applied.masquerades and masquerade in different),
                table=look.spec.link.table if settled_routes else look.applied.table,
                automatic_mtu=look.automatic_mtu(wanted),
                digests=digests,
            )
        )

    def _conclude(self, wanted: WantedInterface, look: Look, outcome: Outcome, remains: Remains) -> InterfaceReport:
        differences = remains.differences
        observed = wanted.drift_mode == "observe"
        pending = any(look.is_decided(each.concerns) for each in differences)
        error = self._trouble.error
        if pending and not error:
            error = _only_observed(wanted.spec.name) if observed else f"{wanted.spec.name} is otherwise than decided."
        return replace(
            self._report(wanted, error),
            applied=not pending and not outcome.errors,
            drift=differences
            if observed
            else tuple(each for each in differences if not look.is_decided(each.concerns)),
            unmanaged=remains.unmanaged,
            unresolved=look.unresolved,
        )

    async def _keep_away(self, wanted: WantedInterface) -> InterfaceReport:
        name = wanted.spec.name
        running = await self._machine.read(name, Scope(masquerade=False))
        await self._own_key(wanted, running)
        if wanted.brought_up_by == "wg-quick":
            held = f"{name} was brought up by wg-quick: `wg-quick down {name}` stops it."
            return self._report(wanted, held if running else None)
        if wanted.drift_mode == "observe":
            return self._report(wanted, _only_observed(name) if running else None)
        if running is not None or self._is_known:
            await remove(self._around, self._id, self._applied or Applied(name))
            await self._save(Applied(name, takes_down=True))
        self._running, self._match = None, Match()
        self._trouble.end()
        self._around.names.drop(self._id)
        left = await self._machine.read(name, Scope(masquerade=False)) if running else None
        return self._report(wanted, f"{name} runs, and Sentra did not make it." if left else None)

    def _scope(self, wanted: WantedInterface) -> Scope:
        applied = self._applied
        table = applied.table if applied and applied.table is not None else wanted.spec.link.table
        return Scope(table, masquerade=bool(wanted.spec.masquerade) or (applied is not None and applied.masquerades))

    @property
    def _is_known(self) -> bool:
        return self._applied is not None and (self._applied.making or self._applied.incarnation is not None)

    async def _own_key(self, wanted: WantedInterface, running: Running | None) -> NodeKey:
        key = await key_of(self._around, self._id, wanted, running)
        self._public_key = key.public
        return key

    async def _save(self, applied: Applied) -> None:
        if applied == self._applied:
            return
        self._applied = applied
        try:
            await self._around.work(lambda: self._around.applied.save(self._id, applied))
        except OSError as error:
            # A full disk must not stop what people decide. What is lost: after a restart it is all written once more.
            log.warning("what was written to %s cannot be remembered: %s", applied.name, error.strerror)

    def _report(self, wanted: WantedInterface, error: str | None, drift: tuple[Drift, ...] = ()) -> InterfaceReport:
        return InterfaceReport(
            node=self._around.node,
            interface_id=self._id,
            generation=wanted.generation,
            looked_at=int(self._around.clock.now()),
            applied=error is None,
            error=error,
            public_key=self._public_key,
            drift=drift,
        )

    def _log(self, name: str, error: str | None) -> None:
        if error and error != self._told:
            log.warning("%s is not as decided: %s", name, error)
        elif self._told and not error:
            log.info("%s is as decided again", name)
        self._told = error


def _only_observed(name: str) -> str:
    return f"{name} is only observed: nothing is written to it."
