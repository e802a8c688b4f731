"""What of the live status somebody may see."""

from typing import Final

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, SEES_EVERYTHING, Action, Actor, Binding, Resource, Scope, Sight
from sentra.services.places import Places

_REMEMBERED: Final = 4096
_READ: Final = "status:read"

_Rights = tuple[str, tuple[Binding, ...], frozenset[Action] | None, Scope]


class Sights:
    """Works out the part of the status that an actor may see."""

    def __init__(self, access: Access, places: Places) -> None:
        self._access = access
        self._places = places
        self._known: dict[_Rights, Sight] = {}
        self._known_for = -1

    async def of(self, actor: Actor) -> Sight:
        """Give what this actor may see right now."""
        if self._access.may(actor, _READ, EVERYTHING):
            return SEES_EVERYTHING
        await self._places.look()
        if self._known_for != self._places.as_of or len(self._known) >= _REMEMBERED:
            self._known.clear()
            self._known_for = self._places.as_of
        rights = (actor.user_id, actor.bindings, actor.actions, actor.within)
        sight = self._known.get(rights)
        if sight is None:
            sight = self._known[rights] = self._work_out(actor)
        return sight

    def _work_out(self, actor: Actor) -> Sight:
        scopes = {actor.within, *(binding.scope for binding in actor.bindings)}
        nodes = {scope.removeprefix("node:") for scope in scopes if scope.startswith("node:")}
        resources = {
            name: Resource(node=name[0], interface_id=interface_id)
            for interface_id, name in self._places.interfaces.items()
        }
        seen = {name for name, resource in resources.items() if self._access.may_own(actor, _READ, resource)}
        whole = {name for name in seen if self._access.may_all(actor, _READ, resources[name])}
        own = self._places.owned.get(actor.user_id, {})
        return Sight(
            nodes=frozenset(node for node in nodes if self._access.may(actor, _READ, Resource(node=node))),
            interfaces=frozenset(whole),
            outlines=frozenset(seen - whole),
            peers=frozenset().union(*(own.get(name, frozenset()) for name in seen - whole)),
        )
