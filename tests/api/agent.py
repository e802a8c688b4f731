"""An agent without WireGuard: does what it is told at once, and says so."""

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sentra.app import Sentra
from sentra.core.drift import LAST_GENERATION, Drift, InterfaceReport, SpecChanged, UnmanagedPeer
from sentra.core.interfaces import WantedInterface


def some_key() -> str:
    """A key that nobody has."""
    return b64encode(os.urandom(32)).decode()


class FakeAgent:
    """Follows what is wanted. `running` is what it has applied, by interface id; `told` every spec in order."""

    def __init__(self, sentra: Sentra) -> None:
        self._sentra = sentra
        self.running: dict[str, WantedInterface] = {}
        self.told: list[WantedInterface] = []
        self.heard: list[SpecChanged] = []
        self.silent = False
        """Looks at nothing and says nothing, as if the node were away."""
        self.error: str | None = None
        """Why it can apply nothing."""
        self.drift: tuple[Drift, ...] = ()
        self.unmanaged: tuple[UnmanagedPeer, ...] = ()
        self.keys: dict[str, str] = {}
        """The public keys of the interfaces; made where they are missing."""

    async def run(self) -> None:
        """Follow until cancelled."""
        with self._sentra.bus.subscribe(SpecChanged) as changes:
            async for change in changes:
                self.heard.append(change)
                if not self.silent:
                    await self.look(change.interface_id)

    async def look(self, interface_id: str) -> None:
        """Look at one interface, and report."""
        wanted = await self._sentra.management.specs.wanted_interface(interface_id)
        if not isinstance(wanted, WantedInterface):
            self.running.pop(interface_id, None)
            gone = InterfaceReport("local", interface_id, LAST_GENERATION, looked_at=0, applied=True)
            self._sentra.bus.publish(gone)
            return
        self.told.append(wanted)
        if self.error is None:
            self.running[interface_id] = wanted
        self._sentra.bus.publish(
            InterfaceReport(
                node="local",
                interface_id=interface_id,
                generation=wanted.generation,
                looked_at=0,
                applied=self.error is None,
                error=self.error,
                public_key=self.keys.setdefault(interface_id, wanted.spec.device.public_key or some_key()),
                drift=self.drift,
                unmanaged=self.unmanaged,
            )
        )


@asynccontextmanager
async def with_agent(sentra: Sentra) -> AsyncIterator[FakeAgent]:
    """Run an agent beside an application that is open."""
    agent = FakeAgent(sentra)
    tasks = [asyncio.create_task(sentra.management.reports.follow()), asyncio.create_task(agent.run())]
    await asyncio.sleep(0)  # both listen from here on
    try:
        yield agent
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
