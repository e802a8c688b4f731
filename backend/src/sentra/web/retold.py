"""Answers a request whose change was kept, and whose own answer was lost when the process ended."""

from quart import Response

from sentra.core.errors import NotFound
from sentra.services.interfaces import InterfaceResult
from sentra.services.peer_batches import BatchResult
from sentra.services.peers import PeerResult
from sentra.services.repeats import Committed
from sentra.services.retold import Retelling
from sentra.web.access import current_actor
from sentra.web.adoption import import_result_again
from sentra.web.interface_views import interface_result
from sentra.web.peer_views import peer_result, peers_result


class LostAnswers:
    """Makes the answers of creating requests anew."""

    def __init__(self, retelling: Retelling) -> None:
        self._retelling = retelling

    async def __call__(self, change: Committed) -> Response:
        """Give the answer to the request that made this change."""
        told = await self._retelling.of(current_actor(), change)
        match told.what:
            case "peers-created":
                return peers_result(BatchResult(told.outcome, told.peers), status=201)
            case "peer-created":
                if not told.peers:
                    raise NotFound("There is no such peer.")
                return peer_result(PeerResult(told.outcome, told.peers[0]), status=201)
            case "interface-imported":
                return import_result_again(told)
            case _:
                return interface_result(InterfaceResult(told.outcome, told.interface), status=201)
