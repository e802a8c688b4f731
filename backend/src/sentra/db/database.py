"""Opens and closes the database of what people decided."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tortoise import Tortoise
from tortoise.transactions import in_transaction

MODELS = (
    "sentra.db.users",
    "sentra.db.sessions",
    "sentra.db.bindings",
    "sentra.db.links",
    "sentra.db.policies",
    "sentra.db.factors",
    "sentra.db.tokens",
    "sentra.db.providers",
    "sentra.db.audit",
    "sentra.db.setup_links",
    "sentra.db.sign_in_limits",
    "sentra.db.interfaces",
    "sentra.db.peers",
    "sentra.db.addresses",
    "sentra.db.tombstones",
    "sentra.db.revisions",
    "sentra.db.confirmations",
    "sentra.db.ignored_drift",
    "sentra.db.idempotency",
)

_PRAGMAS = {
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "synchronous": "FULL",  # what was acknowledged survives a power cut
    "busy_timeout": 5000,
    "trusted_schema": "OFF",
    "secure_delete": "ON",  # what was removed or replaced is nowhere in the file
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


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Keep everything that the block writes, or nothing of it if the block raises.

    Never start a task in it: the task would write into this transaction. Everybody else waits for it, so wait for
    nobody in it.
    """
    context = in_transaction()
    try:
        await context.__aenter__()
    except BaseException as error:
        if hasattr(context, "token"):  # cancelled while it began: the lock that it holds would never be free again
            await context.__aexit__(type(error), error, error.__traceback__)
        raise
    try:
        yield
    except BaseException as error:
        await context.__aexit__(type(error), error, error.__traceback__)
        raise
    await context.__aexit__(None, None, None)
