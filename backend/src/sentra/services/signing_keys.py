"""The keys that sign access tokens: derived from JWT_SECRET, rotated with an overlap."""

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import OctKey
from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import Conflict
from sentra.core.secrets import Secret

OVERLAP_SECONDS: Final = 10 * 60 + 60.0
"""How long a key that was replaced still verifies: as long as its last token lives, and a minute for clocks."""
_PURPOSE: Final = b"sentra access token"
_MADE_BYTES: Final = 64


class SigningKey(Struct, frozen=True):
    """A key with the name that tokens call it by: the first 8 bytes of its SHA-256, hex."""

    kid: str
    key: OctKey

    @classmethod
    def of(cls, secret: Secret) -> "SigningKey":
        """Derive the key for access tokens (HKDF-SHA256, RFC 5869); other purposes have keys of their own."""
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.reveal())
        return cls(hashlib.sha256(derived).hexdigest()[:16], OctKey.import_key(derived))

    def __repr__(self) -> str:
        return f"SigningKey({self.kid!r})"


class SigningKeys:
    """Knows which key signs, and which still verify. `use` before anything is signed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._file: Path | None = None
        self._newest: SigningKey | None = None
        self._earlier: dict[str, tuple[SigningKey, float | None]] = {}

    def use(self, secret: Secret, previous: Secret | None, *, file: Path | None) -> None:
        """Sign with this secret; the previous one still verifies. `file` is where it is kept, None for an environment
        that has it: then it is rotated there."""
        self._newest = SigningKey.of(secret)
        self._file = file
        self._earlier = {}
        if previous is not None:
            key = SigningKey.of(previous)
            self._earlier[key.kid] = (key, None)

    @property
    def newest(self) -> SigningKey:
        """The key that signs."""
        if self._newest is None:
            raise RuntimeError("there is no signing key yet")
        return self._newest

    def verifying(self) -> list[SigningKey]:
        """Give the keys whose tokens are believed right now, the newest first."""
        now = self._clock.now()
        self._earlier = {kid: (key, until) for kid, (key, until) in self._earlier.items() if not until or until > now}
        return [self.newest, *(key for key, _ in self._earlier.values())]

    def rotate(self) -> str:
        """Make a new key and sign with it; give its name. The one before verifies a while longer. Blocks for a moment.

        Raises Conflict where the secret is kept in the environment.
        """
        if self._file is None:
            raise Conflict(
                "JWT_SECRET is set in the environment. Set a new one there, with the old one as JWT_SECRET_PREVIOUS."
            )
        made = secrets.token_bytes(_MADE_BYTES)
        _replace(self._file, base64.b64encode(made) + b"\n")
        before = self.newest
        self._earlier[before.kid] = (before, self._clock.now() + OVERLAP_SECONDS)
        self._newest = SigningKey.of(Secret(made))
        return self._newest.kid


def _replace(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(handle)
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
