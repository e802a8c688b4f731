"""Tickets that open one status stream each: for programs that cannot send a header with a WebSocket."""

from typing import Final

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.clock import Clock
from sentra.core.errors import Busy
from sentra.core.secrets import digest, new_token

LIFE_SECONDS: Final = 30
_AT_MOST: Final = 10_000


class _Ticket(Struct, frozen=True):
    actor: Actor
    until: float


class Tickets:
    """Gives tickets, and takes each once. They are held in memory: a restart ends them."""

    def __init__(self, clock: Clock, access: Access) -> None:
        self._clock = clock
        self._access = access
        self._tickets: dict[str, _Ticket] = {}

    def create(self, actor: Actor) -> str:
        """Give a ticket that is good for half a minute, once, as this actor. Raises Busy."""
        self._access.require(actor, "status:read")
        now = self._clock.monotonic()
        self._tickets = {key: each for key, each in self._tickets.items() if each.until > now}
        if len(self._tickets) >= _AT_MOST:
            raise Busy("Too many tickets wait to be used.", LIFE_SECONDS)
        ticket = new_token()
        self._tickets[digest(ticket)] = _Ticket(actor, now + LIFE_SECONDS)
        return ticket

    def spend(self, ticket: str) -> Actor | None:
        """Take a ticket: whoever it was given to, None where it is not good (any more)."""
        taken = self._tickets.pop(digest(ticket), None)
        return taken.actor if taken and taken.until > self._clock.monotonic() else None
