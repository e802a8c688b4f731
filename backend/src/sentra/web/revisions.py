"""`/api/v1/interfaces/{id}/revisions`: what changed, by whom, when; and taking it back."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring

from sentra.db.revisions import Revision
from sentra.services.revisions import RevisionHistory, only_peer, told_changes
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import InterfaceResultView, interface_result, json_response
from sentra.web.results import DryRun


class RevisionQuery(BaseModel):
    """Which revisions: those of one peer, those after a cursor."""

    model_config = ConfigDict(extra="forbid")

    peer: str | None = Field(default=None, max_length=64)
    cursor: str | None = Field(default=None, max_length=20)
    limit: int = Field(default=50, ge=1, le=200)


class FieldChangeView(BaseModel):
    """One field that changed; a secret only as `set` or `not set`."""

    field: str
    before: str | None
    after: str | None


class RevisionView(BaseModel):
    """One change that somebody decided; `peer_id` where it is about one peer."""

    id: int
    what: str
    summary: str
    actor_name: str
    made_at: datetime
    peer_id: str | None
    undone: bool
    changes: list[FieldChangeView]


class RevisionList(BaseModel):
    """Revisions, the newest first."""

    items: list[RevisionView]
    next_cursor: str | None


def revisions_blueprint(revisions: RevisionHistory) -> Blueprint:
    """Return the routes of the history of an interface."""
    blueprint = Blueprint("revisions", __name__, url_prefix="/api/v1/interfaces/<interface_id>/revisions")

    @blueprint.get("")
    @requires("interface:inspect")
    @tag(["revisions"])
    @validate_querystring(RevisionQuery)
    @document_response(RevisionList)
    async def list_revisions(interface_id: str, query_args: RevisionQuery) -> Response:
        """What changed, by whom, when"""
        page = await revisions.list(
            current_actor(),
            interface_id,
            peer_id=query_args.peer,
            cursor=query_args.cursor,
            limit=query_args.limit,
        )
        items = [_view(each) for each in page.revisions]
        return json_response(RevisionList(items=items, next_cursor=page.next_cursor))

    @blueprint.post("/<revision_id>/undo")
    @requires("interface:update")
    @tag(["revisions"])
    @validate_querystring(DryRun)
    @document_response(InterfaceResultView)
    async def undo_revision(interface_id: str, revision_id: str, query_args: DryRun) -> Response:
        """Bring back what was before a change

        Answers 409 with what changed since.
        """
        result = await revisions.undo(current_actor(), interface_id, revision_id, dry_run=query_args.dry_run)
        return interface_result(result)

    return blueprint


def _view(revision: Revision) -> RevisionView:
    return RevisionView(
        id=revision.id,
        what=revision.what,
        summary=revision.summary,
        actor_name=revision.actor_name,
        made_at=datetime.fromtimestamp(int(revision.made_at), UTC),
        peer_id=only_peer(revision),
        undone=revision.undone_by is not None,
        changes=[
            FieldChangeView(field=each.field, before=each.before, after=each.after) for each in told_changes(revision)
        ],
    )
