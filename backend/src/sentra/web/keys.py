"""`/api/v1/keys`: the key that signs access tokens, and the master key that stored secrets are sealed with."""

from pydantic import BaseModel
from quart import Blueprint, Response
from quart_schema import document_response, tag

from sentra.services.key_rotation import KeyRotation, KeyStates
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import json_response


class SigningKeyView(BaseModel):
    """The key that signs from now on, by its name."""

    kid: str


class MasterKeyView(BaseModel):
    """The key that stored secrets are sealed with, by its name; while it replaces another one, how far that is."""

    id: str
    is_replacing: bool
    resealed: int


class KeysView(BaseModel):
    """The keys in use, by their names."""

    signing: SigningKeyView
    master: MasterKeyView


def keys_blueprint(rotation: KeyRotation) -> Blueprint:
    """Return the routes of `/api/v1/keys`."""
    blueprint = Blueprint("keys", __name__, url_prefix="/api/v1/keys")

    @blueprint.get("")
    @requires("key:read")
    @tag(["keys"])
    @document_response(KeysView)
    async def read_keys() -> Response:
        """See which keys are in use"""
        states = await rotation.read(current_actor())
        return json_response(KeysView(signing=SigningKeyView(kid=states.signing), master=_master(states)))

    @blueprint.post("/rotate")
    @requires("key:rotate")
    @tag(["keys"])
    @document_response(SigningKeyView)
    async def rotate_keys() -> Response:
        """Rotate the key of access tokens

        What was signed before stays good for as long as it would have been.
        """
        return json_response(SigningKeyView(kid=await rotation.rotate(current_actor())))

    @blueprint.post("/master/rotate")
    @requires("key:rotate")
    @tag(["keys"])
    @document_response(MasterKeyView, 202)
    async def rotate_master_key() -> Response:
        """Replace the master key

        Everything that is stored sealed is sealed anew, while Sentra goes on; then the old key is destroyed. Copies
        of the database that were made before cannot be read in full any more.
        """
        return json_response(_master(await rotation.rotate_master(current_actor())), 202)

    return blueprint


def _master(states: KeyStates) -> MasterKeyView:
    return MasterKeyView(id=states.master, is_replacing=states.is_replacing, resealed=states.resealed)
