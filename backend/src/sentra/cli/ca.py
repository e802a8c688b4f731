"""`sentra ca fingerprint`: the trustworthy value to compare with what a browser or an agent was shown."""

import argparse
import sys
from typing import TYPE_CHECKING

from sentra.cli.environment import environment
from sentra.cli.output import say
from sentra.settings import Settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("ca", help="about the certificate authority that this installation made")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("fingerprint", help="print the SHA-256 fingerprint of its certificate").set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print the fingerprint; 1 where this installation made no authority."""
    from sentra.edge.edge import authority_fingerprint

    found = authority_fingerprint(Settings.from_environment(environment()).state_dir)
    if found is None:
        print("sentra: this installation has no certificate authority of its own", file=sys.stderr)  # noqa: T201
        return 1
    say(found)
    return 0
