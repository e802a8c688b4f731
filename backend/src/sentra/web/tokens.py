"""`/api/v1/tokens`: API tokens of oneself, and of everybody for an admin."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.core.tokens import GRANTABLE, ApiToken
from sentra.services.api_tokens import DEFAULT_DAYS, LONGEST_DAYS, ApiTokens
from sentra.web.access import current_actor, requires
from sentra.web.fields import PersonName
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers


class ApiTokenCreate(BaseModel):
    """A token for a program."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[PersonName, Field(max_length=60)]
    actions: list[Annotated[str, Field(max_length=40)]] = Field(max_length=len(GRANTABLE))
    scope: str = Field("*", max_length=80)
    days: int = Field(DEFAULT_DAYS, ge=1, le=LONGEST_DAYS)


class ApiTokenView(BaseModel):
    """A token, without its secret: that was shown once."""

    id: str
    user_id: str
    user_email: str
    name: str
    actions: list[str]
    scope: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_from: str


class MadeApiTokenView(ApiTokenView):
    """A fresh token with its secret, which is shown now and never again."""

    token: str


class ApiTokensWanted(BaseModel):
    """Whose tokens are wanted."""

    model_config = ConfigDict(extra="forbid")

    of_all: bool = Field(False, description="Everybody's, for an admin.")


class ApiTokenListView(BaseModel):
    """Tokens, newest first. `grantable`: what a new one can be made for; `can`: what this actor may do to anybody's."""

    items: list[ApiTokenView]
    grantable: list[str]
    can: list[str]


def tokens_blueprint(tokens: ApiTokens) -> Blueprint:
    """Return the routes of `/api/v1/tokens`."""
    blueprint = Blueprint("tokens", __name__, url_prefix="/api/v1/tokens")

    @blueprint.get("")
    @requires("token:read")
    @tag(["tokens"])
    @validate_querystring(ApiTokensWanted)
    @document_response(ApiTokenListView)
    async def list_tokens(query_args: ApiTokensWanted) -> Response:
        """API tokens, newest first"""
        actor = current_actor()
        found = await tokens.all(actor) if query_args.of_all else await tokens.own(actor)
        items = [_view(each.token, each.email) for each in found]
        return json_response(ApiTokenListView(items=items, grantable=tokens.grantable(actor), can=tokens.can(actor)))

    @blueprint.post("")
    @requires("token:create")
    @tag(["tokens"])
    @validate_request(ApiTokenCreate)
    @document_response(MadeApiTokenView, 201)
    async def create_token(data: ApiTokenCreate) -> Response:
        """Make an API token

        Its secret is in this answer alone. It needs a proof of the last five minutes.
        """
        actor = current_actor()
        made = await tokens.create(actor, name=data.name, actions=data.actions, scope=data.scope, days=data.days)
        view = _view(made.token, actor.email)
        return json_response(MadeApiTokenView(**view.model_dump(), token=made.secret), 201)

    @blueprint.delete("/<token_id>")
    @requires("token:revoke")
    @tag(["tokens"])
    @answers(204, "Revoked.")
    async def revoke_token(token_id: str) -> Response:
        """Revoke an API token

        The next request with it fails.
        """
        await tokens.revoke(current_actor(), token_id)
        return Response("", 204)

    return blueprint


def _view(token: ApiToken, email: str) -> ApiTokenView:
    return ApiTokenView(
        id=token.id,
        user_id=token.user_id,
        user_email=email,
        name=token.name,
        actions=list(token.actions),
        scope=token.scope,
        created_at=datetime.fromtimestamp(token.created_at, UTC),
        expires_at=datetime.fromtimestamp(token.expires_at, UTC),
        used_at=None if token.used_at is None else datetime.fromtimestamp(token.used_at, UTC),
        used_from=token.used_from,
    )
