"""What of the live status somebody may see."""

from sentra.access.access import Access
from sentra.core.access import SEES_EVERYTHING, WHOLE, Actor, Sight


class Sights:
    """Works out the part of the status that an actor may see."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def of(self, actor: Actor) -> Sight:
        """Give what this actor may see right now."""
        scopes = self._access.scopes(actor, "status:read")
        if actor.within == WHOLE and WHOLE in scopes:
            return SEES_EVERYTHING
        return Sight(nodes=frozenset(scope.removeprefix("node:") for scope in scopes if scope.startswith("node:")))
