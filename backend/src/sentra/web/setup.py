"""The first visit: making the owner."""

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, security_scheme, tag, validate_request

from sentra.services.setup import Setup
from sentra.web.access import anyone, client_address
from sentra.web.fields import Email, NewPassword, PersonName
from sentra.web.session_forms import UserView


class SetupView(BaseModel):
    """Whether the first owner is still to be made."""

    needed: bool


class OwnerCreate(BaseModel):
    """The first owner; `token` is what follows the `#` of the setup link."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=1, max_length=100)
    email: Email
    name: PersonName
    password: NewPassword


def setup_blueprint(setup: Setup) -> Blueprint:
    """Return the routes of `/api/v1/setup`."""
    blueprint = Blueprint("setup", __name__, url_prefix="/api/v1/setup")

    @blueprint.get("")
    @anyone
    @tag(["setup"])
    @security_scheme([])
    @document_response(SetupView, 200)
    async def get_setup() -> Response:
        """Is there an owner yet

        `needed` is true until the first owner is made.
        """
        view = SetupView(needed=await setup.needed())
        return Response(view.model_dump_json(), content_type="application/json")

    @blueprint.post("")
    @anyone
    @tag(["setup"])
    @security_scheme([])
    @validate_request(OwnerCreate)
    @document_response(UserView, 201)
    async def create_owner(data: OwnerCreate) -> Response:
        """Make the owner

        Works once, with the token of a setup link. Sign in afterwards.
        """
        owner = await setup.create_owner(
            data.token, email=data.email, name=data.name, password=data.password, address=client_address()
        )
        view = UserView(id=owner.id, email=owner.email, name=owner.name, role="owner")
        return Response(view.model_dump_json(), 201, content_type="application/json")

    return blueprint
