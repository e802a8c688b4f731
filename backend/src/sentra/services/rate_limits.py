"""How many requests there may be: of one address, of one principal, and of those that are much work. In memory."""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import TooManyRequests
from sentra.services.limiter import network_of_customer

_Buckets = dict[str, float]

_MINUTE: Final = 60.0
_STREAM_SECONDS: Final = 10
"""After which whoever holds too many streams may look whether one has ended."""
_REMEMBERED_AT_MOST: Final = 20_000
"""Buckets of one kind."""


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
    streams: int = 50
    """How many streams somebody holds open at once, by whichever credential."""


class Rates:
    """Admits requests, or raises TooManyRequests with the time to wait. What is refused costs nothing more."""

    def __init__(self, clock: Clock, limits: RateLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or RateLimits()
        # One for each kind: strangers with many addresses push out nobody who is known.
        self._addresses: _Buckets = {}
        self._principals: _Buckets = {}
        self._heavy: _Buckets = {}
        self._streams: Counter[str] = Counter()

    def admit_address(self, address: str) -> None:
        """Take one request of an address, or of the /64 that one customer has of IPv6."""
        self._admit(self._addresses, network_of_customer(address), self._limits.address)

    def admit_principal(self, principal: str) -> None:
        """Take one request of somebody who is known."""
        self._admit(self._principals, principal, self._limits.principal)

    def admit_heavy(self, principal: str) -> None:
        """Take one request that is much work."""
        self._admit(self._heavy, principal, self._limits.heavy)

    @contextmanager
    def holding_stream(self, user_id: str) -> Iterator[None]:
        """Count a stream of somebody until the block is left. Raises TooManyRequests where they hold too many."""
        if self._streams[user_id] >= self._limits.streams:
            raise TooManyRequests(f"You have {self._limits.streams} streams open. Close one first.", _STREAM_SECONDS)
        self._streams[user_id] += 1
        try:
            yield
        finally:
            self._streams[user_id] -= 1
            if not self._streams[user_id]:
                del self._streams[user_id]

    def _admit(self, buckets: _Buckets, key: str, rate: Rate) -> None:
        # A bucket is one number: when it will be full again (generic cell rate algorithm).
        now = self._clock.monotonic()
        full_at = max(now, buckets.get(key, now)) + rate.seconds_each
        wait = full_at - now - rate.burst * rate.seconds_each
        if wait > 1e-6:
            seconds = math.ceil(wait)
            raise TooManyRequests(f"Too many requests. Try again in {seconds} s.", seconds)
        buckets[key] = full_at
        if len(buckets) > _REMEMBERED_AT_MOST:
            _forget(buckets, now)


def _forget(buckets: _Buckets, now: float) -> None:
    for key in [key for key, at in buckets.items() if at <= now]:
        del buckets[key]
    while len(buckets) > _REMEMBERED_AT_MOST:
        del buckets[next(iter(buckets))]
