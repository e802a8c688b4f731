"""R11: one edit among 10,000 peers through the reconciler, from the decision to the report: read, planned, written and
read back."""

import asyncio
import gc
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from bench.apply import spec
from bench.table import show
from sentra.agent.local_machine import LocalMachine
from sentra.agent.reconciler import Reconciler
from sentra.agent.watched_names import WatchedNames
from sentra.core.clock import SystemClock
from sentra.core.drift import InterfaceReport, SpecChanged
from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec, WantedInterface
from sentra.live.bus import InMemoryEventBus
from sentra.network.links import Links
from sentra.network.masquerade import Masquerade
from sentra.network.resolver import Resolver
from sentra.server import tune
from sentra.wireguard.netlink import NetlinkDriver
from sentra.wireguard.uapi import UapiDriver

INTERFACE = "sbench1"


async def measure(peers: int, rounds: int) -> None:
    """Print the rows of R11: on the kernel's WireGuard, or wireguard-go, of the network namespace of this thread."""
    tune()
    source, bus = _Source(), InMemoryEventBus()
    with tempfile.TemporaryDirectory() as folder, bus.subscribe(InterfaceReport) as reports:
        machine = LocalMachine(NetlinkDriver(), UapiDriver(), Masquerade(Path(folder) / "forwarding"), Resolver())
        reconciler = Reconciler(
            node="local",
            bus=bus,
            source=source,
            machine=machine,
            links=Links(),
            names=WatchedNames(),
            folder=Path(folder) / "agent",
            clock=SystemClock(),
            look_seconds=3600,
        )

        async def report_of(generation: int) -> InterfaceReport:
            return await anext(each async for each in reports if each.generation == generation)

        async def decide(wanted: WantedInterface) -> float:
            """Give the seconds until it is done."""
            source.wanted = wanted
            gc.collect()
            started = time.perf_counter()
            bus.publish(SpecChanged("local", wanted.id))
            report = await report_of(wanted.generation)
            assert not (wanted.started and report.error), report.error
            return time.perf_counter() - started

        async def look() -> float:
            started = time.perf_counter()
            await reconciler.look_at_all()
            await report_of(source.wanted.generation if source.wanted else 0)
            return time.perf_counter() - started

        running = asyncio.create_task(reconciler.run())
        await asyncio.sleep(0.1)
        whole = await decide(a_wanted(peers, 1))
        edits, looks = [], []
        for number in range(2, rounds + 2):
            edits.append(await decide(a_wanted(peers, number)) * 1000)
            looks.append(await look() * 1000)
        await machine.delete(INTERFACE)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    show("R11", f"{peers} peers onto a new interface, by the reconciler", [whole * 1000], "≤ 15000 ms", "ms")
    show("", "one edit among them, from the decision to the report", edits, "≤ 100 ms on UAPI or native kernel", "ms")
    show("", "a look that finds nothing to do", looks, "≤ 1000 ms", "ms")


def a_wanted(peers: int, generation: int) -> WantedInterface:
    """Each peer a new object, as out of a database; one of them differs from generation to generation."""
    specs = [replace(spec(number), endpoint=None) for number in range(peers)]
    specs[peers // 2] = replace(specs[peers // 2], persistent_keepalive=generation)
    device = DeviceSpec(None, 0, 0, {each.public_key: each for each in specs})
    return WantedInterface("bench", generation, InterfaceSpec(INTERFACE, device, LinkSpec(up=True)))


class _Source:
    """What is wanted, held by the benchmark."""

    wanted: WantedInterface | None = None

    async def generations(self) -> Mapping[str, int]:
        return {self.wanted.id: self.wanted.generation} if self.wanted else {}

    async def wanted_interface(self, _: str) -> WantedInterface | None:
        return self.wanted
