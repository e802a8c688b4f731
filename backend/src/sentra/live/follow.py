"""The way from the event bus into the status cache."""

import asyncio
from typing import Final

from sentra.core.events import EventBus, SnapshotWanted, StatusEvent
from sentra.live.cache import StatusCache

EXPIRE_SECONDS: Final = 1.0


async def follow(bus: EventBus, cache: StatusCache) -> None:
    """Keep the cache current until cancelled; ask an agent for a full event where one before is missing."""
    with bus.subscribe(StatusEvent) as events:
        async for event in events:
            if not cache.apply(event):
                bus.publish(SnapshotWanted(event.node))


async def expire(cache: StatusCache) -> None:
    """Mark silent nodes offline, until cancelled."""
    while True:
        await asyncio.sleep(EXPIRE_SECONDS)
        cache.expire()
