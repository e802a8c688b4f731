"""Files of 32 random bytes that only their owner may read: how they are made, read and destroyed. All of it blocks."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from sentra.core.errors import SentraError

KEY_BYTES: Final = 32
_SUFFIX_BYTES: Final = 4


class SealBroken(SentraError):
    """A sealed secret cannot be opened: another key, another row, or changed bytes. Or its key cannot be used."""


def kept_key(file: Path, *, make: bool) -> bytes:
    """Return the key in the file, which only its owner may read; the first time, make it. May raise OSError."""
    if make and not file.exists():
        make_key(file)
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            raise SealBroken(f"The key in {file.name} can be read by others. Do: chmod 600 {file.name}")
        key = opened.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise SealBroken(f"The key in {file.name} is damaged. Put it back from a backup.")
    return key


def make_key(file: Path) -> None:
    """Write a new key, whole or not at all; one that is there stays."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(_SUFFIX_BYTES)}")
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
    _sync_folder(file)


def replace_key(file: Path, by: Path) -> None:
    """Let one key file take the place of another, which is overwritten: nothing on this disk is that key any more."""
    handle = os.open(file, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "wb") as replaced:
        by.replace(file)
        _sync_folder(file)
        # Not before: until then both were needed. By now the file has no name.
        replaced.write(bytes(KEY_BYTES))
        replaced.flush()
        os.fsync(handle)


def remove_half_made(file: Path) -> None:
    """Remove what was left of a key that a crash kept from being made; it was never used."""
    for left in file.parent.glob(f"{file.name}.{'[0-9a-f]' * 2 * _SUFFIX_BYTES}"):
        left.unlink(missing_ok=True)


def _sync_folder(file: Path) -> None:
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
