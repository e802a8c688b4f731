"""What changed between two states of the status cache, as a value that merges: `a.then(b)`.

Applied in this order: what is removed, then nodes and interfaces, then peers. A peer has a number that is used once.
"""

from typing import Final

from msgspec import Struct

from sentra.core.status import InterfaceStatus, PeerStatus, SystemStatus


class NodeStatus(Struct, frozen=True):
    """One node as the control plane knows it. `sampled_at` is the time of its newest evidence."""

    node: str
    online: bool
    sampled_at: int
    sample_seconds: float
    system: SystemStatus | None = None


InterfaceName = tuple[str, str]
"""Node and interface name."""


class Changed:
    """Bits for the fields of a peer that differ; `NEW` stands for a peer that the reader does not have.

    Plain integers: an enum's operators cost more than everything else in a diff of 10,000 peers.
    """

    COUNTERS: Final = 1
    LATEST_HANDSHAKE: Final = 2
    ENDPOINT: Final = 4
    ALLOWED_IPS: Final = 8
    PERSISTENT_KEEPALIVE: Final = 16
    HAS_PRESHARED_KEY: Final = 32
    NEW: Final = 64


class NumberedPeer(Struct, frozen=True):
    """A peer's status, the interface it belongs to and its number in this epoch."""

    number: int
    owner: InterfaceName
    status: PeerStatus


class PeerChange(Struct, frozen=True):
    peer: NumberedPeer
    changed: int
    """Bits of `Changed`."""


class NodeChange(Struct, frozen=True):
    status: NodeStatus
    system_changed: bool


class InterfaceTick(Struct, frozen=True):
    """An interface at its newest sample, and the two clocks (milliseconds) between which the change lies."""

    status: InterfaceStatus
    clock: int
    previous_clock: int
    status_changed: bool


class StatusDiff(Struct, frozen=True):
    """What changed after the state `since`, up to the state `sequence`."""

    since: int
    sequence: int
    nodes: dict[str, NodeChange] = {}
    removed_nodes: frozenset[str] = frozenset()
    interfaces: dict[InterfaceName, InterfaceTick] = {}
    removed_interfaces: frozenset[InterfaceName] = frozenset()
    peers: dict[int, PeerChange] = {}
    removed: dict[int, NumberedPeer] = {}
    """The peers that are gone, by number, as they were last."""

    def then(self, newer: "StatusDiff") -> "StatusDiff":
        """Give the one diff that does what this and then `newer` would do."""
        if newer.since != self.sequence:
            raise ValueError(f"a diff since {newer.since} cannot follow state {self.sequence}")
        nodes = {node: change for node, change in self.nodes.items() if node not in newer.removed_nodes}
        for node, node_change in newer.nodes.items():
            earlier_node = nodes.get(node)
            system_changed = node_change.system_changed or (earlier_node is not None and earlier_node.system_changed)
            nodes[node] = NodeChange(node_change.status, system_changed)
        interfaces = {name: tick for name, tick in self.interfaces.items() if name not in newer.removed_interfaces}
        for name, tick in newer.interfaces.items():
            earlier_tick = interfaces.get(name)
            status_changed = tick.status_changed or (earlier_tick is not None and earlier_tick.status_changed)
            previous_clock = earlier_tick.previous_clock if earlier_tick else tick.previous_clock
            interfaces[name] = InterfaceTick(tick.status, tick.clock, previous_clock, status_changed)
        peers, removed = dict(self.peers), dict(self.removed)
        for number, gone in newer.removed.items():
            came = peers.pop(number, None)
            if came is None or not came.changed & Changed.NEW:
                removed[number] = gone
        for number, peer_change in newer.peers.items():
            earlier = peers.get(number)
            changed = peer_change.changed | (earlier.changed if earlier else 0)
            peers[number] = PeerChange(peer_change.peer, changed)
        return StatusDiff(
            since=self.since,
            sequence=newer.sequence,
            nodes=nodes,
            removed_nodes=self.removed_nodes | newer.removed_nodes,
            interfaces=interfaces,
            removed_interfaces=self.removed_interfaces | newer.removed_interfaces,
            peers=peers,
            removed=removed,
        )


def changed_fields(before: PeerStatus, after: PeerStatus) -> int:
    """Give the bits of `Changed` for two statuses of one peer."""
    changed = 0
    if before.rx_bytes != after.rx_bytes or before.tx_bytes != after.tx_bytes:
        changed |= Changed.COUNTERS
    if before.latest_handshake != after.latest_handshake:
        changed |= Changed.LATEST_HANDSHAKE
    if before.endpoint != after.endpoint:
        changed |= Changed.ENDPOINT
    if before.allowed_ips != after.allowed_ips:
        changed |= Changed.ALLOWED_IPS
    if before.persistent_keepalive != after.persistent_keepalive:
        changed |= Changed.PERSISTENT_KEEPALIVE
    if before.has_preshared_key != after.has_preshared_key:
        changed |= Changed.HAS_PRESHARED_KEY
    return changed
