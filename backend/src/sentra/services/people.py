"""People as others see them: what is known of somebody, and pages of it."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Action, Actor, Binding, Role
from sentra.core.errors import ChangedMeanwhile, FieldError, Invalid
from sentra.core.users import User
from sentra.db.bindings import all_bindings
from sentra.db.factors import users_with_factors
from sentra.db.links import open_links
from sentra.db.owned_peers import count_owned
from sentra.db.sessions import last_seen
from sentra.services.identities import Identity
from sentra.services.ranks import stands_above

_ON_RECORD: Final = ("name", "email", "enabled", "peer_limit")
_UPON_SOMEBODY: Final = ("factor:reset", "role:update", "user:delete", "user:invite", "user:reset", "user:update")


class Person(Struct, frozen=True):
    """A user, and what is known of them. `invited_until` is until when their newest invitation is good, `seen_at` when
    they last used a browser in which they are signed in."""

    user: User
    bindings: tuple[Binding, ...]
    peer_count: int = 0
    invited_until: float | None = None
    seen_at: float | None = None
    has_second_factor: bool = False
    can: Sequence[Action] = ()

    @property
    def version(self) -> int:
        """The same for the same, another for whatever may be changed."""
        user = self.user
        said = msgspec.json.encode((user.email, user.name, user.enabled, user.peer_limit, self.bindings))
        return int.from_bytes(hashlib.sha256(said).digest()[:6])


class PersonList(Struct, frozen=True):
    """Some people in order of their e-mail address; `next_cursor` leads to those after them.

    `grantable` are the roles that whoever asks may give.
    """

    people: Sequence[Person]
    next_cursor: str | None
    grantable: Sequence[Role] = ()


async def people_of(access: Access, actor: Actor, users: Sequence[User], *, now: float) -> Sequence[Person]:
    """Give what is known of users, with what the actor may do to each."""
    ids = [user.id for user in users]
    bindings = await all_bindings(ids)
    peers = await count_owned(ids)
    invited = await open_links(ids, "join", now=now)
    seen = await last_seen(ids)
    factors = await users_with_factors()
    upon = [action for action in _UPON_SOMEBODY if access.may(actor, action, EVERYTHING)]
    return [
        Person(
            user=user,
            bindings=bindings.get(user.id, ()),
            peer_count=peers.get(user.id, 0),
            invited_until=invited.get(user.id),
            seen_at=seen.get(user.id),
            has_second_factor=user.id in factors,
            can=upon if stands_above(actor, bindings.get(user.id, ())) else [],
        )
        for user in users
    ]


def require_version(identity: Identity, version: int | None) -> None:
    """Return if this is the version that was looked at; any will do where none is named. Raises ChangedMeanwhile."""
    if version is not None and version != Person(identity.user, identity.bindings).version:
        raise ChangedMeanwhile("Somebody else changed this user meanwhile. Look again before you change it.")


def changed_of_user(before: User, after: User) -> Mapping[str, Any]:
    """Give which fields of a user became what, as the record has it: a line names one of them."""
    fields = {name: (_shown(getattr(before, name)), _shown(getattr(after, name))) for name in _ON_RECORD}
    return {"fields": {name: list(both) for name, both in fields.items() if both[0] != both[1]}}


def cursor_of(email: str) -> str:
    """Give a cursor that leads to whoever comes after this address."""
    return urlsafe_b64encode(msgspec.json.encode(["users", email])).decode().rstrip("=")


def position_of(cursor: str | None) -> str:
    """Give behind which address a page begins. Raises Invalid for a cursor of something else."""
    if not cursor:
        return ""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        made_for, email = msgspec.json.decode(text, type=tuple[str, str])
    except (ValueError, msgspec.MsgspecError):
        made_for, email = "", ""
    if made_for != "users":
        raise Invalid(FieldError("cursor", "cursor", "This cursor belongs to another list. Begin without one."))
    return email


def _shown(value: str | bool | int | None) -> str | None:  # noqa: FBT001
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)
