"""What the commands that change something have in common: a look before, and what came of it."""

import argparse
import json
from typing import Any

from sentra.cli.api import Api
from sentra.cli.output import say
from sentra.core.errors import NotFound


def add_change_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every change has."""
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    parser.add_argument("--json", action="store_true", help="for scripts: the API's own answer")


def tell(chosen: argparse.Namespace, result: dict[str, Any] | None, done: str, waits: str = "") -> int:
    """Print what came of a change; 1 where it is decided but does not run yet. `waits` is said instead of `done` of
    one that waits to be confirmed."""
    result = result or {}
    if waits and result.get("confirm"):
        done = waits
    if chosen.json:
        say(json.dumps(result, indent=2, ensure_ascii=False))
    elif chosen.dry_run:
        say("\n".join(_plan(result.get("plan", {}))) or "Nothing would change.")
    else:
        say("\n".join([done, *_outcome(result)]))
    return 0 if chosen.dry_run or result.get("applied", True) else 1


def kept_by(confirm: dict[str, Any], interface: str | None = None) -> str:
    """Return how a change is kept that may cut off whoever makes it."""
    where = f" --interface {interface}" if interface else ""
    return (
        f"▲ This may cut you off. It is undone in {confirm['seconds']} s, unless you keep it, from 3 s on, with:\n"
        f"  sentra interface confirm {confirm['nonce']}{where}"
    )


def find_interface(api: Api, name: str | None) -> dict[str, Any]:
    """Return the interface of this name (or id), or the only one there is. Raises NotFound."""
    known: list[dict[str, Any]] = api.all("interfaces")
    if name is None:
        if len(known) == 1:
            return known[0]
        names = ", ".join(sorted(each["name"] for each in known))
        raise NotFound(
            f"say which interface: {names}" if known else "there is no interface yet: sentra interface create"
        )
    for each in known:
        if name in (each["name"], each["id"]):
            return each
    raise NotFound(f"Sentra does not manage an interface {name}")


def find_peer(api: Api, interface: str | None, who: str) -> dict[str, Any]:
    """Return the peer of this name, public key or id. Raises NotFound, also where several interfaces have one."""
    known = [find_interface(api, interface)] if interface else api.all("interfaces")
    found = [
        peer
        for each in known
        for peer in api.all("interfaces", each["id"], "peers", limit=500)
        if who in (peer["name"], peer["public_key"], peer["id"])
    ]
    if len(found) == 1:
        return dict(found[0])
    raise NotFound(f"several interfaces have a peer {who}: add --interface" if found else f"there is no peer {who}")


def _plan(plan: dict[str, Any]) -> list[str]:
    lines = [*plan.get("operations", ()), *plan.get("firewall", ()), *plan.get("files", ())]
    if plan.get("reimport"):
        lines.append("These must import their config file again: " + ", ".join(p["name"] for p in plan["reimport"]))
    return [*lines, *(f"▲ {risk}" for risk in plan.get("risky", ()))]


def _outcome(result: dict[str, Any]) -> list[str]:
    lines = []
    if not result.get("applied", True):
        lines.append(f"▲ It does not run yet: {result.get('reason') or 'the agent has not answered'}")
    if reimport := result.get("plan", {}).get("reimport"):
        lines.append("These must import their config file again: " + ", ".join(peer["name"] for peer in reimport))
    if confirm := result.get("confirm"):
        lines.append(kept_by(confirm))
    return lines
