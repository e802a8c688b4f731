"""A machine for the sampler: links and drivers that a test changes. The real ones are tested in tests/drivers."""

import asyncio
import threading
from collections.abc import Callable

from sentra.agent.drivers import Drivers
from sentra.agent.sampler import Sampler
from sentra.agent.watched_names import WatchedNames
from sentra.core.clock import Clock
from sentra.core.errors import InterfaceMissing
from sentra.core.events import StatusEvent
from sentra.core.status import DriverName, InterfaceStatus, PeerStatus, Sample
from sentra.live.bus import InMemoryEventBus
from sentra.network.links import Link
from tests.live.world import a_system, an_interface


class Links:
    """A link table that a test fills."""

    def __init__(self, *names: str) -> None:
        self.by_name: dict[str, Link] = {}
        self._listeners: list[Callable[[set[str]], None]] = []
        for name in names:
            self.add(name)

    def on_change(self, listener: Callable[[set[str]], None]) -> None:
        self._listeners.append(listener)

    def add(self, name: str, kind: str = "wireguard") -> None:
        self.by_name[name] = Link(len(self.by_name) + 1, name, kind, up=True)
        self._tell(name)

    def remove(self, name: str) -> None:
        del self.by_name[name]
        self._tell(name)

    def _tell(self, name: str) -> None:
        for listener in self._listeners:
            listener({name})


class KnownDriver:
    """A driver whose answers a test sets: peers, or an error to raise; `blocked` holds every read back."""

    name: DriverName = "netlink"

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, PeerStatus] | Exception] = {}
        self.interfaces: dict[str, InterfaceStatus] = {}
        self.reads: list[str] = []
        self.forgotten: list[str] = []
        self.blocked: dict[str, threading.Event] = {}

    def set(self, name: str, *peers: PeerStatus) -> None:
        self.answers[name] = {peer.public_key: peer for peer in peers}

    def read_status(self, interface: str) -> Sample:
        self.reads.append(interface)
        if interface in self.blocked:
            self.blocked[interface].wait(10)
        answer = self.answers.get(interface, InterfaceMissing(f"{interface} does not exist"))
        if isinstance(answer, Exception):
            raise answer
        return Sample(self.interfaces.get(interface, an_interface(interface, driver="netlink")), dict(answer))

    def forget(self, interface: str) -> None:
        self.forgotten.append(interface)


class Ticking(Clock):
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        return 1_790_000_000 + self.seconds

    def monotonic(self) -> float:
        return self.seconds


class Machine:
    """A sampler with everything around it, and the events that it published."""

    def __init__(self, *links: str, watch: tuple[str, ...] = ("wg0",), idle_seconds: float = 10.0) -> None:
        self.links, self.driver, self.clock, self.bus = Links(*links), KnownDriver(), Ticking(), InMemoryEventBus()
        self.names = WatchedNames(watch)
        self.events: list[StatusEvent] = []
        self.bus.publish = self._publish
        self.sampler = Sampler(
            node="local",
            bus=self.bus,
            drivers=Drivers(self.driver, self.driver, lambda _: False),
            links=self.links,
            system=a_system,
            interfaces=self.names,
            idle_seconds=idle_seconds,
            clock=self.clock,
        )

    async def tick(self) -> StatusEvent:
        """One sample, a second later; give its event."""
        self.clock.seconds += 1
        await self.sampler.tick()
        return self.events[-1]

    async def until(self, fact: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not fact():
                await asyncio.sleep(0.005)

    def _publish(self, event: object) -> None:
        if isinstance(event, StatusEvent):
            self.events.append(event)
        InMemoryEventBus.publish(self.bus, event)
