"""The way of peers to the internet: they leave this machine under its own address, by nftables.

Each interface has a table of its own, `inet sentra_NAME`, which nobody else writes to and which is replaced as a whole.
Packets are chosen by their source and by leaving through another link; where they came in is not looked at, because
kernels before 5.7 do not know it any more at that point. Nothing is allowed past the rules of other firewalls: a chain
that drops forwarded packets still does, and `forward_warning` says so.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from sentra.core.addresses import sort_prefixes
from sentra.core.errors import NetworkRefused, WrongValue
from sentra.core.names import checked_interface_name
from sentra.network import ruleset
from sentra.network.forwarding import Forwarding
from sentra.network.programs import find_program, run_program

_NOTHING_THERE = "No such file or directory"
_NO_SUPPORT = ("Operation not supported", "Protocol not supported")


def masquerade_sentences(interface: str, networks: Iterable[str]) -> tuple[str, ...]:
    """Say to a person what `Masquerade.set` does."""
    networks = tuple(networks)
    table = f"{ruleset.FAMILY} {ruleset.table_of(interface)}"
    if not networks:
        return (
            f"Remove the nftables table {table}: peers of {interface} no longer reach the internet through this node.",
            "Switch forwarding back off where it was off before and nothing else needs it.",
        )
    sentences = [
        f"Replace the nftables table {table}: packets from {', '.join(networks)} leave through other links under "
        "this node's address."
    ]
    versions = _versions(networks)
    if 4 in versions:
        sentences.append("Switch IPv4 forwarding on (net.ipv4.ip_forward) where it is off.")
    if 6 in versions:
        sentences.append(
            "Switch IPv6 forwarding on (net.ipv6.conf.all.forwarding) where it is off. Links that have their default "
            "route from router advertisements keep it: their accept_ra becomes 2."
        )
    return tuple(sentences)


class Masquerade:
    """The masquerades of this machine's interfaces. `memory` is the file that remembers what forwarding was before."""

    def __init__(self, memory: Path) -> None:
        self._forwarding = Forwarding(memory)
        self._changing = asyncio.Lock()

    async def read(self, interface: str) -> tuple[str, ...]:
        """Give the networks of an interface that are masqueraded: those with a rule, whose packets are forwarded too.

        Raises NetworkRefused.
        """
        _refuse_name(interface)
        entries = await _list("table", ruleset.FAMILY, ruleset.table_of(interface))
        networks = ruleset.masqueraded(entries, interface)
        if not networks:
            return ()
        forwarded = await self._forwarding.versions()
        return tuple(network for network in networks if _version(network) in forwarded)

    async def set(self, interface: str, networks: Iterable[str]) -> None:
        """Masquerade exactly these networks, canonical prefixes, from now on; with none the table goes.

        Forwarding is switched on before the rules are there, and returns to what it was when no interface needs it
        any more and nobody else translates addresses. Raises NetworkRefused; then the rules are as they were.
        """
        _refuse_name(interface)
        networks = sort_prefixes(networks)
        commands = ruleset.replacing(interface, networks)
        async with self._changing:
            if networks:
                await _nft("-c", "-j", "-f", "-", text=commands)
                await self._forwarding.switch_on(_versions(networks))
            elif find_program("nft") is None:
                return
            try:
                await _nft("-j", "-f", "-", text=commands)
            except _NotThere:
                if networks:
                    raise
            finally:
                await self._settle_forwarding()

    async def _settle_forwarding(self) -> None:
        if not await self._forwarding.is_remembered():
            return
        entries = await _list("ruleset")
        unused = frozenset({4, 6}) - _versions(ruleset.masqueraded_anywhere(entries))
        await self._forwarding.put_back(unused, needed=ruleset.foreign_translation(entries))


async def forward_warning(interface: str, networks: Iterable[str]) -> str | None:
    """Say which firewall of this machine may drop what peers send to these networks' masquerade; None where none does.

    Rules that iptables keeps apart (its `legacy` variant) cannot be seen. Raises NetworkRefused.
    """
    entries = await _list("ruleset")
    closed = ruleset.closed_forwarding(entries, interface, _versions(networks))
    if not closed:
        return None
    return (
        f"A firewall of this node drops forwarded packets that no rule of its own accepts ({'; '.join(closed)}). "
        f"Allow there what comes in by {interface} and the answers to it, or peers are connected and do not reach "
        "the internet."
    )


def _refuse_name(interface: str) -> None:
    # nft takes a closing * for every link that begins so.
    try:
        checked_interface_name(interface)
    except WrongValue as error:
        raise NetworkRefused(str(error)) from None


def _version(network: str) -> int:
    return 6 if ":" in network else 4


def _versions(networks: Iterable[str]) -> frozenset[int]:
    return frozenset(map(_version, networks))


async def _list(*what: str) -> list[ruleset.Entry]:
    """List without the elements of sets. What is not there, or cannot be for want of support, is empty."""
    if find_program("nft") is None:
        return []
    try:
        return ruleset.entries_of(await _nft("-j", "-t", "list", *what))
    except _NotThere:
        return []
    except ValueError:
        raise NetworkRefused("nft gave an answer that is not its own language.") from None


class _NotThere(NetworkRefused):
    """There is no such table, or this kernel has no nftables."""


async def _nft(*arguments: str, text: bytes = b"") -> bytes:
    program = find_program("nft")
    if program is None:
        raise NetworkRefused("The masquerade needs nft, which is not installed. Install the package nftables.")
    ran = await run_program(program, *arguments, text=text)
    if ran.code == 0:
        return ran.output
    complaint = next(iter(ran.complaint.splitlines()), "it did not say why")
    if any(reason in ran.complaint for reason in _NO_SUPPORT):
        raise _NotThere(f"This kernel has no nftables or lacks a part of it: nft says “{complaint}”.")
    if _NOTHING_THERE in ran.complaint:
        raise _NotThere(f"nft says “{complaint}”.")
    if "Operation not permitted" in ran.complaint:
        raise NetworkRefused("The masquerade cannot be changed: this process needs the capability CAP_NET_ADMIN.")
    raise NetworkRefused(f"nft refused the masquerade: “{complaint}”.")
