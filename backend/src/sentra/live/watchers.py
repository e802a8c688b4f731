"""Who is watching: agents sample faster while somebody does."""

from collections.abc import Iterator
from contextlib import contextmanager

from sentra.core.events import EventBus, Watched


class Watchers:
    """Counts the readers of the status stream and tells the agents when the first comes and the last has gone."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.count = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count as a watcher until the block is left."""
        self.count += 1
        if self.count == 1:
            self._bus.publish(Watched(watched=True))
        try:
            yield
        finally:
            self.count -= 1
            if self.count == 0:
                self._bus.publish(Watched(watched=False))
