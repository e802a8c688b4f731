"""What applies to everybody: who needs a second factor; and the way out for somebody who lost theirs."""

from pydantic import BaseModel, ConfigDict
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_request

from sentra.core.factors import SecondFactorRule
from sentra.services.second_factor_policy import HeldBack, SecondFactorPolicy
from sentra.services.second_factors import SecondFactors
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers


class SecondFactorPolicyUpdate(BaseModel):
    """Who needs a second factor: nobody (`optional`), owners and admins, or all."""

    model_config = ConfigDict(extra="forbid")

    rule: SecondFactorRule


class HeldBackView(BaseModel):
    """People who can sign in and have no second factor: how many, and the e-mail addresses of the first 20."""

    count: int
    emails: list[str]


class SecondFactorPolicyView(BaseModel):
    """Who needs a second factor, and who of those whom `admins` and `all` speak of has none."""

    rule: SecondFactorRule
    admins: HeldBackView
    all: HeldBackView


def policies_blueprint(policy: SecondFactorPolicy, factors: SecondFactors) -> Blueprint:
    """Return the routes of `/api/v1/policies`, and that of others' second factors."""
    blueprint = Blueprint("policies", __name__, url_prefix="/api/v1")

    @blueprint.delete("/users/<user_id>/factors")
    @requires("factor:reset")
    @tag(["users"])
    @answers(204, "Removed.")
    async def reset_factors(user_id: str) -> Response:
        """Remove somebody's second factors

        For whoever lost the device and the recovery codes. Ends their sessions; their password stays.
        """
        await factors.remove_all_of(current_actor(), user_id)
        return Response("", 204)

    @blueprint.get("/policies/second-factor")
    @requires("policy:read")
    @tag(["policies"])
    @document_response(SecondFactorPolicyView)
    async def get_second_factor_policy() -> Response:
        """Who needs a second factor"""
        actor = current_actor()
        return json_response(
            SecondFactorPolicyView(
                rule=await policy.read(actor),
                admins=_view(await policy.held_back_by(actor, "admins")),
                all=_view(await policy.held_back_by(actor, "all")),
            )
        )

    @blueprint.put("/policies/second-factor")
    @requires("policy:update")
    @tag(["policies"])
    @answers(204, "Changed.")
    @validate_request(SecondFactorPolicyUpdate)
    async def change_second_factor_policy(data: SecondFactorPolicyUpdate) -> Response:
        """Say who needs a second factor

        Whoever needs one now and has none is signed out, and sets one up at the next sign-in before anything else.
        """
        await policy.change(current_actor(), data.rule)
        return Response("", 204)

    return blueprint


def _view(held: HeldBack) -> HeldBackView:
    return HeldBackView(count=held.count, emails=list(held.emails))
