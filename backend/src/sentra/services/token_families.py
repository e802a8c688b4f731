"""Sign-ins of programs: an access token for minutes, a refresh token that is good once, and the family of both."""

import secrets
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from sentra.core.access import Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Unauthenticated
from sentra.core.factors import PASSWORD
from sentra.core.secrets import digest, new_token
from sentra.core.tokens import FOR_PROGRAMS, TokenFamily, TokenPair
from sentra.core.users import User
from sentra.db.database import transaction
from sentra.db.tokens import (
    add_family,
    add_refresh_token,
    count_refresh_tokens,
    family_of_refresh_token,
    find_family,
    remove_expired_families,
    remove_families_of,
    remove_family,
    remove_oldest_families,
    spend_refresh_token,
)
from sentra.services.access_tokens import LIFE_SECONDS, AccessTokens
from sentra.services.audit import Audit
from sentra.services.identities import Identities, Identity
from sentra.services.limiter import Limiter
from sentra.services.sign_in import SignIn

IDLE_SECONDS: Final = 7 * 24 * 3600.0
ABSOLUTE_SECONDS: Final = 30 * 24 * 3600.0
AT_MOST: Final = 20
"""How many a user has at once; beyond it the oldest ends."""
RENEWALS: Final = 5000
"""How often a family is renewed: every ten minutes for thirty days, and some more. Every token that was spent is kept,
to be known when it comes again."""
REMEMBERED_SECONDS: Final = 10.0
REMEMBERED_AT_MOST: Final = 4096


class _Remembered(Struct, frozen=True):
    family: TokenFamily
    read_at: float


class TokenFamilies:
    """Gives tokens to programs, renews them, and ends them all at once."""

    def __init__(
        self,
        clock: Clock,
        identities: Identities,
        audit: Audit,
        limiter: Limiter,
        sign_in: SignIn,
        access_tokens: AccessTokens,
    ) -> None:
        self._clock = clock
        self._limiter = limiter
        self._sign_in = sign_in
        self._identities = identities
        self._audit = audit
        self._access_tokens = access_tokens
        self._remembered: dict[str, _Remembered] = {}
        self._endings = 0

    async def begin(self, email: str, password: str, *, code: str | None, address: str) -> TokenPair:
        """Give a program its first pair; anyone may try, within the limits.

        Raises Unauthenticated, SecondFactorRequired where there is a second factor and no code, TooManyRequests, Busy.
        """
        user, _ = await self._sign_in.without_session(email, password, code=code, address=address)
        now = self._clock.now()
        family = TokenFamily(secrets.token_hex(16), user.id, user.auth_epoch, now, now + ABSOLUTE_SECONDS)
        refresh = new_token()
        async with transaction():
            await remove_expired_families(before=now)
            oldest = await remove_oldest_families(user.id, keep=AT_MOST - 1)
            await add_family(family)
            await add_refresh_token(family.id, digest(refresh), expires_at=now + IDLE_SECONDS)
            await self._record(user, "token:begin", "Signed in for a program", address)
        self.forget(oldest)
        return self._pair(family, refresh)

    async def refresh(self, refresh_token: str, *, address: str) -> TokenPair:
        """Give the next pair for a refresh token, which is spent by it.

        Raises Unauthenticated for one that is not valid. One that was spent before is in two hands: its whole family
        ends; and so does one that was renewed too often.
        """
        attempt = await self._limiter.admit(address, f"refresh tokens from {address}", signed_in=True)
        now = self._clock.now()
        fresh = new_token()
        token_digest = digest(refresh_token)
        async with transaction():
            family = await family_of_refresh_token(token_digest)
            identity = await self._identities.find(family.user_id) if family else None
            if family is None or identity is None or not _is_alive(family, identity, now):
                raise _refused()
            if await count_refresh_tokens(family.id) > RENEWALS:
                await self._end(family, identity.user, "Ended: it was renewed too often", address)
                fresh = ""
            elif await spend_refresh_token(token_digest, now=now):
                until = min(now + IDLE_SECONDS, family.expires_at)
                await add_refresh_token(family.id, digest(fresh), expires_at=until)
            else:
                await self._end(family, identity.user, "Ended: a refresh token came twice", address)
                fresh = ""
        if not fresh:
            self._forget(family.id)
            raise _refused()
        await self._limiter.give_back(attempt, right=True)
        return self._pair(family, fresh)

    async def end(self, refresh_token: str, *, address: str) -> None:
        """End the family of a refresh token, if it is one. Whoever holds it may."""
        async with transaction():
            family = await family_of_refresh_token(digest(refresh_token))
            if family is None:
                return
            identity = await self._identities.find(family.user_id)
            await remove_family(family.id)
            if identity is not None:
                await self._record(identity.user, "token:end", "Signed out a program", address)
        self._forget(family.id)

    async def end_all(self, user_id: str) -> tuple[str, ...]:
        """End every family of a user, and give which those were. Call it in a transaction, and `forget` after it."""
        return await remove_families_of(user_id)

    def forget(self, family_ids: Iterable[str]) -> None:
        """Believe nothing of families any more that were ended in a transaction which is over."""
        for family_id in family_ids:
            self._forget(family_id)

    async def resume(self, access_token: str) -> Actor:
        """Return who is behind an access token. Raises Unauthenticated."""
        actor = await self.still_valid(self._access_tokens.read(access_token).family_id)
        if actor is None:
            raise _refused()
        return actor

    async def still_valid(self, family_id: str) -> Actor | None:
        """Return who a family belongs to as things stand now, None if it has ended."""
        family = await self._find(family_id)
        identity = await self._identities.find(family.user_id) if family else None
        if family is None or identity is None or not _is_alive(family, identity, self._clock.now()):
            return None
        user = identity.user
        return Actor(
            user_id=user.id,
            email=user.email,
            name=user.name,
            bindings=identity.bindings,
            kind="token",
            actions=FOR_PROGRAMS,
            token_id=family.id,
            amr=PASSWORD,  # at least; whoever set up more since has another epoch
        )

    async def _find(self, family_id: str) -> TokenFamily | None:
        now = self._clock.now()
        remembered = self._remembered.get(family_id)
        if remembered is not None and 0 <= now - remembered.read_at < REMEMBERED_SECONDS:
            return remembered.family
        endings = self._endings
        family = await find_family(family_id)
        if family is None:
            self._remembered.pop(family_id, None)
        elif endings == self._endings:  # else it may have ended while it was read
            while len(self._remembered) >= REMEMBERED_AT_MOST:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[family_id] = _Remembered(family, now)
        return family

    def _forget(self, family_id: str) -> None:
        self._endings += 1
        self._remembered.pop(family_id, None)

    def _pair(self, family: TokenFamily, refresh_token: str) -> TokenPair:
        return TokenPair(self._access_tokens.make(family), refresh_token, LIFE_SECONDS)

    async def _end(self, family: TokenFamily, user: User, summary: str, address: str) -> None:
        await remove_family(family.id)
        await self._record(user, "token:end", summary, address)

    async def _record(self, user: User, action: str, summary: str, address: str) -> None:
        actor = Actor(user.id, user.email, user.name, kind="token", address=address)
        await self._audit.record(actor, action, Subject("user", user.id, user.email), summary=summary)


def _is_alive(family: TokenFamily, identity: Identity, now: float) -> bool:
    user = identity.user
    life = family.expires_at - family.created_at
    return user.enabled and family.auth_epoch == user.auth_epoch and abs(now - family.created_at) < life


def _refused() -> Unauthenticated:
    return Unauthenticated("This token is not valid, or not valid any more.")
