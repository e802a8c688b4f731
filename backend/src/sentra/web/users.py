"""`/api/v1/users`: find, invite, change, disable and remove people."""

from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.services.session_list import SessionList
from sentra.services.users import Users
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers
from sentra.web.preconditions import expected_version, with_version
from sentra.web.results import Nothing
from sentra.web.sessions import SessionsView, sessions_view
from sentra.web.user_views import (
    InvitedView,
    LinkView,
    PersonChangedView,
    PersonListView,
    PersonRemovedView,
    PersonView,
    UserCreate,
    UserDelete,
    UsersWanted,
    UserUpdate,
    link_view,
    person_changed_view,
    person_list_view,
    person_view,
    waiting_views,
)


def users_blueprint(users: Users, sessions: SessionList) -> Blueprint:
    """Return the routes of people, and of their sessions."""
    blueprint = Blueprint("users", __name__, url_prefix="/api/v1/users")

    @blueprint.get("")
    @requires("user:read")
    @tag(["users"])
    @validate_querystring(UsersWanted)
    @document_response(PersonListView)
    async def list_users(query_args: UsersWanted) -> Response:
        """People, page by page"""
        found = await users.list(current_actor(), query_args.q, limit=query_args.limit, cursor=query_args.cursor)
        return json_response(person_list_view(found))

    @blueprint.post("")
    @requires("user:invite")
    @tag(["users"])
    @validate_request(UserCreate)
    @document_response(InvitedView, 201)
    async def invite_user(data: UserCreate) -> Response:
        """Invite somebody

        The answer holds a link that is good once, for 72 hours. It is shown here and never again: hand it to them. It
        needs a proof of the last five minutes.
        """
        invited = await users.invite(current_actor(), data.said())
        link = link_view(invited.link)
        view = InvitedView(user=person_view(invited.person), link=link.link, expires_at=link.expires_at)
        return with_version(json_response(view, 201), invited.person.version)

    @blueprint.get("/<user_id>")
    @requires("user:read")
    @tag(["users"])
    @document_response(PersonView)
    async def get_user(user_id: str) -> Response:
        """Somebody

        Their `ETag` is their version.
        """
        person = await users.get(current_actor(), user_id)
        return with_version(json_response(person_view(person)), person.version)

    @blueprint.patch("/<user_id>")
    @requires("user:update")
    @tag(["users"])
    @validate_request(UserUpdate)
    @document_response(PersonChangedView)
    async def update_user(user_id: str, data: UserUpdate) -> Response:
        """Change, disable or enable somebody

        Whoever is disabled is signed out at once. With `If-Match` only the version that it names.
        """
        change = await users.update(
            current_actor(), user_id, data.said(), version=expected_version(), disable_peers=data.disable_peers
        )
        return with_version(json_response(person_changed_view(change)), change.person.version)

    @blueprint.delete("/<user_id>")
    @requires("user:delete")
    @tag(["users"])
    @validate_querystring(UserDelete)
    @document_response(PersonRemovedView)
    @answers(204, "Removed.")
    async def delete_user(user_id: str, query_args: UserDelete) -> Response:
        """Remove somebody

        With their sessions, tokens and factors. Their peers stay. The answer has a body where disabling them may cut
        off whoever asks, and waits to be confirmed.
        """
        waiting = await users.delete(
            current_actor(), user_id, version=expected_version(), disable_peers=query_args.peers == "disable"
        )
        if waiting:
            return json_response(PersonRemovedView(waiting=waiting_views(waiting)))
        return Response("", 204)

    @blueprint.post("/<user_id>/invite")
    @requires("user:invite")
    @tag(["users"])
    @validate_request(Nothing)
    @document_response(LinkView)
    async def invite_user_again(user_id: str, data: Nothing) -> Response:  # noqa: ARG001
        """Make a new link for somebody who has not joined

        The one before ends. It needs a proof of the last five minutes.
        """
        return json_response(link_view(await users.invite_again(current_actor(), user_id)))

    @blueprint.post("/<user_id>/reset")
    @requires("user:reset")
    @tag(["users"])
    @validate_request(Nothing)
    @document_response(LinkView)
    async def reset_user(user_id: str, data: Nothing) -> Response:  # noqa: ARG001
        """Make a link by which somebody sets a new password

        Good once, for 30 minutes. Their second factors stay on, and nobody else sees the password. It needs a proof of
        the last five minutes.
        """
        return json_response(link_view(await users.reset(current_actor(), user_id)))

    _add_sessions(blueprint, sessions)
    return blueprint


def _add_sessions(blueprint: Blueprint, sessions: SessionList) -> None:
    @blueprint.get("/<user_id>/sessions")
    @requires("user:read")
    @tag(["users"])
    @document_response(SessionsView)
    async def list_user_sessions(user_id: str) -> Response:
        """Where somebody is signed in"""
        return json_response(sessions_view(await sessions.of_user(current_actor(), user_id)))

    @blueprint.delete("/<user_id>/sessions")
    @requires("user:update")
    @tag(["users"])
    @answers(204, "Signed out.")
    async def end_user_sessions(user_id: str) -> Response:
        """Sign somebody out everywhere"""
        await sessions.end_of_user(current_actor(), user_id)
        return Response("", 204)

    @blueprint.delete("/<user_id>/sessions/<session_id>")
    @requires("user:update")
    @tag(["users"])
    @answers(204, "Signed out.")
    async def end_user_session(user_id: str, session_id: str) -> Response:
        """Sign somebody out in one browser"""
        await sessions.end_of_user(current_actor(), user_id, session_id)
        return Response("", 204)
