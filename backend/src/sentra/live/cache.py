"""The status cache: the newest status of every node, interface and peer, and what changed lately.

Lives on the event loop and never waits: readers get what is there. Every change makes one `StatusDiff`; the last
`REMEMBERED_DIFFS` are kept, so that a reader who fell behind gets one merged diff, and one who fell further a snapshot.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from msgspec import Struct

from sentra.core.diff import (
    Changed,
    InterfaceName,
    InterfaceTick,
    NodeChange,
    NodeStatus,
    NumberedPeer,
    PeerChange,
    StatusDiff,
    changed_fields,
)
from sentra.core.events import InterfaceChange, StatusEvent
from sentra.core.status import InterfaceStatus

REMEMBERED_DIFFS: Final = 64
OFFLINE_AFTER_PACES: Final = 3


class CachedInterface(Struct):
    """One interface as the cache holds it. `rates`: bytes per second of the peers that moved in the newest sample."""

    status: InterfaceStatus
    clock: int
    peers: dict[str, NumberedPeer]
    rates: dict[int, tuple[float, float]]


class CachedNode(Struct):
    """One node as the cache holds it. `evidence_at` is this process's monotonic clock at its newest event."""

    status: NodeStatus
    run: str
    sequence: int
    evidence_at: float
    interfaces: dict[str, CachedInterface]


class StatusCache:
    """Answers at once with the newest status; tells readers what changed since the state that they have."""

    def __init__(self, monotonic: Callable[[], float], epoch: str | None = None) -> None:
        self.epoch: Final = epoch or secrets.token_urlsafe(9)
        self.sequence = 0
        self._monotonic = monotonic
        self._nodes: dict[str, CachedNode] = {}
        self._diffs: deque[StatusDiff] = deque(maxlen=REMEMBERED_DIFFS)
        self._next_number = 0
        self._changed = asyncio.Event()

    @property
    def nodes(self) -> Mapping[str, CachedNode]:
        """The newest status of every node. Read it without an `await` in between; never change it."""
        return self._nodes

    def is_online(self, node: str) -> bool:
        """Tell whether anything was heard of a node lately."""
        cached = self._nodes.get(node)
        return cached is not None and cached.status.online

    def apply(self, event: StatusEvent) -> bool:
        """Take over what an agent saw. False where an event before this one is missing: ask for a full one."""
        node = self._nodes.get(event.node)
        if not event.full and (node is None or node.run != event.run or node.sequence != event.follows):
            return False
        writer = _DiffWriter(self.sequence, self._number)
        status = NodeStatus(
            node=event.node,
            online=True,
            sampled_at=event.sampled_at,
            sample_seconds=event.sample_seconds,
            system=event.system or (node.status.system if node else None),
        )
        if node is None:
            node = CachedNode(status, event.run, event.sequence, 0.0, {})
            self._nodes[event.node] = node
            writer.node(None, status)
        else:
            writer.node(node.status, status)
            node.status, node.run, node.sequence = status, event.run, event.sequence
        node.evidence_at = self._monotonic()
        gone = set(event.removed)
        if event.full:
            gone |= node.interfaces.keys() - event.interfaces.keys()
        for name in gone & node.interfaces.keys():
            writer.remove_interface((event.node, name), node.interfaces.pop(name))
        for name, change in event.interfaces.items():
            node.interfaces[name] = writer.interface(
                (event.node, name), node.interfaces.get(name), change, full=event.full
            )
        self._commit(writer.diff())
        return True

    def expire(self) -> None:
        """Mark the nodes offline whose newest evidence is older than three paces. Call it about once a second."""
        now = self._monotonic()
        writer = _DiffWriter(self.sequence, self._number)
        for node in self._nodes.values():
            overdue = now - node.evidence_at > OFFLINE_AFTER_PACES * node.status.sample_seconds + 1
            if node.status.online and overdue:
                before = node.status
                node.status = NodeStatus(before.node, False, before.sampled_at, before.sample_seconds, before.system)
                writer.node(before, node.status)
        self._commit(writer.diff())

    def snapshot(self) -> StatusDiff:
        """Give everything as the diff from nothing."""
        writer = _DiffWriter(-1, self._number)
        for node in self._nodes.values():
            writer.node(None, node.status)
            for name, interface in node.interfaces.items():
                writer.everything((node.status.node, name), interface)
        diff = writer.diff()
        return StatusDiff(
            since=-1, sequence=self.sequence, nodes=diff.nodes, interfaces=diff.interfaces, peers=diff.peers
        )

    def since(self, sequence: int) -> StatusDiff | None:
        """Give one diff with all that changed after `sequence`; None where that is too long ago or never was."""
        missing = self.sequence - sequence
        if not 0 < missing <= len(self._diffs):
            return None
        return _merged(islice(self._diffs, len(self._diffs) - missing, None))

    async def changed_since(self, sequence: int) -> None:
        """Wait until there is a state newer than `sequence`."""
        while self.sequence == sequence:
            await self._changed.wait()

    def _number(self) -> int:
        number = self._next_number
        self._next_number += 1
        return number

    def _commit(self, diff: StatusDiff) -> None:
        if not (diff.nodes or diff.interfaces or diff.removed_interfaces):
            return
        self._diffs.append(diff)
        self.sequence = diff.sequence
        # Wakes everybody who waits now; who comes later waits for the next change.
        self._changed.set()
        self._changed = asyncio.Event()


