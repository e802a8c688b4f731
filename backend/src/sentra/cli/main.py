"""The command line: which subcommands there are."""

import argparse
import sys
from collections.abc import Sequence

from sentra.cli import audit, ca, interface, keys, openapi, peer, serve, setup_link, status, user
from sentra.core.errors import SentraError
from sentra.settings import SettingsError

COMMANDS = (serve, status, interface, peer, user, setup_link, keys, audit, ca, openapi)


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code: 0, 1 where it failed with a sentence on standard error, 2 for usage."""
    parser = argparse.ArgumentParser(prog="sentra", description="A lightweight, secure WireGuard management system.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except (SentraError, SettingsError) as error:
        print(f"sentra: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return 1
    except BrokenPipeError:
        # `sentra status | head`: whoever read has seen enough.
        return 0
    except KeyboardInterrupt:
        return 130
