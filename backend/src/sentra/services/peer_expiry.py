"""Peers whose time is over are disabled by themselves."""

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from sentra.core.clock import Clock
from sentra.core.errors import Conflict, NotFound
from sentra.core.peers import EXPIRED, Peer
from sentra.db.peers import find_peers, peers_to_expire
from sentra.services.changes import Changes

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0


class PeerExpiry:
    """Disables peers at their `expires_at`."""

    def __init__(self, clock: Clock, changes: Changes, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._clock = clock
        self._changes = changes
        self._look_seconds = look_seconds

    async def run(self) -> None:
        """Look again and again until cancelled. What cannot be written is tried again."""
        failed = False
        while True:
            try:
                await self.expire()
            except Exception as error:
                if not failed:
                    log.warning("peers could not be disabled at the end of their time: %s", error, exc_info=error)
                failed = True
            else:
                failed = False
            await asyncio.sleep(self._look_seconds)

    async def expire(self) -> int:
        """Disable every peer whose time is over, each interface's in one step; return how many.

        While a change of an interface waits to be confirmed, its peers wait too; they do not run meanwhile.
        """
        homes: dict[str, list[Peer]] = defaultdict(list)
        for peer in await peers_to_expire(self._now()):
            homes[peer.interface_id].append(peer)
        count = 0
        for interface_id, peers in homes.items():
            try:
                count += await self._disable(interface_id, [peer.id for peer in peers])
            except (Conflict, NotFound) as error:
                log.debug("peers wait for the end of their time: %s", error)
        return count

    async def _disable(self, interface_id: str, peer_ids: list[str]) -> int:
        async with self._changes.decide(interface_id) as change:
            found = (await find_peers(peer_ids)).values()
            late = [peer for peer in found if peer.enabled and peer.expires_at and peer.expires_at <= self._now()]
            names = ", ".join(peer.name for peer in late)
            change.describe("peers-expired", f"Disabled {names}: the time is over")
            await change.replace_peers([(peer, replace(peer, enabled=False, disabled_reason=EXPIRED)) for peer in late])
        return len(late)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)
