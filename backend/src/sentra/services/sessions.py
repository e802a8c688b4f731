"""Signed-in browsers: who is behind a cookie, since when, and until when."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Action, Actor, Binding
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict, FieldError, Forbidden, Invalid, Unauthenticated
from sentra.core.factors import has_two_factors
from sentra.core.secrets import digest, new_token
from sentra.core.users import Session, User
from sentra.db.bindings import bindings_of
from sentra.db.database import transaction
from sentra.db.sessions import (
    end_session,
    end_sessions_of,
    find_session,
    mark_seen,
    remove_expired,
    session_ids_of,
    start_session,
)
from sentra.db.trouble import as_busy
from sentra.db.users import change_password_hash
from sentra.services.audit import Audit
from sentra.services.first_factor import FirstFactor
from sentra.services.identities import Identities, Identity
from sentra.services.passwords import Passwords, require_good_password

REMEMBERED_SECONDS = 10.0
"""How long a session that was read is believed without reading it again. What ends here ends at once; this is for an
end that another process wrote."""
REMEMBERED_AT_MOST = 4096
TOUCH_SECONDS = 60.0
SIGNED_IN = "Signed in"
"""What the audit says of a session that began, where nobody has more to say."""


class SessionLimits(Struct, frozen=True):
    """How long a session lasts without use and at all, and how many of them a user has at most."""

    idle_seconds: float = 30 * 60
    absolute_seconds: float = 12 * 60 * 60
    per_user: int = 10


class Visitor(Struct, frozen=True):
    """A browser in which somebody signs in. `instead_of` is the secret of the session that it has: that one ends."""

    address: str
    user_agent: str = ""
    instead_of: str | None = None

    def __repr__(self) -> str:
        return f"Visitor(address={self.address!r})"


class SignedIn(Struct, frozen=True):
    """A fresh session: who, what they may do, and the secret for the cookie, which is nowhere else."""

    secret: str
    actor: Actor
    can: list[str]

    def __repr__(self) -> str:
        return f"SignedIn(actor={self.actor!r})"


class SessionEnd:
    """Tells whoever holds something open for a session that it is over. `replaced`: the same browser has a new one."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self.replaced = False

    def is_over(self) -> bool:
        return self._over.is_set()

    async def wait(self) -> None:
        """Return when the session has ended."""
        await self._over.wait()

    def tell(self, *, replaced: bool) -> None:
        self.replaced = replaced
        self._over.set()


class _Remembered(Struct):
    session: Session
    read_at: float


class _Found(Struct):
    session: Session
    identity: Identity


