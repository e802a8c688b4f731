"""`sentra user …`: who may sign in, and what they may do, through the API."""

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sentra.cli.api import Api
from sentra.cli.changes import find_interface, kept_by
from sentra.cli.output import say
from sentra.cli.tables import facts, table
from sentra.core.access import ROLES, WHOLE
from sentra.core.errors import NotFound

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_NONE: Final = "none"


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("user", help="people: invite, disable and remove them, give them roles")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="who may sign in")
    listed.add_argument("part", nargs="?", help="a part of a name or an e-mail address")
    listed.add_argument("--json", action="store_true", help="for scripts")
    listed.set_defaults(run=_list)
    _named(actions, "show", "everything about somebody", _show).add_argument("--json", action="store_true")
    invite = _named(actions, "invite", "make the link by which somebody joins; also again", _invite)
    invite.add_argument("--name", help="what they are called; what stands before the @ where it is left out")
    invite.add_argument("--role", choices=ROLES, default="member", help="what they may do (member)")
    _add_scope(invite)
    invite.add_argument("--peer-limit", type=int, help="how many peers of their own they may have")
    _named(actions, "enable", "let somebody sign in again", _enable)
    disable = _named(actions, "disable", "sign somebody out everywhere, and let them in no more", _disable)
    remove = _named(actions, "remove", "remove somebody for good", _remove)
    for each in (disable, remove):
        each.add_argument("--peers", action="store_true", help="disable their peers as well")
    _named(actions, "reset", "make the link by which somebody sets a new password", _reset)
    role = _named(actions, "role", "give somebody a role, or take it", _role)
    role.add_argument("role", choices=(*ROLES, _NONE), help=f"what they may do from now on; {_NONE} takes it")
    _add_scope(role)


def _named(
    actions: "_SubParsersAction[argparse.ArgumentParser]",
    verb: str,
    help_text: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(verb, help=help_text)
    who = "their e-mail address" if verb == "invite" else "their e-mail address or id"
    parser.add_argument("who", metavar="EMAIL", help=who)
    parser.set_defaults(run=run)
    return parser


def _add_scope(parser: argparse.ArgumentParser) -> None:
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--interface", "-i", help="on this interface alone")
    scope.add_argument("--node", help="on this node alone")


def _list(chosen: argparse.Namespace) -> int:
    people = Api.here().all("users", q=chosen.part)
    if chosen.json:
        say(json.dumps(people, indent=2, ensure_ascii=False))
        return 0
    rows = ((each["email"], each["name"], _state(each), _roles(each), str(each["peer_count"])) for each in people)
    say(table(("EMAIL", "NAME", "STATE", "ROLES", "PEERS"), rows))
    return 0


def _state(person: dict[str, Any]) -> str:
    if not person["enabled"]:
        return "– disabled"
    if person["joined_at"] is None:
        return "○ invited" if person["invited_until"] else "▲ invitation over"
    return "● enabled"


def _roles(person: dict[str, Any]) -> str:
    return ", ".join(_words(each) for each in person["bindings"]) or "none"


def _words(binding: dict[str, str]) -> str:
    return binding["role"] if binding["scope"] == WHOLE else f"{binding['role']} of {binding['scope']}"


def _show(chosen: argparse.Namespace) -> int:
    person = _find(Api.here(), chosen.who)
    if chosen.json:
        say(json.dumps(person, indent=2, ensure_ascii=False))
        return 0
    limit = "" if person["peer_limit"] is None else str(person["peer_limit"])
    say(f"user: {person['email']}")
    say(
        facts(
            (
                ("name", person["name"]),
                ("state", _state(person)),
                ("roles", _roles(person)),
                ("peers", str(person["peer_count"])),
                ("peers at most", limit),
                ("joined", person["joined_at"] or ""),
                ("invited until", person["invited_until"] or ""),
                ("id", person["id"]),
            )
        )
    )
    return 0


def _invite(chosen: argparse.Namespace) -> int:
    api = Api.here()
    known = [each for each in api.all("users", q=chosen.who) if each["email"] == chosen.who.lower()]
    if known:
        return _hand_out(api.post("users", known[0]["id"], "invite"), f"{known[0]['email']} joins")
    body = {
        "email": chosen.who,
        "name": chosen.name or chosen.who.partition("@")[0],
        "bindings": [{"role": chosen.role, "scope": _scope(api, chosen)}],
        "peer_limit": chosen.peer_limit,
    }
    return _hand_out(api.post("users", body=body), f"{chosen.who} joins")


def _reset(chosen: argparse.Namespace) -> int:
    api = Api.here()
    person = _find(api, chosen.who)
    return _hand_out(api.post("users", person["id"], "reset"), f"{person['email']} sets a new password")


def _hand_out(link: dict[str, Any], what: str) -> int:
    say(f"# With this link {what}. It is good once, until {link['expires_at']}, and is not shown again.")
    say(link["link"])
    return 0


def _enable(chosen: argparse.Namespace) -> int:
    api = Api.here()
    person = _find(api, chosen.who)
    api.patch("users", person["id"], body={"enabled": True})
    say(f"{person['email']} may sign in again.")
    return 0


def _disable(chosen: argparse.Namespace) -> int:
    api = Api.here()
    person = _find(api, chosen.who)
    result = api.patch("users", person["id"], body={"enabled": False, "disable_peers": chosen.peers})
    say(f"{person['email']} is signed out everywhere and may sign in no more.")
    return _tell_waiting(result)


def _remove(chosen: argparse.Namespace) -> int:
    api = Api.here()
    person = _find(api, chosen.who)
    result = api.delete("users", person["id"], peers="disable" if chosen.peers else "keep")
    kept = person["peer_count"] and not chosen.peers
    say(f"{person['email']} is removed." + (f" Their {person['peer_count']} peers stay." if kept else ""))
    return _tell_waiting(result)


def _tell_waiting(result: dict[str, Any] | None) -> int:
    for each in (result or {}).get("waiting", ()):
        say(kept_by(each["confirm"], each["interface"]))
    return 0


def _role(chosen: argparse.Namespace) -> int:
    api = Api.here()
    person, scope = _find(api, chosen.who), _scope(api, chosen)
    bindings = [each for each in person["bindings"] if each["scope"] != scope]
    if chosen.role != _NONE:
        bindings.append({"role": chosen.role, "scope": scope})
    elif len(bindings) == len(person["bindings"]):
        raise NotFound(f"{person['email']} has no role there")
    after = api.put("users", person["id"], "bindings", body={"bindings": bindings})
    say(f"{person['email']}: {', '.join(_words(each) for each in after['items']) or 'no role any more'}")
    return 0


def _scope(api: Api, chosen: argparse.Namespace) -> str:
    if chosen.interface:
        return f"interface:{find_interface(api, chosen.interface)['id']}"
    return f"node:{chosen.node}" if chosen.node else WHOLE


def _find(api: Api, who: str) -> dict[str, Any]:
    """Return somebody by e-mail address or id. Raises NotFound."""
    for each in api.all("users", q=who if "@" in who else None):
        if who.lower() in (each["email"], each["id"]):
            return dict(each)
    raise NotFound(f"there is nobody called {who}: sentra user list")
