"""`sentra openapi`: the OpenAPI description of the API, without a server."""

import argparse
from typing import TYPE_CHECKING

from sentra.cli.output import say

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("openapi", help="print the OpenAPI 3.1 description of the API as JSON")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print the description, the same on every machine."""
    import json
    import tempfile
    from pathlib import Path

    from sentra.app import Sentra
    from sentra.settings import Settings
    from sentra.web.openapi import document

    with tempfile.TemporaryDirectory() as folder:
        app = Sentra(Settings(state_dir=Path(folder))).asgi
        say(json.dumps(document(app), indent=2, ensure_ascii=False))
    return 0
