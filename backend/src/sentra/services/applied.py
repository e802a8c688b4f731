"""What agents say about the interfaces: their newest reports, and waiting for one."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from sentra.core.drift import InterfaceReport
from sentra.core.errors import SentraError
from sentra.core.events import EventBus
from sentra.db.interfaces import write_public_key
from sentra.db.trouble import as_busy

log = logging.getLogger(__name__)


class Reports:
    """Keeps the newest report of each interface, in memory."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._newest: dict[str, InterfaceReport] = {}
        self._arrived = asyncio.Condition()

    @property
    def newest(self) -> Mapping[str, InterfaceReport]:
        """The newest reports by interface; none of an interface that no agent has looked at."""
        return self._newest

    async def follow(self) -> None:
        """Take reports from the bus until cancelled; store the public key that a node made."""
        with self._bus.subscribe(InterfaceReport) as reports:
            async for report in reports:
                known = self._newest.get(report.interface_id)
                if report.public_key is not None and (known is None or known.public_key != report.public_key):
                    await _store_public_key(report.interface_id, report.public_key)
                self._newest[report.interface_id] = report
                async with self._arrived:
                    self._arrived.notify_all()

    async def wait(self, interface_id: str, generation: int, *, seconds: float) -> InterfaceReport | None:
        """Return the first report which says that this generation runs, or cannot; after `seconds` the newest one of
        that generation, None where there is none."""

        def decided() -> bool:
            report = self._newest.get(interface_id)
            return report is not None and report.generation >= generation and (report.applied or bool(report.error))

        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._arrived:
                await self._arrived.wait_for(decided)
        report = self._newest.get(interface_id)
        return report if report is not None and report.generation >= generation else None


async def _store_public_key(interface_id: str, public_key: str) -> None:
    try:
        await write_public_key(interface_id, public_key)
    except Exception as error:
        if not isinstance(error, SentraError) and as_busy(error) is None:
            log.exception("the public key of an interface could not be stored")
            return
        log.warning("the public key of an interface could not be stored: %s", error)