class Mailbox:
    """The place of one reader: which state it has. What it has not taken is one merged diff, shared with its equals."""

    def __init__(self, cache: StatusCache, epoch: str | None = None, sequence: int | None = None) -> None:
        self._cache = cache
        resumes = epoch == cache.epoch and sequence is not None
        self.position: int | None = sequence if resumes else None

    async def wait(self) -> None:
        """Wait until there is something to take."""
        if self.position is not None:
            await self._cache.changed_since(self.position)

    def take(self) -> StatusDiff:
        """Give what changed since the last take: a snapshot first, and again whenever the reader fell too far back.

        A diff whose `since` is -1 replaces everything.
        """
        diff = None if self.position is None else self._cache.since(self.position)
        if diff is None:
            diff = self._cache.snapshot()
        self.position = diff.sequence
        return diff


class _DiffWriter:
    """Collects one diff while the cache takes over an event."""

    def __init__(self, since: int, number: Callable[[], int]) -> None:
        self._since = since
        self._number = number
        self._nodes: dict[str, NodeChange] = {}
        self._interfaces: dict[InterfaceName, InterfaceTick] = {}
        self._removed_interfaces: set[InterfaceName] = set()
        self._peers: dict[int, PeerChange] = {}
        self._removed: dict[int, NumberedPeer] = {}

    def diff(self) -> StatusDiff:
        return StatusDiff(
            since=self._since,
            sequence=self._since + 1,
            nodes=self._nodes,
            interfaces=self._interfaces,
            removed_interfaces=frozenset(self._removed_interfaces),
            peers=self._peers,
            removed=self._removed,
        )

    def node(self, before: NodeStatus | None, after: NodeStatus) -> None:
        system_changed = before is None or before.system != after.system
        if system_changed or before is None or _visibly(before) != _visibly(after):
            self._nodes[after.node] = NodeChange(after, system_changed)

    def everything(self, name: InterfaceName, interface: CachedInterface) -> None:
        clock = interface.clock
        self._interfaces[name] = InterfaceTick(interface.status, clock, clock, status_changed=True)
        for peer in interface.peers.values():
            self._peers[peer.number] = PeerChange(peer, Changed.NEW)

    def remove_interface(self, name: InterfaceName, interface: CachedInterface) -> None:
        self._removed_interfaces.add(name)
        self._removed.update((peer.number, peer) for peer in interface.peers.values())

    def interface(
        self, name: InterfaceName, before: CachedInterface | None, change: InterfaceChange, *, full: bool
    ) -> CachedInterface:
        interface = before or CachedInterface(change.interface, change.clock, {}, {})
        # After lost events the change may lie anywhere since the last one that is known.
        previous_clock = interface.clock if full or change.previous_clock is None else change.previous_clock
        seconds = (change.clock - previous_clock) / 1000
        status_changed = before is None or before.status != change.interface
        self._interfaces[name] = InterfaceTick(change.interface, change.clock, previous_clock, status_changed)
        interface.rates.clear()
        interface.status, interface.clock = change.interface, change.clock
        gone: Iterable[str] = change.removed
        if full:
            gone = interface.peers.keys() - {peer.public_key for peer in change.upserted}
        for public_key in gone:
            peer = interface.peers.pop(public_key, None)
            if peer:
                interface.rates.pop(peer.number, None)
                self._removed[peer.number] = peer
        for status in change.upserted:
            known = interface.peers.get(status.public_key)
            if known is None:
                peer = NumberedPeer(self._number(), name, status)
                changed = int(Changed.NEW)
            else:
                peer = NumberedPeer(known.number, name, status)
                changed = changed_fields(known.status, status)
                if not changed:
                    continue
                if seconds > 0:
                    interface.rates[peer.number] = (
                        max(0, status.rx_bytes - known.status.rx_bytes) / seconds,
                        max(0, status.tx_bytes - known.status.tx_bytes) / seconds,
                    )
            interface.peers[status.public_key] = peer
            self._peers[peer.number] = PeerChange(peer, changed)
        return interface


def _visibly(status: NodeStatus) -> tuple[bool, float]:
    # A sample time alone is no change: nothing is sent where nothing happened.
    return status.online, status.sample_seconds


def _merged(diffs: Iterator[StatusDiff]) -> StatusDiff:
    merged = next(diffs)
    for diff in diffs:
        merged = merged.then(diff)
    return merged
