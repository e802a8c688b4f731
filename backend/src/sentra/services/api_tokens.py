"""API tokens: made by somebody for a program, for some actions within some scope, until a day."""

import secrets
import zlib
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, WHOLE, Action, Actor, Scope
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict, FieldError, Invalid, NotFound, Unauthenticated
from sentra.core.secrets import digest, new_token
from sentra.core.tokens import GRANTABLE, WHO_AM_I, ApiToken
from sentra.db.database import transaction
from sentra.db.interfaces import find_interface
from sentra.db.tokens import (
    add_api_token,
    all_api_tokens,
    api_tokens_of,
    count_api_tokens,
    find_api_token,
    find_api_token_by_id,
    mark_api_token_used,
    remove_api_token,
)
from sentra.services.audit import Audit
from sentra.services.identities import Identities
from sentra.services.step_up import require_fresh

PREFIX: Final = "sentra_pat_"
"""So that a scanner of repositories knows one when it sees it."""
DAY: Final = 24 * 3600.0
LONGEST_DAYS: Final = 365
DEFAULT_DAYS: Final = 90
AT_MOST: Final = 50
REMEMBERED_SECONDS: Final = 10.0
REMEMBERED_AT_MOST: Final = 4096
TOUCH_SECONDS: Final = 60.0
_CHECK_CHARACTERS: Final = 8


class Made(Struct, frozen=True):
    """A fresh token; its secret is nowhere else."""

    token: ApiToken
    secret: str

    def __repr__(self) -> str:
        return f"Made(token={self.token!r})"


class Listed(Struct, frozen=True):
    """A token, and the e-mail address of whoever it belongs to."""

    token: ApiToken
    email: str


class _Remembered(Struct, frozen=True):
    token: ApiToken
    read_at: float


