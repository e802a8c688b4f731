"""What is in the database, as one value: two are equal if nothing was decided between them."""

import hashlib
import sqlite3
from pathlib import Path

PASSING = {"sign_in_limits": "*", "sessions": ("seen_at",)}
"""What reading may change: when a session was last used, and how often somebody has guessed."""


def decided(database: Path) -> str:
    """Return a digest of everything in the database that only a decision may change."""
    connection = sqlite3.connect(database)
    try:
        text = []
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ).fetchall():
            if PASSING.get(table) == "*":
                continue
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            kept = ", ".join(f'"{column}"' for column in columns if column not in PASSING.get(table, ()))
            text += [table, *map(repr, connection.execute(f'SELECT {kept} FROM "{table}" ORDER BY 1').fetchall())]  # noqa: S608
        return hashlib.sha256("\n".join(text).encode()).hexdigest()
    finally:
        connection.close()
