"""Endpoints that are names: resolved beside the reconciler, so that a dead resolver holds up nobody."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.clock import Clock
from sentra.core.drift import Unresolved
from sentra.core.endpoints import joined_endpoint
from sentra.core.errors import SentraError
from sentra.core.peers import PeerSpec

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 0.1
"""How long a reconcile waits for names that nobody asked for before."""
FRESH_SECONDS: Final = 300.0
FIRST_RETRY_SECONDS: Final = 5.0
LONGEST_RETRY_SECONDS: Final = 300.0


class _Name(Struct):
    """What is known of one name."""

    addresses: tuple[str, ...] = ()
    """The last ones; kept while a later lookup fails."""
    reason: str = "it is being looked up"
    lookup: asyncio.Task[None] | None = None
    due: float = 0.0
    """When to look it up (again), by the monotonic clock."""
    retry_seconds: float = FIRST_RETRY_SECONDS


class EndpointNames:
    """Knows the addresses of names, and looks up in the background those that it does not know."""

    def __init__(
        self,
        resolve: Callable[[str], Awaitable[tuple[str, ...]]],
        clock: Clock,
        start: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
    ) -> None:
        self._resolve = resolve
        self._clock = clock
        self._start = start
        self._names: dict[str, _Name] = {}

    async def look_up(self, names: Iterable[str], resolved: Callable[[], None]) -> None:
        """See to it that these names are known. Waits a moment for those that nobody asked for before; `resolved` is
        called once there is an answer that differs from the last."""
        new = []
        for name in names:
            known = self._names.get(name)
            if known is None:
                known = self._names[name] = _Name()
                known.lookup = self._start(self._look_up(name, known, resolved))
                new.append(known.lookup)
            elif known.lookup is None and known.due <= self._clock.monotonic():
                known.lookup = self._start(self._look_up(name, known, resolved))
        if new:
            await asyncio.wait(new, timeout=PATIENCE_SECONDS)

    def settle(
        self, peers: Mapping[str, PeerSpec], running: Mapping[str, PeerSpec]
    ) -> tuple[Mapping[str, PeerSpec], tuple[Unresolved, ...]]:
        """Give the peers with an address in place of each name, and those whose name has none: they stay without.

        Of several addresses that counts at which the peer is already.
        """
        settled, unresolved = dict[str, PeerSpec](), []
        for key, peer in peers.items():
            if peer.endpoint is None:
                continue
            now = running.get(key)
            endpoint = self._find(peer.endpoint, now.endpoint if now else None)
            if endpoint != peer.endpoint:
                settled[key] = replace(peer, endpoint=endpoint)
            if endpoint is None:
                unresolved.append(Unresolved(key, peer.endpoint, self._reason(peer.endpoint)))
        return ({**peers, **settled} if settled else peers), tuple(unresolved)

    def _find(self, endpoint: str, now: str | None) -> str | None:
        address = _at_address(endpoint)
        if address is not None:
            return address
        host, port = _split(endpoint)
        known = self._names.get(host)
        candidates = [joined_endpoint(address, port) for address in known.addresses] if known else []
        return now if now in candidates else next(iter(candidates), None)

    def _reason(self, endpoint: str) -> str:
        host, _ = _split(endpoint)
        known = self._names.get(host)
        return f"{host} has no address: {known.reason if known else 'it is being looked up'}"

    async def _look_up(self, name: str, known: _Name, resolved: Callable[[], None]) -> None:
        before = known.addresses
        try:
            known.addresses = await self._resolve(name) or before
            known.reason = "the resolver knows none"
        except (SentraError, OSError) as error:
            known.reason = str(error)
        except Exception:
            # What a resolver never should raise must not end the agent.
            log.exception("%s cannot be looked up", name)
            known.reason = "an unforeseen error, see the log"
        known.retry_seconds = min(known.retry_seconds * 2, LONGEST_RETRY_SECONDS)
        failed = not known.addresses or known.addresses is before
        known.due = self._clock.monotonic() + (known.retry_seconds / 2 if failed else FRESH_SECONDS)
        if not failed:
            known.retry_seconds = FIRST_RETRY_SECONDS
        known.lookup = None
        if known.addresses != before:
            resolved()


def names_of(peers: Iterable[PeerSpec]) -> frozenset[str]:
    """Give the endpoints' hosts that are names."""
    endpoints = (peer.endpoint for peer in peers if peer.endpoint is not None)
    return frozenset(_split(endpoint)[0] for endpoint in endpoints if _at_address(endpoint) is None)


@lru_cache(maxsize=1 << 14)
def _at_address(endpoint: str) -> str | None:
    """Give an endpoint whose host is an address as WireGuard writes it; None where it is a name."""
    host, port = _split(endpoint)
    try:
        return joined_endpoint(str(ip_address(host)), port)
    except ValueError:
        return None


def _split(endpoint: str) -> tuple[str, int]:
    host, _, port = endpoint.rpartition(":")
    return host.strip("[]"), int(port)
