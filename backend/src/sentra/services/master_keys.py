"""The master key: what every stored secret is sealed with. While it is replaced there are two."""

import hashlib
import hmac
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sentra.services.key_files import SealBroken, kept_key, make_key, remove_half_made, replace_key

KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12


class MasterKey:
    """A key with its id: the first 8 bytes of its SHA-256."""

    __slots__ = ("_for_nonces", "cipher", "id")

    def __init__(self, key: bytes) -> None:
        self.id = hashlib.sha256(key).digest()[:KEY_ID_BYTES]
        self.cipher = AESGCM(key)
        self._for_nonces = HKDF(SHA256(), 32, salt=None, info=b"sentra nonces of what is sealed anew").derive(key)

    def nonce_for(self, said: bytes) -> bytes:
        """Give the nonce that belongs to what is sealed anew, as random as a random one to whoever has not the key."""
        return hmac.digest(self._for_nonces, said, "sha256")[:NONCE_BYTES]

    def __repr__(self) -> str:
        return f"MasterKey({self.id.hex()})"


class MasterKeys:
    """Keeps the key in a file, made at the first need, and beside it its successor, until all is sealed with that.

    Both files are there until the last secret is sealed anew, so that it does not matter when the process ends.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._next_file = file.with_name(f"{file.name}.next")
        self._lock = threading.Lock()
        self._newest: MasterKey | None = None
        self._earlier: MasterKey | None = None

    @property
    def earlier(self) -> MasterKey | None:
        """The key that is being replaced, None where none is. Raises SealBroken where a key file cannot be used."""
        if self._newest is None and self._next_file.exists():
            self.newest(make=False)
        return self._earlier

    def newest(self, *, make: bool) -> MasterKey:
        """Give the key that seals. Raises SealBroken where the key file cannot be used."""
        with self._lock:
            if self._newest is None:
                self._newest, self._earlier = self._read(make=make)
            return self._newest

    def named(self, key_id: bytes) -> MasterKey | None:
        """Give the key with this id, None where it is another one."""
        newest = self.newest(make=False)
        return next((key for key in (newest, self._earlier) if key is not None and key.id == key_id), None)

    def tidy(self) -> None:
        """Remove keys that a crash kept from being made."""
        with self._lock:
            remove_half_made(self._file)
            remove_half_made(self._next_file)

    def make_next(self) -> None:
        """Make the file of the key that comes next. Nothing is sealed with it before `switch`."""
        self.newest(make=True)
        with self._lock, _told(self._next_file):
            make_key(self._next_file)
            kept_key(self._next_file, make=False)

    def switch(self) -> None:
        """Seal with the next key from now on; what was sealed before opens still."""
        with self._lock:
            self._newest, self._earlier = self._read(make=False)

    def abandon(self) -> None:
        """Forget the next key, with which nothing was kept."""
        with self._lock:
            self._next_file.unlink(missing_ok=True)
            if self._earlier is not None:
                self._newest, self._earlier = self._earlier, None

    def finish(self) -> None:
        """Destroy the earlier key. Call it when nothing is sealed with it any more."""
        with self._lock, _told(self._file):
            replace_key(self._file, self._next_file)
            self._earlier = None

    def _read(self, *, make: bool) -> tuple[MasterKey, MasterKey | None]:
        if not self._next_file.exists():
            return self._key_in(self._file, make=make), None
        return self._key_in(self._next_file), self._key_in(self._file)

    def _key_in(self, file: Path, *, make: bool = False) -> MasterKey:
        with _told(file):
            return MasterKey(kept_key(file, make=make))


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Say in a sentence what the system says about a key file."""
    try:
        yield
    except OSError as error:
        raise SealBroken(f"The key in {file.name} cannot be used: {os.strerror(error.errno or 0)}.") from error
