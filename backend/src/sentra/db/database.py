"""Opens and closes the database of what people decided."""

import logging
from pathlib import Path

from tortoise import Tortoise

MODELS = ("sentra.db.users", "sentra.db.sessions", "sentra.db.setup_links", "sentra.db.sign_in_limits")

_PRAGMAS = {
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "synchronous": "FULL",  # what was acknowledged survives a power cut
    "busy_timeout": 5000,
    "trusted_schema": "OFF",
}


async def open_database(path: Path) -> None:
    """Connect to a database that `prepare_database` has prepared. Call it before the server starts, and close it."""
    for library in ("tortoise", "aiosqlite"):
        logging.getLogger(library).setLevel(logging.WARNING)  # at DEBUG they log the values of every query
    await Tortoise.init(
        config={
            "connections": {
                "default": {
                    "engine": "tortoise.backends.sqlite",
                    "credentials": {"file_path": str(path), **_PRAGMAS},
                }
            },
            "apps": {"models": {"models": list(MODELS), "default_connection": "default"}},
            "use_tz": True,
            "timezone": "UTC",
        },
        _enable_global_fallback=True,  # a request of a real server runs in a context of its own
    )


async def close_database() -> None:
    """Let go of the database; without it the connection's thread keeps the process from ending."""
    await Tortoise.close_connections()


async def answers() -> bool:
    """Tell whether the database can be read right now."""
    try:
        await Tortoise.get_connection("default").execute_query("SELECT 1")
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is no
        return False
    return True
