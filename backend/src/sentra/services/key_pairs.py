"""Key pairs of peers that this server makes, where an interface allows it."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from sentra.core.keys import key_text
from sentra.core.secrets import Secret


class KeyPair(Struct, frozen=True):
    """A private key and the public one that belongs to it."""

    private: Secret
    public: str


def new_key_pair() -> KeyPair:
    """Make a pair from 32 random bytes, clamped (RFC 7748, 5), so that every program prints the same private key."""
    raw = bytearray(X25519PrivateKey.generate().private_bytes_raw())
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    private = Secret(bytes(raw))
    return KeyPair(private, public_key_of(private))


def public_key_of(private: Secret) -> str:
    """Give the public key of a private one."""
    return key_text(X25519PrivateKey.from_private_bytes(private.reveal()).public_key().public_bytes_raw())
