"""What becomes of somebody's peers when they go."""

from typing import Final

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor
from sentra.core.peers import MOST_AT_ONCE
from sentra.db.owned_peers import enabled_peers_of
from sentra.services.peer_batches import BatchChange, PeerBatches

_REASON: Final = 200


class OwnedPeers:
    """Disables peers by whose they are."""

    def __init__(self, access: Access, batches: PeerBatches) -> None:
        self._access = access
        self._batches = batches

    async def disable(self, actor: Actor, user_id: str, reason: str) -> None:
        """Disable every peer of a user, each interface's in its own change. Raises Forbidden, Conflict."""
        self._access.authorise(actor, "peer:update", EVERYTHING)
        change = BatchChange(enabled=False, disabled_reason=reason[:_REASON])
        for interface_id, ids in (await enabled_peers_of(user_id)).items():
            for start in range(0, len(ids), MOST_AT_ONCE):
                await self._batches.update(actor, interface_id, ids[start : start + MOST_AT_ONCE], change)
