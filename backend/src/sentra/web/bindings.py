"""`/api/v1/roles` and `/api/v1/users/{id}/bindings`: what roles may do, and who is bound to which."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_request

from sentra.access.words import RoleTable
from sentra.core.access import Role
from sentra.services.bindings import Bindings
from sentra.web.access import current_actor, requires
from sentra.web.binding_views import BindingView, binding_view
from sentra.web.interface_views import json_response
from sentra.web.preconditions import expected_version


class ActionView(BaseModel):
    """Something that may be done."""

    action: str
    what: str


class PermissionView(BaseModel):
    """Whether a role may do something: to anything in its scope (`any`), to what is one's own (`own`), or `no`."""

    action: str
    may: Literal["any", "own", "no"]
    why: str


class RoleView(BaseModel):
    """What a role is for, and what it may do: an entry for each action."""

    role: Role
    what: str
    permissions: list[PermissionView]


class RolesView(BaseModel):
    """Who may do what: the rules themselves, as they are asked."""

    actions: list[ActionView]
    roles: list[RoleView]


class BindingsView(BaseModel):
    """What somebody is bound to."""

    items: list[BindingView]


class BindingsReplace(BaseModel):
    """What somebody is bound to from now on: all of it, one role for each scope."""

    model_config = ConfigDict(extra="forbid")

    bindings: list[BindingView] = Field(max_length=50)


def bindings_blueprint(bindings: Bindings) -> Blueprint:
    """Return the routes of roles."""
    blueprint = Blueprint("bindings", __name__, url_prefix="/api/v1")

    @blueprint.get("/roles")
    @requires("role:read")
    @tag(["roles"])
    @document_response(RolesView)
    async def get_roles() -> Response:
        """Who may do what, and why"""
        return json_response(_roles_view(bindings.roles(current_actor())))

    @blueprint.get("/users/<user_id>/bindings")
    @requires("role:read")
    @tag(["roles"])
    @document_response(BindingsView)
    async def get_bindings(user_id: str) -> Response:
        """What somebody is bound to"""
        found = await bindings.get(current_actor(), user_id)
        return json_response(BindingsView(items=[binding_view(each) for each in found]))

    @blueprint.put("/users/<user_id>/bindings")
    @requires("role:update")
    @tag(["roles"])
    @validate_request(BindingsReplace)
    @document_response(BindingsView)
    async def replace_bindings(user_id: str, data: BindingsReplace) -> Response:
        """Give and take roles

        All that they have from now on. It counts from their next request on, and on open streams within 5 s. Asks for
        a proof of the last five minutes. With `If-Match` only where they are the version that it names.
        """
        said = [each.said() for each in data.bindings]
        after = await bindings.replace(current_actor(), user_id, said, version=expected_version())
        return json_response(BindingsView(items=[binding_view(each) for each in after]))

    return blueprint


def _roles_view(table: RoleTable) -> RolesView:
    return RolesView(
        actions=[ActionView(action=action, what=what) for action, what in table.actions.items()],
        roles=[
            RoleView(
                role=row.role,
                what=row.what,
                permissions=[
                    PermissionView(action=each.action, may=each.may, why=each.why) for each in row.permissions
                ],
            )
            for row in table.roles
        ],
    )
