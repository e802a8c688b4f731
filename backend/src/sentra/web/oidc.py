"""Signing in by an identity provider: the ways there are, going there, coming back, and the session."""

from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response, request
from quart_schema import document_response, security_scheme, tag, validate_request

from sentra.services.oidc import CALLBACK, Oidc
from sentra.services.oidc_transactions import TRANSACTION_SECONDS, CameBack
from sentra.services.second_factor_policy import SecondFactorPolicy
from sentra.web.access import anyone
from sentra.web.errors import SecondFactorProblem
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers
from sentra.web.results import Nothing
from sentra.web.session import visitor, with_cookie
from sentra.web.session_forms import SessionView, session_view

OIDC_COOKIE = "__Host-sentra_oidc"
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
_LONGEST_ANSWER = 4096


class WayView(BaseModel):
    """A provider by which one may sign in."""

    id: str
    name: str


class WaysView(BaseModel):
    """The providers by which one may sign in."""

    items: list[WayView]


class WayTaken(BaseModel):
    """Where on this site to go after signing in: a path, and the front page for anything else."""

    model_config = ConfigDict(extra="forbid")

    return_to: Annotated[str, Field(max_length=4096)] | None = None


class ElsewhereView(BaseModel):
    """The address of the provider, to go to with this browser."""

    location: str


def oidc_blueprint(oidc: Oidc, policy: SecondFactorPolicy) -> Blueprint:
    """Return the routes of signing in by a provider."""
    blueprint = Blueprint("oidc", __name__)

    @blueprint.get("/api/v1/session/providers")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @document_response(WaysView, 200)
    async def list_ways() -> Response:
        """Identity providers by which one may sign in"""
        return json_response(WaysView(items=[WayView(id=each.id, name=each.name) for each in await oidc.offered()]))

    @blueprint.post("/api/v1/session/providers/<provider_id>")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @validate_request(WayTaken)
    @document_response(ElsewhereView, 200)
    async def begin_at_provider(provider_id: str, data: WayTaken) -> Response:
        """Begin to sign in by a provider

        Sets a cookie that is good for this sign-in and ten minutes; go on at `location`.
        """
        token, location = await oidc.begin(provider_id, data.return_to)
        response = json_response(ElsewhereView(location=location))
        cookie = f"{OIDC_COOKIE}={token}; Max-Age={TRANSACTION_SECONDS}; {_ATTRIBUTES}"
        response.headers.add("Set-Cookie", cookie)
        return response

    @blueprint.get(f"{CALLBACK}<key>")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @answers(303, "Back to the sign-in page, which finishes.")
    async def come_back_from_provider(key: str) -> Response:
        """Come back from a provider

        The redirect URI to register there. It starts no session: the sign-in page does, and shows what went wrong.
        """
        return_to = oidc.come_back(request.cookies.get(OIDC_COOKIE), key, _answer())
        response = Response("", 303)
        # Only this path: where to go afterwards is told to the page that takes up the session.
        response.headers["Location"] = "/sign-in?" + _query(return_to)
        return response

    @blueprint.post("/api/v1/session/provider")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @validate_request(Nothing)
    @document_response(SessionView, 200)
    @document_response(SecondFactorProblem, 401)
    async def create_session_by_provider(data: Nothing) -> Response:  # noqa: ARG001
        """Sign in by a provider, last step

        For the browser that came back: starts the session, or asks for a second factor as `POST /session` does.
        """
        signed_in = await oidc.finish(request.cookies.get(OIDC_COOKIE), visitor())
        held_back = await policy.holds_back(signed_in.actor)
        response = with_cookie(json_response(session_view(signed_in.actor, signed_in.can, held_back)), signed_in)
        response.headers.add("Set-Cookie", f"{OIDC_COOKIE}=; Max-Age=0; {_ATTRIBUTES}")
        return response

    return blueprint


def _answer() -> CameBack:
    """Give what the provider said. A parameter that is there twice, or is longer than any, counts as an error."""
    said = {name: request.args.getlist(name) for name in ("state", "code", "error", "iss")}
    wrong = any(len(values) > 1 or len("".join(values)) > _LONGEST_ANSWER for values in said.values())
    first = {name: values[0] if values else "" for name, values in said.items()}
    return CameBack(
        state=first["state"],
        code="" if wrong else first["code"],
        error="invalid_request" if wrong else first["error"],
        issuer=first["iss"] if said["iss"] else None,
    )


def _query(return_to: str) -> str:
    return urlencode({"by": "provider", **({"to": return_to} if return_to != "/" else {})})
