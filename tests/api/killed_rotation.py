"""Replaces the master key of a state folder, and is killed at one of its steps.

    python -m tests.api.killed_rotation FOLDER STEP

A step is each statement that writes, each commit, and each change of a key file. Prints how many steps there were
where there are fewer.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite

from sentra.access.access import Access
from sentra.core.access import Actor, Binding
from sentra.core.clock import SystemClock
from sentra.core.secrets import Secret
from sentra.db.database import close_database, open_database
from sentra.services import resealing
from sentra.services.audit import Audit
from sentra.services.key_rotation import KeyRotation
from sentra.services.resealing import Resealing
from sentra.services.sealing import Sealing
from sentra.services.signing_keys import SigningKeys

ROOT = Actor(user_id="root", email="root", name="root", bindings=(Binding("owner"),), kind="local")
_WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT", "PRAGMA WAL")


class Steps:
    """Counts steps, and kills this process before one of them."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal

    def step(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, owner: Any, name: str, *, counts: Callable[..., bool] = lambda *_, **__: True) -> None:
        original = getattr(owner, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            if counts(*arguments, **named):
                self.step()
            return original(*arguments, **named)

        setattr(owner, name, counted)


async def replace(folder: Path, fatal: int) -> int:
    """Replace the key, and give how many steps that took."""
    await open_database(folder / "sentra.db")
    clock = SystemClock()
    sealing = Sealing(folder / "master-key")
    audit = Audit(clock, folder / "audit-key")
    sealer = Resealing(sealing, audit, grace_seconds=0)
    signing = SigningKeys(clock)
    signing.use(Secret(b"x" * 64), None, file=None)
    rotation = KeyRotation(clock, Access.shipped(), audit, signing, sealing, sealer)
    resealing._BATCH = 2  # type: ignore[misc]
    steps = Steps(fatal)
    for name in ("open", "link", "unlink", "replace", "fsync", "rename"):
        steps.before(os, name)
    for name in ("execute", "execute_fetchall", "executemany"):
        steps.before(aiosqlite.Connection, name, counts=lambda _, sql, *__: sql.upper().startswith(_WRITES))
    steps.before(aiosqlite.Connection, "commit")
    await rotation.rotate_master(ROOT)
    await sealer.go_on()
    count = steps.count
    await close_database()
    return count


if __name__ == "__main__":
    print(asyncio.run(replace(Path(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201
