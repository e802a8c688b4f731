"""A node whose WireGuard is in memory, with a reconciler that can be killed and started again."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from sentra.agent.node_keys import KeyFolder
from sentra.agent.reconciler import Reconciler
from sentra.agent.watched_names import WatchedNames
from sentra.core.agents import DeletedInterface
from sentra.core.drift import InterfaceReport, SpecChanged
from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec, WantedInterface
from sentra.core.peers import PeerSpec
from sentra.live.bus import InMemoryEventBus
from tests.agent.kernel import Interface, Kernel, MemoryMachine
from tests.agent.world import Links, Ticking
from tests.live.world import key


def a_spec(number: int, **fields: object) -> PeerSpec:
    return PeerSpec(**{"public_key": key(number), "allowed_ips": (address(number),), **fields})


def address(number: int) -> str:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32"


def a_wanted(*peers: PeerSpec, name: str = "wg0", interface_id: str = "i0", **fields: object) -> WantedInterface:
    device = DeviceSpec(None, 51820, 0, {peer.public_key: peer for peer in peers})
    spec = InterfaceSpec(name, device, LinkSpec(up=True, addresses=("10.0.0.1/24",)))
    return WantedInterface(**{"id": interface_id, "generation": 1, "spec": spec, **fields})


class Source:
    """What is wanted, as a test decides it."""

    def __init__(self) -> None:
        self.wanted: dict[str, WantedInterface] = {}
        self.deleted: dict[str, DeletedInterface] = {}
        self.fails = False

    async def generations(self) -> Mapping[str, int]:
        if self.fails:
            raise OSError("the database is away")
        return {interface_id: wanted.generation for interface_id, wanted in self.wanted.items()}

    async def wanted_interface(self, interface_id: str) -> WantedInterface | DeletedInterface | None:
        if self.fails:
            raise OSError("the database is away")
        return self.wanted.get(interface_id) or self.deleted.get(interface_id)

    def delete(self, interface_id: str) -> None:
        """Delete one, and remember that."""
        if (before := self.wanted.pop(interface_id, None)) is not None:
            self.deleted[interface_id] = DeletedInterface(interface_id, before.spec.name, before.drift_mode)


class Node:
    """Everything around one reconciler. What is in `kernel`, `source` and `folder` outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kernel, self.source, self.clock = Kernel(), Source(), Ticking()
        self.reports: dict[str, InterfaceReport] = {}
        self._running: asyncio.Task[None] | None = None
        self.keys = KeyFolder(folder / "keys")

    async def start(self) -> None:
        """Start the agent; it looks at everything at once."""
        self.bus, self.links, self.names = InMemoryEventBus(), Links(), WatchedNames()
        self.bus.publish = self._publish
        self.machine = MemoryMachine(self.kernel)
        self.machine.on_change = lambda name: self.links._tell(name)
        self.reconciler = Reconciler(
            node="local",
            bus=self.bus,
            source=self.source,
            machine=self.machine,
            links=self.links,
            names=self.names,
            folder=self.folder,
            clock=self.clock,
            look_seconds=3600,
        )
        self._running = asyncio.create_task(self.reconciler.run())
        while self.reconciler._tasks is None:
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Kill the agent wherever it is."""
        if self._running is not None:
            self._running.cancel()
            with suppress(BaseException):
                await self._running
            self._running = None

    async def settle(self) -> None:
        """Wait until the agent has nothing to do, or was killed."""
        async with asyncio.timeout(20):
            while not self.was_killed:
                await asyncio.sleep(0.0005)
                if self.reconciler._knows_keys and not any(each.task for each in self.reconciler._tended.values()):
                    return

    @property
    def was_killed(self) -> bool:
        return self.machine.killed_at is not None and len(self.machine.steps) >= self.machine.killed_at

    async def look(self) -> None:
        """Let five seconds pass."""
        self.clock.seconds += 5
        await self.reconciler.look_at_all()
        await self.settle()

    def decide(self, wanted: WantedInterface | None, interface_id: str = "i0") -> None:
        """Commit what people decided, the agent being told or not."""
        before = self.source.wanted.get(interface_id)
        if wanted is None:
            self.source.delete(interface_id)
        else:
            generation = before.generation + 1 if before else 1
            self.source.wanted[interface_id] = replace(wanted, generation=generation)

    async def change(self, wanted: WantedInterface | None, interface_id: str = "i0") -> InterfaceReport:
        """Commit, tell the agent and wait for it."""
        self.decide(wanted, interface_id)
        return await self.tell(interface_id)

    async def tell(self, interface_id: str = "i0", **fields: object) -> InterfaceReport:
        self.bus.publish(SpecChanged("local", interface_id, **fields))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await self.settle()
        return self.reports[interface_id]

    async def tell_and_wait(self, interface_id: str) -> None:
        """Tell the agent, which may be killed over it."""
        self.bus.publish(SpecChanged("local", interface_id))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await self.settle()

    @property
    def wanted(self) -> WantedInterface:
        return self.source.wanted["i0"]

    @property
    def report(self) -> InterfaceReport:
        return self.reports["i0"]

    @property
    def wg0(self) -> Interface:
        return self.kernel.interfaces["wg0"]

    def _publish(self, event: object) -> None:
        if isinstance(event, InterfaceReport):
            self.reports[event.interface_id] = event
        InMemoryEventBus.publish(self.bus, event)


def with_peers(wanted: WantedInterface, *peers: PeerSpec, owned: frozenset[str] | None = None) -> WantedInterface:
    """The same interface with other peers."""
    device = replace(wanted.spec.device, peers={peer.public_key: peer for peer in peers})
    changed = replace(wanted, spec=replace(wanted.spec, device=device))
    return changed if owned is None else replace(changed, owned=owned)


def with_device(wanted: WantedInterface, **fields: object) -> WantedInterface:
    return replace(wanted, spec=replace(wanted.spec, device=replace(wanted.spec.device, **fields)))


def with_link(wanted: WantedInterface, **fields: object) -> WantedInterface:
    return replace(wanted, spec=replace(wanted.spec, link=replace(wanted.spec.link, **fields)))
