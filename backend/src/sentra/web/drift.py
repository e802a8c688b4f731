"""`/api/v1/interfaces/{id}/drift`: changes made by hand."""

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.core.drift import DriftKind, DriftSubject, UnmanagedPeer
from sentra.core.interfaces import DriftMode
from sentra.services.drift import Difference, Drifts
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import InterfaceResultView, interface_result, json_response
from sentra.web.openapi import answers
from sentra.web.results import DryRun

_MOST = 10_000


class DifferenceView(BaseModel):
    """One difference. `key` is a public key, address or prefix, and empty for the interface itself; a preshared key
    is told as `set`, `not set` or `another`. `id` lasts as long as the difference stays what it is."""

    id: str
    subject: DriftSubject
    kind: DriftKind
    key: str
    field: str | None
    wanted: str | None
    running: str | None
    peer_name: str | None


class UnmanagedPeerView(BaseModel):
    """A peer that runs and that nobody decided."""

    public_key: str
    allowed_ips: list[str]
    endpoint: str | None
    persistent_keepalive: int
    has_preshared_key: bool


class DriftView(BaseModel):
    """How an interface differs from what was decided; `looked_at` is Unix seconds, 0 for never."""

    looked_at: int
    mode: DriftMode
    items: list[DifferenceView]
    unmanaged: list[UnmanagedPeerView]


class DriftChoice(BaseModel):
    """Which differences and which unmanaged peers, by public key. Where both are empty: every difference."""

    model_config = ConfigDict(extra="forbid")

    items: list[str] = Field(default=[], max_length=_MOST)
    unmanaged: list[str] = Field(default=[], max_length=_MOST)


class DriftIgnore(BaseModel):
    """Which differences are not to be shown until they change."""

    model_config = ConfigDict(extra="forbid")

    items: list[str] = Field(min_length=1, max_length=_MOST)


def drift_blueprint(drifts: Drifts) -> Blueprint:
    """Return the routes of changes made by hand."""
    blueprint = Blueprint("drift", __name__, url_prefix="/api/v1/interfaces/<interface_id>/drift")

    @blueprint.get("")
    @requires("interface:inspect")
    @tag(["drift"])
    @document_response(DriftView)
    async def get_drift(interface_id: str) -> Response:
        """How an interface differs from what was decided"""
        found = await drifts.get(current_actor(), interface_id)
        return json_response(
            DriftView(
                looked_at=found.looked_at,
                mode=found.mode,
                items=[_difference_view(each) for each in found.differences],
                unmanaged=[_unmanaged_view(each) for each in found.unmanaged],
            )
        )

    @blueprint.post("/restore")
    @requires("interface:update")
    @tag(["drift"])
    @validate_querystring(DryRun)
    @validate_request(DriftChoice)
    @document_response(InterfaceResultView)
    async def restore_drift(interface_id: str, data: DriftChoice, query_args: DryRun) -> Response:
        """Undo changes made by hand

        Unmanaged peers are removed only where they are chosen.
        """
        result = await drifts.restore(
            current_actor(), interface_id, items=data.items, unmanaged=data.unmanaged, dry_run=query_args.dry_run
        )
        return interface_result(result)

    @blueprint.post("/adopt")
    @requires("interface:update")
    @tag(["drift"])
    @validate_querystring(DryRun)
    @validate_request(DriftChoice)
    @document_response(InterfaceResultView)
    async def adopt_drift(interface_id: str, data: DriftChoice, query_args: DryRun) -> Response:
        """Keep changes made by hand

        Peers that were taken off are disabled, unmanaged ones become peers.
        """
        result = await drifts.adopt(
            current_actor(), interface_id, items=data.items, unmanaged=data.unmanaged, dry_run=query_args.dry_run
        )
        return interface_result(result)

    @blueprint.post("/ignore")
    @requires("interface:update")
    @tag(["drift"])
    @validate_request(DriftIgnore)
    @answers(204, "They are not shown any more.")
    async def ignore_drift(interface_id: str, data: DriftIgnore) -> Response:
        """Show differences no more, until they change"""
        await drifts.ignore(current_actor(), interface_id, data.items)
        return Response("", 204)

    return blueprint


def _difference_view(difference: Difference) -> DifferenceView:
    drift = difference.drift
    return DifferenceView(
        id=difference.id,
        subject=drift.subject,
        kind=drift.kind,
        key=drift.key,
        field=drift.field,
        wanted=drift.wanted,
        running=drift.running,
        peer_name=difference.peer_name,
    )


def _unmanaged_view(peer: UnmanagedPeer) -> UnmanagedPeerView:
    return UnmanagedPeerView(
        public_key=peer.public_key,
        allowed_ips=list(peer.allowed_ips),
        endpoint=peer.endpoint,
        persistent_keepalive=peer.persistent_keepalive,
        has_preshared_key=peer.has_preshared_key,
    )
