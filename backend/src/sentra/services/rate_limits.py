"""How many requests there may be: of one address, of one principal, and of those that are much work. In memory."""

import math
from typing import Final

from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import TooManyRequests

_MINUTE: Final = 60.0
_REMEMBERED_AT_MOST: Final = 20_000


class Rate(Struct, frozen=True):
    """Admits `burst` at once and `per_minute` more in each minute, evenly."""

    burst: int
    per_minute: int

    @property
    def seconds_each(self) -> float:
        return _MINUTE / self.per_minute


class RateLimits(Struct, frozen=True):
    """The numbers. An address has more than a principal: an office has one address."""

    principal: Rate = Rate(600, 600)
    address: Rate = Rate(1800, 1800)
    heavy: Rate = Rate(10, 10)


class Rates:
    """Admits requests, or raises TooManyRequests with the time to wait. What is refused costs nothing more."""

    def __init__(self, clock: Clock, limits: RateLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or RateLimits()
        self._full_at: dict[str, float] = {}

    def admit_address(self, address: str) -> None:
        """Take one request of an address."""
        self._admit(f"address/{address}", self._limits.address)

    def admit_principal(self, principal: str) -> None:
        """Take one request of somebody who is known."""
        self._admit(f"principal/{principal}", self._limits.principal)

    def admit_heavy(self, principal: str) -> None:
        """Take one request that is much work."""
        self._admit(f"heavy/{principal}", self._limits.heavy)

    def _admit(self, key: str, rate: Rate) -> None:
        # The bucket as one number: when it will be full again (generic cell rate algorithm).
        now = self._clock.monotonic()
        full_at = max(now, self._full_at.get(key, now)) + rate.seconds_each
        wait = full_at - now - rate.burst * rate.seconds_each
        if wait > 1e-6:
            seconds = math.ceil(wait)
            raise TooManyRequests(f"Too many requests. Try again in {seconds} s.", seconds)
        self._full_at[key] = full_at
        if len(self._full_at) > _REMEMBERED_AT_MOST:
            self._forget(now)

    def _forget(self, now: float) -> None:
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        while len(self._full_at) > _REMEMBERED_AT_MOST:
            self._full_at.pop(next(iter(self._full_at)))
