"""The private keys of this node's interfaces: made here, kept here, told to nobody."""

import asyncio
import os
import secrets
import time
from base64 import b64encode
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from sentra.agent import owner_files
from sentra.core.errors import Conflict, KeyUnusable
from sentra.core.keys import KEY_BYTES, key_bytes, key_text
from sentra.core.secrets import Secret

ORPHAN_SECONDS: Final = 3600.0
_ENDING: Final = ".key"


class NodeKey(Struct, frozen=True):
    """The key pair of an interface; `private` has 32 bytes."""

    public: str
    private: Secret


class KeyFolder:
    """One file per interface, `ID.key`: base64 as `wg` reads it, mode 0600. Blocks for as long as a disk takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, interface_id: str) -> NodeKey | None:
        """Give an interface's key; None where it has none. Raises KeyUnusable."""
        path = self._path(interface_id)
        try:
            content = owner_files.read(path)
            return None if content is None else key_pair(Secret(key_bytes(content.decode("ascii").strip())))
        except OSError as error:
            raise KeyUnusable(f"{path.name} cannot be read: {os.strerror(error.errno or 0)}") from None
        except ValueError:
            raise KeyUnusable(f"{path.name} does not hold a private key; put it back from a backup") from None

    def make(self, interface_id: str) -> NodeKey:
        """Make a key for an interface. Raises KeyUnusable."""
        return self.keep(interface_id, Secret(clamped(secrets.token_bytes(KEY_BYTES))))

    def keep(self, interface_id: str, private_key: Secret) -> NodeKey:
        """Keep a key that was made elsewhere, in place of the one before. Raises KeyUnusable."""
        pair, path = key_pair(private_key), self._path(interface_id)
        try:
            owner_files.make_folder(self._folder)
            owner_files.write(path, b64encode(private_key.reveal()) + b"\n")
        except OSError as error:
            raise KeyUnusable(f"{path.name} cannot be written: {os.strerror(error.errno or 0)}") from None
        return pair

    def delete(self, interface_id: str) -> None:
        """Forget an interface's key."""
        owner_files.delete(self._path(interface_id))

    def delete_orphans(self, known: frozenset[str]) -> None:
        """Forget the keys of interfaces that never came to be. Fresh ones stay: theirs may be about to."""
        oldest = time.time() - ORPHAN_SECONDS
        for path in self._folder.glob(f"[!.]*{_ENDING}"):
            if path.stem not in known and path.stat().st_mtime < oldest:
                owner_files.delete(path)

    def _path(self, interface_id: str) -> Path:
        return owner_files.file_of(self._folder, interface_id, _ENDING)


class LocalNodeKeys:
    """Hands keys to this node. See `core.agents.NodeKeys`."""

    def __init__(self, keys: KeyFolder) -> None:
        self._keys = keys

    async def put(self, node: str, interface_id: str, private_key: Secret) -> str:  # noqa: ARG002 - one node here
        """Keep a key for an interface that has none. Raises Conflict where it has another, KeyUnusable."""
        before = await asyncio.to_thread(self._keys.read, interface_id)
        if before is None:
            before = await asyncio.to_thread(self._keys.keep, interface_id, private_key)
        if before.private != private_key:
            raise Conflict("This interface has a private key already.")
        return before.public

    async def drop(self, node: str, interface_id: str) -> None:  # noqa: ARG002 - one node here
        """Forget a key that was put in vain."""
        await asyncio.to_thread(self._keys.delete, interface_id)


def key_pair(private_key: Secret) -> NodeKey:
    """Derive the public key. Raises ValueError for anything but 32 bytes."""
    public = X25519PrivateKey.from_private_bytes(private_key.reveal()).public_key()
    return NodeKey(key_text(public.public_bytes_raw()), private_key)


def clamped(raw: bytes) -> bytes:
    """Give 32 random bytes the form of an X25519 private key (RFC 7748, section 5), as `wg genkey` does."""
    return bytes((raw[0] & 248, *raw[1:31], (raw[31] & 127) | 64))
