"""`/api/v1/interfaces`: make, read, change and delete interfaces."""

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.services.interfaces import Interfaces
from sentra.services.suggestions import Suggestions
from sentra.web.access import current_actor, requires
from sentra.web.idempotency import Repeats
from sentra.web.interface_views import (
    InterfaceCreate,
    InterfaceList,
    InterfaceResultView,
    InterfaceUpdate,
    InterfaceView,
    interface_result,
    interface_view,
    json_response,
)
from sentra.web.preconditions import expected_version, with_version
from sentra.web.results import DryRun


class OfNode(BaseModel):
    """Which node is meant."""

    model_config = ConfigDict(extra="forbid")

    node: str = Field(default="local", max_length=63)


class InterfaceSuggestion(BaseModel):
    """Values for the form of a new interface; nothing on the node clashes with them."""

    name: str
    addresses: list[str]
    listen_port: int
    public_hosts: list[str]
    mtu: int
    dns: list[str]


def interfaces_blueprint(interfaces: Interfaces, suggestions: Suggestions, repeats: Repeats) -> Blueprint:
    """Return the routes of `/api/v1/interfaces`."""
    blueprint = Blueprint("interfaces", __name__, url_prefix="/api/v1/interfaces")

    @blueprint.get("")
    @requires("interface:read")
    @tag(["interfaces"])
    @document_response(InterfaceList)
    async def list_interfaces() -> Response:
        """Every managed interface"""
        states = await interfaces.list(current_actor())
        return json_response(InterfaceList(items=[interface_view(state) for state in states], next_cursor=None))

    @blueprint.post("")
    @requires("interface:create")
    @tag(["interfaces"])
    @repeats.once
    @validate_querystring(DryRun)
    @validate_request(InterfaceCreate)
    @document_response(InterfaceResultView, 201)
    async def create_interface(data: InterfaceCreate, query_args: DryRun) -> Response:
        """Make an interface

        The node makes its private key and keeps it. Takes an `Idempotency-Key`.
        """
        dry_run = query_args.dry_run
        result = await interfaces.create(current_actor(), data.node, data.said(), dry_run=dry_run)
        return interface_result(result, status=200 if dry_run else 201)

    @blueprint.get("/suggestion")
    @requires("interface:create")
    @tag(["interfaces"])
    @validate_querystring(OfNode)
    @document_response(InterfaceSuggestion)
    async def suggest_interface(query_args: OfNode) -> Response:
        """What a new interface could look like"""
        found = await suggestions.suggest(current_actor(), query_args.node)
        return json_response(
            InterfaceSuggestion(
                name=found.name,
                addresses=list(found.addresses),
                listen_port=found.listen_port,
                public_hosts=list(found.public_hosts),
                mtu=found.mtu,
                dns=list(found.dns),
            )
        )

    @blueprint.get("/<interface_id>")
    @requires("interface:read")
    @tag(["interfaces"])
    @document_response(InterfaceView)
    async def get_interface(interface_id: str) -> Response:
        """One interface

        Its `ETag` is its version.
        """
        state = await interfaces.get(current_actor(), interface_id)
        return with_version(json_response(interface_view(state)), state.interface.version)

    @blueprint.patch("/<interface_id>")
    @requires("interface:update")
    @tag(["interfaces"])
    @validate_querystring(DryRun)
    @validate_request(InterfaceUpdate)
    @document_response(InterfaceResultView)
    async def update_interface(interface_id: str, data: InterfaceUpdate, query_args: DryRun) -> Response:
        """Change an interface

        With `If-Match` only the version that it names.
        """
        result = await interfaces.update(
            current_actor(), interface_id, data.said(), version=expected_version(), dry_run=query_args.dry_run
        )
        return interface_result(result)

    @blueprint.delete("/<interface_id>")
    @requires("interface:delete")
    @tag(["interfaces"])
    @validate_querystring(DryRun)
    @document_response(InterfaceResultView)
    async def delete_interface(interface_id: str, query_args: DryRun) -> Response:
        """Delete an interface and its peers

        Whoever comes through it has to confirm that; until then it is only stopped.
        """
        result = await interfaces.delete(
            current_actor(), interface_id, version=expected_version(), dry_run=query_args.dry_run
        )
        return interface_result(result)

    return blueprint
