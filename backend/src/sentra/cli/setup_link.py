"""`sentra setup-link`: a new one-time link for the first owner."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from sentra.cli.environment import environment
from sentra.cli.output import say
from sentra.core.errors import Conflict
from sentra.settings import Settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("setup-link", help="print a new one-time link that makes the owner account")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print the link. Raises Conflict once there is an owner."""
    say(asyncio.run(_create(Settings.load(environment()))))
    return 0


async def _create(settings: Settings) -> str:
    from sentra.core.clock import SystemClock
    from sentra.db.database import close_database, open_database
    from sentra.db.migrations import prepare_database
    from sentra.services.audit import Audit
    from sentra.services.passwords import Passwords
    from sentra.services.setup import Setup

    prepare_database(settings.database)
    await open_database(settings.database)
    try:
        setup = Setup(
            SystemClock(),
            Passwords(),
            Audit(SystemClock(), settings.audit_key_file),
            public_origin=settings.public_origin,
            link_file=settings.setup_link_file,
        )
        link = await setup.create_setup_link()
    finally:
        await close_database()
    if link is None:
        raise Conflict("there is an owner already: sign in, or let the owner reset what is lost")
    return link
