"""`/api/v1/audit`: who did what to what, when, from where."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring

from sentra.core.audit import AuditEntry
from sentra.db.audit import AuditFilter
from sentra.services.audit_log import AuditLog
from sentra.web.access import current_actor, requires
from sentra.web.fields import Moment
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers


class AuditWanted(BaseModel):
    """Which entries are wanted; all of what is said must hold."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=100, description="A part of a name, of the summary, or of the address.")
    actor: str = Field("", max_length=64, description="The id of who did it.")
    action: str = Field("", max_length=40, description="Such as `peer:create`, or `peer` for all on peers.")
    outcome: Literal["", "done", "refused", "failed"] = ""
    subject: str = Field("", max_length=64, description="The id of what it was done to.")
    since: Moment | None = None
    until: Moment | None = None

    def filter(self) -> AuditFilter:
        return AuditFilter(
            q=self.q,
            actor=self.actor,
            action=self.action,
            outcome=self.outcome,
            subject=self.subject,
            since=self.since.timestamp() if self.since else None,
            until=self.until.timestamp() if self.until else None,
        )


class AuditPageWanted(AuditWanted):
    """Which entries are wanted, and which page of them."""

    cursor: int | None = Field(None, ge=1, le=2**62)
    limit: int = Field(100, ge=1, le=500)


class AuditEntryView(BaseModel):
    """One entry of the chain. `mac` covers it and the one before."""

    id: int
    at: datetime
    actor_id: str
    actor_name: str
    actor_kind: str
    address: str
    action: str
    outcome: Literal["done", "refused", "failed"]
    subject_kind: str
    subject_id: str
    subject_name: str
    summary: str
    detail: dict[str, Any]
    count: int
    mac: str


class AuditListView(BaseModel):
    """Some entries, newest first."""

    items: list[AuditEntryView]
    next_cursor: int | None


def audit_blueprint(audit_log: AuditLog) -> Blueprint:
    """Return the routes of `/api/v1/audit`."""
    blueprint = Blueprint("audit", __name__, url_prefix="/api/v1/audit")

    @blueprint.get("")
    @requires("audit:read")
    @tag(["audit"])
    @validate_querystring(AuditPageWanted)
    @document_response(AuditListView)
    async def list_audit_entries(query_args: AuditPageWanted) -> Response:
        """Who did what, page by page, newest first"""
        page = await audit_log.page(
            current_actor(), query_args.filter(), cursor=query_args.cursor, limit=query_args.limit
        )
        return json_response(
            AuditListView(items=[_view(entry) for entry in page.entries], next_cursor=page.next_cursor)
        )

    @blueprint.get("/export")
    @requires("audit:read")
    @tag(["audit"])
    @validate_querystring(AuditWanted)
    @answers(200, "One JSON object to a line, newest first.")
    async def export_audit(query_args: AuditWanted) -> Response:
        """Who did what, as JSON lines"""
        lines = audit_log.export(current_actor(), query_args.filter())
        response = Response(lines, content_type="application/x-ndjson")
        response.timeout = None
        response.headers["Content-Disposition"] = 'attachment; filename="sentra-audit.jsonl"'
        return response

    return blueprint


def _view(entry: AuditEntry) -> AuditEntryView:
    fields = {name: getattr(entry, name) for name in AuditEntryView.model_fields if name != "at"}
    return AuditEntryView(at=datetime.fromtimestamp(entry.at, UTC), **fields)
