"""The one way in which what should run changes: rows, revision and generation in one transaction, then the agent.

    async with self._changes.change(actor, "peer:update", interface_id, dry_run=dry_run) as change:
        change.describe("peer-renamed", f"Renamed {before.name} to {after.name}")
        await change.replace_peers([(before, after)])
    return change.outcome

In the block everything is read and written as if nobody else were there, and whatever it raises takes back all of it:
wait for nobody in it. After it `outcome` says what will be done, and whether it is done already.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Action, Actor, Resource
from sentra.core.agents import Taken
from sentra.core.clock import Clock
from sentra.core.drift import SpecChanged
from sentra.core.errors import Conflict, NotFound
from sentra.core.events import EventBus
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.core.secrets import digest, new_token
from sentra.db.confirmations import Confirmation, add_confirmation, count_from, find_confirmation, take_confirmation
from sentra.db.database import transaction
from sentra.db.interfaces import add_interface, find_interface, raise_generation
from sentra.db.peers import find_peer
from sentra.db.revisions import add_revision, mark_undone
from sentra.services.applied import Reports
from sentra.services.audit import Audit
from sentra.services.change_records import recorded, revision_of
from sentra.services.clashes import clashes_of_routes
from sentra.services.forecasts import ConfigRevision, forecast
from sentra.services.interface_fields import raise_if_any
from sentra.services.outcomes import SENTRA, Confirm, Decided, Made, Outcome, why_not
from sentra.services.peer_states import resource_of, resource_of_peer
from sentra.services.repeats import note_change
from sentra.services.surroundings import Surroundings
from sentra.services.touched import Touched


class ChangeLimits(Struct, frozen=True):
    """How long things last, in seconds."""

    patience_seconds: float = 2.0
    """How long an answer waits for the agent."""
    confirm_seconds: float = 60.0
    """After which a risky change is undone that nobody confirms."""
    resting_seconds: float = 24 * 3600
    """How long an address that a peer gave up is given to no other."""


class _NothingStays(Exception):
    """Ends a transaction of which nothing is to stay."""


class Changes:
    """Makes changes, one transaction each, and waits for a moment until they run."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        bus: EventBus,
        reports: Reports,
        audit: Audit,
        config_revision: ConfigRevision,
        limits: ChangeLimits | None = None,
        touched: Touched | None = None,
        is_online: Callable[[str], bool] | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        """`is_online` tells whether anything is heard of a node."""
        self._clock = clock
        self._access = access
        self._bus = bus
        self._reports = reports
        self.audit = audit
        self._config_revision = config_revision
        self._touched = touched or Touched()
        self._surroundings = surroundings
        self._is_online = is_online or (lambda _: False)
        self.limits = limits or ChangeLimits()
        self.count = 0
        """How many changes were made since the start."""
        self.waiting = asyncio.Event()
        """Set whenever a change begins to wait for its confirmation."""

    @asynccontextmanager
    async def change(
        self,
        actor: Actor,
        action: Action,
        interface_id: str,
        *,
        peer_id: str | None = None,
        owner_id: str | None = None,
        dry_run: bool = False,
    ) -> AsyncIterator[Made]:
        """Change an interface or its peers, as an actor who may. See the module.

        The change is about a peer where `peer_id` says which, else about what belongs to `owner_id` there, else about
        the interface. Raises NotFound, Forbidden, and Conflict while another change of the interface waits to be
        confirmed. With `dry_run` nothing stays and nobody is told; the outcome has the plan.
        """
        found = await find_interface(interface_id)
        taken = await self._beside(found) if found else Taken()

        async def begin() -> list[Made]:
            interface = await self._lock(interface_id)
            resource = await _resource(interface, peer_id, owner_id)
            self._access.authorise(actor, action, resource)
            await _refuse_while_waiting(interface)
            return [self._made(actor, interface, action, taken)]

        async with self._transaction(begin, dry_run=dry_run, may_wait=True) as (change,):
            yield change

    @asynccontextmanager
    async def together(
        self, actor: Actor, action: Action, interface_ids: Collection[str]
    ) -> AsyncIterator[Sequence[Made]]:
        """Change some interfaces, or none, with whatever else the block writes: all of it is kept or nothing is.

        Raises as `change`; one whose change is risky waits by itself. Call `settle` afterwards.
        """
        known = [found for each in interface_ids if (found := await find_interface(each))]
        taken = {interface.id: await self._beside(interface) for interface in known}

        async def begin() -> list[Made]:
            made = []
            for interface_id, beside in taken.items():
                interface = await self._lock(interface_id)
                self._access.authorise(actor, action, resource_of(interface))
                await _refuse_while_waiting(interface)
                made.append(self._made(actor, interface, action, beside))
            return made

        async with self._transaction(begin, dry_run=False, may_wait=True, has_more=True) as changes:
            yield changes

    @asynccontextmanager
    async def create(
        self,
        actor: Actor,
        action: Action,
        new: Interface,
        *,
        check: Callable[[], Awaitable[None]],
        dry_run: bool = False,
    ) -> AsyncIterator[Made]:
        """Add an interface, and in the block what belongs to it. Otherwise as `change`.

        `check` raises if the interface cannot be; it is called in the transaction.
        """
        taken = await self._beside(new)

        async def begin() -> list[Made]:
            self._access.authorise(actor, action, Resource(node=new.node))
            await check()
            await add_interface(new)
            change = self._made(actor, new, action, taken)
            change.before = None
            return [change]

        async with self._transaction(begin, dry_run=dry_run, may_wait=False) as (change,):
            yield change

    @asynccontextmanager
    async def decide(
        self, interface_id: str, confirmation: Confirmation | None = None, *, by: Actor = SENTRA
    ) -> AsyncIterator[Made]:
        """Change an interface because the time has come, or what waits was decided. Nobody's rights are asked here,
        and nothing waits to be confirmed (again).

        With `confirmation` that one is taken away; raises Decided if somebody else was faster. Without it, Conflict
        while any waits.
        """

        found = await find_interface(interface_id) if confirmation is None else None
        taken = await self._beside(found) if found else Taken()

        async def begin() -> list[Made]:
            interface = await self._lock(interface_id)
            if confirmation is None:
                await _refuse_while_waiting(interface)
            elif not await take_confirmation(confirmation):
                raise Decided("This change was confirmed or undone a moment ago.")
            return [self._made(by, interface, "interface:update", taken)]

        async with self._transaction(begin, dry_run=False, may_wait=False) as (change,):
            yield change

    @asynccontextmanager
    async def _transaction(
        self, begin: Callable[[], Awaitable[Sequence[Made]]], *, dry_run: bool, may_wait: bool, has_more: bool = False
    ) -> AsyncIterator[Sequence[Made]]:
        changes: Sequence[Made] = ()
        is_whole = False
        try:
            async with transaction():
                changes = await begin()
                yield changes
                for change in changes:
                    change.outcome = await self._record(change, may_wait=may_wait)
                _take_back_if(dry_run or not (has_more or any(not change.is_empty for change in changes)))
                is_whole = True
        except _NothingStays:
            pass
        finally:
            # Also where the request was cancelled while this was committed; if it was not, no harm is done.
            for change in changes if is_whole else ():
                self._tell(change)
        if not dry_run and not has_more:
            await self.settle(changes)

    async def settle(self, changes: Sequence[Made]) -> None:
        """Wait until changes run, but not for long, and note in them what came of it."""
        outcomes = await asyncio.gather(*(self._settle(change) for change in changes))
        for change, outcome in zip(changes, outcomes, strict=True):
            change.outcome = outcome

    async def _lock(self, interface_id: str) -> Interface:
        found = await find_interface(interface_id) if await raise_generation(interface_id) else None
        if found is None:
            raise NotFound("There is no such interface.")
        return found

    async def _beside(self, interface: Interface) -> Taken:
        """Give what else its node has in use."""
        taken = await self._surroundings.of(interface.node) if self._surroundings else Taken()
        return taken.beside(interface.name)

    def _made(self, actor: Actor, interface: Interface, action: Action, taken: Taken) -> Made:
        made = Made(actor, interface, now=self._clock.now(), resting_seconds=self.limits.resting_seconds)
        made.action = action
        made.taken = taken
        return made

    async def _record(self, change: Made, *, may_wait: bool) -> Outcome:
        if not change.writes_nothing and change.running is None:  # what runs already is no news to the node
            raise_if_any(clashes_of_routes(change.interface, _peers_to_be(change), change.taken))
        plan = await forecast(change, self._config_revision)
        if not may_wait:
            if plan.risky and change.writes_nothing:
                raise Conflict(f"{plan.risky[0]} Nobody is there to confirm it: decide it by hand.")
            plan = replace(plan, risky=())
        if change.is_empty:
            return Outcome(plan)
        revision_id = await add_revision(revision_of(change), change.peers_after)
        subject, detail = recorded(change, revision_id)
        await self.audit.record(change.actor, change.action, subject, summary=change.summary, detail=detail)
        await note_change(change.interface.id, revision_id)
        if change.undoes is not None and not await mark_undone(change.undoes, by=revision_id):
            raise Conflict("This was undone already.")
        if not plan.risky:
            return Outcome(plan, revision_id=revision_id)
        seconds = self.limits.confirm_seconds
        confirm = Confirm(new_token(), change.now + seconds, seconds)
        await add_confirmation(
            Confirmation(
                interface_id=change.interface.id,
                nonce_digest=digest(confirm.nonce),
                revision_id=revision_id,
                made_at=change.now,
                deadline=confirm.deadline,
                deletes=change.deletes,
            )
        )
        return Outcome(plan, confirm=confirm, revision_id=revision_id)

    def _tell(self, change: Made) -> None:
        self.count += 1
        restores = change.restores
        if change.after is None:
            self._touched.forget(change.interface.id)
        else:
            self._touched.note(change.interface.id, change.interface.generation, change.peers_after)
        self._bus.publish(
            SpecChanged(
                change.interface.node, change.interface.id, restore=restores is not None, only=restores or frozenset()
            )
        )
        if change.outcome.confirm:
            self.waiting.set()

    async def _settle(self, change: Made) -> Outcome:
        """Wait for the agent, but not for long: what was decided is safe either way."""
        interface = change.interface
        generation = interface.generation - 1 if change.is_empty else interface.generation
        seconds = self.limits.patience_seconds
        report = await self._reports.wait(interface.id, generation, seconds=seconds)
        outcome = change.outcome
        if outcome.confirm and outcome.revision_id is not None:
            await count_from(interface.id, outcome.revision_id, made_at=self._clock.now())
        if report is not None and report.applied:
            return replace(outcome, applied=True)
        is_online = self._is_online(interface.node)
        return replace(outcome, reason=why_not(interface, report, seconds, is_online=is_online))


def _peers_to_be(change: Made) -> list[tuple[Peer | None, Peer]]:
    return [(change.peers_before.get(key), peer) for key, peer in change.peers_after.items() if peer]


def _take_back_if(nothing_stays: bool) -> None:  # noqa: FBT001 - reads as a sentence
    if nothing_stays:
        raise _NothingStays


async def _resource(interface: Interface, peer_id: str | None, owner_id: str | None) -> Resource:
    if peer_id is None:
        return replace(resource_of(interface), owner_id=owner_id)
    peer = await find_peer(peer_id)
    if peer is None or peer.interface_id != interface.id:
        raise NotFound("There is no such peer.")
    return resource_of_peer(interface, peer)


async def _refuse_while_waiting(interface: Interface) -> None:
    if await find_confirmation(interface.id):
        raise Conflict(
            f"A change of {interface.name} waits to be confirmed. Confirm it, or wait a minute until it is undone."
        )
