"""An interface that the reconciler knows, and what is due of it."""

import asyncio

from msgspec import Struct, field

from sentra.agent.reconciliation import Reconciliation
from sentra.agent.surroundings import Cause
from sentra.core.interfaces import WantedInterface


class Tended(Struct):
    """An interface that the reconciler knows. A stranger was steered for a database that is not the one asked now."""

    reconciliation: Reconciliation
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted: WantedInterface | None = None
    due: Cause | None = None
    task: asyncio.Task[None] | None = None
    is_stranger: bool = False

    def has_link_of(self, other: "Tended") -> bool:
        """Tell whether this and another one were written to the same link."""
        incarnation = self.reconciliation.incarnation
        return self is not other and incarnation is not None and incarnation == other.reconciliation.incarnation
