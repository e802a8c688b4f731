"""Many peers at once: all of them or none."""

from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.services.peer_batches import PeerBatches
from sentra.web.access import current_actor, requires
from sentra.web.idempotency import Repeats
from sentra.web.peer_views import PeersCreate, PeersDelete, PeersResultView, PeersUpdate, peers_result
from sentra.web.results import DryRun


def peer_batches_blueprint(batches: PeerBatches, repeats: Repeats) -> Blueprint:
    """Return the routes that make, change and delete many peers."""
    blueprint = Blueprint("peer_batches", __name__, url_prefix="/api/v1/interfaces/<interface_id>/peers")

    @blueprint.post("/batch")
    @requires("peer:create")
    @tag(["peers"])
    @repeats.once
    @validate_querystring(DryRun)
    @validate_request(PeersCreate)
    @document_response(PeersResultView, 201)
    async def create_peers(interface_id: str, data: PeersCreate, query_args: DryRun) -> Response:
        """Make many peers

        All of them or none; what is wrong is told at `peers.N`. Takes an `Idempotency-Key`.
        """
        said = [peer.said() for peer in data.peers]
        result = await batches.create(current_actor(), interface_id, said, dry_run=query_args.dry_run)
        return peers_result(result, status=200 if query_args.dry_run else 201)

    @blueprint.patch("")
    @requires("peer:update")
    @tag(["peers"])
    @validate_querystring(DryRun)
    @validate_request(PeersUpdate)
    @document_response(PeersResultView)
    async def update_peers(interface_id: str, data: PeersUpdate, query_args: DryRun) -> Response:
        """Change many peers

        All of them or none.
        """
        result = await batches.update(
            current_actor(), interface_id, data.ids, data.change.said(), dry_run=query_args.dry_run
        )
        return peers_result(result)

    @blueprint.post("/delete")
    @requires("peer:delete")
    @tag(["peers"])
    @validate_querystring(DryRun)
    @validate_request(PeersDelete)
    @document_response(PeersResultView)
    async def delete_peers(interface_id: str, data: PeersDelete, query_args: DryRun) -> Response:
        """Delete many peers

        All of them or none.
        """
        result = await batches.delete(current_actor(), interface_id, data.ids, dry_run=query_args.dry_run)
        return peers_result(result)

    return blueprint
