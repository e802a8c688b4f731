"""The migrated database is the one that the models speak of."""

import sqlite3
from pathlib import Path

from tortoise import Tortoise

from sentra.db.database import MODELS
from sentra.db.migrations import prepare_database, shipped_migrations


def shape(path: Path) -> dict[str, object]:
    """Return what a database enforces: columns, keys, indexes."""
    connection = sqlite3.connect(path)
    try:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {name: shape_of(connection, name) for (name,) in tables if name not in ("migrations", "sqlite_sequence")}
    finally:
        connection.close()


def shape_of(connection: sqlite3.Connection, table: str) -> object:
    columns = sorted(
        (name, kind.upper(), not_null, key)
        for _, name, kind, not_null, _, key, _ in connection.execute(f'PRAGMA table_xinfo("{table}")')
    )
    indexes = sorted(
        (unique, [column for *_, column in connection.execute(f'PRAGMA index_info("{name}")')])
        for _, name, unique, *_ in connection.execute(f'PRAGMA index_list("{table}")')
    )
    references = sorted(row[2:7] for row in connection.execute(f'PRAGMA foreign_key_list("{table}")'))
    return columns, indexes, references


async def test_the_models_and_the_migrations_agree(tmp_path: Path):
    migrated, generated = tmp_path / "migrated.db", tmp_path / "generated.db"
    prepare_database(migrated)
    await Tortoise.init(db_url=f"sqlite://{generated}", modules={"models": list(MODELS)})
    await Tortoise.generate_schemas(safe=False)
    await Tortoise.close_connections()
    assert shape(migrated) == shape(generated)


def test_migrations_are_numbered_without_a_gap():
    assert [step.number for step in shipped_migrations()] == list(range(1, len(shipped_migrations()) + 1))
