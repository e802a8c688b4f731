"""`sentra keys …`: which keys are in use, and new ones instead of them, through the API."""

import argparse
import json
import time
from typing import TYPE_CHECKING, Any, Final

from sentra.cli.api import Api
from sentra.cli.output import say
from sentra.cli.tables import facts

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_LOOK_SECONDS: Final = 1.0


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("keys", help="the keys of this server: see and rotate them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="which keys are in use")
    show.add_argument("--json", action="store_true", help="for scripts")
    show.set_defaults(run=_show)
    rotate = actions.add_parser("rotate", help="make a new key, and use it from now on")
    rotate.add_argument(
        "key",
        nargs="?",
        choices=("signing", "master"),
        default="signing",
        help="the key that signs access tokens (signing), or the one that stored secrets are sealed with (master)",
    )
    rotate.add_argument("--no-wait", action="store_true", help="do not wait until everything is sealed anew")
    rotate.set_defaults(run=_rotate)


def _show(chosen: argparse.Namespace) -> int:
    keys = Api.here().get("keys")
    if chosen.json:
        say(json.dumps(keys, indent=2))
        return 0
    master = keys["master"]
    say(
        facts(
            (
                ("signing key", keys["signing"]["kid"]),
                ("master key", master["id"]),
                ("rotation", _progress(master) if master["is_replacing"] else ""),
            )
        )
    )
    return 0


def _rotate(chosen: argparse.Namespace) -> int:
    api = Api.here()
    if chosen.key == "signing":
        say(f"Access tokens are signed with {api.post('keys', 'rotate')['kid']} from now on.")
        return 0
    master = api.post("keys", "master", "rotate")
    say(f"Secrets are sealed with {master['id']} from now on. The old key goes when nothing needs it any more.")
    while master["is_replacing"] and not chosen.no_wait:
        time.sleep(_LOOK_SECONDS)
        master = api.get("keys")["master"]
    if not master["is_replacing"]:
        say(f"Everything is sealed anew ({master['resealed']} rows), and the old key is destroyed.")
        say("Make a new backup: the stored secrets in older ones cannot be opened with the new key.")
    return 0


def _progress(master: dict[str, Any]) -> str:
    return f"replaces another one: {master['resealed']} rows are sealed anew so far"
