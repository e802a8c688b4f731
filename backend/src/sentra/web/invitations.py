"""Coming in by a link: `/api/v1/invitations` and `/api/v1/password-resets`. Whoever has the token may."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, security_scheme, tag, validate_request

from sentra.core.users import LinkPurpose
from sentra.services.invitations import Invitations, Opened
from sentra.web.access import anyone, client_address
from sentra.web.fields import NewPassword, PersonName
from sentra.web.interface_views import json_response
from sentra.web.user_views import moment

_Token = Annotated[str, Field(min_length=1, max_length=100, json_schema_extra={"format": "password"})]


class LinkToken(BaseModel):
    """What follows the `#` of a link."""

    model_config = ConfigDict(extra="forbid")

    token: _Token


class InvitationAccept(LinkToken):
    """Somebody who takes up their invitation."""

    name: PersonName
    password: NewPassword


class PasswordReset(LinkToken):
    """Somebody who sets a new password."""

    password: NewPassword


class OpenedLinkView(BaseModel):
    """Whose link it is, what it is good for, and until when."""

    purpose: LinkPurpose
    email: str
    name: str
    expires_at: AwareDatetime


class AccountView(BaseModel):
    """The account that can be signed in to now."""

    email: str


def invitations_blueprint(invitations: Invitations) -> Blueprint:
    """Return the routes of links."""
    blueprint = Blueprint("invitations", __name__, url_prefix="/api/v1")

    @blueprint.post("/invitations/check")
    @anyone
    @tag(["links"])
    @security_scheme([])
    @validate_request(LinkToken)
    @document_response(OpenedLinkView)
    async def check_invitation(data: LinkToken) -> Response:
        """Whose invitation is it

        Does not use it up.
        """
        return _opened("join", await invitations.open("join", data.token, address=client_address()))

    @blueprint.post("/invitations")
    @anyone
    @tag(["links"])
    @security_scheme([])
    @validate_request(InvitationAccept)
    @document_response(AccountView)
    async def accept_invitation(data: InvitationAccept) -> Response:
        """Take up an invitation

        Works once. Starts no session: sign in afterwards.
        """
        user = await invitations.accept(data.token, name=data.name, password=data.password, address=client_address())
        return json_response(AccountView(email=user.email))

    @blueprint.post("/password-resets/check")
    @anyone
    @tag(["links"])
    @security_scheme([])
    @validate_request(LinkToken)
    @document_response(OpenedLinkView)
    async def check_password_reset(data: LinkToken) -> Response:
        """Whose password does the link set

        Does not use it up.
        """
        return _opened("reset", await invitations.open("reset", data.token, address=client_address()))

    @blueprint.post("/password-resets")
    @anyone
    @tag(["links"])
    @security_scheme([])
    @validate_request(PasswordReset)
    @document_response(AccountView)
    async def reset_password(data: PasswordReset) -> Response:
        """Set a new password by a link

        Works once, and ends every session of the user. Second factors stay on; sign in afterwards.
        """
        user = await invitations.reset(data.token, password=data.password, address=client_address())
        return json_response(AccountView(email=user.email))

    return blueprint


def _opened(purpose: LinkPurpose, opened: Opened) -> Response:
    return json_response(
        OpenedLinkView(
            purpose=purpose,
            email=opened.user.email,
            name=opened.user.name,
            expires_at=moment(opened.expires_at),
        )
    )
