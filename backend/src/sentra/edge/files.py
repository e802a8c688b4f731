"""Files that are either the old ones or the new ones, also after a power cut, and never readable by others."""

import contextlib
import os
import stat
from pathlib import Path

OWNER_ONLY = 0o600
OWNER_AND_GROUP = 0o640


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter. One that is there keeps the mode its deployment gave it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def shared_mode(folder: Path) -> int:
    """Return the mode for a file that Caddy reads: the group may read it where the folder hands down its group."""
    return OWNER_AND_GROUP if folder.stat().st_mode & stat.S_ISGID else OWNER_ONLY


def write_file(path: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Replace `path` in one step."""
    _stage(path, content, mode).replace(path)
    _sync_folder(path.parent)


def write_pair(key: Path, key_content: bytes, certificate: Path, certificate_content: bytes, *, mode: int) -> None:
    """Replace a key and its certificate so that `recover_pair` finds both of one kind after a crash at any point.

    The rename of the key decides; until then the staged certificate is waste, from then on it is the one.
    """
    _stage(certificate, certificate_content, mode)
    staged_key = _stage(key, key_content, mode)
    _sync_folder(certificate.parent)
    staged_key.replace(key)
    _sync_folder(key.parent)
    _staged(certificate).replace(certificate)
    _sync_folder(certificate.parent)


def recover_pair(certificate: Path, *, staged_belongs: bool) -> None:
    """Finish or forget what a crash left between the two renames of `write_pair`."""
    if staged_belongs:
        _staged(certificate).replace(certificate)
        _sync_folder(certificate.parent)
    else:
        _staged(certificate).unlink(missing_ok=True)


def staged_content(path: Path) -> bytes | None:
    """Return what a crash left staged for `path`."""
    with contextlib.suppress(FileNotFoundError):
        return _staged(path).read_bytes()
    return None


def _staged(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _stage(path: Path, content: bytes, mode: int) -> Path:
    staged = _staged(path)
    staged.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(staged, flags, OWNER_ONLY), "wb") as file:
        file.write(content)
        if mode != OWNER_ONLY:
            os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    return staged


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
