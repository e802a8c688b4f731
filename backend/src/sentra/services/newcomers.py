"""Peers that nobody decided, on interfaces whose choice is to adopt them: each becomes a peer when it is seen."""

import logging
from typing import Final

from sentra.core.agents import NodeLook
from sentra.core.drift import InterfaceReport
from sentra.core.errors import SentraError
from sentra.core.events import EventBus
from sentra.db.interfaces import find_interface
from sentra.services.changes import Changes
from sentra.services.drift_adoption import adopt_peers
from sentra.services.peer_making import PeerMaking

log = logging.getLogger(__name__)

_REMEMBERED: Final = 1000


class Newcomers:
    """Follows the reports of agents and adopts unmanaged peers where that is what people chose."""

    def __init__(self, bus: EventBus, changes: Changes, making: PeerMaking, look: NodeLook) -> None:
        self._bus = bus
        self._changes = changes
        self._making = making
        self._look = look
        self._refused: dict[str, frozenset[str]] = {}

    async def follow(self) -> None:
        """Adopt until cancelled."""
        with self._bus.subscribe(InterfaceReport) as reports:
            async for report in reports:
                if report.unmanaged:
                    await self._look_at(report)

    async def _look_at(self, report: InterfaceReport) -> None:
        keys = frozenset(peer.public_key for peer in report.unmanaged)
        if self._refused.get(report.interface_id) == keys:
            return
        try:
            await self._adopt(report.interface_id, keys)
        except Exception as error:
            # Said once for the same peers; they stay unmanaged.
            if len(self._refused) >= _REMEMBERED:
                self._refused.clear()
            self._refused[report.interface_id] = keys
            log.warning(
                "peers that run cannot be adopted: %s",
                error,
                exc_info=None if isinstance(error, SentraError) else error,
            )

    async def _adopt(self, interface_id: str, keys: frozenset[str]) -> None:
        interface = await find_interface(interface_id)
        if interface is None or interface.unmanaged != "adopt":
            return
        found = await self._look.look_at(interface.node, interface.name)
        running = [key for key in sorted(keys) if found and key in found.spec.device.peers]
        if not found or not running:
            return
        async with self._changes.decide(interface_id) as change:
            change.writes_nothing = True
            change.running = found.spec
            await adopt_peers(change, self._making, (), running, found.spec)
            change.describe("peers-adopted", f"Adopted {len(running)} peers that ran on {interface.name}")
