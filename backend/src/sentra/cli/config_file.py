"""Keys made on this side of the API, and the config file that they complete."""

import secrets
from base64 import b64encode
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


class KeyPair(NamedTuple):
    """A key pair as text."""

    public: str
    private: str

    def __repr__(self) -> str:
        return f"KeyPair(public={self.public!r}, private=(hidden))"


def make_key_pair() -> KeyPair:
    """Make a key pair; the private key is clamped as `wg genkey` does (RFC 7748, section 5)."""
    raw = bytearray(secrets.token_bytes(32))
    raw[0] &= 248
    raw[31] = (raw[31] & 127) | 64
    public = X25519PrivateKey.from_private_bytes(bytes(raw)).public_key().public_bytes_raw()
    return KeyPair(b64encode(public).decode("ascii"), b64encode(raw).decode("ascii"))


def make_preshared_key() -> str:
    """Make a preshared key."""
    return b64encode(secrets.token_bytes(32)).decode("ascii")


def completed(template: str, private: str, preshared: str | None) -> str:
    """Return a config file with its secrets: below `[Interface]`, and below the peer's public key (`man wg`)."""
    lines = []
    section = ""
    for line in template.split("\n"):
        lines.append(line)
        if line.startswith("["):
            section = line
        if line == "[Interface]":
            lines.append(f"PrivateKey = {private}")
        if preshared and section == "[Peer]" and line.startswith("PublicKey ="):
            lines.append(f"PresharedKey = {preshared}")
    return "\n".join(lines)
