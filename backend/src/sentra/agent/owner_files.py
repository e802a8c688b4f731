"""Files that only their owner may read, and that are the old ones or the new ones, also after a power cut."""

import os
import re
from pathlib import Path
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, with those above it; one that is there loses everybody else."""
    for each in reversed((folder, *folder.parents)):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def file_of(folder: Path, interface_id: str, ending: str) -> Path:
    """Give the path of an interface's file. Raises ValueError for an id that could lead out of the folder."""
    if not _PLAIN.fullmatch(interface_id):
        raise ValueError("an id has letters, digits, - and _")
    return folder / f"{interface_id}{ending}"


def write(path: Path, content: bytes) -> None:
    """Replace `path` in one step, mode 0600."""
    staged = path.with_name(f".{path.name}.new")
    staged.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(staged, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
    _sync(path.parent)


def read(path: Path) -> bytes | None:
    """Give what a file holds; None where there is none. Raises OSError, also for a link to elsewhere."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read()


def delete(path: Path) -> None:
    """Remove a file, whether it is there or not."""
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        _sync(path.parent)


def move(path: Path, target: Path) -> None:
    """Move a file to another folder of its owner's; nothing where there is none."""
    make_folder(target.parent)
    try:
        path.replace(target)
    except FileNotFoundError:
        return
    _sync(target.parent)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
