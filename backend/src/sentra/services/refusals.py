"""Refusals on record: each one of somebody who is known, and those of strangers counted.

What strangers are refused is counted by address, action and minute: whoever knocks a million times fills no disk.
"""

import asyncio
import logging
from typing import Final

from sentra.core.access import Action, Actor
from sentra.core.clock import Clock
from sentra.db.database import transaction
from sentra.services.audit import Audit
from sentra.services.limiter import network_of_customer

log = logging.getLogger(__name__)

REFUSED: Final = "Refused"
MINUTE: Final = 60
_WRITE_SECONDS: Final = 10.0
_MOST: Final = 200
"""How many pairs of address and action are told apart in a minute; what goes beyond counts for nobody in particular."""
_ELSEWHERE: Final = "elsewhere"

_Key = tuple[int, str, Action]


class Refusals:
    """Puts refusals on record. `run` it beside everything else, and `close` it at the end."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit
        self._counts: dict[_Key, int] = {}

    async def of(self, actor: Actor, action: Action, summary: str = REFUSED) -> None:
        """Record that somebody was refused."""
        async with transaction():
            await self._audit.record(actor, action, outcome="refused", summary=summary)

    def count(self, address: str, action: Action) -> None:
        """Count that a stranger was refused, wherever in the network that one customer of a provider has."""
        minute = int(self._clock.now()) // MINUTE
        key = (minute, network_of_customer(address), action)
        if key not in self._counts and len(self._counts) >= _MOST:
            key = (minute, _ELSEWHERE, action)
        self._counts[key] = self._counts.get(key, 0) + 1

    async def run(self) -> None:
        """Write what was counted in minutes that are over, until cancelled."""
        failed = False
        while True:
            await asyncio.sleep(_WRITE_SECONDS)
            try:
                await self.write(before=int(self._clock.now()) // MINUTE)
            except Exception as error:
                if not failed:
                    log.warning("refusals could not be recorded: %s", error, exc_info=error)
                failed = True
            else:
                failed = False

    async def close(self) -> None:
        """Write everything that was counted."""
        await self.write(before=None)

    async def write(self, *, before: int | None) -> None:
        """Write what was counted before a minute, or all of it; what cannot be written stays counted."""
        due = {key: n for key, n in self._counts.items() if before is None or key[0] < before or key[0] > before}
        if not due:
            return
        async with transaction():
            for (_, address, action), count in due.items():
                await self._audit.record(_stranger(address), action, outcome="refused", count=count, summary=REFUSED)
        for key, count in due.items():
            rest = self._counts[key] - count
            if rest:
                self._counts[key] = rest  # counted while this was written
            else:
                del self._counts[key]


def _stranger(address: str) -> Actor:
    return Actor(user_id="", email="", name="", address=address)
