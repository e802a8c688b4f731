"""What the API said in the tests of an application, held against every secret that it stores (S35)."""

import re
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quart import Quart

_KEY = "tests.spoken"
_WORD = re.compile(rb"[A-Za-z0-9+/=_$,.-]{16,}")
_SECRET = re.compile(r"hash|digest|sealed|secret")
_ONCE = {("POST", "/api/v1/factors")}
"""Says the seed of an authenticator app, once, to whom it is for."""


def remember(app: Quart, method: str, path: str, body: bytes) -> None:
    """Remember every word of a JSON answer that is long enough for a secret."""
    if (method, path) not in _ONCE:
        said: dict[bytes, str] = app.extensions.setdefault(_KEY, {})
        for word in _WORD.findall(body):
            said.setdefault(word, f"{method} {path}")


def told(app: Quart, secrets: set[bytes]) -> list[str]:
    """Give the requests whose answers held one of these secrets: as it is, in base64 or in hexadecimal digits."""
    said: dict[bytes, str] = app.extensions.get(_KEY, {})
    forms = {form for secret in secrets for form in _forms(secret)}
    return sorted(said[word] for word in said.keys() & forms)


def stored(database: Path) -> set[bytes]:
    """Give what the database keeps of secrets: hashes, digests, ciphertexts, and the names of sessions."""
    connection = sqlite3.connect(database)
    try:
        return {
            value if isinstance(value, bytes) else str(value).encode()
            for table, column in _columns(connection)
            for (value,) in connection.execute(f'SELECT "{column}" FROM "{table}"')  # noqa: S608
            if value
        }
    finally:
        connection.close()


def _columns(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    tables: list[Any] = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
            if _SECRET.search(row[1]) or (table, row[1]) == ("sessions", "id"):
                yield table, row[1]


def _forms(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    for encoded in (b64encode(secret), urlsafe_b64encode(secret)):
        yield encoded
        yield encoded.rstrip(b"=")
