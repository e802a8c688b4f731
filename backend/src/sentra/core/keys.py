"""WireGuard keys as text: base64 for people and the API, hexadecimal on the userspace socket."""

from base64 import b64decode, b64encode
from typing import Final

from sentra.core.errors import WrongValue
from sentra.core.secrets import Secret

KEY_BYTES = 32
KEY_CHARACTERS = 44

_PRIME: Final = 2**255 - 19
_LOW_ORDER: Final = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        _PRIME - 1,
    }
)
"""The u coordinates of all points of Curve25519 and its twist of order 1, 2, 4 and 8, whose shared secret is zero
whatever the private key: https://cr.yp.to/ecdh.html#validate. Other spellings of them end here modulo the prime."""


def key_from_hex(text: bytes) -> str:
    """Give the base64 form (44 characters) of a key in hexadecimal. Raises ValueError on anything else."""
    raw = bytes.fromhex(text.decode("ascii"))
    if len(raw) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return b64encode(raw).decode("ascii")


def key_bytes(text: str) -> bytes:
    """Give the 32 bytes of a key in base64. Raises ValueError for anything but the one spelling of 44 characters."""
    raw = b64decode(text, validate=True)
    if len(text) != KEY_CHARACTERS or len(raw) != KEY_BYTES or b64encode(raw).decode("ascii") != text:
        raise ValueError(f"a key has {KEY_CHARACTERS} characters")
    return raw


def key_text(raw: bytes) -> str:
    """Give the base64 form of a key of 32 bytes."""
    return b64encode(raw).decode("ascii")


def checked_public_key(text: str, *, not_of: str | None = None) -> str:
    """Return a public key that a peer can have. Raises WrongValue otherwise.

    Refused are points of low order, and with `not_of` that key: an interface is no peer of itself.
    """
    number = int.from_bytes(_checked_bytes(text), "little")
    # The highest bit means nothing (RFC 7748, 5).
    if (number & 2**255 - 1) % _PRIME in _LOW_ORDER:
        raise WrongValue("key-low-order", "This key gives no secrecy: it is zero or another point of low order.")
    if text == not_of:
        raise WrongValue("key-own", "This is the key of the interface itself; a peer has its own.")
    return text


def checked_secret_key(text: str) -> Secret:
    """Give a private or preshared key as the secret that it is. Raises WrongValue, which never tells of the key."""
    raw = _checked_bytes(text)
    if not any(raw):
        raise WrongValue("key-zero", "This key is all zeros, which is no key.")
    return Secret(raw)


def _checked_bytes(text: str) -> bytes:
    try:
        return key_bytes(text)
    except ValueError:
        raise WrongValue("key", f"A key has {KEY_CHARACTERS} characters of base64 and ends in =.") from None
