"""Which peers the newest changes were about, so that whoever has read all of an interface reads only these again."""

from collections.abc import Iterable
from typing import Final

_REMEMBERED: Final = 64
"""Generations of an interface; whoever is further behind reads everything."""
_MOST: Final = 1000
"""Peers of one generation."""


class Touched:
    """Remembers the peers of each generation, in memory. Only what is said to be committed has to be true: one peer
    too many costs a look at it."""

    def __init__(self) -> None:
        self._interfaces: dict[str, dict[int, frozenset[str]]] = {}

    def note(self, interface_id: str, generation: int, peer_ids: Iterable[str]) -> None:
        """Remember which peers a change was about that raised the generation to this one."""
        generations = self._interfaces.setdefault(interface_id, {})
        # A change that was told and not committed leaves its number to the next one.
        ids = frozenset(peer_ids) | generations.pop(generation, frozenset())
        if len(ids) <= _MOST:
            generations[generation] = ids
        while len(generations) > _REMEMBERED:
            del generations[min(generations)]

    def between(self, interface_id: str, seen: int, newest: int) -> frozenset[str] | None:
        """Give the peers of every generation after `seen` until `newest`; None where not all of them are known."""
        generations = self._interfaces.get(interface_id, {})
        if not 0 <= newest - seen <= _REMEMBERED:
            return None
        steps = [generations.get(each) for each in range(seen + 1, newest + 1)]
        known = [each for each in steps if each is not None]
        return frozenset().union(*known) if len(known) == len(steps) else None

    def forget(self, interface_id: str) -> None:
        """Drop what is remembered of an interface that was deleted."""
        self._interfaces.pop(interface_id, None)
