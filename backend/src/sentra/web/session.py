"""Signing in and out, and who is signed in."""

from pydantic import BaseModel, ConfigDict
from quart import Blueprint, Response, request
from quart_schema import document_response, security_scheme, tag, validate_request

from sentra.access.access import Access
from sentra.core.access import Actor, Role
from sentra.services.sessions import Sessions, SignedIn
from sentra.web.access import anyone, client_address, current_actor, requires
from sentra.web.fields import Email, NewPassword, Password
from sentra.web.guard import COOKIE
from sentra.web.openapi import answers

CLEAR_SITE_DATA = '"cache", "cookies", "storage"'


class SessionCreate(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Password


class PasswordChange(BaseModel):
    """A new password, and the one so far."""

    model_config = ConfigDict(extra="forbid")

    current_password: Password
    password: NewPassword


class UserView(BaseModel):
    """A person with an account."""

    id: str
    email: str
    name: str
    role: Role | None


class SessionView(BaseModel):
    """Who is signed in, and every action that they may do."""

    user: UserView
    can: list[str]


def session_blueprint(sessions: Sessions, access: Access) -> Blueprint:
    """Return the routes of `/api/v1/session`."""
    blueprint = Blueprint("session", __name__, url_prefix="/api/v1/session")

    @blueprint.post("")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @validate_request(SessionCreate)
    @document_response(SessionView, 200)
    async def create_session(data: SessionCreate) -> Response:
        """Sign in

        Starts a session and sets its cookie. A session that the browser had before ends.
        """
        signed_in = await sessions.sign_in(
            data.email,
            data.password,
            address=client_address(),
            user_agent=request.headers.get("User-Agent", ""),
            instead_of=request.cookies.get(COOKIE),
        )
        return _with_cookie(_session_response(signed_in.actor, signed_in.can), signed_in)

    @blueprint.get("")
    @requires("session:read")
    @tag(["session"])
    @document_response(SessionView, 200)
    async def get_session() -> Response:
        """Who am I

        Answers 401 where nobody is signed in.
        """
        actor = current_actor()
        return _session_response(actor, access.permissions(actor))

    @blueprint.delete("")
    @requires("session:end")
    @tag(["session"])
    @answers(204, "Signed out.")
    async def delete_session() -> Response:
        """Sign out

        Ends the session, closes what it holds open, and tells the browser to forget what it stored.
        """
        await sessions.sign_out(current_actor())
        response = Response("", 204)
        response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    @blueprint.put("/password")
    @requires("password:change")
    @tag(["session"])
    @answers(204, "Changed.")
    @validate_request(PasswordChange)
    async def change_password(data: PasswordChange) -> Response:
        """Change the password

        Ends every session of the user; this browser gets a new one.
        """
        signed_in = await sessions.change_password(
            current_actor(),
            current_password=data.current_password,
            password=data.password,
            address=client_address(),
            user_agent=request.headers.get("User-Agent", ""),
        )
        return _with_cookie(Response("", 204), signed_in)

    return blueprint


def _session_response(actor: Actor, can: list[str]) -> Response:
    user = UserView(id=actor.user_id, email=actor.email, name=actor.name, role=actor.role)
    return Response(SessionView(user=user, can=can).model_dump_json(), content_type="application/json")


def _with_cookie(response: Response, signed_in: SignedIn) -> Response:
    # Written out: this one line is the whole contract with the browser (SECURITY.md, S15).
    response.headers.add("Set-Cookie", f"{COOKIE}={signed_in.secret}; Path=/; Secure; HttpOnly; SameSite=Strict")
    return response
