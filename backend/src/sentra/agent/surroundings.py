"""What all interfaces of a node share, and why one of them is looked at."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from msgspec import Struct

from sentra.agent.applied import AppliedFolder
from sentra.agent.endpoint_names import EndpointNames
from sentra.agent.look import Restore
from sentra.agent.machine import Machine
from sentra.agent.node_keys import KeyFolder
from sentra.agent.watched_names import WatchedNames
from sentra.core.clock import Clock

T = TypeVar("T")


class Work(Protocol):
    """Runs what takes long, or waits for a disk, in a worker thread."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


class Cause(Struct, frozen=True):
    """Why an interface is looked at. `decided`: people changed something, so what failed before is tried at once."""

    decided: bool = False
    restore: Restore | None = None

    def then(self, newer: "Cause") -> "Cause":
        restore = self.restore or newer.restore
        if self.restore and newer.restore:
            everything = not (self.restore.only and newer.restore.only)
            restore = Restore() if everything else Restore(self.restore.only | newer.restore.only)
        return Cause(self.decided or newer.decided, restore)


class Surroundings(Struct, frozen=True):
    """What all interfaces of a node share."""

    node: str
    machine: Machine
    keys: KeyFolder
    applied: AppliedFolder
    names: WatchedNames
    endpoints: EndpointNames
    clock: Clock
    work: Work
