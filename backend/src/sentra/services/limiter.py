"""Bounds how often a password can be tried, per address and per account, across restarts.

An attempt is taken before the password is looked at, so that parallel ones count; one that was right is given back.

- An address has five attempts, then waits 1, 2, 4 … 900 seconds after each further one.
- An account has `STRANGERS` attempts an hour from addresses that never signed in to it, however many they are, and
  beside them `ACQUAINTED` from those that did: whoever tries from many addresses does not lock the owner out.
"""

import asyncio
import hashlib
import ipaddress
import math

from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import TooManyRequests
from sentra.db.sign_in_limits import SignInLimit, forget_limits, read_limits, write_limits

HOUR = 3600.0
KNOWN_SECONDS = 30 * 24 * HOUR
FORGET_EVERY_SECONDS = HOUR


class Bucket(Struct, frozen=True):
    """Admits `burst` at once and `an_hour` more in each hour, evenly."""

    burst: int
    an_hour: int

    @property
    def seconds_each(self) -> float:
        return HOUR / self.an_hour


class Limits(Struct, frozen=True):
    """The numbers of the limiter. No account is tried more than 100 times in an hour: the bursts and rates add up."""

    free_attempts: int = 5
    longest_wait_seconds: float = 900.0
    strangers: Bucket = Bucket(20, 60)
    acquainted: Bucket = Bucket(5, 15)


class Attempt(Struct, frozen=True):
    """A try that was admitted, and how the limits stood before it."""

    address_key: str
    account_key: str
    known_key: str


class Limiter:
    """Admits attempts, or raises TooManyRequests with the time to wait. One for every way to try a password."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._one_at_a_time = asyncio.Lock()
        self._forgotten_at = -math.inf

    async def admit(self, address: str, account: str, *, signed_in: bool = False) -> Attempt:
        """Take one attempt on the account from the address. `signed_in`: by somebody who is in it already."""
        keys = _keys(address, account)
        async with self._one_at_a_time:
            now = self._clock.now()
            await self._forget(now)
            known = (await read_limits((keys.known_key,))).get(keys.known_key)
            acquainted = signed_in or (known is not None and now - known.changed_at < KNOWN_SECONDS)
            bucket = self._limits.acquainted if acquainted else self._limits.strangers
            bucket_key = keys.account_key + ("/acquainted" if acquainted else "/strangers")
            before = await self._read((keys.address_key, bucket_key), now)
            after = (
                self._after_address(before.get(keys.address_key), keys.address_key, now),
                self._after_bucket(before.get(bucket_key), bucket_key, bucket, now),
            )
            await write_limits(after)
        return Attempt(keys.address_key, bucket_key, keys.known_key)

    async def give_back(self, attempt: Attempt, *, right: bool) -> None:
        """The attempt counts for nothing, because nobody looked at the password, or because it was `right`: then the
        address is known to the account from now on."""
        async with self._one_at_a_time:
            now = self._clock.now()
            stored = await self._read((attempt.address_key, attempt.account_key), now)
            after = [SignInLimit(attempt.known_key, 0, now, now)] if right else []
            if address := stored.get(attempt.address_key):
                failures = max(0, address.failures - 1)
                after.append(SignInLimit(address.key, failures, min(address.free_at, now), now))
            if account := stored.get(attempt.account_key):
                bucket = self._limits.strangers if account.key.endswith("/strangers") else self._limits.acquainted
                after.append(SignInLimit(account.key, 0, account.free_at - bucket.seconds_each, now))
            await write_limits(tuple(after))

    def _after_address(self, stored: SignInLimit | None, key: str, now: float) -> SignInLimit:
        failures = stored.failures if stored and now - stored.changed_at < HOUR else 0
        if stored and failures:
            _refuse_while(stored.free_at - now)
        over = failures + 1 - self._limits.free_attempts
        pause = 0.0 if over < 0 else min(2.0 ** min(over, 30), self._limits.longest_wait_seconds)
        return SignInLimit(key, failures + 1, now + pause, now)

    @staticmethod
    def _after_bucket(stored: SignInLimit | None, key: str, bucket: Bucket, now: float) -> SignInLimit:
        full_at = max(now, stored.free_at) if stored else now
        _refuse_while(full_at + bucket.seconds_each - now - bucket.burst * bucket.seconds_each)
        return SignInLimit(key, 0, full_at + bucket.seconds_each, now)

    async def _read(self, keys: tuple[str, ...], now: float) -> dict[str, SignInLimit]:
        """Read what is remembered; where the clock was set back since, as if it had been written now."""
        limits = await read_limits(keys)
        moved = tuple(
            SignInLimit(limit.key, limit.failures, limit.free_at - (limit.changed_at - now), now)
            for limit in limits.values()
            if limit.changed_at > now
        )
        if moved:
            await write_limits(moved)
        return limits | {limit.key: limit for limit in moved}

    async def _forget(self, now: float) -> None:
        if abs(now - self._forgotten_at) >= FORGET_EVERY_SECONDS:
            self._forgotten_at = now
            await forget_limits(changed_before=now - KNOWN_SECONDS)


def _refuse_while(wait_seconds: float) -> None:
    if wait_seconds > 0:
        seconds = math.ceil(wait_seconds)
        raise TooManyRequests(f"Too many attempts. Try again in {seconds} seconds.", seconds)


def _keys(address: str, account: str) -> Attempt:
    network = network_of_customer(address)
    name = hashlib.sha256(account.encode()).hexdigest()
    return Attempt(f"address/{network}", f"account/{name}", f"known/{network}/{name}")


def network_of_customer(address: str) -> str:
    """Return what one customer of a provider has: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
