"""What SQLite's result codes mean for a person: a full disk and a busy file are no damage (sqlite.org/rescode.html)."""

import sqlite3

from tortoise.exceptions import OperationalError, TransactionManagementError

from sentra.core.errors import Busy

RETRY_AFTER_SECONDS = 5

_DISK = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM})


def is_full(error: BaseException) -> bool:
    """Tell whether there was no space left."""
    return _code(error) == sqlite3.SQLITE_FULL or _extended(error) == sqlite3.SQLITE_IOERR_SHMSIZE


def is_locked(error: BaseException) -> bool:
    """Tell whether another program held the file for too long."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_of_the_disk(error: BaseException) -> bool:
    """Tell whether the file could not be opened, read or written, whatever is in it."""
    return _code(error) in _DISK


def as_busy(error: BaseException) -> Busy | None:
    """Translate what passes, such as a full disk, to an error that a caller is told; None for anything else."""
    if is_full(error):
        return Busy("The disk of this server is full. Free some space, then try again.", RETRY_AFTER_SECONDS)
    if is_locked(error):
        return Busy("Another program uses the database. Try again in a few seconds.", RETRY_AFTER_SECONDS)
    return None


def _code(error: BaseException) -> int:
    return _extended(error) & 0xFF


def _extended(error: BaseException) -> int:
    if isinstance(error, OperationalError | TransactionManagementError) and error.args:
        error = error.args[0]  # Tortoise wraps what SQLite raised
    return getattr(error, "sqlite_errorcode", 0)
