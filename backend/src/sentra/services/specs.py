"""What an agent is told: what should run of the interfaces of its node."""

from collections.abc import Mapping

from sentra.core.interfaces import WantedInterface
from sentra.core.wanted import wanted_spec
from sentra.db.interfaces import find_interface, generations
from sentra.db.tombstones import buried_keys
from sentra.services.peer_specs import PeerSpecs


class Specs:
    """Reads what is wanted on one node. See `core.agents.SpecSource`."""

    def __init__(self, node: str, peers: PeerSpecs) -> None:
        self._node = node
        self._peers = peers

    async def generations(self) -> Mapping[str, int]:
        """Give the generation of every interface of the node, by id."""
        return await generations(self._node)

    async def wanted_interface(self, interface_id: str) -> WantedInterface | None:
        """Give what should run of one interface; None where it was deleted."""
        # The generation first: what is read after it is at least as new as it says.
        interface = await find_interface(interface_id)
        if interface is None or interface.node != self._node:
            self._peers.forget(interface_id)
            return None
        peers = await self._peers.wanted(interface_id)
        owned = (await buried_keys(interface_id) | peers.unwanted) - peers.specs.keys() - peers.unreadable
        return WantedInterface(
            id=interface.id,
            generation=interface.generation,
            spec=wanted_spec(interface, peers.specs),
            started=interface.started,
            owned=owned,
            drift_mode=interface.drift_mode,
            unmanaged="keep" if peers.unreadable else interface.unmanaged,
            brought_up_by=interface.brought_up_by,
        )
