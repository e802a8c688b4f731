"""What nodes have in use beside what Sentra manages, remembered for a moment: every change is held against it."""

from typing import Final

from sentra.core.agents import NodeLook, Taken
from sentra.core.clock import Clock
from sentra.services.clashes import taken_on

_SECONDS: Final = 30.0


class Surroundings:
    """Asks nodes what they have in use, and the same one again only after 30 s."""

    def __init__(self, look: NodeLook, clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._known: dict[str, tuple[float, Taken]] = {}

    async def of(self, node: str) -> Taken:
        """Give what a node has in use; nothing where it cannot be asked now."""
        asked_at, taken = self._known.get(node, (None, Taken()))
        now = self._clock.monotonic()
        if asked_at is None or not asked_at <= now < asked_at + _SECONDS:
            taken = await taken_on(self._look, node)
            if taken.names:  # it answered: every node has a loopback link
                self._known[node] = now, taken
        return taken
