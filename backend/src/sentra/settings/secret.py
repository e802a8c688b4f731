"""Judges secrets that somebody chose: a short or well-known one is worse than none, because one would be made."""

import base64
import binascii
import re

from sentra.core.secrets import Secret

SHORTEST_SECRET_BYTES = 32

_WEAK_WORDS = (
    "changeme", "change-me", "change_me", "supersecret", "super-secret", "secret", "password", "passwort", "default",
    "example", "sentra", "wireguard", "jwt", "your", "insecure", "development", "dev", "test", "demo", "key", "token",
    "please", "admin", "letmein", "qwerty", "characters", "minimum", "least", "long", "256", "bit",
)  # fmt: skip


def strong_secret(value: str) -> Secret:
    """Return the bytes of a secret that nobody guesses. Raises ValueError with the end of a sentence."""
    advice = "Make one with: openssl rand -base64 48"
    secret = _decoded(value)
    if len(secret) < SHORTEST_SECRET_BYTES:
        raise ValueError(f"must hold at least {SHORTEST_SECRET_BYTES} bytes once decoded. {advice}")
    if len(set(secret)) < 12 or _repeats(value) or _repeats(secret.decode("latin-1")):
        raise ValueError(f"repeats itself and can be guessed. {advice}")
    rest = value.lower()
    for word in _WEAK_WORDS:
        rest = rest.replace(word, "")
    if len(re.sub(r"[\W_]", "", rest)) < SHORTEST_SECRET_BYTES // 2:
        raise ValueError(f"is made of words that are tried first. {advice}")
    return Secret(secret)


def _decoded(value: str) -> bytes:
    """Return the bytes that a secret stands for: hexadecimal, base64, or the text itself. Counted the strict way."""
    if re.fullmatch(r"([0-9a-fA-F]{2})+", value):
        return bytes.fromhex(value)
    if re.fullmatch(r"[A-Za-z0-9+/_-]+={0,2}", value):
        standard = value.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except binascii.Error:
            pass
    return value.encode()


def _repeats(text: str) -> bool:
    return any(text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, len(text) // 2 + 1))
