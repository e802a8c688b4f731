"""What failed at an interface, and when it is tried again: later and later."""

from typing import Final

from msgspec import Struct

from sentra.agent.surroundings import Cause
from sentra.core.clock import Clock

FIRST_RETRY_SECONDS: Final = 5.0
LONGEST_RETRY_SECONDS: Final = 60.0


class _Failure(Struct, frozen=True):
    error: str
    retry_at: float
    retry_seconds: float
    refused: frozenset[str]


class Trouble:
    """Remembers why the last try failed. Whoever decides something is not kept waiting for the next one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failure: _Failure | None = None

    @property
    def error(self) -> str | None:
        """Why the last try failed; None where it did not."""
        return self._failure.error if self._failure else None

    @property
    def refused(self) -> frozenset[str]:
        """The peers that were named as the reason."""
        return self._failure.refused if self._failure else frozenset()

    def rests(self, cause: Cause) -> bool:
        """Tell whether it is too early for another try."""
        eager = cause.decided or cause.restore is not None
        return self._failure is not None and not eager and self._clock.monotonic() < self._failure.retry_at

    def note(self, error: str, refused: frozenset[str] = frozenset()) -> None:
        """Remember that a try failed, once more."""
        before = self._failure
        seconds = min(before.retry_seconds * 2, LONGEST_RETRY_SECONDS) if before else FIRST_RETRY_SECONDS
        self._failure = _Failure(error, self._clock.monotonic() + seconds, seconds, refused)

    def end(self) -> None:
        """Forget it: a try went well."""
        self._failure = None