class ApiTokens:
    """Makes, lists and revokes API tokens, and knows who is behind one."""

    def __init__(self, clock: Clock, access: Access, identities: Identities, audit: Audit) -> None:
        self._clock = clock
        self._access = access
        self._identities = identities
        self._audit = audit
        self._remembered: dict[str, _Remembered] = {}
        self._touched: dict[str, float] = {}
        self._endings = 0

    async def create(
        self, actor: Actor, *, name: str, actions: Sequence[Action], scope: Scope, days: int = DEFAULT_DAYS
    ) -> Made:
        """Make a token for oneself. What it may do is never more than its owner may at the moment of use.

        Raises Invalid with every wrong field, Conflict for too many, StepUpRequired.
        """
        self._access.require(actor, "token:create")
        require_fresh(actor, self._clock)
        await self._check(actor, actions, scope)
        now = self._clock.now()
        token = ApiToken(
            id=secrets.token_hex(16),
            user_id=actor.user_id,
            name=name,
            actions=sorted(set(actions)),
            scope=scope,
            created_at=now,
            expires_at=now + days * DAY,
        )
        secret = _with_check(PREFIX + new_token())
        async with transaction():
            if await count_api_tokens(actor.user_id) >= AT_MOST:
                raise Conflict(f"You have {AT_MOST} tokens already. Revoke one first.")
            await add_api_token(token, digest(secret))
            detail = {"actions": list(token.actions), "scope": scope, "days": days}
            summary = f"Made the API token {name}"
            await self._audit.record(actor, "token:create", _subject(token), summary=summary, detail=detail)
        return Made(token, secret)

    async def own(self, actor: Actor) -> list[Listed]:
        """Give one's own tokens, newest first."""
        self._access.require(actor, "token:read")
        return [Listed(token, actor.email) for token in await api_tokens_of(actor.user_id)]

    async def all(self, actor: Actor) -> list[Listed]:
        """Give everybody's tokens, newest first."""
        self._access.authorise(actor, "token:read", EVERYTHING)
        return [Listed(token, email) for token, email in await all_api_tokens()]

    def grantable(self, actor: Actor) -> list[Action]:
        """Give what the actor can make a token for: what tokens are for at all, and no more than they may."""
        self._access.require(actor, "token:read")
        return [action for action in GRANTABLE if self._access.may_somewhere(actor, action)]

    def can(self, actor: Actor) -> list[Action]:
        """Give what the actor may do with everybody's tokens."""
        self._access.require(actor, "token:read")
        return [each for each in ("token:read", "token:revoke") if self._access.may(actor, each, EVERYTHING)]

    async def revoke(self, actor: Actor, token_id: str) -> None:
        """End a token for good: one's own, or anybody's by an admin. Raises NotFound."""
        self._access.require(actor, "token:revoke")
        async with transaction():
            token = await find_api_token_by_id(token_id)
            mine = token is not None and token.user_id == actor.user_id
            if token is None or not (mine or self._access.may(actor, "token:revoke", EVERYTHING)):
                raise NotFound("There is no such token.")
            await remove_api_token(token_id)
            summary = f"Revoked the API token {token.name}"
            await self._audit.record(actor, "token:revoke", _subject(token), summary=summary)
        self._endings += 1
        self._remembered = {key: each for key, each in self._remembered.items() if each.token.id != token_id}

    async def resume(self, secret: str, *, address: str) -> Actor:
        """Return who is behind the secret of a token, and count it as a use. Raises Unauthenticated."""
        token = await self._find(digest(secret)) if has_check(secret) else None
        actor = await self._actor(token) if token else None
        if token is None or actor is None:
            raise Unauthenticated("This token is not valid, or not valid any more.")
        await self._touch(token.id, address)
        return actor

    async def still_valid(self, token_id: str) -> Actor | None:
        """Return who a token belongs to as things stand now, None if it has ended. For sockets that stay open."""
        token = await find_api_token_by_id(token_id)
        return await self._actor(token) if token else None

    async def _actor(self, token: ApiToken) -> Actor | None:
        identity = await self._identities.find(token.user_id)
        if identity is None or not identity.user.enabled:
            return None
        if abs(self._clock.now() - token.created_at) >= token.expires_at - token.created_at:
            return None
        user = identity.user
        return Actor(
            user_id=user.id,
            email=user.email,
            name=user.name,
            bindings=identity.bindings,
            kind="token",
            actions=frozenset(token.actions) & frozenset(GRANTABLE) | {WHO_AM_I},
            within=token.scope,
            token_id=token.id,
        )

    async def _find(self, secret_digest: str) -> ApiToken | None:
        now = self._clock.now()
        remembered = self._remembered.get(secret_digest)
        if remembered is not None and 0 <= now - remembered.read_at < REMEMBERED_SECONDS:
            return remembered.token
        endings = self._endings
        token = await find_api_token(secret_digest)
        if token is None:
            self._remembered.pop(secret_digest, None)
        elif endings == self._endings:  # else it may have been revoked while it was read
            while len(self._remembered) >= REMEMBERED_AT_MOST:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[secret_digest] = _Remembered(token, now)
        return token

    async def _touch(self, token_id: str, address: str) -> None:
        now = self._clock.now()
        if abs(now - self._touched.get(token_id, 0.0)) >= TOUCH_SECONDS:
            self._touched[token_id] = now
            await mark_api_token_used(token_id, at=now, address=address)

    async def _check(self, actor: Actor, actions: Sequence[Action], scope: Scope) -> None:
        grantable = self.grantable(actor)
        errors = [
            FieldError(f"actions.{number}", "action", "No token can be made for this, or not by you.")
            for number, action in enumerate(actions)
            if action not in grantable
        ]
        if not actions:
            errors.append(FieldError("actions", "missing", "Say what the token is for."))
        kind, _, name = scope.partition(":")
        known = scope == WHOLE or kind == "node" or (kind == "interface" and await find_interface(name) is not None)
        if not known:
            errors.append(FieldError("scope", "scope", "Use *, node:NODE or interface:ID of one that there is."))
        if errors:
            raise Invalid(*errors)


def has_check(secret: str) -> bool:
    """Tell whether this can be a token at all, without asking the database: its last characters check the rest."""
    return secret.startswith(PREFIX) and _with_check(secret[:-_CHECK_CHARACTERS]) == secret


def _with_check(secret: str) -> str:
    return f"{secret}{zlib.crc32(secret.encode('utf-8', 'surrogatepass')):0{_CHECK_CHARACTERS}x}"


def _subject(token: ApiToken) -> Subject:
    return Subject("token", token.id, token.name)
