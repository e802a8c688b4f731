"""The sampler: reads every watched interface and the machine at a fixed pace, and tells what changed."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from msgspec import Struct, structs

from sentra.agent.drivers import WATCH_ALL, Drivers
from sentra.core.clock import Clock
from sentra.core.errors import InterfaceMissing, InterfaceUnreadable
from sentra.core.events import EventBus, InterfaceChange, SnapshotWanted, StatusEvent, Watched
from sentra.core.status import InterfaceStatus, PeerStatus, Sample, SystemStatus
from sentra.network.links import Link

log = logging.getLogger(__name__)

WATCHED_SECONDS: Final = 1.0
READ_DEADLINE_SECONDS: Final = 2.0
SHORTEST_PAUSE_SECONDS: Final = 0.2
"""Between two samples, however many links change: an interface made by a script changes several times at once."""
_READERS: Final = 4


class LinkTable(Protocol):
    """The links as they are now, and word of every change. `network.links.Links` is one."""

    @property
    def by_name(self) -> Mapping[str, Link]: ...
    def on_change(self, listener: Callable[[Set[str]], None]) -> None: ...


class NameTable(Protocol):
    """The names to sample, `*` for all, and word of every change. `agent.watched_names.WatchedNames` is one."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def on_change(self, listener: Callable[[Set[str]], None]) -> None: ...


class _Watch(Struct):
    """What the sampler knows of one interface."""

    interface: InterfaceStatus
    peers: Mapping[str, PeerStatus] = {}
    clock: int | None = None
    """Of the newest sample; None before the first."""
    moving: bool = False
    """The last sample changed something: one more clock is due, so that readers see rates fall to zero."""
    pending: asyncio.Future["_Read"] | None = None
    stale: bool = False
    """The interface went while a read was pending: what that read brings is of the one before."""


class _Read(Struct):
    """The outcome of one read in a worker thread: a sample and what it changed, or why there is none."""

    clock: int
    sample: Sample | None = None
    upserted: tuple[PeerStatus, ...] = ()
    removed: tuple[str, ...] = ()
    missing: bool = False
    error: str | None = None
    defect: Exception | None = None
    """What a driver raised that it should not have."""


