"""Sign-ins that wait for their second factor."""

from typing import Final

from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.secrets import digest, new_token
from sentra.core.users import User

TRANSACTION_SECONDS: Final = 5 * 60
TRIES: Final = 5
_AT_MOST: Final = 10_000
"""Each takes the right password; beyond this the oldest goes."""


class _Transaction(Struct):
    user_id: str
    auth_epoch: int
    ends_at: float
    amr: tuple[str, ...]
    summary: str
    tries_left: int = TRIES


class Began(Struct, frozen=True):
    """How a sign-in began, and what the audit says of it."""

    amr: tuple[str, ...]
    summary: str


class LoginTransactions:
    """Remembers, in memory, whose password was right a moment ago, and how often a second factor was tried since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, _Transaction] = {}

    def begin(self, user: User, amr: tuple[str, ...], summary: str) -> str:
        """Return the token of a new transaction of somebody who gave a first factor; `amr` says which."""
        now = self._clock.monotonic()
        if len(self._open) >= _AT_MOST:
            self._open = {key: each for key, each in self._open.items() if each.ends_at > now}
        while len(self._open) >= _AT_MOST:
            self._open.pop(next(iter(self._open)))
        token = new_token()
        self._open[digest(token)] = _Transaction(user.id, user.auth_epoch, now + TRANSACTION_SECONDS, amr, summary)
        return token

    def whose(self, token: str) -> str | None:
        """Tell whose transaction this is, and take one of its tries; None where it is over."""
        found = self._open.get(digest(token))
        if found is None or found.ends_at <= self._clock.monotonic() or found.tries_left <= 0:
            self._open.pop(digest(token), None)
            return None
        found.tries_left -= 1
        return found.user_id

    def end(self, token: str, user: User) -> Began | None:
        """End the transaction by the right answer, and tell how it began; None where it is over, or not of this user
        as they are now."""
        found = self._open.pop(digest(token), None)
        if found is None or found.user_id != user.id or found.auth_epoch != user.auth_epoch or not user.enabled:
            return None
        return Began(found.amr, found.summary)
