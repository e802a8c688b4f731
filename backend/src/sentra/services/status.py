"""The newest status, cut to what the actor may see. Answers from the cache; never touches WireGuard."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from sentra.access.access import Access
from sentra.core.access import Actor, Sight
from sentra.core.diff import InterfaceName
from sentra.core.errors import NotFound
from sentra.core.status import is_active
from sentra.live.cache import CachedInterface, CachedNode, StatusCache
from sentra.live.frames import epoch_of
from sentra.services.sights import Sights

_encoder: Final = msgspec.json.Encoder()


class Statuses:
    """Use cases of reading the status."""

    def __init__(self, access: Access, sights: Sights, cache: StatusCache, time: Callable[[], float]) -> None:
        self._access = access
        self._sights = sights
        self._cache = cache
        self._time = time
        self._encoded: dict[tuple[Sight, str | None], tuple[tuple[int, int], bytes]] = {}

    async def status(self, actor: Actor) -> bytes:
        """Give the JSON of everything that this actor may see."""
        self._access.require(actor, "status:read")
        return self._answer(await self._sights.of(actor), None)

    async def node_status(self, actor: Actor, node: str) -> bytes:
        """Give the JSON of one node. Raises NotFound where there is none that this actor may see."""
        self._access.require(actor, "status:read")
        sight = await self._sights.of(actor)
        if node not in self._cache.nodes or not sight.sees_node(node):
            raise NotFound("There is no such node.")
        return self._answer(sight, node)

    async def sight(self, actor: Actor) -> Sight:
        """Give what of the live status this actor may see."""
        self._access.require(actor, "status:read")
        return await self._sights.of(actor)

    def _answer(self, sight: Sight, node: str | None) -> bytes:
        # Encoded once per state of the cache and second, for all who see the same.
        now = int(self._time())
        state = (self._cache.sequence, now)
        known = self._encoded.get((sight, node))
        if known and known[0] == state:
            return known[1]
        nodes = self._cache.nodes
        epoch = epoch_of(self._cache, sight)
        if node is None:
            views = [_node(cached, sight, now) for name, cached in nodes.items() if sight.sees_node(name)]
            answer = _encoder.encode({"epoch": epoch, "sequence": self._cache.sequence, "nodes": views})
        else:
            answer = _encoder.encode(_node(nodes[node], sight, now))
        self._encoded = {key: value for key, value in self._encoded.items() if value[0] == state}
        self._encoded[(sight, node)] = (state, answer)
        return answer


def _node(cached: CachedNode, sight: Sight, now: int) -> dict[str, Any]:
    status = cached.status
    return {
        "node": status.node,
        "online": status.online,
        "sampled_at": status.sampled_at,
        "sample_seconds": status.sample_seconds,
        "system": status.system if sight.sees_all_of_node(status.node) else None,
        "interfaces": [
            _interface(interface, (status.node, name), sight, now)
            for name, interface in cached.interfaces.items()
            if sight.sees_interface((status.node, name))
        ],
    }


def _interface(interface: CachedInterface, name: InterfaceName, sight: Sight, now: int) -> dict[str, Any]:
    status = interface.status if sight.sees_all_of(name) else interface.status.outline()
    rates = interface.rates
    still = (0.0, 0.0)
    peers = []
    for peer in interface.peers.values():
        seen = peer.status
        if not sight.sees_peer(name, seen.public_key):
            continue
        rx_rate, tx_rate = rates.get(peer.number, still)
        peers.append(
            {
                "public_key": seen.public_key,
                "endpoint": seen.endpoint,
                "allowed_ips": seen.allowed_ips,
                "latest_handshake": seen.latest_handshake,
                "rx_bytes": seen.rx_bytes,
                "tx_bytes": seen.tx_bytes,
                "rx_rate": round(rx_rate, 1),
                "tx_rate": round(tx_rate, 1),
                "persistent_keepalive": seen.persistent_keepalive,
                "has_preshared_key": seen.has_preshared_key,
                "active": is_active(seen.latest_handshake, now),
            }
        )
    return {
        "name": status.name,
        "driver": status.driver,
        "public_key": status.public_key,
        "listen_port": status.listen_port,
        "fwmark": status.fwmark,
        "up": status.up,
        "error": status.error,
        "peers": peers,
    }
