"""Brings a database file to the newest schema before anybody opens it, or refuses it and says what to do.

Numbered SQL files in `db/sql` run in order, each in one transaction. Neither Tortoise's own migrations nor aerich keep
rows and constraints on SQLite. Everything here blocks and works on the file alone: WireGuard is never touched.
"""

import errno
import hashlib
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from sentra.core.errors import SentraError
from sentra.db.trouble import is_full, is_locked, is_of_the_disk

BACKUPS_KEPT = 5
_BUSY_SECONDS = 30.0
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RECORD = """
CREATE TABLE IF NOT EXISTS "migrations" (
    "number" INTEGER NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "sha256" TEXT NOT NULL
)
"""


class DatabaseRefused(SentraError):
    """The database must not be opened. The text says why, and ends with `hint`: what to do about it."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(f"{reason} {hint}")
        self.hint = hint


class Migration(Struct, frozen=True):
    """One step of the schema."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped_migrations() -> tuple[Migration, ...]:
    """Return the migrations that this version of Sentra carries, in order."""
    found = [
        Migration(int(match[1]), match[2], entry.read_text("utf-8"))
        for entry in files("sentra.db").joinpath("sql").iterdir()
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.number))


def prepare_database(path: Path, migrations: tuple[Migration, ...] | None = None) -> None:
    """Make or check the database file and migrate it, with a copy beside it first if it held anything.

    The marker `instance` beside it remembers that a database was made here, so that one which has gone is noticed.
    Raises DatabaseRefused; a step that fails leaves the file as it was, and none where there was none.
    """
    steps = shipped_migrations() if migrations is None else migrations
    marker = path.with_name("instance")
    _refuse_missing(path, marker)
    try:
        with _removed_if_half_made(path, marker):
            _prepare(path, marker, steps)
    except OSError as error:
        raise _unwritable(path, full=error.errno in _FULL) from error


def _prepare(path: Path, marker: Path, steps: tuple[Migration, ...]) -> None:
    with _opened(path) as connection:
        _check(connection, path, made_before=marker.exists())
        if pending := _pending(connection, steps, path):
            _back_up(connection, path)
            for step in pending:
                _apply(connection, step, path)
    with suppress(FileExistsError):  # made before, or by a process that was faster
        _write_private(marker, secrets.token_hex(16) + "\n")


def _refuse_missing(path: Path, marker: Path) -> None:
    had_one = marker.exists()  # asked first: another process makes the file before its marker
    if path.exists():
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise DatabaseRefused(
                f"{path} can be read by others than its owner (mode {mode:04o}).",
                f"Find out who read it, then: chmod 600 {path}",
            )
        return
    if had_one:
        raise DatabaseRefused(
            f"{path} is missing, though this state folder had a database before.",
            f"Put a backup back at {path}. To start over with nothing, and a new owner, remove {marker} first.",
        )


@contextmanager
def _removed_if_half_made(path: Path, marker: Path) -> Iterator[None]:
    """Make the file where there is none, and take it away again if nothing comes of it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        yield
        return
    try:
        yield
    except (DatabaseRefused, OSError) as error:
        if not marker.exists() and not is_locked(error.__cause__ or error):  # else another process has it
            for suffix in ("", "-journal", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        raise


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise _refusal(path, error) from error
    with closing(connection):
        try:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA synchronous = FULL")
            yield connection
        except (sqlite3.Error, UnicodeError) as error:  # what a damaged file names need not be text
            raise _refusal(path, error) from error


def _check(connection: sqlite3.Connection, path: Path, *, made_before: bool) -> None:
    # What people decided fits a few MiB: all of it is looked at, indexes too.
    if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        raise _unreadable(path)
    if made_before and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise _unreadable(path)  # an empty file: somebody cut it off
    _check_references(connection, path)


def _check_references(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise _unreadable(path)


def _refusal(path: Path, error: Exception) -> DatabaseRefused:
    if is_locked(error):
        return DatabaseRefused(f"{path} is in use by another program.", "Is Sentra running already? Stop it first.")
    if is_full(error) or is_of_the_disk(error):
        return _unwritable(path, full=is_full(error))
    return _unreadable(path)


def _unwritable(path: Path, *, full: bool) -> DatabaseRefused:
    if full:
        return DatabaseRefused(f"There is no space left for {path}.", f"Free some on the disk of {path.parent}.")
    return DatabaseRefused(
        f"{path} cannot be opened, read or written; nothing says that it is damaged.",
        f"Look at who owns it, whether {path.parent} is read-only or its disk full, and what the kernel log says.",
    )


def _unreadable(path: Path) -> DatabaseRefused:
    return DatabaseRefused(
        f"{path} is damaged or is not a database of Sentra's.",
        f"Move it aside and put the newest good copy in its place: see {path.parent / 'backups'}.",
    )


def _pending(connection: sqlite3.Connection, steps: tuple[Migration, ...], path: Path) -> tuple[Migration, ...]:
    # One look: between two of them another process may have made the tables.
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema").fetchall()}
    if not names:
        return steps
    if "migrations" not in names:
        raise _unreadable(path)
    applied = dict(connection.execute('SELECT "number", "sha256" FROM "migrations"').fetchall())
    known = {step.number: step.sha256 for step in steps}
    if applied.keys() - known.keys():
        raise DatabaseRefused(
            f"{path} was written by a newer version of Sentra.",
            "Install that version again, or put back the copy that was made before the upgrade "
            f"(in {path.parent / 'backups'}).",
        )
    if any(known[number] != sha256 for number, sha256 in applied.items()):
        raise DatabaseRefused(
            f"{path} was migrated by other steps than this version of Sentra has.",
            "Install the version that wrote it, from the same source.",
        )
    return tuple(step for step in steps if step.number not in applied)


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        return
    folder = path.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    newest = connection.execute('SELECT max("number") FROM "migrations"').fetchone()[0] or 0
    copy = folder / f"{path.stem}-schema-{newest:04d}-{secrets.token_hex(4)}.db"
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection.execute("VACUUM INTO ?", (str(copy),))
    except BaseException:
        copy.unlink()  # half a copy is none
        raise
    with suppress(FileNotFoundError):  # another process tidies up too
        copies = sorted(folder.glob(f"{path.stem}-schema-*.db"), key=lambda file: file.stat().st_mtime)
        for old in copies[:-BACKUPS_KEPT]:
            old.unlink()


def _apply(connection: sqlite3.Connection, step: Migration, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_RECORD)
        if connection.execute('SELECT 1 FROM "migrations" WHERE "number" = ?', (step.number,)).fetchone():
            connection.execute("ROLLBACK")  # another process was faster
            return
        for statement in _statements(step.sql):
            connection.execute(statement)
        _check_references(connection, path)
        connection.execute('INSERT INTO "migrations" VALUES (?, ?, ?)', (step.number, step.name, step.sha256))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(sql: str) -> Iterator[str]:
    """Cut at each line that ends a statement, so that a trigger with its own semicolons stays whole."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise ValueError("a migration ends in the middle of a statement")


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise
