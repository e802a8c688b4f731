"""Makes the interfaces of a node run as wanted, and keeps looking: the only writer to WireGuard."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from msgspec.structs import replace

from sentra.agent import owner_files
from sentra.agent.applied import AppliedFolder, Digests
from sentra.agent.endpoint_names import EndpointNames
from sentra.agent.look import Restore
from sentra.agent.machine import Machine
from sentra.agent.node_keys import KeyFolder
from sentra.agent.reconciliation import Reconciliation
from sentra.agent.sampler import LinkTable
from sentra.agent.surroundings import Cause, Surroundings
from sentra.agent.tended import Tended
from sentra.agent.watched_names import WatchedNames
from sentra.core.agents import DeletedInterface, SpecSource
from sentra.core.clock import Clock
from sentra.core.drift import LAST_GENERATION, InterfaceReport, SpecChanged
from sentra.core.errors import SentraError
from sentra.core.events import EventBus
from sentra.core.interfaces import WantedInterface

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS: Final = 4.0
"""Between two looks at an interface that nobody changes: what is done by hand is noticed within this.

A page that asks every 3 s then shows it within 10 s (R8), also on a busy machine.
"""
_TRASH_PAUSE_SECONDS: Final = 6 * 3600.0
_WORKERS: Final = 2


class Reconciler:
    """Follows what people decide, what links do, and a clock. `run` it beside everything else.

    It never takes anything down because it ends, nor because nobody knows of it: only what was deleted goes.
    """

    def __init__(
        self,
        *,
        node: str,
        bus: EventBus,
        source: SpecSource,
        machine: Machine,
        links: LinkTable,
        names: WatchedNames,
        folder: Path,
        clock: Clock,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._node = node
        self._bus = bus
        self._source = source
        self._clock = clock
        self._look_seconds = look_seconds
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="reconciler")
        self.keys = KeyFolder(folder / "keys")
        self._around = Surroundings(
            node=node,
            machine=machine,
            keys=self.keys,
            applied=AppliedFolder(folder / "applied"),
            names=names,
            endpoints=EndpointNames(machine.resolve, clock, self._start),
            clock=clock,
            work=self._work,
        )
        self._tended: dict[str, Tended] = {}
        self._digest_key = secrets.token_bytes()
        self._folder = folder
        self._tasks: asyncio.TaskGroup | None = None
        self._source_fails = False
        self._knows_keys = False
        self._trash_emptied_at: float | None = None
        links.on_change(self._on_link_change)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        try:
            await self._recall()
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._follow_decisions())
                tasks.create_task(self._look_regularly())
        finally:
            self._tasks = None
            self._workers.shutdown(wait=False, cancel_futures=True)

    @property
    def managed_names(self) -> frozenset[str]:
        """The names of the interfaces that this node should have, or still has."""
        known = [tended for tended in self._tended.values() if not tended.is_stranger]
        wanted = (tended.wanted.spec.name for tended in known if tended.wanted)
        return frozenset((*wanted, *(name for each in known if (name := each.reconciliation.name))))

    @property
    def left_names(self) -> frozenset[str]:
        """The names of the interfaces that were steered for another database, and may be taken over for this one."""
        strangers = (tended for tended in self._tended.values() if tended.is_stranger)
        return frozenset(name for each in strangers if (name := each.reconciliation.name)) - self.managed_names

    async def look_at_all(self) -> None:
        """Look at every interface that is wanted or was written to, and wait for none."""
        try:
            generations = await self._source.generations()
        except Exception as error:
            # What is known is kept running; nothing is taken for deleted.
            if not self._source_fails:
                log.warning("what is wanted cannot be read: %s", error, exc_info=not isinstance(error, SentraError))
            self._source_fails = True
            for interface_id in list(self._tended):
                self._wake(interface_id, Cause())
            return
        self._source_fails = False
        for interface_id in (*generations, *(await self._others() - generations.keys())):
            tended = self._tended.get(interface_id)
            known = tended.wanted.generation if tended and tended.wanted else None
            self._wake(interface_id, Cause(decided=generations.get(interface_id) != known))

    async def _others(self) -> Set[str]:
        """Give what there is beside that which is wanted: what was written to, and once what has nothing but a key."""
        if self._knows_keys:
            return self._tended.keys()
        known = self._tended.keys() | await self._work(self.keys.ids)
        self._knows_keys = True
        return known

    async def _recall(self) -> None:
        try:
            await self._work(lambda: owner_files.make_folder(self._folder))
            self._digest_key = await self._work(self._around.applied.digest_key)
            recalled = await self._work(self._around.applied.load)
        except OSError as error:
            log.exception("what was written before is not known: %s", error.strerror)
            return
        for interface_id, applied in recalled.items():
            digests = Digests(self._digest_key)
            self._tended[interface_id] = Tended(Reconciliation(interface_id, applied, digests, self._around))

    async def _follow_decisions(self) -> None:
        with self._bus.subscribe(SpecChanged) as changes:
            async for change in changes:
                if change.node == self._node:
                    restore = Restore(change.only) if change.restore else None
                    self._wake(change.interface_id, Cause(decided=True, restore=restore))

    async def _look_regularly(self) -> None:
        while True:
            await self._empty_trash()
            await self.look_at_all()
            await asyncio.sleep(self._look_seconds)

    async def _empty_trash(self) -> None:
        if self._trash_emptied_at is None or self._clock.monotonic() - self._trash_emptied_at > _TRASH_PAUSE_SECONDS:
            self._trash_emptied_at = self._clock.monotonic()
            try:
                await self._work(self.keys.empty_trash)
            except OSError as error:
                log.warning("old keys of deleted interfaces cannot be removed: %s", error.strerror)

    def _on_link_change(self, names: Set[str]) -> None:
        for interface_id, tended in self._tended.items():
            if tended.wanted is not None and tended.wanted.spec.name in names:
                self._wake(interface_id, Cause())

    def _wake(self, interface_id: str, cause: Cause) -> None:
        if self._tasks is None:
            return
        tended = self._tended.get(interface_id)
        if tended is None:
            made = Reconciliation(interface_id, None, Digests(self._digest_key), self._around)
            tended = self._tended[interface_id] = Tended(made)
        tended.due = tended.due.then(cause) if tended.due else cause
        if tended.task is None:
            tended.task = self._start(self._tend(interface_id, tended))

    async def _tend(self, interface_id: str, tended: Tended) -> None:
        try:
            while (cause := tended.due) is not None:
                tended.due = None
                await self._reconcile(interface_id, tended, cause)
        except Exception:
            # One interface must never end the reconciling of the others; the next look tries again.
            log.exception("an interface cannot be reconciled")
        finally:
            tended.task = None

    async def _reconcile(self, interface_id: str, tended: Tended, cause: Cause) -> None:
        if cause.decided or tended.wanted is None:
            try:
                told = await self._source.wanted_interface(interface_id)
            except Exception as error:  # noqa: BLE001 - the control plane's trouble, told by generations() too
                log.warning("what is wanted of an interface cannot be read: %s", error)
                # Nothing is known to be decided any more: the next look at the generations asks again.
                tended.wanted = tended.wanted and replace(tended.wanted, generation=-1)
                return
            if not isinstance(told, WantedInterface):
                await self._let_go(interface_id, tended, told)
                return
            tended.wanted, tended.is_stranger = told, False
        await self._let_go_of_namesakes(interface_id, tended.wanted.spec.name)
        async with tended.lock:
            if tended.wanted is None:
                return  # let go of for a namesake, while this waited
            report = await tended.reconciliation.reconcile(
                tended.wanted, cause, lambda: self._wake(interface_id, Cause(decided=True))
            )
        self._bus.publish(report)
        await self._take_over(tended)

    async def _let_go_of_namesakes(self, interface_id: str, name: str) -> None:
        """Take down first what had the same name and was deleted, so that the name is free."""
        namesakes = [
            (other_id, other)
            for other_id, other in self._tended.items()
            if other_id != interface_id and other.reconciliation.name == name
        ]
        for other_id, other in namesakes:
            told = await self._source.wanted_interface(other_id)
            if not isinstance(told, WantedInterface):
                await self._let_go(other_id, other, told)

    async def _take_over(self, tended: Tended) -> None:
        """Forget strangers whose link is this one's now."""
        strangers = [(other_id, other) for other_id, other in self._tended.items() if other.is_stranger]
        for other_id, other in strangers:
            if other.has_link_of(tended):
                await other.reconciliation.forget()
                self._tended.pop(other_id, None)

    def _is_taken_over(self, tended: Tended) -> bool:
        return any(other.wanted is not None and other.has_link_of(tended) for other in self._tended.values())

    async def _let_go(self, interface_id: str, tended: Tended, deleted: DeletedInterface | None) -> None:
        tended.wanted = None  # before its link goes: nobody is to make it anew
        if deleted is None:
            self._leave(interface_id, tended)
            return
        tended.is_stranger = False
        async with tended.lock:
            try:
                if self._is_taken_over(tended):
                    await tended.reconciliation.forget()
                else:
                    await tended.reconciliation.take_down(deleted)
            except Exception as error:
                log.warning(
                    "a deleted interface cannot be taken down: %s", error, exc_info=not isinstance(error, SentraError)
                )
                self._bus.publish(self._gone(interface_id, applied=False, error=str(error)))
                return
        if self._tended.get(interface_id) is tended and tended.due is None:
            del self._tended[interface_id]
        self._bus.publish(self._gone(interface_id, applied=True))

    def _leave(self, interface_id: str, tended: Tended) -> None:
        name = tended.reconciliation.name
        if name is not None and not tended.is_stranger:
            log.warning(
                "%s was managed by Sentra, in another database than the one that is here now: it is left as it runs. "
                "Take it over, or put that database back.",
                name,
            )
        self._around.names.drop(interface_id)
        tended.is_stranger = name is not None
        if name is None and self._tended.get(interface_id) is tended and tended.due is None:
            del self._tended[interface_id]

    def _gone(self, interface_id: str, *, applied: bool, error: str | None = None) -> InterfaceReport:
        looked_at = int(self._clock.now())
        return InterfaceReport(self._node, interface_id, LAST_GENERATION, looked_at, applied=applied, error=error)

    def _start(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        if self._tasks is None:
            work.close()
            raise RuntimeError("the reconciler does not run")
        return self._tasks.create_task(work)

    def _work(self, function: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._workers, function)
