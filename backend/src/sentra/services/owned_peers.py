"""What becomes of somebody's peers when they go."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor
from sentra.db.owned_peers import enabled_peers_of
from sentra.db.peers import find_peers
from sentra.services.changes import Changes
from sentra.services.outcomes import Confirm, Made
from sentra.services.peer_batches import names_of

_REASON: Final = 200


class Waiting(Struct, frozen=True):
    """A change of an interface that is undone unless somebody confirms it."""

    interface_id: str
    interface: str
    confirm: Confirm


class OwnedPeers:
    """Disables peers by whose they are."""

    def __init__(self, access: Access, changes: Changes) -> None:
        self._access = access
        self._changes = changes

    @asynccontextmanager
    async def disabled(self, actor: Actor, user_id: str, reason: str | None) -> AsyncIterator[Sequence[Made]]:
        """Disable every peer of a user in one transaction with what the block writes; none where there is no reason.

        Raises Forbidden, and Conflict while a change waits of an interface on which they have peers. Call `settled`
        afterwards.
        """
        interfaces = {} if reason is None else await enabled_peers_of(user_id)
        if interfaces:
            self._access.authorise(actor, "peer:update", EVERYTHING)
        async with self._changes.together(actor, "peer:update", interfaces) as changes:
            owned = await enabled_peers_of(user_id) if changes else {}
            for change in changes:
                peers = list((await find_peers(owned.get(change.interface.id, ()))).values())
                after = [replace(peer, enabled=False, disabled_reason=(reason or "")[:_REASON]) for peer in peers]
                change.describe("peers-updated", f"Disabled {names_of(peers)}")
                await change.replace_peers(list(zip(peers, after, strict=True)))
            yield changes

    async def settled(self, changes: Sequence[Made]) -> Sequence[Waiting]:
        """Wait a moment until changes run; give those that wait to be confirmed."""
        await self._changes.settle(changes)
        return [
            Waiting(change.interface.id, change.interface.name, change.outcome.confirm)
            for change in changes
            if change.outcome.confirm is not None
        ]
