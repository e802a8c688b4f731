"""`/api/v1/token`: a program signs in, renews its tokens, and signs out."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, security_scheme, tag, validate_request

from sentra.core.tokens import TokenPair
from sentra.services.token_families import TokenFamilies
from sentra.web.access import anyone, client_address, for_programs
from sentra.web.fields import Email, Password
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers


class TokenCreate(BaseModel):
    """Whose tokens; `totp` where they have an authenticator app."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Password
    totp: str | None = Field(None, max_length=10)


class RefreshToken(BaseModel):
    """The newest refresh token."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(min_length=1, max_length=200)


class TokenPairView(BaseModel):
    """A token to use for `expires_in` seconds, and one to get the next pair with, once."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int


def token_blueprint(families: TokenFamilies) -> Blueprint:
    """Return the routes of `/api/v1/token`."""
    blueprint = Blueprint("token", __name__, url_prefix="/api/v1/token")

    @blueprint.post("")
    @anyone
    @for_programs
    @tag(["token"])
    @security_scheme([])
    @validate_request(TokenCreate)
    @document_response(TokenPairView)
    async def create_token_pair(data: TokenCreate) -> Response:
        """Sign in for a program

        Better is an API token, which may do only what it is for. Somebody with a passkey alone signs in with one.
        """
        pair = await families.begin(data.email, data.password, code=data.totp, address=client_address())
        return _pair(pair)

    @blueprint.post("/refresh")
    @anyone
    @for_programs
    @tag(["token"])
    @security_scheme([])
    @validate_request(RefreshToken)
    @document_response(TokenPairView)
    async def refresh_token_pair(data: RefreshToken) -> Response:
        """Get the next pair

        A refresh token is good once. One that comes twice ends the sign-in that it belongs to.
        """
        return _pair(await families.refresh(data.refresh_token, address=client_address()))

    @blueprint.post("/revoke")
    @anyone
    @for_programs
    @tag(["token"])
    @security_scheme([])
    @validate_request(RefreshToken)
    @answers(204, "It is not good any more, whatever it was.")
    async def revoke_token_pair(data: RefreshToken) -> Response:
        """Sign out a program

        Ends every token of its sign-in, at once.
        """
        await families.end(data.refresh_token, address=client_address())
        return Response("", 204)

    return blueprint


def _pair(pair: TokenPair) -> Response:
    return json_response(
        TokenPairView(
            access_token=pair.access_token,
            refresh_token=pair.refresh_token,
            token_type="Bearer",  # noqa: S106 - that is what it is called
            expires_in=pair.expires_in,
        )
    )
