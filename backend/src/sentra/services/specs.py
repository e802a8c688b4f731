"""What an agent is told: what should run of the interfaces of its node."""

from collections.abc import Mapping

from msgspec import Struct

from sentra.core.addresses import sort_prefixes
from sentra.core.agents import DeletedInterface
from sentra.core.interfaces import Interface, WantedInterface
from sentra.core.peers import PeerSpec
from sentra.core.wanted import wanted_routes, wanted_spec
from sentra.db.interfaces import find_deleted_interface, find_interface, generations
from sentra.db.tombstones import buried_keys
from sentra.services.peer_specs import PeerSpecs, WantedPeers


class Specs:
    """Reads what is wanted on one node. See `core.agents.SpecSource`."""

    def __init__(self, node: str, peers: PeerSpecs) -> None:
        self._node = node
        self._peers = peers
        self._routes: dict[str, _Routes] = {}

    async def generations(self) -> Mapping[str, int]:
        """Give the generation of every interface of the node, by id."""
        return await generations(self._node)

    async def wanted_interface(self, interface_id: str) -> WantedInterface | DeletedInterface | None:
        """Give what should run of one interface, or say that it was deleted; None where there never was one."""
        # The generation first: what is read after it is at least as new as it says.
        interface = await find_interface(interface_id)
        if interface is None or interface.node != self._node:
            self._peers.forget(interface_id)
            self._routes.pop(interface_id, None)
            return await find_deleted_interface(interface_id, self._node)
        peers = await self._peers.wanted(interface_id, interface.generation)
        gone = await buried_keys(interface_id) | peers.unwanted
        owned = frozenset(key for key in gone if key not in peers.specs and key not in peers.unreadable)
        return WantedInterface(
            id=interface.id,
            generation=interface.generation,
            spec=wanted_spec(interface, peers.specs, routes=self._routes_of(interface, peers)),
            started=interface.started,
            owned=owned,
            drift_mode=interface.drift_mode,
            unmanaged="keep" if peers.unreadable else interface.unmanaged,
            brought_up_by=interface.brought_up_by,
        )

    def _routes_of(self, interface: Interface, peers: WantedPeers) -> tuple[str, ...]:
        """Give the routes that the peers need; of those that were there before as it was worked out then."""
        frame = interface.addresses, interface.table
        known = self._routes.get(interface.id)
        before = known.needed if known and known.frame == frame else {}
        needed: dict[str, tuple[PeerSpec, tuple[str, ...]]] = {}
        for key, spec in peers.specs.items():
            earlier = before.get(key)
            same = earlier is not None and earlier[0] is spec
            needed[key] = earlier if earlier and same else (spec, wanted_routes(interface, [spec]))
        self._routes[interface.id] = _Routes(frame, needed)
        return sort_prefixes(route for _, routes in needed.values() for route in routes)


class _Routes(Struct):
    """Which routes each peer needs, while the interface has these addresses and this table."""

    frame: tuple[tuple[str, ...], str]
    needed: Mapping[str, tuple[PeerSpec, tuple[str, ...]]]
