"""Secrets that must be stored, as ciphertexts that are good in one row alone: AES-256-GCM (NIST SP 800-38D)."""

import hashlib
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from msgspec import Struct

from sentra.core.secrets import Secret
from sentra.services.key_files import SealBroken
from sentra.services.master_keys import KEY_ID_BYTES, NONCE_BYTES, MasterKey, MasterKeys

__all__ = ["KEY_ID_BYTES", "NONCE_BYTES", "Place", "SealBroken", "Sealing", "heads_of", "name_of"]

_FRESH: Final = b"\x01"
_RENEWED: Final = b"\x02"
_NONCE: Final = 1 + KEY_ID_BYTES
_NAME: Final = _NONCE + NONCE_BYTES
_NAME_BYTES: Final = 32


class Place(Struct, frozen=True):
    """Where a sealed secret is stored. It opens there and nowhere else."""

    table: str
    column: str
    row_id: str


class Sealing:
    """Seals secrets with the key in a file, made at the first need. Without that file they are lost for good.

    A sealed secret is one byte of format, the first 8 bytes of the key's SHA-256, a random nonce of 96 bits, and the
    ciphertext with its tag. The associated data are `table|column|row-id|key-id`. One that was sealed anew keeps
    besides, before its ciphertext and in its associated data, by what `name_of` knew it first. Call `seal` in the
    transaction that stores what it gives: so nothing of an earlier key is stored once that was replaced.
    """

    def __init__(self, key_file: Path) -> None:
        self.keys = MasterKeys(key_file)

    def seal(self, secret: Secret, place: Place) -> bytes:
        """Give the ciphertext of a secret for one place. Raises SealBroken where the key file cannot be used."""
        key, nonce = self.keys.newest(make=True), secrets.token_bytes(NONCE_BYTES)
        return _FRESH + key.id + nonce + key.cipher.encrypt(nonce, secret.reveal(), _bound_to(key, place))

    def unseal(self, sealed: bytes, place: Place) -> Secret:
        """Give the secret that was sealed for this place. Raises SealBroken for anything else."""
        self.keys.newest(make=False)
        start = _start(sealed)
        if start is None or len(sealed) <= start:
            raise SealBroken("A stored secret is damaged.")
        key = self.keys.named(sealed[1:_NONCE])
        if key is None:
            raise SealBroken("A stored secret was sealed with another key than the one in the state folder.")
        try:
            bound = _bound_to(key, place, sealed[_NAME:start])
            return Secret(key.cipher.decrypt(sealed[_NONCE:_NAME], sealed[start:], bound))
        except InvalidTag:
            raise SealBroken("A stored secret is damaged, or belongs to another row.") from None

    def renewed(self, sealed: bytes, place: Place) -> bytes:
        """Give a ciphertext sealed anew, with the newest key; the same for the same, so that copies stay copies.

        Raises SealBroken for what cannot be opened.
        """
        key = self.keys.newest(make=False)
        if sealed.startswith(heads_of(key)):
            return sealed
        secret, name = self.unseal(sealed, place), bytes.fromhex(name_of(sealed))
        bound = _bound_to(key, place, name)
        nonce = key.nonce_for(bound + sealed)
        return _RENEWED + key.id + nonce + name + key.cipher.encrypt(nonce, secret.reveal(), bound)


def heads_of(key: MasterKey) -> tuple[bytes, bytes]:
    """Give how everything begins that is sealed with a key: 9 bytes, which are 12 characters of base64."""
    return _FRESH + key.id, _RENEWED + key.id


def name_of(sealed: bytes) -> str:
    """Give by what the same secret is told from others, however often it is sealed anew: 64 hexadecimal digits."""
    start = _start(sealed)
    renewed = sealed[_NAME:start] if sealed[:1] == _RENEWED else b""
    return renewed.hex() or hashlib.sha256(sealed).hexdigest()


def _start(sealed: bytes) -> int | None:
    """Give where the ciphertext starts."""
    return {_FRESH: _NAME, _RENEWED: _NAME + _NAME_BYTES}.get(sealed[:1])


def _bound_to(key: MasterKey, place: Place, name: bytes = b"") -> bytes:
    parts = (place.table, place.column, place.row_id, key.id.hex(), *((name.hex(),) if name else ()))
    return "|".join(parts).encode()
