"""Config files of peers, to read and to download."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.services.peer_configs import ConfigFile, PeerConfigs
from sentra.services.peers import Peers
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers


class TemplateView(BaseModel):
    """A config file without its secrets: `PrivateKey` belongs right below `[Interface]`, `PresharedKey` below
    `PublicKey`."""

    text: str
    revision: str


class RevisionGiven(BaseModel):
    """The revision of the config file that a peer was given."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")]


class PeersChosen(BaseModel):
    """Ids with commas between them; all peers whose private key this server has, where none is named."""

    model_config = ConfigDict(extra="forbid")

    ids: str = Field(default="", max_length=17_000)


def peer_configs_blueprint(configs: PeerConfigs, peers: Peers) -> Blueprint:
    """Return the routes of config files."""
    blueprint = Blueprint("peer_configs", __name__, url_prefix="/api/v1")

    @blueprint.get("/peers/<peer_id>/template")
    @requires("peer:read")
    @tag(["peers"])
    @document_response(TemplateView)
    async def get_template(peer_id: str) -> Response:
        """The config file of a peer, without its secrets"""
        template = await configs.template(current_actor(), peer_id)
        return json_response(TemplateView(text=template.text, revision=template.revision))

    @blueprint.post("/peers/<peer_id>/given")
    @requires("peer:config")
    @tag(["peers"])
    @validate_request(RevisionGiven)
    @answers(204, "Remembered.")
    async def give_config(peer_id: str, data: RevisionGiven) -> Response:
        """Remember which config file a peer was given

        From then on it is known when it has to import it again.
        """
        await peers.give(current_actor(), peer_id, data.revision)
        return Response("", 204)

    @blueprint.get("/peers/<peer_id>/config")
    @requires("peer:config")
    @tag(["peers"])
    @answers(200, "The config file, with its private key.", "text/plain")
    async def get_config(peer_id: str) -> Response:
        """The config file of a peer whose private key this server made

        Answers 409 with what to do where the server does not have it.
        """
        return _download(await configs.file(current_actor(), peer_id), "text/plain; charset=utf-8")

    @blueprint.get("/peers/<peer_id>/config.png")
    @requires("peer:config")
    @tag(["peers"])
    @answers(200, "A QR code of the config file, with its private key.", "image/png")
    async def get_qr_code(peer_id: str) -> Response:
        """The QR code of a peer whose private key this server made

        Answers 409 where the server does not have the key, or the file is too long for a QR code.
        """
        return _download(await configs.qr_code(current_actor(), peer_id), "image/png")

    @blueprint.get("/interfaces/<interface_id>/configs.zip")
    @requires("peer:config")
    @tag(["peers"])
    @validate_querystring(PeersChosen)
    @answers(200, "The config files, with their private keys.", "application/zip")
    async def get_configs(interface_id: str, query_args: PeersChosen) -> Response:
        """The config files of many peers whose private keys this server made"""
        ids = [peer_id for peer_id in query_args.ids.split(",") if peer_id]
        return _download(await configs.archive(current_actor(), interface_id, ids), "application/zip")

    return blueprint


def _download(file: ConfigFile, content_type: str) -> Response:
    response = Response(file.content, content_type=content_type)
    # The name has letters, digits and _-. alone (services.peer_configs.file_stem): nothing in it ends the header.
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
