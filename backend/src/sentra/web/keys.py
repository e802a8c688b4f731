"""`/api/v1/keys`: the key that signs access tokens."""

from pydantic import BaseModel
from quart import Blueprint, Response
from quart_schema import document_response, tag

from sentra.services.key_rotation import KeyRotation
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import json_response


class SigningKeyView(BaseModel):
    """The key that signs from now on, by its name."""

    kid: str


def keys_blueprint(rotation: KeyRotation) -> Blueprint:
    """Return the routes of `/api/v1/keys`."""
    blueprint = Blueprint("keys", __name__, url_prefix="/api/v1/keys")

    @blueprint.post("/rotate")
    @requires("key:rotate")
    @tag(["keys"])
    @document_response(SigningKeyView)
    async def rotate_keys() -> Response:
        """Rotate the key of access tokens

        What was signed before stays good for as long as it would have been.
        """
        return json_response(SigningKeyView(kid=await rotation.rotate(current_actor())))

    return blueprint
