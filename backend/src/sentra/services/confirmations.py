"""Changes that may cut off their author: kept when a later request confirms them, undone when none does."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict, Forbidden, NotFound
from sentra.core.secrets import digest
from sentra.db.confirmations import Confirmation, find_confirmation, list_confirmations, take_confirmation
from sentra.db.database import transaction
from sentra.db.revisions import find_revision
from sentra.services.changes import Changes
from sentra.services.interfaces import existing
from sentra.services.outcomes import Decided
from sentra.services.peer_states import resource_of
from sentra.services.sealed_peers import SealedPeers
from sentra.services.undo import undo_in

log = logging.getLogger(__name__)

EARLIEST_SECONDS: Final = 3.0
"""A confirmation that comes sooner may have been sent before the change cut its author off."""
_LOOK_SECONDS: Final = 1.0

Sleep = Callable[[float], Awaitable[None]]


class Confirmations:
    """Takes confirmations, and undoes what nobody confirms, also what was due while Sentra did not run."""

    def __init__(
        self, clock: Clock, access: Access, changes: Changes, sealed: SealedPeers, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._access = access
        self._changes = changes
        self._sealed = sealed
        self._sleep = sleep

    async def confirm(self, actor: Actor, interface_id: str, nonce: str) -> None:
        """Keep the change of an interface that waits: one's own, or any for whoever may change the interface.

        Raises Forbidden for a wrong nonce, and Conflict where none waits, in the first 3 s, or once it is too late.
        """
        interface = await existing(interface_id)
        resource = resource_of(interface)
        self._access.authorise(actor, "interface:read", resource)
        waiting = await find_confirmation(interface_id)
        if not await _is_by(actor, waiting):
            self._access.authorise(actor, "interface:update", resource)
        if waiting is None:
            raise Conflict(f"No change of {interface.name} waits to be confirmed.")
        if not hmac.compare_digest(waiting.nonce_digest, digest(nonce)):
            raise Forbidden("This is not the nonce of the change that waits.")
        now = self._clock.now()
        if now < waiting.made_at + EARLIEST_SECONDS:
            raise Conflict(
                f"Too early: confirm it {EARLIEST_SECONDS:g} s after the change, when you see that it works."
            )
        if now >= waiting.deadline:
            raise Conflict("Too late: the change is being undone.")
        await self._keep(actor, waiting)

    async def undo_overdue(self) -> None:
        """Undo every change whose time is over, and wait for that; one that cannot be undone now stays due."""
        now = self._clock.now()
        due = [waiting for waiting in await list_confirmations() if waiting.deadline <= now]
        await asyncio.gather(*(self._undo(waiting) for waiting in due))

    async def run(self) -> None:
        """Undo what nobody confirms, each change at its deadline, until cancelled."""
        while True:
            self._changes.waiting.clear()
            try:
                await self.undo_overdue()
                anything = bool(await list_confirmations())
            except Exception:
                log.exception("changes that wait to be confirmed cannot be read")
                anything = True
            if anything:
                await self._sleep(_LOOK_SECONDS)
            else:
                await self._changes.waiting.wait()

    async def _keep(self, by: Actor, waiting: Confirmation) -> None:
        if not waiting.deletes:
            interface = await existing(waiting.interface_id)
            subject = Subject("interface", interface.id, interface.name)
            async with transaction():
                if not await take_confirmation(waiting):
                    raise Conflict("This change was confirmed or undone a moment ago.")
                await self._changes.audit.record(
                    by, "interface:update", subject, summary="Kept a change", detail={"revision": waiting.revision_id}
                )
            return
        async with self._changes.decide(waiting.interface_id, waiting, by=by) as change:
            change.describe("interface-deleted", f"Deleted {change.interface.name} and its peers")
            await change.remove_interface()

    async def _undo(self, waiting: Confirmation) -> None:
        try:
            revision = await find_revision(waiting.interface_id, waiting.revision_id)
            if revision is None:
                await take_confirmation(waiting)
                log.error("a change that nobody confirmed stays: what was before it is not known any more")
                return
            async with self._changes.decide(waiting.interface_id, waiting) as change:
                await undo_in(change, revision, self._sealed, because=" (nobody confirmed it)", anyway=True)
        except (Decided, NotFound):
            pass  # somebody else decided it a moment ago
        except Exception:
            log.exception("a change that nobody confirmed cannot be undone")


async def _is_by(actor: Actor, waiting: Confirmation | None) -> bool:
    revision = await find_revision(waiting.interface_id, waiting.revision_id) if waiting else None
    return revision is not None and revision.actor_id == actor.user_id
