"""`sentra interface …`: creates, changes and removes interfaces, through the API."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentra.cli.api import Api
from sentra.cli.changes import add_change_options, find_interface, tell
from sentra.cli.output import say
from sentra.cli.tables import facts, table

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_SETTINGS: tuple[tuple[str, str, Callable[[str], Any], str], ...] = (
    ("--address", "addresses", str, "tunnel address with prefix length, such as 10.8.0.1/24; may be repeated"),
    ("--pool", "pools", str, "network from which peers get addresses; may be repeated"),
    ("--dns", "dns", str, "DNS server or search domain for peers; may be repeated"),
    ("--listen-port", "listen_port", int, "UDP port"),
    ("--fwmark", "fwmark", int, "mark of outgoing packets, 0 for none"),
    ("--mtu", "mtu", int, "MTU, 0 for the kernel's choice"),
    ("--table", "table", str, "routing table: auto, off or a number"),
    ("--public-host", "public_host", str, "name or address under which peers reach this node"),
    ("--public-port", "public_port", int, "port under which peers reach it, 0 for the listen port"),
    ("--drift", "drift_mode", str, "changes made by hand: observe, warn or enforce"),
)
_REPEATED = {"addresses", "pools", "dns"}


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("interface", help="create, change and remove interfaces")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the interfaces that Sentra manages")
    listed.add_argument("--json", action="store_true", help="for scripts")
    listed.set_defaults(run=_list)
    _named(actions, "show", "everything about one interface", _show).add_argument("--json", action="store_true")
    create = actions.add_parser("create", help="make an interface; what is left out is chosen well")
    create.add_argument("name", nargs="?", help="such as wg0")
    _add_settings(create)
    add_change_options(create)
    create.set_defaults(run=_create)
    edit = _named(actions, "edit", "change settings of an interface", _edit)
    _add_settings(edit)
    add_change_options(edit)
    for verb, help_text in (
        ("start", "bring it up"),
        ("stop", "take it down"),
        ("hand-over", "let Sentra bring it up"),
    ):
        add_change_options(_named(actions, verb, help_text, _verb(verb)))
    add_change_options(_named(actions, "delete", "remove an interface and its peers", _delete))
    _add_taking_over(actions)
    drift = _named(actions, "drift", "what was changed by hand", _drift)
    drift.add_argument("--restore", action="store_true", help="undo all of it")
    drift.add_argument("--adopt", action="store_true", help="keep all of it")
    add_change_options(drift)
    _named(actions, "revisions", "who changed what, when", _revisions).add_argument("--json", action="store_true")
    undo = _named(actions, "undo", "undo one revision", _undo)
    undo.add_argument("revision", type=int)
    add_change_options(undo)
    confirm = actions.add_parser("confirm", help="keep a change that may have cut you off")
    confirm.add_argument("nonce")
    confirm.add_argument("--interface", help="needed where changes of several wait")
    confirm.set_defaults(run=_confirm)


def _named(
    actions: "_SubParsersAction[argparse.ArgumentParser]",
    verb: str,
    help_text: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(verb, help=help_text)
    parser.add_argument("name", nargs="?", help="the interface; may be left out where there is just one")
    parser.set_defaults(run=run)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    for option, field, kind, help_text in _SETTINGS:
        parser.add_argument(
            option, dest=field, type=kind, help=help_text, action="append" if field in _REPEATED else "store"
        )
    parser.add_argument(
        "--masquerade",
        action=argparse.BooleanOptionalAction,
        help="peers reach the internet through this node",
    )


def _add_taking_over(actions: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    found = actions.add_parser("found", help="WireGuard interfaces that run here and are not managed")
    found.add_argument("--json", action="store_true")
    found.set_defaults(run=_found)
    adopt = actions.add_parser("adopt", help="manage an interface that runs already; nothing is restarted")
    adopt.add_argument("name")
    adopt.add_argument("--unmanaged", choices=("keep", "adopt", "remove"), default="adopt", help="its peers")
    add_change_options(adopt)
    adopt.set_defaults(run=_adopt)
    imported = actions.add_parser("import", help="make an interface from a wg-quick file")
    imported.add_argument("file", type=Path, help="the file; - for standard input")
    imported.add_argument("--name", help="the name of the interface; the file's where it is left out")
    add_change_options(imported)
    imported.set_defaults(run=_import)


def _list(chosen: argparse.Namespace) -> int:
    items = Api.here().all("interfaces")
    if chosen.json:
        say(json.dumps(items, indent=2, ensure_ascii=False))
    elif not items:
        say("There is no interface yet. Make one: sentra interface create wg0")
    else:
        head = ("NAME", "NODE", "STATE", "PEERS", "PORT", "ADDRESSES")
        say(table(head, ((i["name"], i["node"], _state(i), *_numbers(i), " ".join(i["addresses"])) for i in items)))
    return 0


def _state(interface: dict[str, Any]) -> str:
    if interface["error"]:
        return "▲ trouble"
    if not interface["started"]:
        return "– stopped"
    return "◐ drift" if interface["drift_count"] else "● runs" if interface["applied"] else "○ waits"


def _numbers(interface: dict[str, Any]) -> tuple[str, str]:
    return str(interface["peer_count"]), str(interface["listen_port"])


def _show(chosen: argparse.Namespace) -> int:
    found = find_interface(Api.here(), chosen.name)
    if chosen.json:
        say(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    say(f"interface: {found['name']}")
    say(
        facts(
            (
                ("state", _state(found)),
                ("error", found["error"] or ""),
                ("public key", found["public_key"] or ""),
                ("listening port", str(found["listen_port"])),
                ("addresses", ", ".join(found["addresses"])),
                ("pools", ", ".join(found["pools"])),
                ("dns", ", ".join(found["dns"])),
                ("mtu", str(found["mtu"] or "")),
                ("fwmark", hex(found["fwmark"]) if found["fwmark"] else ""),
                ("table", found["table"]),
                ("public address", found["public_host"]),
                ("masquerade", "on" if found["masquerade"] else ""),
                ("drift", f"{found['drift_mode']}, {found['drift_count']} differences"),
                ("brought up by", found["brought_up_by"]),
                ("peers", str(found["peer_count"])),
                ("must import again", str(found["reimport_count"] or "")),
            )
        )
    )
    return 0


def _create(chosen: argparse.Namespace) -> int:
    api = Api.here()
    suggestion = api.get("interfaces", "suggestion", node="local")
    body = {
        "name": chosen.name or suggestion["name"],
        "addresses": suggestion["addresses"],
        "listen_port": suggestion["listen_port"],
        "dns": suggestion["dns"],
        "mtu": suggestion["mtu"],
        "public_host": (suggestion["public_hosts"] or [""])[0],
        **_given(chosen),
    }
    result = api.post("interfaces", body=body, dry_run=chosen.dry_run)
    return tell(chosen, result, f"{body['name']} is made. Add a peer: sentra peer add NAME --qr")


def _given(chosen: argparse.Namespace) -> dict[str, Any]:
    fields = [field for _, field, _, _ in _SETTINGS] + ["masquerade"]
    return {field: value for field in fields if (value := getattr(chosen, field)) is not None}


def _edit(chosen: argparse.Namespace) -> int:
    api = Api.here()
    found = find_interface(api, chosen.name)
    result = api.patch("interfaces", found["id"], body=_given(chosen), dry_run=chosen.dry_run)
    return tell(chosen, result, f"{found['name']} is changed.")


def _verb(verb: str) -> Callable[[argparse.Namespace], int]:
    done = {"start": "is started", "stop": "is stopped", "hand-over": "is brought up by Sentra from now on"}[verb]

    def run(chosen: argparse.Namespace) -> int:
        api = Api.here()
        found = find_interface(api, chosen.name)
        result = api.post("interfaces", found["id"], verb, dry_run=chosen.dry_run)
        return tell(chosen, result, f"{found['name']} {done}.")

    return run


def _delete(chosen: argparse.Namespace) -> int:
    api = Api.here()
    found = find_interface(api, chosen.name)
    result = api.delete("interfaces", found["id"], dry_run=chosen.dry_run)
    both = f"{found['name']} and its {found['peer_count']} peers"
    waits = f"{found['name']} is stopped. That {both} are removed waits to be confirmed."
    return tell(chosen, result, f"{both} are removed.", waits)


def _found(chosen: argparse.Namespace) -> int:
    items = Api.here().get("interfaces", "found", node="local")["items"]
    if chosen.json:
        say(json.dumps(items, indent=2, ensure_ascii=False))
        return 0
    rows = ((i["name"], i["driver"], str(i["peer_count"]), str(i["listen_port"]), i["file"] or "–") for i in items)
    say(table(("NAME", "DRIVER", "PEERS", "PORT", "FILE"), rows) if items else "Every WireGuard interface is managed.")
    return 0


def _adopt(chosen: argparse.Namespace) -> int:
    body = {"node": "local", "name": chosen.name, "unmanaged": chosen.unmanaged}
    result = Api.here().post("interfaces", "adopt", body=body, dry_run=chosen.dry_run)
    return tell(chosen, result, f"{chosen.name} is managed by Sentra now. Nothing was restarted.")


def _import(chosen: argparse.Namespace) -> int:
    text = sys.stdin.read() if str(chosen.file) == "-" else chosen.file.read_text("utf-8")
    body = {"node": "local", "name": chosen.name or chosen.file.stem, "text": text}
    result = Api.here().post("interfaces", "import", body=body, dry_run=chosen.dry_run)
    report = result["report"]
    if not chosen.json:
        for hook in report["hooks"]:
            say(f"line {hook['line']}: {hook['text']} is a command and was left out")
    if report["errors"] and not chosen.json:
        say("\n".join(f"line {error['line']}: {error['message']}" for error in report["errors"]))
        return 1
    return tell(chosen, result, f"{body['name']} is imported.")


def _drift(chosen: argparse.Namespace) -> int:
    api = Api.here()
    found = find_interface(api, chosen.name)
    for verb in ("restore", "adopt"):
        if getattr(chosen, verb):
            result = api.post("interfaces", found["id"], "drift", verb, dry_run=chosen.dry_run)
            return tell(chosen, result, f"{found['name']}: {'restored' if verb == 'restore' else 'adopted'}.")
    drift = api.get("interfaces", found["id"], "drift")
    if chosen.json:
        say(json.dumps(drift, indent=2, ensure_ascii=False))
        return 0
    lines = [_difference(item) for item in drift["items"]]
    lines += [f"unmanaged peer {peer['public_key']}" for peer in drift["unmanaged"]]
    say("\n".join(lines) or f"{found['name']} runs as it was decided.")
    return 0


def _difference(item: dict[str, Any]) -> str:
    what = f"{item['subject']} {item.get('peer_name') or item['key']}".rstrip()
    if item["kind"] != "changed":
        return f"{item['kind']}: {what}"
    return f"changed: {what}: {item['field']} is {item['running']}, decided is {item['wanted']}"


def _revisions(chosen: argparse.Namespace) -> int:
    api = Api.here()
    items = api.all("interfaces", find_interface(api, chosen.name)["id"], "revisions")
    if chosen.json:
        say(json.dumps(items, indent=2, ensure_ascii=False))
    else:
        rows = ((str(i["id"]), i["made_at"], i["actor_name"], i["summary"]) for i in items)
        say(table(("ID", "WHEN", "WHO", "WHAT"), rows))
    return 0


def _undo(chosen: argparse.Namespace) -> int:
    api = Api.here()
    found = find_interface(api, chosen.name)
    path = ("interfaces", found["id"], "revisions", str(chosen.revision), "undo")
    return tell(chosen, api.post(*path, dry_run=chosen.dry_run), f"Revision {chosen.revision} is undone.")


def _confirm(chosen: argparse.Namespace) -> int:
    api = Api.here()
    waiting = [each for each in api.all("interfaces") if each["confirm_until"]]
    alone = chosen.interface is None and len(waiting) == 1
    found = waiting[0] if alone else find_interface(api, chosen.interface)
    api.post("interfaces", found["id"], "confirm", body={"nonce": chosen.nonce})
    say("The change stays.")
    return 0
