"""Userspace WireGuard of this machine: its control sockets, and how `wireguard-go` is started.

Protocol: https://www.wireguard.com/xplatform/#configuration-protocol. The sockets lie in one folder for all network
namespaces, so a name is taken on the whole machine.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from sentra.core.errors import NetworkRefused
from sentra.network.programs import Ran, find_program, run_program

SOCKETS: Final = Path("/var/run/wireguard")
START_SECONDS: Final = 5.0
STOP_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.02
_BEGINNINGS: Final = (b"private_", b"listen_p", b"fwmark=", b"public_k", b"errno=0\n")
"""The first bytes of every answer to `get=1`, up to eight. The rest is keys, which nobody here needs."""
_BEGINNING_BYTES: Final = 8


def socket_of(name: str) -> Path:
    """Give the path of an interface's control socket."""
    return SOCKETS / f"{name}.sock"


async def answers(name: str) -> bool:
    """Tell whether a userspace WireGuard answers for this name, in whichever network namespace."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket_of(name))
            try:
                writer.write(b"get=1\n\n")
                return (await reader.readexactly(_BEGINNING_BYTES)).startswith(_BEGINNINGS)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


async def start(name: str) -> None:
    """Start `wireguard-go` for a new interface and wait until it answers. Raises NetworkRefused.

    It opens the tun device and its socket, leaves a process in the background for them and ends; that process has no
    terminal, no pipe and no open file of this one, so nothing that happens to Sentra ends it.
    """
    program = find_program("wireguard-go")
    if program is None:
        raise NetworkRefused(
            f"{name} cannot be made: this kernel has no WireGuard module and wireguard-go is not installed. "
            "Install the package wireguard-go, or a kernel with the module."
        )
    ran = await run_program(program, name, seconds=START_SECONDS)
    if ran.code:
        raise NetworkRefused(f"wireguard-go could not make {name}: {_reason(ran)}")
    if not await _within(START_SECONDS, lambda: answers(name)):
        raise NetworkRefused(f"wireguard-go was started for {name} and does not answer at {socket_of(name)}.")


async def is_silent(name: str) -> bool:
    """Tell whether nobody answers for this name, a wireguard-go that is about to end given time to do so."""
    return await _within(STOP_SECONDS, lambda: _answers_not(name))


async def until_gone(name: str) -> None:
    """Wait until the userspace WireGuard of a deleted link has ended, and clear away a socket that it left."""
    await _within(STOP_SECONDS, lambda: _is_gone(name))
    await _forget_stale(name)


async def _within(seconds: float, fact: Callable[[], Awaitable[bool]]) -> bool:
    """Wait for a fact; false where it does not come in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                if await fact():
                    return True
                await asyncio.sleep(_PAUSE_SECONDS)
    return False


async def _forget_stale(name: str) -> None:
    """Remove a socket that nobody listens at: its process was killed."""
    try:
        _, writer = await asyncio.open_unix_connection(socket_of(name))
    except ConnectionRefusedError:
        with contextlib.suppress(OSError):
            socket_of(name).unlink()
    except OSError:
        return
    else:
        writer.close()


async def _answers_not(name: str) -> bool:
    return not await answers(name)


async def _is_gone(name: str) -> bool:
    return not await asyncio.to_thread(socket_of(name).exists)


def _reason(ran: Ran) -> str:
    said = ran.complaint or ran.output.decode(errors="replace").strip()
    last = said.splitlines()[-1] if said else "it did not say why"
    if "/dev/net/tun" in last:
        return f"{last}. The kernel's module tun is needed, in a container also the device /dev/net/tun."
    if "operation not permitted" in last:
        return f"{last}. This process needs the capability CAP_NET_ADMIN."
    return f"{last}."
