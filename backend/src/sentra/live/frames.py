"""The text frames of the status stream (docs/stream.md), cut to what a reader may see, encoded once for its equals."""

from typing import Any, Final

import msgspec

from sentra.core.access import Sight
from sentra.core.diff import Changed, InterfaceTick, NodeChange, NumberedPeer, PeerChange, StatusDiff
from sentra.live.cache import Mailbox, StatusCache

HEARTBEAT: Final = '{"type":"heartbeat"}'

_encoder: Final = msgspec.json.Encoder()
_ONLY_COUNTERS: Final = Changed.COUNTERS
_FIELDS: Final = {
    Changed.LATEST_HANDSHAKE: "latest_handshake",
    Changed.ENDPOINT: "endpoint",
    Changed.ALLOWED_IPS: "allowed_ips",
    Changed.PERSISTENT_KEEPALIVE: "persistent_keepalive",
    Changed.HAS_PRESHARED_KEY: "has_preshared_key",
}


class Frames:
    """Gives each reader its next frame. Readers with equal sight and position get the same text object."""

    def __init__(self, cache: StatusCache) -> None:
        self._cache = cache
        self._encoded: dict[tuple[Sight, int | None], str] = {}
        self._encoded_for = (-1, -1)

    def next_frame(self, mailbox: Mailbox, sight: Sight, at: int) -> str:
        """Take what waits in the mailbox, as a frame. `at` is the time of this process in Unix seconds."""
        state = (self._cache.sequence, at)
        if self._encoded_for != state:
            self._encoded.clear()
            self._encoded_for = state
        position = mailbox.position
        frame = self._encoded.get((sight, position))
        if frame is None:
            frame = self._encoded[(sight, position)] = encode(mailbox.take(), sight, epoch_of(self._cache, sight), at)
        else:
            mailbox.position = self._cache.sequence
        return frame


def epoch_of(cache: StatusCache, sight: Sight) -> str:
    """Give the epoch as a reader knows it: whoever sees something else than before starts over."""
    return cache.epoch if sight.everything else f"{cache.epoch}-{hash(sight) & 0xFFFFFFFF:x}"


def nothing_new(mailbox: Mailbox, epoch: str, at: int) -> str:
    """Give the frame that tells a reader who resumed that it has missed nothing."""
    position = mailbox.position
    return encode(StatusDiff(since=position or 0, sequence=position or 0), Sight(), epoch, at)


def encode(diff: StatusDiff, sight: Sight, epoch: str, at: int) -> str:
    """Give the frame for one diff: a snapshot where it is the diff from nothing."""
    frame = _snapshot(diff, sight) if diff.since < 0 else _diff(diff, sight)
    head = {"type": frame.pop("type"), "epoch": epoch, "sequence": diff.sequence}
    return _encoder.encode({**head, **frame, "at": at}).decode("utf-8")


def _snapshot(diff: StatusDiff, sight: Sight) -> dict[str, Any]:
    return {
        "type": "snapshot",
        "reset": True,
        "nodes": _nodes(diff, sight),
        "interfaces": _interfaces(diff, sight),
        "peers": [_peer(change.peer) for change in diff.peers.values() if _sees(sight, change.peer)],
    }


def _diff(diff: StatusDiff, sight: Sight) -> dict[str, Any]:
    added: list[dict[str, Any]] = []
    changed: list[list[Any]] = []
    for number, change in diff.peers.items():
        if not _sees(sight, change.peer):
            continue
        if change.changed & Changed.NEW:
            added.append(_peer(change.peer))
        else:
            changed.append(_row(number, change))
    lists: dict[str, list[Any]] = {
        "removed": [number for number, peer in diff.removed.items() if _sees(sight, peer)],
        "removed_interfaces": [name for name in sorted(diff.removed_interfaces) if sight.sees_interface(name)],
        "removed_nodes": [node for node in sorted(diff.removed_nodes) if sight.sees_node(node)],
        "nodes": _nodes(diff, sight),
        "interfaces": _interfaces(diff, sight),
        "added": added,
        "peers": changed,
    }
    return {"type": "diff", "since": diff.since, **{name: rows for name, rows in lists.items() if rows}}


def _row(number: int, change: PeerChange) -> list[Any]:
    status = change.peer.status
    if change.changed == _ONLY_COUNTERS:
        return [number, status.rx_bytes, status.tx_bytes]
    fields = {name: getattr(status, name) for bit, name in _FIELDS.items() if change.changed & bit}
    return [number, status.rx_bytes, status.tx_bytes, fields]


def _peer(peer: NumberedPeer) -> dict[str, Any]:
    node, interface = peer.owner
    status = peer.status
    return {
        "id": peer.number,
        "node": node,
        "interface": interface,
        "public_key": status.public_key,
        "endpoint": status.endpoint,
        "allowed_ips": status.allowed_ips,
        "latest_handshake": status.latest_handshake,
        "rx_bytes": status.rx_bytes,
        "tx_bytes": status.tx_bytes,
        "persistent_keepalive": status.persistent_keepalive,
        "has_preshared_key": status.has_preshared_key,
    }


def _sees(sight: Sight, peer: NumberedPeer) -> bool:
    return sight.sees_peer(peer.owner, peer.status.public_key)


def _nodes(diff: StatusDiff, sight: Sight) -> list[dict[str, Any]]:
    return [
        _node(change, whole=sight.sees_all_of_node(node))
        for node, change in diff.nodes.items()
        if sight.sees_node(node)
    ]


def _interfaces(diff: StatusDiff, sight: Sight) -> list[dict[str, Any]]:
    return [
        _interface(name[0], tick, whole=sight.sees_all_of(name))
        for name, tick in diff.interfaces.items()
        if sight.sees_interface(name)
    ]


def _node(change: NodeChange, *, whole: bool) -> dict[str, Any]:
    status = change.status
    row = {
        "node": status.node,
        "online": status.online,
        "sampled_at": status.sampled_at,
        "sample_seconds": status.sample_seconds,
    }
    return {**row, "system": status.system if whole else None} if change.system_changed else row


def _interface(node: str, tick: InterfaceTick, *, whole: bool) -> dict[str, Any]:
    status = tick.status if whole else tick.status.outline()
    if not tick.status_changed:
        return {"node": node, "name": status.name, "clock": tick.clock, "previous_clock": tick.previous_clock}
    return {
        "node": node,
        "name": status.name,
        "driver": status.driver,
        "public_key": status.public_key,
        "listen_port": status.listen_port,
        "fwmark": status.fwmark,
        "up": status.up,
        "error": status.error,
        "clock": tick.clock,
        "previous_clock": tick.previous_clock,
    }
