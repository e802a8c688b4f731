"""Use cases of people who may sign in: find, invite, change, disable and delete them."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor, Binding
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict, FieldError, Invalid, NotFound
from sentra.core.users import User, normalise_email
from sentra.db.bindings import bindings_of, replace_bindings
from sentra.db.database import transaction
from sentra.db.links import remove_links_by, remove_links_of
from sentra.db.owned_peers import disown
from sentra.db.sessions import session_ids_of
from sentra.db.users import add_user, change_user, find_user, is_email_taken, page_of_users, remove_user
from sentra.services.audit import Audit
from sentra.services.binding_words import binding_words
from sentra.services.bindings import Bindings
from sentra.services.identities import Identities, Identity
from sentra.services.one_time_links import HandedLink, OneTimeLinks
from sentra.services.owned_peers import OwnedPeers, Waiting
from sentra.services.people import (
    Person,
    PersonList,
    changed_of_user,
    cursor_of,
    people_of,
    position_of,
    require_version,
)
from sentra.services.ranks import require_above, require_other_owner, roles_below
from sentra.services.sessions import Sessions
from sentra.services.step_up import require_fresh

MOST_USERS: Final = 500
"""How many users one page has at most."""


class Invitation(Struct, frozen=True):
    """Who is invited, and to what."""

    email: str
    name: str
    bindings: Sequence[Binding]
    peer_limit: int | None = None


class Invited(Struct, frozen=True):
    """Somebody who was invited, and the link that is handed to them."""

    person: Person
    link: HandedLink


class UserFields(Struct, frozen=True, kw_only=True):
    """What is said of a user; what is left out stays."""

    name: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    peer_limit: int | UnsetType | None = UNSET


class UserChange(Struct, frozen=True):
    """What became of a change of somebody, and which changes of interfaces that it made wait to be confirmed."""

    person: Person
    waiting: Sequence[Waiting]


class Users:
    """Finds and changes people."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        audit: Audit,
        identities: Identities,
        sessions: Sessions,
        links: OneTimeLinks,
        peers: OwnedPeers,
        bindings: Bindings,
    ) -> None:
        self._clock = clock
        self._access = access
        self._audit = audit
        self._identities = identities
        self._sessions = sessions
        self._links = links
        self._peers = peers
        self._bindings = bindings

    async def list(self, actor: Actor, part: str = "", *, limit: int = 100, cursor: str | None = None) -> PersonList:
        """Give one page of the people whose name or address has `part` in it. Raises Invalid for a wrong cursor."""
        self._access.authorise(actor, "user:read", EVERYTHING)
        limit = max(1, min(limit, MOST_USERS))
        found = await page_of_users(part.strip(), after=position_of(cursor), limit=limit + 1)
        page, rest = found[:limit], found[limit:]
        people = await people_of(self._access, actor, page, now=self._clock.now())
        grantable = roles_below(actor) if self._access.may(actor, "role:update", EVERYTHING) else ()
        return PersonList(people, cursor_of(page[-1].email) if rest else None, grantable)

    async def get(self, actor: Actor, user_id: str) -> Person:
        """Give somebody. Raises NotFound."""
        self._access.authorise(actor, "user:read", EVERYTHING)
        return await self._person(actor, user_id)

    async def invite(self, actor: Actor, said: Invitation) -> Invited:
        """Add somebody who has no password yet, and make the link by which they set one.

        It gives roles, so it asks for a fresh proof as every other way to give them does. Raises Invalid,
        StepUpRequired.
        """
        self._access.authorise(actor, "user:invite", EVERYTHING)
        require_fresh(actor, self._clock)
        user = User(
            id=secrets.token_hex(16),
            email=normalise_email(said.email),
            name=said.name,
            auth_epoch=0,
            enabled=True,
            created_at=datetime.fromtimestamp(int(self._clock.now()), UTC),
            peer_limit=said.peer_limit,
        )
        async with transaction():
            await self._bindings.require_right(actor, said.bindings)
            if await is_email_taken(user.email):
                raise Invalid(FieldError("email", "email-taken", "Somebody has this address already."))
            await add_user(user, "")
            await replace_bindings(user.id, said.bindings)
            link = await self._links.make("join", user.id, by=actor)
            roles = ", ".join(await binding_words(said.bindings))
            await self._audit.record(actor, "user:invite", _subject(user), summary=f"Invited {user.email} as {roles}")
        return Invited(await self._person(actor, user.id), link)

    async def invite_again(self, actor: Actor, user_id: str) -> HandedLink:
        """Make a new link for somebody who has not joined; the one before ends.

        Raises NotFound, Conflict, StepUpRequired.
        """
        self._access.authorise(actor, "user:invite", EVERYTHING)
        require_fresh(actor, self._clock)
        async with transaction():
            user = (await _subordinate(actor, user_id)).user
            if user.joined_at is not None:
                raise Conflict(f"{user.name} has joined already. Make a link for a new password instead.")
            _require_enabled(user)
            link = await self._links.make("join", user.id, by=actor)
            await self._audit.record(actor, "user:invite", _subject(user), summary=f"Invited {user.email} again")
        return link

    async def reset(self, actor: Actor, user_id: str) -> HandedLink:
        """Make a link by which somebody sets a new password. Until it is used, the old one is good; their second
        factors stay. Raises NotFound, Conflict, StepUpRequired."""
        self._access.authorise(actor, "user:reset", EVERYTHING)
        require_fresh(actor, self._clock)
        async with transaction():
            user = (await _subordinate(actor, user_id)).user
            if user.joined_at is None:
                raise Conflict(f"{user.name} has not joined yet. Make a new invitation instead.")
            _require_enabled(user)
            link = await self._links.make("reset", user.id, by=actor)
            await self._audit.record(
                actor, "user:reset", _subject(user), summary=f"Made a link for a new password of {user.email}"
            )
        return link

    async def update(
        self, actor: Actor, user_id: str, said: UserFields, *, version: int | None = None, disable_peers: bool = False
    ) -> UserChange:
        """Change what is said, and leave the rest; whoever is disabled is out at once, with their peers where that is
        wanted: all of it, or nothing.

        Raises NotFound, ChangedMeanwhile, Conflict for the last owner, and while a change of an interface waits on
        which they have peers.
        """
        self._access.authorise(actor, "user:update", EVERYTHING)
        reason = f"{await self._name(user_id)} was disabled" if disable_peers and said.enabled is False else None
        async with self._peers.disabled(actor, user_id, reason) as changes:
            before = await _subordinate(actor, user_id)
            require_version(before, version)
            after = _changed(before.user, said)
            ends = before.user.enabled and not after.enabled
            if ends:
                await require_other_owner(user_id)
                await remove_links_of(user_id)
                await remove_links_by(user_id)
                after = replace(after, auth_epoch=after.auth_epoch + 1)
            if after != before.user:
                await change_user(after)
                detail = changed_of_user(before.user, after)
                await self._audit.record(
                    actor, "user:update", _subject(after), summary=_told(before.user, after), detail=detail
                )
        self._identities.forget(user_id)
        if ends:
            await self._sessions.end_all(user_id)
        waiting = await self._peers.settled(changes)
        return UserChange(await self._person(actor, user_id), waiting)

    async def delete(
        self, actor: Actor, user_id: str, *, version: int | None = None, disable_peers: bool = False
    ) -> Sequence[Waiting]:
        """Remove somebody for good. Their peers stay, without an owner; disabled in the same step where that is wanted.

        Give which changes of interfaces wait to be confirmed. Raises as `update`.
        """
        self._access.authorise(actor, "user:delete", EVERYTHING)
        reason = "Their owner was removed" if disable_peers else None
        async with self._peers.disabled(actor, user_id, reason) as changes:
            before = await _subordinate(actor, user_id)
            require_version(before, version)
            await require_other_owner(user_id)
            sessions = await session_ids_of(user_id)
            await disown(user_id)
            await remove_links_by(user_id)
            await remove_user(user_id)
            await self._audit.record(
                actor, "user:delete", _subject(before.user), summary=f"Removed {before.user.email}"
            )
        self._identities.forget(user_id)
        for session_id in sessions:
            await self._sessions.end(session_id)
        return await self._peers.settled(changes)

    async def _name(self, user_id: str) -> str:
        user = await find_user(user_id)
        return user.name if user else ""

    async def _person(self, actor: Actor, user_id: str) -> Person:
        user = await find_user(user_id)
        if user is None:
            raise NotFound("There is no such user.")
        return (await people_of(self._access, actor, [user], now=self._clock.now()))[0]


async def _subordinate(actor: Actor, user_id: str) -> Identity:
    """Give somebody whom the actor stands above, as they are in this transaction. Raises NotFound, Forbidden."""
    user = await find_user(user_id)
    if user is None:
        raise NotFound("There is no such user.")
    identity = Identity(user, await bindings_of(user_id))
    await require_above(actor, identity)
    return identity


def _require_enabled(user: User) -> None:
    if not user.enabled:
        raise Conflict(f"{user.name} is disabled. Enable them first.")


def _changed(user: User, said: UserFields) -> User:
    given = {field: getattr(said, field) for field in said.__struct_fields__}
    return replace(user, **{field: value for field, value in given.items() if value is not UNSET})


def _told(before: User, after: User) -> str:
    if before.enabled != after.enabled:
        return f"{'Enabled' if after.enabled else 'Disabled'} {after.email}"
    if before.name != after.name:
        return f"Renamed {after.email} from {before.name} to {after.name}"
    return f"Changed how many peers {after.email} may have"


def _subject(user: User) -> Subject:
    return Subject("user", user.id, user.email)
