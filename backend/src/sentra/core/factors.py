"""Second factors: what somebody has beside a password, who needs one, and how a session was signed in to."""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from sentra.core.access import Binding

Method = Literal["totp", "passkey", "recovery"]
"""A way to give a second factor: a code of an authenticator app, a passkey, a recovery code."""

SecondFactorRule = Literal["optional", "admins", "all"]
"""Who needs a second factor. Everybody may have one."""

PASSWORD: Final = ("pwd",)
CODE: Final = ("otp",)
PASSKEY: Final = ("hwk", "user")
"""How somebody proved who they are, as RFC 8176 names it."""
PROVIDER: Final = ("fed",)
"""Somebody whom an identity provider signed in: one factor, however many the provider asked for."""

_TWO_FACTORS: Final = frozenset({"otp", "hwk", "swk", "mfa"})
_ADMINS: Final = frozenset({"owner", "admin"})


class Passkey(Struct, frozen=True):
    """A WebAuthn credential. `credential_id` is base64url, `public_key` a COSE key; times are Unix seconds."""

    id: str
    user_id: str
    credential_id: str
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    created_at: float
    used_at: float | None = None


class TotpSeed(Struct, frozen=True):
    """What an authenticator app makes its codes of, sealed. `last_step` is spent, and so is every one before."""

    sealed: bytes
    confirmed: bool
    last_step: int
    created_at: float


class Factors(Struct, frozen=True):
    """What somebody has. `totp_since` is None without an authenticator app."""

    totp_since: float | None
    passkeys: tuple[Passkey, ...]
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Tell whether a password alone is not enough. Recovery codes stand in for a factor and are none."""
        return self.totp_since is not None or bool(self.passkeys)


NO_FACTORS = Factors(None, (), 0)


def has_two_factors(amr: Iterable[str]) -> bool:
    """Tell whether who signed in like this gave more than a password."""
    return not _TWO_FACTORS.isdisjoint(amr)


def needs_second_factor(rule: SecondFactorRule, bindings: Iterable[Binding]) -> bool:
    """Tell whether somebody with these roles needs one."""
    return rule == "all" or (rule == "admins" and any(each.role in _ADMINS for each in bindings))
