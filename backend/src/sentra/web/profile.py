"""`/api/v1/profile`: what one changes of oneself."""

from pydantic import BaseModel, ConfigDict
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_request

from sentra.services.profile import Profile, ProfileFields
from sentra.web.access import current_actor, heavy, requires
from sentra.web.fields import Email, PersonName
from sentra.web.interface_views import json_response


class ProfileUpdate(BaseModel):
    """One's own name and address; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
    email: Email | None = None


class ProfileView(BaseModel):
    """Oneself."""

    id: str
    email: str
    name: str


def profile_blueprint(profile: Profile) -> Blueprint:
    """Return the route of one's own profile."""
    blueprint = Blueprint("profile", __name__, url_prefix="/api/v1/profile")

    @blueprint.patch("")
    @requires("profile:update")
    @heavy
    @tag(["session"])
    @validate_request(ProfileUpdate)
    @document_response(ProfileView)
    async def update_profile(data: ProfileUpdate) -> Response:
        """Change one's own name or address

        Another address needs a proof of the last five minutes; without it the answer is 403 `step-up-required`. No more
        than a few times a minute: whether an address is taken tells who has an account.
        """
        user = await profile.change(current_actor(), ProfileFields(name=data.name, email=data.email))
        return json_response(ProfileView(id=user.id, email=user.email, name=user.name))

    return blueprint
