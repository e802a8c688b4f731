"""The folder that holds everything Sentra keeps. What cannot be used raises SettingsError."""

import base64
import os
import secrets
from pathlib import Path

from sentra.core.secrets import Secret
from sentra.settings.problems import SettingsError
from sentra.settings.secret import strong_secret

MADE_SECRET_BYTES = 64


def prepare_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. One that others can get into is refused, if anything is in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid == os.geteuid() and not any(folder.iterdir()):
            folder.chmod(0o700)  # a fresh volume
        _close(folder / "agent")
        mode = folder.stat().st_mode & 0o777
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise SettingsError((f"SENTRA_STATE_DIR: the folder {folder} cannot be made or used: {reason}.",)) from error
    if mode & 0o027:
        raise SettingsError((f"SENTRA_STATE_DIR: others may read {folder} or write to it. Do: chmod 700 {folder}",))


def _close(folder: Path) -> None:
    """Shut everybody else out of a folder that older versions left open."""
    if os.access(folder.parent, os.X_OK) and folder.is_dir() and folder.stat().st_uid == os.geteuid():
        folder.chmod(0o700)


def kept_secret(path: Path) -> Secret:
    """Return the secret in a file; the first time, make it."""
    try:
        if not path.exists():
            _write_new(path, base64.b64encode(secrets.token_bytes(MADE_SECRET_BYTES)) + b"\n")
        if path.stat().st_mode & 0o077:
            raise SettingsError((f"JWT_SECRET: {path} can be read by others. Remove it, and a new one is made.",))
        return strong_secret(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingsError((f"JWT_SECRET: the secret in {path} cannot be used. Put it back or remove it.",)) from error


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # fails where another process was faster: then its secret counts
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
