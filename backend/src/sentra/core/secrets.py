"""Secrets that are handed around: silent when printed, compared in constant time, stored as a digest."""

import hashlib
import hmac
import secrets
from typing import final

SECRET_BYTES = 32


@final
class Secret:
    """Bytes that never show themselves: `repr`, `str` and formatting give `(hidden)`; `reveal` is the one way out."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash((Secret, hashlib.sha256(self._value).digest()))


def new_token() -> str:
    """Make a token of 256 random bits: 43 characters that need no escaping in a cookie or a link."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(token: str) -> str:
    """Return what is stored of a random token: its SHA-256, hex. 256 random bits need nothing slower."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
