"""People who may sign in, and the sessions in which they do."""

import re
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from sentra.core.names import has_hidden

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


class User(Struct, frozen=True):
    """Somebody who may sign in. `auth_epoch` grows whenever every session made before must end.

    `joined_at` is when they took up the invitation, None before. `peer_limit` is how many peers a member may have.
    """

    id: str
    email: str
    name: str
    auth_epoch: int
    enabled: bool
    created_at: datetime
    joined_at: datetime | None = None
    peer_limit: int | None = None


class Credentials(Struct, frozen=True):
    """A user and the hash that its password is checked against, empty for none. Stays inside the services."""

    user: User
    password_hash: str

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password_hash=(hidden))"


class Session(Struct, frozen=True):
    """A browser that is signed in. `id` is the SHA-256 of the secret in its cookie, hex."""

    id: str
    user_id: str
    auth_epoch: int
    created_at: float
    """Unix seconds, like `seen_at`: only compared with the clock."""
    seen_at: float
    address: str
    user_agent: str
    amr: tuple[str, ...] = ("pwd",)
    """How it was signed in to, as RFC 8176 names it."""
    proved_at: float = 0.0
    """When its user last proved who they are: Unix seconds."""


class SetupLink(Struct, frozen=True):
    """The one-time right to make the owner; `token` is shown once and stored only as a digest."""

    token: str
    expires_at: float

    def __repr__(self) -> str:
        return f"SetupLink(token=(hidden), expires_at={self.expires_at!r})"


LinkPurpose = Literal["join", "reset"]
"""What a one-time link is good for: taking up an invitation, or a new password."""


class Link(Struct, frozen=True):
    """A link that is good once, without its token, which is shown once and stored only as a digest."""

    purpose: LinkPurpose
    user_id: str
    expires_at: float
    """Unix seconds."""


def is_email(text: str) -> bool:
    """Tell whether a text has the form of an e-mail address, with nothing hidden in it."""
    return _EMAIL.fullmatch(text) is not None and not has_hidden(text)


def normalise_email(email: str) -> str:
    """Return the one spelling under which an e-mail address is stored and looked up."""
    return email.strip().casefold()
