"""`/api/v1/sessions`: where one is signed in oneself."""

from collections.abc import Sequence

from pydantic import AwareDatetime, BaseModel
from quart import Blueprint, Response
from quart_schema import document_response, tag

from sentra.services.session_list import OpenSession, SessionList
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers
from sentra.web.user_views import moment


class OpenSessionView(BaseModel):
    """A browser that is signed in. `browser` is what it says of itself, `amr` how it was signed in to (RFC 8176)."""

    id: str
    is_current: bool
    created_at: AwareDatetime
    seen_at: AwareDatetime
    address: str
    browser: str
    amr: list[str]


class SessionsView(BaseModel):
    """Every browser in which somebody is signed in, the one used last first."""

    items: list[OpenSessionView]


def sessions_blueprint(sessions: SessionList) -> Blueprint:
    """Return the routes of one's own sessions."""
    blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions")

    @blueprint.get("")
    @requires("session:read")
    @tag(["session"])
    @document_response(SessionsView)
    async def list_sessions() -> Response:
        """Where am I signed in"""
        return json_response(sessions_view(await sessions.own(current_actor())))

    @blueprint.delete("")
    @requires("session:end")
    @tag(["session"])
    @answers(204, "Signed out everywhere else.")
    async def end_other_sessions() -> Response:
        """Sign out everywhere else"""
        await sessions.end_others(current_actor())
        return Response("", 204)

    @blueprint.delete("/<session_id>")
    @requires("session:end")
    @tag(["session"])
    @answers(204, "Signed out.")
    async def end_session(session_id: str) -> Response:
        """Sign out in one browser"""
        await sessions.end_own(current_actor(), session_id)
        return Response("", 204)

    return blueprint


def sessions_view(found: Sequence[OpenSession]) -> SessionsView:
    """Give sessions as the API shows them."""
    return SessionsView(
        items=[
            OpenSessionView(
                id=each.id,
                is_current=each.is_current,
                created_at=moment(each.created_at),
                seen_at=moment(each.seen_at),
                address=each.address,
                browser=each.browser,
                amr=list(each.amr),
            )
            for each in found
        ]
    )
