"""Signing in and out, and who is signed in."""

from collections.abc import Awaitable, Callable

from quart import Blueprint, Response, request
from quart_schema import document_response, security_scheme, tag, validate_request

from sentra.access.access import Access
from sentra.services.second_factor_policy import SecondFactorPolicy
from sentra.services.sessions import Sessions, SignedIn, Visitor
from sentra.services.sign_in import SignIn
from sentra.web.access import actor_if_any, anyone, client_address, current_actor, on_the_way_in, requires
from sentra.web.errors import SecondFactorProblem
from sentra.web.guard import COOKIE
from sentra.web.openapi import answers
from sentra.web.session_forms import (
    PasskeyOptions,
    PasskeySignIn,
    PasswordChange,
    ProofGiven,
    SecondFactorGiven,
    SessionCreate,
    SessionView,
    session_view,
)

CLEAR_SITE_DATA = '"cache", "cookies", "storage"'


def session_blueprint(sessions: Sessions, sign_in: SignIn, policy: SecondFactorPolicy, access: Access) -> Blueprint:
    """Return the routes of `/api/v1/session`."""
    blueprint = Blueprint("session", __name__, url_prefix="/api/v1/session")
    blueprint.after_app_request(_under_new_rights(sessions))

    async def begun(signed_in: SignedIn) -> Response:
        held_back = await policy.holds_back(signed_in.actor)
        return with_cookie(_session_response(session_view(signed_in.actor, signed_in.can, held_back)), signed_in)

    @blueprint.post("")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @validate_request(SessionCreate)
    @document_response(SessionView, 200)
    @document_response(SecondFactorProblem, 401)
    async def create_session(data: SessionCreate) -> Response:
        """Sign in

        Starts a session and sets its cookie. A session that the browser had before ends. Where a second factor is due,
        the answer is 401 `second-factor-required`, with its methods and a transaction that lasts five minutes.
        """
        return await begun(await sign_in.by_password(data.email, data.password, visitor()))

    @blueprint.post("/second-factor")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @validate_request(SecondFactorGiven)
    @document_response(SessionView, 200)
    async def create_session_by_second_factor(data: SecondFactorGiven) -> Response:
        """Sign in, second step

        Takes a code, a recovery code or a passkey for the transaction of the first step, at most five times:
        401 `proof-wrong` leaves another try, 401 `sign-in-over` begins with the password again.
        """
        return await begun(await sign_in.by_second_factor(data.transaction, data.proof(), visitor()))

    @blueprint.post("/passkey/options")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @document_response(PasskeyOptions, 200)
    async def create_session_options() -> Response:
        """What a browser needs to use a passkey

        A challenge for `navigator.credentials.get()`, as `PublicKeyCredential.parseRequestOptionsFromJSON` takes it.
        It is good once, for five minutes: to sign in, as a second factor, and to prove again who one is.
        """
        view = PasskeyOptions(options=await sign_in.passkey_options())
        return Response(view.model_dump_json(), content_type="application/json")

    @blueprint.post("/passkey")
    @anyone
    @tag(["session"])
    @security_scheme([])
    @validate_request(PasskeySignIn)
    @document_response(SessionView, 200)
    async def create_session_by_passkey(data: PasskeySignIn) -> Response:
        """Sign in with a passkey

        The passkey says whose it is, and is two factors in one: nothing else is asked.
        """
        return await begun(await sign_in.by_passkey(data.passkey.assertion(), visitor()))

    @blueprint.get("")
    @requires("session:read")
    @on_the_way_in
    @tag(["session"])
    @document_response(SessionView, 200)
    async def get_session() -> Response:
        """Who am I

        Answers 401 where nobody is signed in.
        """
        actor = current_actor()
        held_back = await policy.holds_back(actor)
        return _session_response(session_view(actor, access.permissions(actor), held_back))

    @blueprint.delete("")
    @requires("session:end")
    @on_the_way_in
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

    @blueprint.post("/proof")
    @requires("session:prove")
    @tag(["session"])
    @answers(204, "Proved.")
    @validate_request(ProofGiven)
    async def prove_session(data: ProofGiven) -> Response:
        """Prove again who I am

        Takes a password, a code, a recovery code or a passkey. For five minutes the session may do what answers
        403 `step-up-required` without it; it gets a new secret.
        """
        return with_cookie(Response("", 204), await sign_in.prove(current_actor(), data.proof()))

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
            current_actor(), current_password=data.current_password, password=data.password
        )
        return with_cookie(Response("", 204), signed_in)

    return blueprint


def with_cookie(response: Response, signed_in: SignedIn) -> Response:
    """Return the response with the cookie of a session that just began or goes on under another secret."""
    # Written out: this one line is the whole contract with the browser (SECURITY.md, S15).
    response.headers.add("Set-Cookie", f"{COOKIE}={signed_in.secret}; Path=/; Secure; HttpOnly; SameSite=Strict")
    return response


def visitor() -> Visitor:
    """Return the browser that makes the current request."""
    return Visitor(client_address(), request.headers.get("User-Agent", ""), request.cookies.get(COOKIE))


def _under_new_rights(sessions: Sessions) -> Callable[[Response], Awaitable[Response]]:
    async def after_request(response: Response) -> Response:
        """Give a browser a new secret once the rights of whoever uses it have changed (SECURITY.md, S17)."""
        actor = actor_if_any()
        if actor is None or actor.session_id is None:
            return response
        signed_in = await sessions.under_new_rights(actor.session_id, actor.bindings)
        return response if signed_in is None else with_cookie(response, signed_in)

    return after_request


def _session_response(view: SessionView) -> Response:
    return Response(view.model_dump_json(), content_type="application/json")
