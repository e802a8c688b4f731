"""The private keys of this node's interfaces: made here, kept here, told to nobody."""

import asyncio
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from sentra.agent import owner_files
from sentra.core.errors import Conflict, KeyUnusable
from sentra.core.keys import KEY_BYTES, key_bytes, key_text
from sentra.core.secrets import Secret

TRASH_SECONDS: Final = 30 * 24 * 3600.0
"""How long the key of a deleted interface can still be taken back."""
_ENDING: Final = ".key"


class NodeKey(Struct, frozen=True):
    """The key pair of an interface; `private` has 32 bytes."""

    public: str
    private: Secret


class KeyFolder:
    """One file per interface, `ID.key`: base64 as `wg` reads it, mode 0600. Blocks for as long as a disk takes.

    No key is removed at once: that of a deleted interface moves to `deleted/ID.SECONDS.key` for a while.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._trash = folder / "deleted"
        self._now = now

    def ids(self) -> frozenset[str]:
        """Give the ids of all interfaces that have a key here."""
        return frozenset(path.stem for path in self._folder.glob(f"[!.]*{_ENDING}"))

    def read(self, interface_id: str) -> NodeKey | None:
        """Give an interface's key; None where it has none. Raises KeyUnusable."""
        return _read(self._path(interface_id))

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

    def discard(self, interface_id: str) -> None:
        """Move an interface's key to the trash. May raise OSError."""
        path = self._path(interface_id)
        if os.path.lexists(path):
            owner_files.move(path, self._trash / f"{interface_id}.{int(self._now())}{_ENDING}")

    def take_back(self, interface_id: str, public_key: str) -> NodeKey | None:
        """Fetch the key to this public one from the trash: whoever deleted its interface has it again. None where it
        is not there. May raise OSError."""
        path = self._path(interface_id)
        for discarded in self._trash.glob(f"{interface_id}.*{_ENDING}"):
            with suppress(KeyUnusable):
                if (pair := _read(discarded)) is not None and pair.public == public_key:
                    owner_files.move(discarded, path)
                    return pair
        return None

    def empty_trash(self) -> None:
        """Remove the keys that have been in the trash for 30 days, and as old ones that were never written to their
        end. May raise OSError."""
        oldest = self._now() - TRASH_SECONDS
        for path in self._trash.glob(f"[!.]*{_ENDING}"):
            seconds = path.stem.rpartition(".")[2]
            if seconds.isdecimal() and int(seconds) < oldest:
                owner_files.delete(path)
        for path in self._folder.glob(f".*{_ENDING}.new"):
            if path.lstat().st_mtime < oldest:
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
        await asyncio.to_thread(self._keys.discard, interface_id)


def _read(path: Path) -> NodeKey | None:
    try:
        content = owner_files.read(path)
        return None if content is None else key_pair(Secret(key_bytes(content.decode("ascii").strip())))
    except OSError as error:
        raise KeyUnusable(f"{path.name} cannot be read: {os.strerror(error.errno or 0)}") from None
    except ValueError:
        raise KeyUnusable(f"{path.name} does not hold a private key; put it back from a backup") from None


def key_pair(private_key: Secret) -> NodeKey:
    """Derive the public key. Raises ValueError for anything but 32 bytes."""
    public = X25519PrivateKey.from_private_bytes(private_key.reveal()).public_key()
    return NodeKey(key_text(public.public_bytes_raw()), private_key)


def clamped(raw: bytes) -> bytes:
    """Give 32 random bytes the form of an X25519 private key (RFC 7748, section 5), as `wg genkey` does."""
    return bytes((raw[0] & 248, *raw[1:31], (raw[31] & 127) | 64))
