"""`sentra audit verify`: is the record as it was written?"""

import argparse
import asyncio
import re
from typing import TYPE_CHECKING

from sentra.cli.environment import environment
from sentra.cli.output import say
from sentra.core.errors import SentraError
from sentra.settings import Settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from sentra.services.audit import Head

_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("audit", help="check the record of who did what")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="go through the whole chain, and print its head to be noted elsewhere")
    verify.add_argument("--head", metavar="NUMBER:MAC", help="a head that was printed before, to be found in the chain")
    verify.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Check the chain in the database of this machine. Raises Broken."""
    match = _HEAD.fullmatch(chosen.head) if chosen.head else None
    if chosen.head and match is None:
        raise SentraError("a head is printed by `sentra audit verify`, as NUMBER:MAC")
    head = asyncio.run(_check(Settings.from_environment(environment()), match))
    say(f"The chain is whole: {head.id} entries.\nhead {head.id}:{head.mac}" if head.id else "There is no entry yet.")
    return 0


async def _check(settings: Settings, noted: "re.Match[str] | None") -> "Head":
    from sentra.core.clock import SystemClock
    from sentra.db.database import close_database, open_database
    from sentra.services.audit import Audit, Head

    if not settings.database.exists():
        raise SentraError(f"there is no database at {settings.database}")
    await open_database(settings.database)
    try:
        audit = Audit(SystemClock(), settings.audit_key_file)
        return await audit.check(Head(int(noted[1]), noted[2]) if noted else None)
    finally:
        await close_database()
