"""What programs sign in with: API tokens that people make, and the tokens of `POST /api/v1/token`."""

from collections.abc import Sequence

from msgspec import Struct

from sentra.core.access import ACTIONS, Action, Scope

_OF_PEOPLE = frozenset({"factor", "password", "profile", "session"})
_GRANTABLE_NOUNS = frozenset({"audit", "docs", "interface", "peer", "status"})

WHO_AM_I: Action = "session:read"

FOR_PROGRAMS = frozenset(action for action in ACTIONS if action.partition(":")[0] not in _OF_PEOPLE) | {WHO_AM_I}
"""What a program may do that signed in as somebody: what they may, but for what makes out who they are."""

GRANTABLE: tuple[Action, ...] = tuple(action for action in ACTIONS if action.partition(":")[0] in _GRANTABLE_NOUNS)
"""What an API token can be made for. None is for accounts: a token makes no tokens, and nobody an admin."""


class ApiToken(Struct, frozen=True):
    """A token that its owner made for a program. Times are Unix seconds; `used_at` is None before the first use.

    It may do `actions` within `scope`, as far as its owner may at that moment.
    """

    id: str
    user_id: str
    name: str
    actions: Sequence[Action]
    scope: Scope
    created_at: float
    expires_at: float
    used_at: float | None = None
    used_from: str = ""


class TokenFamily(Struct, frozen=True):
    """One sign-in of a program, with all the tokens that came of it. Times are Unix seconds."""

    id: str
    user_id: str
    auth_epoch: int
    created_at: float
    expires_at: float


class TokenPair(Struct, frozen=True):
    """What a program gets: a token to use for `expires_in` seconds, and one to get the next pair with, once."""

    access_token: str
    refresh_token: str
    expires_in: int

    def __repr__(self) -> str:
        return f"TokenPair((hidden), expires_in={self.expires_in!r})"
