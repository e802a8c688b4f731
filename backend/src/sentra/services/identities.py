"""Who a user is right now, and what they are bound to: held in memory, and dropped as soon as either changes."""

from msgspec import Struct

from sentra.core.access import Binding
from sentra.core.clock import Clock
from sentra.core.users import User
from sentra.db.bindings import bindings_of
from sentra.db.users import find_user

REMEMBERED_SECONDS = 10.0
"""How long somebody who was read is believed without reading again. What changes here counts at once; this is for a
change that another process wrote."""
REMEMBERED_AT_MOST = 4096


class Identity(Struct, frozen=True):
    """A user with their role bindings."""

    user: User
    bindings: tuple[Binding, ...]


class _Remembered(Struct, frozen=True):
    identity: Identity
    read_at: float


class Identities:
    """Knows users by id. Every credential that names one is as good as what is said here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._remembered: dict[str, _Remembered] = {}
        self._changes = 0

    async def find(self, user_id: str) -> Identity | None:
        """Return who this is, as things stand now; None for nobody."""
        now = self._clock.now()
        remembered = self._remembered.get(user_id)
        if remembered is not None and 0 <= now - remembered.read_at < REMEMBERED_SECONDS:
            return remembered.identity
        changes = self._changes
        user = await find_user(user_id)
        if user is None:
            self._remembered.pop(user_id, None)
            return None
        identity = Identity(user, await bindings_of(user_id))
        if changes == self._changes:  # else it may have changed while it was read
            while len(self._remembered) >= REMEMBERED_AT_MOST:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[user_id] = _Remembered(identity, now)
        return identity

    def forget(self, user_id: str) -> None:
        """Believe nothing of a user any more: call it after whatever changes them has been committed."""
        self._changes += 1
        self._remembered.pop(user_id, None)
