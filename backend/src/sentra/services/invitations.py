"""Coming in by a link: taking up an invitation, setting a new password. Whoever holds the link may; anyone may try.

Neither starts a session. Signing in stays the one way to a session, with everything that it asks for: a link that was
read by somebody else on its way opens no account that has a second factor.
"""

from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.access import Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Forbidden
from sentra.core.secrets import digest
from sentra.core.users import Link, LinkPurpose, User
from sentra.db.bindings import bindings_of
from sentra.db.database import transaction
from sentra.db.links import remove_links_of
from sentra.db.users import change_user, find_user, set_password_hash
from sentra.services.audit import Audit
from sentra.services.identities import Identities
from sentra.services.limiter import Limiter
from sentra.services.one_time_links import OneTimeLinks
from sentra.services.passwords import Passwords, require_good_password
from sentra.services.sessions import Sessions


class Opened(Struct, frozen=True):
    """Whose link it is, and until when it is good."""

    user: User
    expires_at: float


class Invitations:
    """Takes links back, for what they are good for."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        identities: Identities,
        sessions: Sessions,
        passwords: Passwords,
        limiter: Limiter,
        links: OneTimeLinks,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._identities = identities
        self._sessions = sessions
        self._passwords = passwords
        self._limiter = limiter
        self._links = links

    async def open(self, purpose: LinkPurpose, token: str, *, address: str) -> Opened:
        """Say whose link it is, without using it up. Raises Forbidden, TooManyRequests."""
        link = await self._found(purpose, token, address)
        return Opened(await _usable(link), link.expires_at)

    async def accept(self, token: str, *, name: str, password: str, address: str) -> User:
        """Take up an invitation, with a name and a password of one's own. Of many who try at once, one does.

        Raises Forbidden, Invalid for a password that is easy to guess, TooManyRequests, Busy.
        """
        user = await _usable(await self._found("join", token, address))
        password_hash = await self._hash(user, name, password)
        now = datetime.fromtimestamp(int(self._clock.now()), UTC)
        async with transaction():
            await self._links.spend("join", token)
            joined = replace(await _again(user), name=name, joined_at=now)
            await self._store(joined, password_hash)
            await self._audit.record(
                await _as(joined, address), "user:join", _subject(joined), summary=f"{joined.email} joined"
            )
        self._identities.forget(user.id)
        return joined

    async def reset(self, token: str, *, password: str, address: str) -> User:
        """Set a new password; every session of the user ends, second factors stay.

        Raises Forbidden, Invalid for a password that is easy to guess, TooManyRequests, Busy.
        """
        user = await _usable(await self._found("reset", token, address))
        password_hash = await self._hash(user, user.name, password)
        async with transaction():
            await self._links.spend("reset", token)
            before = await _again(user)
            after = replace(before, auth_epoch=before.auth_epoch + 1)
            await self._store(after, password_hash)
            await self._audit.record(
                await _as(after, address), "password:reset", _subject(after), summary="Set a new password by a link"
            )
        self._identities.forget(user.id)
        await self._sessions.end_all(user.id)
        return after

    async def _found(self, purpose: LinkPurpose, token: str, address: str) -> Link:
        """Give the link of a token; one that is not good counts as an attempt."""
        attempt = await self._limiter.admit(address, f"link {digest(token)}")
        link = await self._links.find(purpose, token)
        await self._limiter.give_back(attempt, right=False)
        return link

    async def _hash(self, user: User, name: str, password: str) -> str:
        require_good_password(password, field="password", context=(user.email, name))
        return await self._passwords.hash(password)

    async def _store(self, user: User, password_hash: str) -> None:
        await change_user(user)
        await set_password_hash(user.id, password_hash)
        await remove_links_of(user.id)


async def _usable(link: Link) -> User:
    user = await find_user(link.user_id)
    if user is None or not user.enabled:
        raise Forbidden("This link is not valid any more. Ask for a new one.")
    return user


async def _again(user: User) -> User:
    """Give a user as they are in this transaction: they may have been disabled while the password was hashed."""
    return await _usable(Link("join", user.id, 0.0))


async def _as(user: User, address: str) -> Actor:
    return Actor(
        user_id=user.id, email=user.email, name=user.name, bindings=await bindings_of(user.id), address=address
    )


def _subject(user: User) -> Subject:
    return Subject("user", user.id, user.email)