class Sessions:
    """Starts and ends sessions, and knows whose session a cookie names."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        identities: Identities,
        audit: Audit,
        passwords: Passwords,
        first_factor: FirstFactor,
        limits: SessionLimits | None = None,
    ) -> None:
        self._clock = clock
        self._access = access
        self._identities = identities
        self._audit = audit
        self._passwords = passwords
        self._first_factor = first_factor
        self._limits = limits or SessionLimits()
        self._remembered: dict[str, _Remembered] = {}
        self._seen: dict[str, float] = {}
        self._stored: dict[str, float] = {}
        self._rights: dict[str, tuple[Binding, ...]] = {}
        self._ends: dict[str, set[SessionEnd]] = {}
        self._endings = 0

    async def start(
        self,
        user: User,
        visitor: Visitor,
        *,
        amr: tuple[str, ...],
        summary: str = SIGNED_IN,
        is_fresh: bool = True,
    ) -> SignedIn:
        """Start a session for somebody who has proved who they are; `amr` says how. Whoever calls this has asked.

        Where that may have been long ago it is not `is_fresh`: what asks for a fresh proof asks for another one.
        """
        await self._remove_expired()
        secret = new_token()
        now = self._clock.now()
        session = Session(
            id=digest(secret),
            user_id=user.id,
            auth_epoch=user.auth_epoch,
            created_at=now,
            seen_at=now,
            address=visitor.address[:64],
            user_agent=visitor.user_agent[:255],
            amr=amr,
            proved_at=now if is_fresh else 0.0,
        )
        instead_of = digest(visitor.instead_of) if visitor.instead_of else None
        return await self._begin(secret, session, user, instead_of, ("session:create", summary))

    async def own(self, actor: Actor) -> Session:
        """Return the session in which the actor acts. Raises Forbidden for whoever acts without one."""
        found = await self._find(actor.session_id) if actor.session_id else None
        if found is None:
            raise Forbidden("Sign in on the page to do this.")
        return found.session

    async def renew(
        self, session: Session, user: User, *, amr: tuple[str, ...], record: tuple[Action, str] | None = None
    ) -> SignedIn:
        """Go on with a session under another secret: its user has just proved who they are, or changed how they do.

        It ends when it would have ended. `record` is what the audit says of it, where nothing else does.
        """
        secret = new_token()
        now = self._clock.now()
        renewed = replace(session, id=digest(secret), auth_epoch=user.auth_epoch, amr=amr, seen_at=now, proved_at=now)
        return await self._begin(secret, renewed, user, session.id, record)

    async def under_new_rights(self, session_id: str, bindings: tuple[Binding, ...]) -> SignedIn | None:
        """Go on with a session under another secret where its user is bound to something else by now than when it got
        its own; None where they are not, or where the database cannot be written: then the next request does it.
        """
        before = self._rights.get(session_id, bindings)
        if before == bindings:
            return None
        self._rights[session_id] = bindings  # of requests at once, one is enough
        found = await self._find(session_id)
        if found is None:
            return None
        secret = new_token()
        renewed = replace(found.session, id=digest(secret), seen_at=self._clock.now())
        try:
            return await self._begin(secret, renewed, found.identity.user, session_id, None)
        except Exception as error:
            if not as_busy(error):
                raise
            self._rights[session_id] = before
            return None

    async def resume(self, secret: str) -> Actor:
        """Return who is behind the secret of a cookie, and count it as a use. Raises Unauthenticated."""
        found = await self._find(digest(secret))
        if found is None:
            raise Unauthenticated("Sign in first.")
        await self._touch(found.session.id)
        self._rights.setdefault(found.session.id, found.identity.bindings)
        return _actor(found.identity, found.session)

    async def still_valid(self, session_id: str, *, in_use: bool = True) -> Actor | None:
        """Return who the session belongs to as things stand now, None if it has ended. For sockets that stay open.

        An open, visible page counts as use; say `in_use=False` for one that nobody looks at.
        """
        found = await self._find(session_id)
        if found is None:
            return None
        if in_use:
            await self._touch(session_id)
        return _actor(found.identity, found.session)

    async def sign_out(self, actor: Actor) -> None:
        """End the actor's own session."""
        self._access.require(actor, "session:end")
        if actor.session_id is not None:
            async with transaction():
                await end_session(actor.session_id)
                await self._audit.record(actor, "session:end", _subject(actor), summary="Signed out")
            self._tell(actor.session_id)

    async def change_password(self, actor: Actor, *, current_password: str, password: str) -> SignedIn:
        """Set a new password, end every session of the user and go on with this one under another secret.

        Raises Invalid for a wrong current password or a new one that is easy to guess, Conflict,
        TooManyRequests, Busy.
        """
        self._access.require(actor, "password:change")
        session = await self.own(actor)
        credentials = await self._first_factor.prove(
            actor.email, current_password, address=actor.address, signed_in=True
        )
        if not credentials:
            raise Invalid(FieldError("current_password", "password-wrong", "The current password is wrong."))
        require_good_password(password, field="password", context=(actor.email, actor.name))
        user = credentials.user
        new_hash = await self._passwords.hash(password)
        async with transaction():
            if not await change_password_hash(user.id, credentials.password_hash, new_hash, user.auth_epoch):
                raise Conflict("The password was changed by somebody else at the same moment.")
            await self._audit.record(actor, "password:change", _subject(actor), summary="Changed the password")
        self._identities.forget(user.id)
        await self.end_all(user.id, replaced=session.id)
        return await self.renew(session, replace(user, auth_epoch=user.auth_epoch + 1), amr=session.amr)

    async def end_all(self, user_id: str, *, replaced: str | None = None) -> None:
        """End every session of a user, at once and with what they hold open."""
        for session_id in await end_sessions_of(user_id):
            self._tell(session_id, replaced=session_id == replaced)

    async def of(self, user_id: str) -> list[Session]:
        """Give the sessions of a user that go on, the one used last first."""
        found = [await self._find(session_id) for session_id in await session_ids_of(user_id)]
        sessions = [replace(each.session, seen_at=self._seen_at(each.session)) for each in found if each is not None]
        return sorted(sessions, key=lambda session: session.seen_at, reverse=True)

    async def end(self, session_id: str) -> None:
        """End one session, at once and with what it holds open."""
        await end_session(session_id)
        self._tell(session_id)

    async def end_with_one_factor(self, user_ids: Collection[str]) -> None:
        """End the sessions of these users that began with a password alone."""
        for user_id in user_ids:
            for session in await self.of(user_id):
                if not has_two_factors(session.amr):
                    await self.end(session.id)

    @contextmanager
    def watch_end(self, session_id: str) -> Iterator[SessionEnd]:
        """Give a signal that comes when the session is ended, until the block is left.

        It does not come when the session lapses by time alone: ask `still_valid` for that, at least every 30 s.
        """
        end = SessionEnd()
        self._ends.setdefault(session_id, set()).add(end)
        try:
            yield end
        finally:
            ends = self._ends.get(session_id, set())
            ends.discard(end)
            if not ends:
                self._ends.pop(session_id, None)

    async def close(self) -> None:
        """Store what is only in memory: when each session was last used."""
        fresh = {key: at for key, at in self._seen.items() if at != self._stored.get(key)}
        self._stored.update(fresh)
        await mark_seen(fresh)

    async def _begin(
        self, secret: str, session: Session, user: User, instead_of: str | None, record: tuple[Action, str] | None
    ) -> SignedIn:
        actor = replace(_actor(Identity(user, await bindings_of(user.id)), session), address=session.address)
        async with transaction():
            all_ended = await start_session(session, at_most=self._limits.per_user, instead_of=instead_of)
            if record:
                action, summary = record
                await self._audit.record(actor, action, _subject(actor), summary=summary)
        for ended in all_ended:
            self._tell(ended, replaced=ended == instead_of)
        self._rights[session.id] = actor.bindings
        return SignedIn(secret, actor, self._access.permissions(actor))

    async def _find(self, session_id: str) -> _Found | None:
        session = await self._session(session_id)
        if session is None:
            return None
        identity = await self._identities.find(session.user_id)
        now = self._clock.now()
        seen_at = self._seen_at(session)
        alive = (
            identity is not None
            and identity.user.enabled
            and session.auth_epoch == identity.user.auth_epoch
            and abs(now - seen_at) < self._limits.idle_seconds
            and abs(now - session.created_at) < self._limits.absolute_seconds
        )
        if identity is None or not alive:
            await end_session(session_id)
            self._tell(session_id)
            return None
        return _Found(session, identity)

    def _seen_at(self, session: Session) -> float:
        return max(session.seen_at, self._seen.get(session.id, 0.0))

    async def _session(self, session_id: str) -> Session | None:
        now = self._clock.now()
        remembered = self._remembered.get(session_id)
        if remembered is not None and 0 <= now - remembered.read_at < REMEMBERED_SECONDS:
            return remembered.session
        endings = self._endings
        session = await find_session(session_id)
        if session is None:
            self._forget(session_id)
            return None
        if endings == self._endings:  # else it may have ended while it was read
            self._remember(session_id, _Remembered(session, read_at=now))
        return session

    async def _touch(self, session_id: str) -> None:
        now = self._clock.now()
        self._seen[session_id] = now
        remembered = self._remembered.get(session_id)
        stored = self._stored.get(session_id, remembered.session.seen_at if remembered else 0.0)
        if abs(now - stored) >= TOUCH_SECONDS:
            self._stored[session_id] = now
            await mark_seen({session_id: now})

    async def _remove_expired(self) -> None:
        now = self._clock.now()
        self._seen = {key: at for key, at in self._seen.items() if now - at < self._limits.idle_seconds}
        self._stored = {key: at for key, at in self._stored.items() if key in self._seen}
        self._rights = {key: rights for key, rights in self._rights.items() if key in self._seen}
        await self.close()
        await remove_expired(
            seen_before=now - self._limits.idle_seconds, created_before=now - self._limits.absolute_seconds
        )

    def _remember(self, session_id: str, remembered: _Remembered) -> None:
        while len(self._remembered) >= REMEMBERED_AT_MOST:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[session_id] = remembered

    def _forget(self, session_id: str) -> None:
        for memory in (self._remembered, self._seen, self._stored, self._rights):
            memory.pop(session_id, None)

    def _tell(self, session_id: str, *, replaced: bool = False) -> None:
        self._endings += 1
        self._forget(session_id)
        for end in self._ends.pop(session_id, set()):
            end.tell(replaced=replaced)


def _actor(identity: Identity, session: Session) -> Actor:
    user = identity.user
    return Actor(
        user_id=user.id,
        email=user.email,
        name=user.name,
        bindings=identity.bindings,
        session_id=session.id,
        proved_at=session.proved_at,
        amr=session.amr,
    )


def _subject(actor: Actor) -> Subject:
    return Subject("user", actor.user_id, actor.email)
