"""`sentra serve`: the control plane, with its built-in agent."""

import argparse
import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from sentra.settings import Settings

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("serve", help="run the control plane and its built-in agent")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("casbin").setLevel(logging.WARNING)
    settings = Settings.load(os.environ)
    for warning in settings.warnings:
        log.warning("%s", warning)
    # A setting that is wrong is told before the rest is loaded.
    from sentra.app import Sentra
    from sentra.server import serve_until_signal

    asyncio.run(serve_until_signal(Sentra(settings), settings))
    return 0
