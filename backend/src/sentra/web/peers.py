"""`/api/v1/interfaces/{id}/peers` and `/api/v1/peers/{id}`: find, make, change, re-key and delete peers."""

from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.services.peers import Peers
from sentra.web.access import current_actor, requires
from sentra.web.idempotency import Repeats
from sentra.web.interface_views import json_response
from sentra.web.peer_views import (
    PeerCreate,
    PeerListView,
    PeerRekey,
    PeerResultView,
    PeersWanted,
    PeerUpdate,
    PeerView,
    peer_result,
    peer_view,
)
from sentra.web.preconditions import expected_version, with_version
from sentra.web.results import DryRun


def peers_blueprint(peers: Peers, repeats: Repeats) -> Blueprint:
    """Return the routes of single peers, and of their list."""
    blueprint = Blueprint("peers", __name__, url_prefix="/api/v1")

    @blueprint.get("/interfaces/<interface_id>/peers")
    @requires("peer:read")
    @tag(["peers"])
    @validate_querystring(PeersWanted)
    @document_response(PeerListView)
    async def list_peers(interface_id: str, query_args: PeersWanted) -> Response:
        """Peers of an interface, page by page"""
        found = await peers.list(current_actor(), interface_id, query_args.query())
        view = PeerListView(items=[peer_view(state) for state in found.states], next_cursor=found.next_cursor)
        return json_response(view)

    @blueprint.post("/interfaces/<interface_id>/peers")
    @requires("peer:create")
    @tag(["peers"])
    @repeats.once
    @validate_querystring(DryRun)
    @validate_request(PeerCreate)
    @document_response(PeerResultView, 201)
    async def create_peer(interface_id: str, data: PeerCreate, query_args: DryRun) -> Response:
        """Make a peer

        A name and a public key are enough. Takes an `Idempotency-Key`.
        """
        dry_run = query_args.dry_run
        result = await peers.create(current_actor(), interface_id, data.said(), dry_run=dry_run)
        return peer_result(result, status=200 if dry_run else 201)

    @blueprint.get("/peers/<peer_id>")
    @requires("peer:read")
    @tag(["peers"])
    @document_response(PeerView)
    async def get_peer(peer_id: str) -> Response:
        """One peer

        Its `ETag` is its version.
        """
        state = await peers.get(current_actor(), peer_id)
        return with_version(json_response(peer_view(state)), state.peer.version)

    @blueprint.patch("/peers/<peer_id>")
    @requires("peer:update")
    @tag(["peers"])
    @validate_querystring(DryRun)
    @validate_request(PeerUpdate)
    @document_response(PeerResultView)
    async def update_peer(peer_id: str, data: PeerUpdate, query_args: DryRun) -> Response:
        """Change a peer

        With `If-Match` only the version that it names.
        """
        result = await peers.update(
            current_actor(), peer_id, data.said(), version=expected_version(), dry_run=query_args.dry_run
        )
        return peer_result(result)

    @blueprint.delete("/peers/<peer_id>")
    @requires("peer:delete")
    @tag(["peers"])
    @validate_querystring(DryRun)
    @document_response(PeerResultView)
    async def delete_peer(peer_id: str, query_args: DryRun) -> Response:
        """Delete a peer

        Its key never runs here again, and its addresses rest for a day.
        """
        result = await peers.delete(current_actor(), peer_id, version=expected_version(), dry_run=query_args.dry_run)
        return peer_result(result)

    @blueprint.post("/peers/<peer_id>/rekey")
    @requires("peer:rekey")
    @tag(["peers"])
    @validate_querystring(DryRun)
    @validate_request(PeerRekey)
    @document_response(PeerResultView)
    async def rekey_peer(peer_id: str, data: PeerRekey, query_args: DryRun) -> Response:
        """Give a peer another key pair

        In one step: its id and addresses stay, and its old key never runs here again.
        """
        result = await peers.rekey(
            current_actor(), peer_id, data.said(), version=expected_version(), dry_run=query_args.dry_run
        )
        return peer_result(result)

    return blueprint
