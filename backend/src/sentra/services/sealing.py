"""Secrets that must be stored, as ciphertexts that are good in one row alone: AES-256-GCM (NIST SP 800-38D)."""

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from sentra.core.errors import SentraError
from sentra.core.secrets import Secret

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
KEY_ID_BYTES: Final = 8
_FORMAT: Final = b"\x01"
_HEAD_BYTES: Final = len(_FORMAT) + KEY_ID_BYTES + NONCE_BYTES


class SealBroken(SentraError):
    """A sealed secret cannot be opened: another key, another row, or changed bytes."""


class Place(Struct, frozen=True):
    """Where a sealed secret is stored. It opens there and nowhere else."""

    table: str
    column: str
    row_id: str


class Sealing:
    """Seals secrets with the key in a file, made at the first need. Without that file they are lost for good.

    A sealed secret is one byte of format, the first 8 bytes of the key's SHA-256, a random nonce of 96 bits, and the
    ciphertext with its tag. The associated data are `table|column|row-id|key-id`.
    """

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._cipher: AESGCM | None = None
        self._key_id = b""

    def seal(self, secret: Secret, place: Place) -> bytes:
        """Give the ciphertext of a secret for one place. Raises SealBroken where the key file cannot be used."""
        cipher = self._opened(make=True)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return _FORMAT + self._key_id + nonce + cipher.encrypt(nonce, secret.reveal(), self._bound_to(place))

    def unseal(self, sealed: bytes, place: Place) -> Secret:
        """Give the secret that was sealed for this place. Raises SealBroken for anything else."""
        cipher = self._opened(make=False)
        if len(sealed) <= _HEAD_BYTES or sealed[:1] != _FORMAT:
            raise SealBroken("A stored secret is damaged.")
        if sealed[1 : 1 + KEY_ID_BYTES] != self._key_id:
            raise SealBroken(f"A stored secret was sealed with another key than the one in {self._key_file.name}.")
        nonce, ciphertext = sealed[_HEAD_BYTES - NONCE_BYTES : _HEAD_BYTES], sealed[_HEAD_BYTES:]
        try:
            return Secret(cipher.decrypt(nonce, ciphertext, self._bound_to(place)))
        except InvalidTag:
            raise SealBroken("A stored secret is damaged, or belongs to another row.") from None

    def _bound_to(self, place: Place) -> bytes:
        return f"{place.table}|{place.column}|{place.row_id}|{self._key_id.hex()}".encode()

    def _opened(self, *, make: bool) -> AESGCM:
        if self._cipher is None:
            try:
                key = kept_key(self._key_file, make=make)
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                raise SealBroken(f"The key in {self._key_file.name} cannot be used: {reason}.") from error
            self._cipher, self._key_id = AESGCM(key), hashlib.sha256(key).digest()[:KEY_ID_BYTES]
        return self._cipher


def kept_key(file: Path, *, make: bool) -> bytes:
    """Return the key in the file, which only its owner may read; the first time, make it. May raise OSError."""
    if make and not file.exists():
        _make_key(file)
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            raise SealBroken(f"The key in {file.name} can be read by others. Do: chmod 600 {file.name}")
        key = opened.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise SealBroken(f"The key in {file.name} is damaged. Put it back from a backup.")
    return key


def _make_key(file: Path) -> None:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(secrets.token_bytes(KEY_BYTES))
            opened.flush()
            os.fsync(handle)
        os.link(fresh, file)  # fails where somebody was faster: then that key counts
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
