"""What crosses the event bus, and the bus as its users see it."""

from collections.abc import AsyncIterator, Hashable
from contextlib import AbstractContextManager
from typing import Protocol, Self, TypeVar

from msgspec import Struct

from sentra.core.status import InterfaceStatus, PeerStatus, SystemStatus


class Event(Protocol):
    """Something that happened. Two events of one kind and equal `key` can be told as one: `older.then(newer)`."""

    @property
    def key(self) -> Hashable: ...

    def then(self, newer: Self) -> Self: ...


E = TypeVar("E", bound=Event)


class EventBus(Protocol):
    """Carries events from publishers to subscribers. Typed, bounded and conflating: a slow subscriber finds one
    merged event per key, never a queue. An implementation may cross machines."""

    def publish(self, event: Event) -> None:
        """Hand over an event. Never waits and never fails because of a subscriber."""

    def subscribe(self, kind: type[E]) -> AbstractContextManager[AsyncIterator[E]]:
        """Give the events of one kind that are published from now on, until the block is left."""


class InterfaceChange(Struct, frozen=True):
    """What changed of one interface since the last event: the interface itself, and only the peers that differ.

    `clock` is that of the sample that saw it, `previous_clock` that of the sample before: the change lies in between.
    None where there was none before.
    """

    interface: InterfaceStatus
    clock: int
    previous_clock: int | None = None
    upserted: tuple[PeerStatus, ...] = ()
    removed: tuple[str, ...] = ()

    def then(self, newer: "InterfaceChange") -> "InterfaceChange":
        peers = {peer.public_key: peer for peer in self.upserted}
        for public_key in newer.removed:
            peers.pop(public_key, None)
        peers.update((peer.public_key, peer) for peer in newer.upserted)
        removed = (set(self.removed) | set(newer.removed)) - peers.keys()
        return InterfaceChange(
            newer.interface, newer.clock, self.previous_clock, tuple(peers.values()), tuple(sorted(removed))
        )


class StatusEvent(Struct, frozen=True):
    """What one agent saw since its last event; `full` says that it is everything and replaces what was known.

    `run` names one life of the agent and `sequence` counts within it: a reader who finds a gap asks for a full event.
    `removed` names the interfaces that are no longer watched; it comes before `interfaces`, which are by name, so an
    interface in both was replaced by another of its name.
    """

    node: str
    run: str
    sequence: int
    sampled_at: int
    sample_seconds: float
    full: bool = False
    system: SystemStatus | None = None
    interfaces: dict[str, InterfaceChange] = {}
    removed: tuple[str, ...] = ()
    previous: int | None = None
    """The sequence that this event follows; differs from `sequence - 1` where events were merged."""

    @property
    def key(self) -> Hashable:
        return self.node

    @property
    def follows(self) -> int:
        return self.sequence - 1 if self.previous is None else self.previous

    def then(self, newer: "StatusEvent") -> "StatusEvent":
        if newer.full or newer.run != self.run or newer.follows != self.sequence:
            return newer
        interfaces = {name: change for name, change in self.interfaces.items() if name not in newer.removed}
        for name, change in newer.interfaces.items():
            before = interfaces.get(name)
            interfaces[name] = before.then(change) if before else change
        return StatusEvent(
            node=newer.node,
            run=newer.run,
            sequence=newer.sequence,
            sampled_at=newer.sampled_at,
            sample_seconds=newer.sample_seconds,
            full=self.full,
            system=newer.system or self.system,
            interfaces=interfaces,
            removed=tuple(sorted({*self.removed, *newer.removed})),
            previous=self.follows,
        )


class Watched(Struct, frozen=True):
    """Somebody looks at the status now (or nobody any more): agents adapt their pace."""

    watched: bool

    @property
    def key(self) -> Hashable:
        return None

    def then(self, newer: "Watched") -> "Watched":
        return newer


class SnapshotWanted(Struct, frozen=True):
    """A reader lost the thread of this node's events and asks its agent for a full one."""

    node: str

    @property
    def key(self) -> Hashable:
        return self.node

    def then(self, newer: "SnapshotWanted") -> "SnapshotWanted":
        return newer
