"""Which browsers are signed in as whom, and ending that."""

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor
from sentra.core.audit import Subject
from sentra.core.browsers import browser_in_words
from sentra.core.errors import NotFound
from sentra.core.secrets import digest
from sentra.core.users import Session, User
from sentra.db.bindings import bindings_of
from sentra.db.database import transaction
from sentra.db.users import find_user
from sentra.services.audit import Audit
from sentra.services.identities import Identity
from sentra.services.ranks import require_above
from sentra.services.sessions import Sessions
from sentra.services.token_families import TokenFamilies


class OpenSession(Struct, frozen=True):
    """A browser that is signed in. `id` names it, and says nothing of the cookie; times are Unix seconds."""

    id: str
    is_current: bool
    created_at: float
    seen_at: float
    address: str
    browser: str
    amr: tuple[str, ...]


class SessionList:
    """Shows and ends sessions: one's own, and those of people below.

    Whoever ends all of them ends the sign-ins of programs too: an intruder may have made those as well.
    """

    def __init__(self, access: Access, audit: Audit, sessions: Sessions, families: TokenFamilies) -> None:
        self._access = access
        self._audit = audit
        self._sessions = sessions
        self._families = families

    async def own(self, actor: Actor) -> list[OpenSession]:
        """Give the actor's own sessions, the one used last first."""
        self._access.require(actor, "session:read")
        return [_shown(session, actor) for session in await self._sessions.of(actor.user_id)]

    async def end_own(self, actor: Actor, public_id: str) -> None:
        """End one of the actor's own sessions. Raises NotFound."""
        self._access.require(actor, "session:end")
        await self._end(actor, Subject("user", actor.user_id, actor.email), actor.user_id, public_id)

    async def end_others(self, actor: Actor) -> None:
        """End every session of the actor but the one that asks, and what programs signed in to."""
        self._access.require(actor, "session:end")
        await self._end(actor, Subject("user", actor.user_id, actor.email), actor.user_id, None)

    async def of_user(self, actor: Actor, user_id: str) -> list[OpenSession]:
        """Give the sessions of somebody. Raises NotFound."""
        self._access.authorise(actor, "user:read", EVERYTHING)
        await _found(user_id)
        return [_shown(session, actor) for session in await self._sessions.of(user_id)]

    async def end_of_user(self, actor: Actor, user_id: str, public_id: str | None = None) -> None:
        """End a session of somebody whom the actor stands above, or all of them. Raises NotFound, Forbidden."""
        self._access.authorise(actor, "user:update", EVERYTHING)
        user = await _found(user_id)
        if user_id != actor.user_id:
            await require_above(actor, Identity(user, await bindings_of(user_id)))
        await self._end(actor, Subject("user", user.id, user.email), user_id, public_id)

    async def _end(self, actor: Actor, subject: Subject, user_id: str, public_id: str | None) -> None:
        chosen = [
            session
            for session in await self._sessions.of(user_id)
            if public_id == public_id_of(session.id) or (public_id is None and session.id != actor.session_id)
        ]
        if public_id is not None and not chosen:
            raise NotFound("There is no such session.")
        what = f"the session from {chosen[0].address}" if public_id else "every session"
        async with transaction():
            programs = await self._families.end_all(user_id) if public_id is None else ()
            if chosen or programs:
                await self._audit.record(actor, "session:end", subject, summary=f"Ended {what}")
        self._families.forget(programs)
        for session in chosen:
            await self._sessions.end(session.id)


def public_id_of(session_id: str) -> str:
    """Give the name of a session: made of what is stored, which cannot be told from it."""
    return digest(f"session {session_id}")[:24]


def _shown(session: Session, actor: Actor) -> OpenSession:
    return OpenSession(
        id=public_id_of(session.id),
        is_current=session.id == actor.session_id,
        created_at=session.created_at,
        seen_at=session.seen_at,
        address=session.address,
        browser=browser_in_words(session.user_agent),
        amr=session.amr,
    )


async def _found(user_id: str) -> User:
    user = await find_user(user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user
