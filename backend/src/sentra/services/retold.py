"""What a change came to that was kept, and whose answer was lost when the process ended."""

from collections.abc import Sequence

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.change_plan import ChangePlan
from sentra.core.errors import NotFound
from sentra.db.peers import find_peers, peers_of
from sentra.db.revisions import find_revision
from sentra.services.interface_states import InterfaceState
from sentra.services.interfaces import Interfaces
from sentra.services.outcomes import Outcome
from sentra.services.peer_states import PeerState, PeerStates, resource_of
from sentra.services.repeats import Committed


class Retold(Struct, frozen=True):
    """A change, by the code of its revision, with what it made as that is now. The outcome has no plan any more."""

    what: str
    outcome: Outcome
    interface: InterfaceState
    peers: Sequence[PeerState]


class Retelling:
    """Tells changes again."""

    def __init__(self, access: Access, interfaces: Interfaces, states: PeerStates) -> None:
        self._access = access
        self._interfaces = interfaces
        self._states = states

    async def of(self, actor: Actor, change: Committed) -> Retold:
        """Give what became of a change. Raises NotFound where what it made is gone."""
        state = await self._interfaces.get(actor, change.interface_id)
        self._access.authorise(actor, "peer:read", resource_of(state.interface))
        revision = await find_revision(change.interface_id, change.revision_id)
        if revision is None:
            raise NotFound("There is no such change any more.")
        if revision.what.startswith("interface-"):
            peers = await peers_of(change.interface_id)
        else:
            found = await find_peers(list(revision.after["peers"]))
            peers = [found[peer_id] for peer_id in revision.after["peers"] if peer_id in found]
        reason = state.error or f"The node {state.interface.node} is still applying it."
        outcome = Outcome(ChangePlan(), applied=state.applied, reason=None if state.applied else reason)
        return Retold(revision.what, outcome, state, self._states.of(actor, state.interface, peers))
