"""`sentra peer …`: adds, changes and removes peers, through the API. A key pair is made here and not on the server."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentra.cli.api import Api
from sentra.cli.changes import add_change_options, find_interface, find_peer, tell
from sentra.cli.config_file import KeyPair, completed, make_key_pair, make_preshared_key
from sentra.cli.output import say
from sentra.cli.tables import facts, table

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_LISTS = (
    ("--address", "addresses", "its tunnel address, such as 10.8.0.7; the next free one where left out"),
    ("--route", "routes", "network behind the peer"),
    ("--client-allowed-ip", "client_allowed_ips", "what the peer sends into the tunnel"),
    ("--dns", "dns", "DNS server or search domain"),
    ("--tag", "tags", "tag"),
)
_FIELDS = (*(field for _, field, _ in _LISTS), "endpoint", "client_keepalive", "mtu", "notes", "expires_at")


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("peer", help="add, change and remove peers")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the peers of an interface")
    listed.add_argument("--interface", "-i")
    listed.add_argument("--json", action="store_true", help="for scripts")
    listed.set_defaults(run=_list)
    show = _named(actions, "show", "everything about one peer")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    add = _named(actions, "add", "make a peer; its key pair is made here, and its file is shown once")
    _add_settings(add)
    add.add_argument("--public-key", help="the peer has a key pair already: its public key")
    add.add_argument("--preshared", action="store_true", help="a preshared key besides")
    _add_outputs(add)
    add_change_options(add)
    add.set_defaults(run=_add)
    edit = _named(actions, "edit", "change settings of a peer")
    _add_settings(edit)
    edit.add_argument("--rename", metavar="NAME")
    add_change_options(edit)
    edit.set_defaults(run=_edit)
    for verb, help_text in (("enable", "put it on the interface"), ("disable", "take it off and keep its settings")):
        toggle = _named(actions, verb, help_text)
        toggle.add_argument("--reason", help="why; shown beside it")
        add_change_options(toggle)
        toggle.set_defaults(run=_toggle, enabled=verb == "enable")
    remove = _named(actions, "remove", "remove it for good")
    add_change_options(remove)
    remove.set_defaults(run=_remove)
    rekey = _named(actions, "rekey", "make a new key pair and swap it in one step; the old file stops working")
    rekey.add_argument("--preshared", action="store_true", help="a new preshared key besides")
    _add_outputs(rekey)
    add_change_options(rekey)
    rekey.set_defaults(run=_rekey)
    config = _named(actions, "config", "its config file, where the server made and keeps the key")
    _add_outputs(config)
    config.set_defaults(run=_config)


def _named(actions: "_SubParsersAction[argparse.ArgumentParser]", verb: str, help_text: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(verb, help=help_text)
    parser.add_argument("name", help="the peer" if verb == "add" else "the peer: its name, public key or id")
    parser.add_argument("--interface", "-i", help="the interface; may be left out where there is just one")
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    for option, field, help_text in _LISTS:
        parser.add_argument(option, dest=field, action="append", help=f"{help_text}; may be repeated")
    parser.add_argument("--endpoint", help="where the peer is, if it does not call itself: host:port")
    parser.add_argument("--keepalive", dest="client_keepalive", type=int, help="seconds between the peer's keepalives")
    parser.add_argument("--mtu", type=int)
    parser.add_argument("--notes")
    parser.add_argument(
        "--expires", dest="expires_at", type=_moment, help="a time (2027-01-31) or from now: 12h, 30d, 8w"
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--qr", action="store_true", help="a QR code of the file, for a phone")
    parser.add_argument("--output", "-o", type=Path, help="write the file here (mode 0600) and not to the terminal")


def _moment(text: str) -> str:
    count, unit = text[:-1], text[-1:]
    if unit in _UNITS and count.isdigit():
        moment = datetime.now(UTC) + timedelta(**{_UNITS[unit]: int(count)})
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is no time; write 2027-01-31, 12h, 30d or 8w") from None
    return (moment if moment.tzinfo else moment.astimezone()).astimezone(UTC).isoformat()


def _given(chosen: argparse.Namespace) -> dict[str, Any]:
    return {field: value for field in _FIELDS if (value := getattr(chosen, field)) is not None}


def _list(chosen: argparse.Namespace) -> int:
    api = Api.here()
    items = api.all("interfaces", find_interface(api, chosen.interface)["id"], "peers", limit=500)
    if chosen.json:
        say(json.dumps(items, indent=2, ensure_ascii=False))
    elif not items:
        say("There is no peer yet. Add one: sentra peer add NAME --qr")
    else:
        rows = ((p["name"], _state(p), " ".join(p["addresses"]), p["public_key"], " ".join(p["tags"])) for p in items)
        say(table(("NAME", "STATE", "ADDRESSES", "PUBLIC KEY", "TAGS"), rows))
    return 0


def _state(peer: dict[str, Any]) -> str:
    if not peer["enabled"]:
        return "– disabled"
    return "▲ must import again" if peer["must_reimport"] else "● enabled"


def _show(chosen: argparse.Namespace) -> int:
    peer = find_peer(Api.here(), chosen.interface, chosen.name)
    if chosen.json:
        say(json.dumps(peer, indent=2, ensure_ascii=False))
        return 0
    say(f"peer: {peer['name']}")
    lists = (
        (name, ", ".join(peer[field] or ()))
        for name, field in (
            ("addresses", "addresses"),
            ("networks behind it", "routes"),
            ("it sends into the tunnel", "effective_client_allowed_ips"),
            ("dns", "dns"),
            ("tags", "tags"),
        )
    )
    say(
        facts(
            (
                ("state", _state(peer)),
                ("reason", peer["disabled_reason"] or ""),
                ("public key", peer["public_key"]),
                ("preshared key", "(hidden)" if peer["has_preshared_key"] else ""),
                *lists,
                ("endpoint", peer["endpoint"] or ""),
                ("expires", peer["expires_at"] or ""),
                ("notes", peer["notes"]),
            )
        )
    )
    return 0


def _add(chosen: argparse.Namespace) -> int:
    api = Api.here()
    interface = find_interface(api, chosen.interface)
    pair = None if chosen.public_key else make_key_pair()
    preshared = make_preshared_key() if chosen.preshared else None
    body = {"name": chosen.name, "public_key": chosen.public_key or (pair and pair.public), **_given(chosen)}
    if preshared:
        body["preshared_key"] = preshared
    result = api.post("interfaces", interface["id"], "peers", body=body, dry_run=chosen.dry_run)
    code = tell(chosen, result, f"# {chosen.name} is added to {interface['name']}.")
    if pair and not chosen.dry_run:
        _hand_out(api, chosen, result["peer"], pair, preshared)
    return code


def _rekey(chosen: argparse.Namespace) -> int:
    api = Api.here()
    peer = find_peer(api, chosen.interface, chosen.name)
    # A preshared key that stays would be missing from the new file: nobody can read it again.
    renews = chosen.preshared or peer["has_preshared_key"]
    pair, preshared = make_key_pair(), make_preshared_key() if renews else None
    body = {"public_key": pair.public, **({"preshared_key": preshared} if preshared else {})}
    result = api.post("peers", peer["id"], "rekey", body=body, dry_run=chosen.dry_run)
    code = tell(chosen, result, f"# {peer['name']} has a new key pair. Its old file does not work any more.")
    if not chosen.dry_run:
        _hand_out(api, chosen, result["peer"], pair, preshared)
    return code


def _hand_out(api: Api, chosen: argparse.Namespace, peer: dict[str, Any], pair: KeyPair, preshared: str | None) -> None:
    template = api.get("peers", peer["id"], "template")
    _show_file(chosen, completed(template["text"], pair.private, preshared))
    api.post("peers", peer["id"], "given", body={"revision": template["revision"]})


def _show_file(chosen: argparse.Namespace, text: str) -> None:
    if chosen.output:
        handle = os.open(chosen.output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    elif not chosen.qr and not getattr(chosen, "json", False):
        say(text)
    if chosen.qr:
        import segno

        segno.make(text, error="l", micro=False).terminal(out=sys.stdout, compact=True, border=2)


def _edit(chosen: argparse.Namespace) -> int:
    api = Api.here()
    peer = find_peer(api, chosen.interface, chosen.name)
    body = _given(chosen) | ({"name": chosen.rename} if chosen.rename else {})
    result = api.patch("peers", peer["id"], body=body, dry_run=chosen.dry_run)
    return tell(chosen, result, f"{peer['name']} is changed.")


def _toggle(chosen: argparse.Namespace) -> int:
    api = Api.here()
    peer = find_peer(api, chosen.interface, chosen.name)
    body: dict[str, Any] = {"enabled": chosen.enabled}
    if not chosen.enabled:
        body["disabled_reason"] = chosen.reason
    result = api.patch("peers", peer["id"], body=body, dry_run=chosen.dry_run)
    return tell(chosen, result, f"{peer['name']} is {'enabled' if chosen.enabled else 'disabled'}.")


def _remove(chosen: argparse.Namespace) -> int:
    api = Api.here()
    peer = find_peer(api, chosen.interface, chosen.name)
    result = api.delete("peers", peer["id"], dry_run=chosen.dry_run)
    waits = f"{peer['name']} is off the interface. That it is removed for good waits to be confirmed."
    return tell(chosen, result, f"{peer['name']} is removed.", waits)


def _config(chosen: argparse.Namespace) -> int:
    api = Api.here()
    _show_file(chosen, api.text("peers", find_peer(api, chosen.interface, chosen.name)["id"], "config"))
    return 0
