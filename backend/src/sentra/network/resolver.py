"""Host names to addresses, by the machine's own resolver, so that a dead one holds up nobody else."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

from sentra.core.errors import NetworkRefused

DEADLINE_SECONDS: Final = 2.0
MOST_AT_ONCE: Final = 16
"""How many lookups, each in a thread, may be under way; one of a dead resolver takes half a minute."""

LookUp = Callable[[str], Sequence[str]]


def look_up(host: str) -> Sequence[str]:
    """Ask the machine's resolver, which blocks for as long as it pleases; best address first (RFC 6724).

    Addresses of a family that this machine has none of are left out. Raises OSError.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM, flags=socket.AI_ADDRCONFIG)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Resolver:
    """Looks names up. Who asks again after a failure decides when: nothing here waits or repeats."""

    def __init__(
        self, look_up: LookUp = look_up, deadline_seconds: float = DEADLINE_SECONDS, most_at_once: int = MOST_AT_ONCE
    ) -> None:
        self._look_up = look_up
        self._deadline_seconds = deadline_seconds
        self._most_at_once = most_at_once
        self._lookups: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Give the addresses of a name, best first. Raises NetworkRefused, at the latest after the deadline.

        A lookup that takes longer goes on, once for each name, and the next call gets what it finds.
        """
        lookup = self._lookups.get(host) or self._begin(host)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return tuple(await asyncio.shield(lookup))
        except TimeoutError:
            seconds = f"{self._deadline_seconds:g}"
            raise NetworkRefused(f"the resolver did not answer about {host} within {seconds} seconds") from None
        except OSError as error:
            raise NetworkRefused(f"the resolver knows no address of {host} ({error.strerror})") from None
        finally:
            if lookup.done():
                self._lookups.pop(host, None)

    def _begin(self, host: str) -> asyncio.Future[Sequence[str]]:
        waiting = [name for name, lookup in self._lookups.items() if not lookup.done()]
        if len(waiting) >= self._most_at_once:
            raise NetworkRefused(f"{host} is not looked up: the resolver owes answers about {len(waiting)} other names")
        lookup = self._lookups[host] = asyncio.get_running_loop().create_future()
        # A thread of its own and a daemon: those of an executor hold up the end of the process.
        threading.Thread(target=self._work, args=(host, lookup), name=f"resolve {host}", daemon=True).start()
        return lookup

    def _work(self, host: str, lookup: asyncio.Future[Sequence[str]]) -> None:
        addresses, error = self._outcome(host)
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            lookup.get_loop().call_soon_threadsafe(_settle, lookup, addresses, error)

    def _outcome(self, host: str) -> tuple[Sequence[str], OSError | None]:
        try:
            return self._look_up(host), None
        except OSError as error:
            return (), error
        except UnicodeError:  # by the idna codec, of a label that is empty or too long
            return (), OSError(0, "it is no host name")


def _settle(lookup: asyncio.Future[Sequence[str]], addresses: Sequence[str], error: OSError | None) -> None:
    if lookup.done():
        return
    if error is None:
        lookup.set_result(addresses)
        return
    lookup.set_exception(error)
    lookup.exception()  # seen: nobody may be there to ask for it any more
