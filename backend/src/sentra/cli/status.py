"""`sentra status [INTERFACE]`: reads like `wg show`, straight from the drivers, also when nothing else runs."""

import argparse
import asyncio
import io
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from sentra.agent.drivers import WATCH_ALL, Drivers
from sentra.cli.environment import environment
from sentra.cli.output import say
from sentra.core.errors import InterfaceMissing, InterfaceUnreadable
from sentra.core.status import PeerStatus, Sample, is_active
from sentra.network.links import read_links
from sentra.settings import Settings
from sentra.wireguard.netlink import NetlinkDriver
from sentra.wireguard.uapi import UapiDriver

if TYPE_CHECKING:
    from argparse import _SubParsersAction

WATCH_SECONDS: Final = 1.0
_CLEAR: Final = "\x1b[H\x1b[2J\x1b[3J"
_Results = dict[str, Sample | str]


def add_to(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("status", help="what WireGuard on this machine is doing, as `wg show` tells it")
    parser.add_argument("interface", nargs="?", help="one interface; all WireGuard interfaces where it is left out")
    parser.add_argument("--json", action="store_true", help="for scripts: the fields of the API's status")
    parser.add_argument("--watch", action="store_true", help="again every second, until Ctrl-C")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the status; 1 where an interface could not be read."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # ● in a terminal that has no such character
    uapi = UapiDriver()
    drivers = Drivers(NetlinkDriver(), uapi, uapi.has_socket)
    wanted = (chosen.interface,) if chosen.interface else _default_interfaces()
    while True:
        results = _read(drivers, wanted)
        text = _json(results) if chosen.json else "\n".join(_text(results, time.time(), colour=sys.stdout.isatty()))
        if chosen.watch and sys.stdout.isatty():
            text = _CLEAR + text
        say(text)
        if not chosen.watch:
            return 1 if any(isinstance(result, str) for result in results.values()) else 0
        time.sleep(WATCH_SECONDS)


def _default_interfaces() -> tuple[str, ...]:
    # Where the operator named interfaces, a missing one among them is worth saying; otherwise show what there is.
    named = Settings.interfaces_from(environment())
    return named or (WATCH_ALL,)


def _read(drivers: Drivers, wanted: tuple[str, ...]) -> _Results:
    links = asyncio.run(read_links())
    results: _Results = {}
    for name in drivers.named(wanted, links):
        try:
            results[name] = drivers.read(name, links.get(name))
        except (InterfaceMissing, InterfaceUnreadable) as error:
            results[name] = str(error)
    return results


def _json(results: _Results) -> str:
    now = time.time()
    interfaces = [
        {
            **msgspec.to_builtins(result.interface),
            "peers": [
                {**msgspec.to_builtins(peer), "active": is_active(peer.latest_handshake, now)}
                for peer in result.peers.values()
            ],
        }
        if isinstance(result, Sample)
        else {"name": name, "error": result}
        for name, result in results.items()
    ]
    return msgspec.json.encode({"sampled_at": int(now), "interfaces": interfaces}).decode("utf-8")


def _text(results: _Results, now: float, *, colour: bool) -> Iterator[str]:
    strong, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    if not results:
        yield "There is no WireGuard interface on this machine."
    for number, (name, result) in enumerate(results.items()):
        if number:
            yield ""
        yield f"interface: {strong}{name}{plain}"
        if isinstance(result, str):
            yield f"  ▲ {result}"
            continue
        interface = result.interface
        if interface.public_key:
            yield f"  public key: {interface.public_key}"
            yield "  private key: (hidden)"
        if interface.listen_port:
            yield f"  listening port: {interface.listen_port}"
        if interface.fwmark:
            yield f"  fwmark: {interface.fwmark:#x}"
        if not interface.up:
            yield "  – the link is down"
        for peer in sorted(result.peers.values(), key=lambda peer: -peer.latest_handshake):
            yield ""
            yield from _peer(peer, now, strong, plain)


def _peer(peer: PeerStatus, now: float, strong: str, plain: str) -> Iterator[str]:
    presence = "○" if not peer.latest_handshake else "●" if is_active(peer.latest_handshake, now) else "◐"
    yield f"peer: {strong}{peer.public_key}{plain} {presence}"
    if peer.has_preshared_key:
        yield "  preshared key: (hidden)"
    if peer.endpoint:
        yield f"  endpoint: {peer.endpoint}"
    yield f"  allowed ips: {', '.join(peer.allowed_ips) or '(none)'}"
    if peer.latest_handshake:
        yield f"  latest handshake: {_ago(int(now) - peer.latest_handshake)}"
    if peer.rx_bytes or peer.tx_bytes:
        yield f"  transfer: {_size(peer.rx_bytes)} received, {_size(peer.tx_bytes)} sent"
    if peer.persistent_keepalive:
        yield f"  persistent keepalive: every {_count(peer.persistent_keepalive, 'second')}"


def _ago(seconds: int) -> str:
    if seconds < 0:
        return "(the clock went back)"
    if seconds == 0:
        return "now"
    parts = []
    for unit, length in (("year", 365 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(_count(count, unit))
    return f"{', '.join(parts)} ago"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _size(number: int) -> str:
    size = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{number} B" if unit == "B" else f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} TiB"