class Sampler:
    """Samples one node and publishes a `StatusEvent` per tick."""

    def __init__(
        self,
        *,
        node: str,
        bus: EventBus,
        drivers: Drivers,
        links: LinkTable,
        system: Callable[[], SystemStatus],
        interfaces: NameTable,
        idle_seconds: float,
        clock: Clock,
    ) -> None:
        self._node = node
        self._bus = bus
        self._drivers = drivers
        self._links = links
        self._system = system
        self._wanted = interfaces
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._run = secrets.token_urlsafe(9)
        self._sequence = 0
        self._watches: dict[str, _Watch] = {}
        self._gone: set[str] = set()
        self._full_due = True
        self._watched = False
        self._sees_machine = True
        self._wake = asyncio.Event()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="sampler")
        links.on_change(self._on_link_change)
        interfaces.on_change(lambda _: self._wake.set())

    @property
    def pace_seconds(self) -> float:
        """The time between two samples now."""
        return min(WATCHED_SECONDS, self._idle_seconds) if self._watched else self._idle_seconds

    async def run(self) -> None:
        """Sample until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_watchers())
                tasks.create_task(self._follow_snapshot_requests())
                tasks.create_task(self._keep_pace())
        finally:
            self._readers.shutdown(wait=False, cancel_futures=True)

    async def tick(self) -> None:
        """Read everything once and publish what changed."""
        links = self._links.by_name
        names = self._drivers.named(self._wanted.names, links)
        self._forget(self._watches.keys() - set(names))
        # A read that hung at the last tick is not waited for again: the other interfaces keep their pace.
        started = [read for name in names if (read := self._start(name, links.get(name)))]
        system = self._look()
        if started:
            await asyncio.wait(started, timeout=READ_DEADLINE_SECONDS)
        changes = {name: change for name in names if (change := self._take(name))}
        self._publish(changes, system)

    async def _keep_pace(self) -> None:
        while True:
            self._wake.clear()
            started = self._clock.monotonic()
            await self.tick()
            pause = max(SHORTEST_PAUSE_SECONDS, started + self.pace_seconds - self._clock.monotonic())
            await asyncio.sleep(SHORTEST_PAUSE_SECONDS)
            try:
                async with asyncio.timeout(pause - SHORTEST_PAUSE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _on_link_change(self, names: Set[str]) -> None:
        # Only what is watched: containers make and remove links all day.
        wanted = self._wanted.names
        if WATCH_ALL in wanted or names & set(wanted):
            self._wake.set()

    async def _follow_watchers(self) -> None:
        with self._bus.subscribe(Watched) as events:
            async for event in events:
                if event.watched != self._watched:
                    self._watched = event.watched
                    self._wake.set()

    async def _follow_snapshot_requests(self) -> None:
        with self._bus.subscribe(SnapshotWanted) as events:
            async for event in events:
                if event.node == self._node:
                    self._full_due = True
                    self._wake.set()

    def _look(self) -> SystemStatus | None:
        try:
            system = self._system()
        except Exception:
            # A machine that cannot be looked at costs its own numbers, not those of WireGuard.
            if self._sees_machine:
                log.exception("the machine cannot be looked at")
            self._sees_machine = False
            return None
        self._sees_machine = True
        return system

    def _forget(self, names: Set[str]) -> None:
        for name in names:
            watch = self._watches[name]
            self._gone.add(name)
            watch.stale = True
            self._drop_stale(name)

    def _drop_stale(self, name: str) -> None:
        # While its read goes on, the driver may still be at work on it: one reader per interface, always.
        watch = self._watches.get(name)
        if watch and watch.stale and (watch.pending is None or watch.pending.done()):
            del self._watches[name]
            self._drivers.forget(name)

    def _start(self, name: str, link: Link | None) -> "asyncio.Future[_Read] | None":
        self._drop_stale(name)
        watch = self._watches.setdefault(name, _Watch(InterfaceStatus(name)))
        if watch.pending is not None:
            return None
        loop = asyncio.get_running_loop()
        watch.pending = loop.run_in_executor(self._readers, self._read, name, link, watch.peers)
        return watch.pending

    def _read(self, name: str, link: Link | None, before: Mapping[str, PeerStatus]) -> _Read:
        # In a worker thread: nothing here touches what the event loop touches.
        clock = self._milliseconds()
        try:
            sample = self._drivers.read(name, link)
        except InterfaceMissing as error:
            return _Read(clock, removed=tuple(before), missing=True, error=str(error))
        except InterfaceUnreadable as error:
            return _Read(clock, error=str(error))
        except Exception as defect:  # noqa: BLE001 - it costs one interface its status and nothing else; logged by _take
            return _Read(clock, error=f"{name} cannot be read: an unforeseen error, see the log", defect=defect)
        upserted, removed = _compare(before, sample.peers)
        return _Read(clock, sample, upserted, removed)

    def _milliseconds(self) -> int:
        return round(self._clock.monotonic() * 1000)

    def _take(self, name: str) -> InterfaceChange | None:
        watch = self._watches[name]
        if watch.pending is not None and watch.pending.done() and not watch.stale:
            read = watch.pending.result()
            watch.pending = None
        else:
            read = _Read(self._milliseconds(), error=f"{name} has not answered for {READ_DEADLINE_SECONDS:g} s")
        before = watch.interface
        if read.sample:
            watch.interface, watch.peers = read.sample.interface, read.sample.peers
        elif read.missing:
            watch.interface, watch.peers = InterfaceStatus(name, error=read.error), {}
        else:
            watch.interface = structs.replace(before, error=read.error)
        _log_transition(name, before.error, watch.interface.error, read.defect)
        previous_clock = watch.clock
        if read.sample:
            watch.clock = read.clock
        moving = bool(read.upserted or read.removed)
        unchanged = not moving and not watch.moving and before == watch.interface
        watch.moving = moving
        if unchanged and not self._full_due:
            return None
        upserted = tuple(watch.peers.values()) if self._full_due else read.upserted
        return InterfaceChange(watch.interface, read.clock, previous_clock, upserted, read.removed)

    def _publish(self, changes: dict[str, InterfaceChange], system: SystemStatus | None) -> None:
        self._sequence += 1
        self._bus.publish(
            StatusEvent(
                node=self._node,
                run=self._run,
                sequence=self._sequence,
                sampled_at=int(self._clock.now()),
                sample_seconds=self.pace_seconds,
                full=self._full_due,
                system=system,
                interfaces=changes,
                removed=tuple(sorted(self._gone)),
            )
        )
        self._gone.clear()
        self._full_due = False


def _compare(
    before: Mapping[str, PeerStatus], after: Mapping[str, PeerStatus]
) -> tuple[tuple[PeerStatus, ...], tuple[str, ...]]:
    """Give the peers that are new or differ, and the keys of those that are gone. Equal objects cost one `is`."""
    upserted = tuple(peer for key, peer in after.items() if (known := before.get(key)) is not peer and known != peer)
    return upserted, tuple(before.keys() - after.keys())


def _log_transition(name: str, before: str | None, after: str | None, defect: Exception | None) -> None:
    if after and after != before:
        log.warning("cannot read an interface: %s", after, exc_info=defect)
    elif before and not after:
        log.info("%s can be read again", name)
