"""`/api/v1/interfaces/{id}/…`: start, stop, hand over, and keep a risky change."""

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.services.confirmations import Confirmations
from sentra.services.interfaces import Interfaces
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import InterfaceResultView, interface_result
from sentra.web.openapi import answers
from sentra.web.results import DryRun


class ChangeConfirm(BaseModel):
    """The nonce of the answer to the change that is to be kept."""

    model_config = ConfigDict(extra="forbid")

    nonce: str = Field(min_length=1, max_length=100)


def interface_actions_blueprint(interfaces: Interfaces, confirmations: Confirmations) -> Blueprint:
    """Return the routes of what is done to a whole interface."""
    blueprint = Blueprint("interface_actions", __name__, url_prefix="/api/v1/interfaces")

    @blueprint.post("/<interface_id>/start")
    @requires("interface:update")
    @tag(["interfaces"])
    @validate_querystring(DryRun)
    @document_response(InterfaceResultView)
    async def start_interface(interface_id: str, query_args: DryRun) -> Response:
        """Let an interface run"""
        return interface_result(await interfaces.start(current_actor(), interface_id, dry_run=query_args.dry_run))

    @blueprint.post("/<interface_id>/stop")
    @requires("interface:update")
    @tag(["interfaces"])
    @validate_querystring(DryRun)
    @document_response(InterfaceResultView)
    async def stop_interface(interface_id: str, query_args: DryRun) -> Response:
        """Take an interface down"""
        return interface_result(await interfaces.stop(current_actor(), interface_id, dry_run=query_args.dry_run))

    @blueprint.post("/<interface_id>/hand-over")
    @requires("interface:update")
    @tag(["interfaces"])
    @validate_querystring(DryRun)
    @document_response(InterfaceResultView)
    async def hand_over_interface(interface_id: str, query_args: DryRun) -> Response:
        """Let Sentra bring an interface up, and no longer wg-quick"""
        return interface_result(await interfaces.hand_over(current_actor(), interface_id, dry_run=query_args.dry_run))

    @blueprint.post("/<interface_id>/confirm")
    @requires("interface:read")
    @tag(["interfaces"])
    @validate_request(ChangeConfirm)
    @answers(204, "The change is kept.")
    async def confirm_change(interface_id: str, data: ChangeConfirm) -> Response:
        """Keep a change that may have cut off its author

        With the nonce of its answer, from 3 s after it.
        """
        await confirmations.confirm(current_actor(), interface_id, data.nonce)
        return Response("", 204)

    return blueprint
