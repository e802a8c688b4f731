"""Routes, their actions, the policy and the description agree; and the list of what anyone may call is short."""

import csv
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from quart import Quart

from sentra.access.access import Access
from sentra.app import Sentra
from sentra.core.access import ACTIONS, EVERYTHING, Actor, Binding
from sentra.core.clock import SystemClock
from sentra.core.errors import Forbidden
from sentra.services.rate_limits import Rates
from sentra.web.access import ANYONE, action_of, anyone, check_routes, is_for_programs, is_on_the_way_in, requires
from sentra.web.guard import guard
from sentra.web.openapi import document
from tests.browser import Browser

FOR_ANYONE = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/v1/ca.crt"),
    ("GET", "/api/v1/setup"),
    ("POST", "/api/v1/setup"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/session/second-factor"),
    ("POST", "/api/v1/session/passkey"),
    ("POST", "/api/v1/session/passkey/options"),
    ("GET", "/api/v1/session/providers"),
    ("POST", "/api/v1/session/providers/<provider_id>"),
    ("GET", "/api/v1/oidc/<key>"),
    ("POST", "/api/v1/session/provider"),
    ("POST", "/api/v1/invitations"),
    ("POST", "/api/v1/invitations/check"),
    ("POST", "/api/v1/password-resets"),
    ("POST", "/api/v1/password-resets/check"),
    ("POST", "/api/v1/token"),
    ("POST", "/api/v1/token/refresh"),
    ("POST", "/api/v1/token/revoke"),
}
"""The same as in API.md, and nowhere longer."""

FOR_PROGRAMS = {
    ("POST", "/api/v1/token"),
    ("POST", "/api/v1/token/refresh"),
    ("POST", "/api/v1/token/revoke"),
}
"""What a program calls without a credential (S23): each takes what it needs in its body, and sets no cookie."""

OF_EVERYBODY = {
    "factor:create",
    "factor:delete",
    "factor:read",
    "factor:update",
    "password:change",
    "profile:update",
    "role:read",
    "session:end",
    "session:prove",
    "session:read",
    "token:create",
    "token:read",
    "token:revoke",
}
"""What somebody may do who has no role: to what is their own."""

ON_THE_WAY_IN = {
    ("GET", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/factors"),
    ("POST", "/api/v1/factors/confirm"),
}
"""What somebody reaches who must set up a second factor first (S10)."""

ASKED_BEFORE = {
    ("audit", "record"),
    ("bindings", "require_right"),
    ("programs", "still_valid"),
    ("refusals", "of"),
    ("second_factor_policy", "holds_back"),
    ("sessions", "own"),
    ("sights", "of"),
}
"""What use cases call that have asked."""

SOURCES = Path(__file__).parents[2] / "backend" / "src" / "sentra"
OWNER = Actor(user_id="1", email="ann@example.com", name="Ann", bindings=(Binding("owner"),))


def routes(app: Quart) -> list[tuple[str, str, str | None]]:
    return [
        (method, rule.rule, action_of(app, rule.endpoint))
        for rule in app.url_map.iter_rules()
        for method in ({"WS"} if rule.websocket else (rule.methods or set()) - {"HEAD"})
    ]


def test_only_the_list_is_for_anyone(sentra: Sentra):
    assert {(method, path) for method, path, action in routes(sentra.asgi) if action == ANYONE} == FOR_ANYONE


def test_S23_only_the_list_is_for_programs(sentra: Sentra):
    marked = {
        (method, rule.rule)
        for rule in sentra.asgi.url_map.iter_rules()
        if is_for_programs(sentra.asgi, rule.endpoint)
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert {(method, path) for method, path in marked if method != "OPTIONS"} == FOR_PROGRAMS


def test_S10_only_the_list_is_on_the_way_in(sentra: Sentra):
    marked = {
        (method, rule.rule)
        for rule in sentra.asgi.url_map.iter_rules()
        if is_on_the_way_in(sentra.asgi, rule.endpoint)
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert marked == ON_THE_WAY_IN


async def test_every_other_route_refuses_a_stranger(sentra: Sentra, stranger: Browser):
    for method, path, action in routes(sentra.asgi):
        if action != ANYONE and method != "WS":
            answer = await stranger.request(method, re.sub(r"<[^>]+>", "x", path), json=None if method == "GET" else {})
            assert answer.status == 401, (method, path)


def test_every_route_names_an_action_that_exists(sentra: Sentra):
    check_routes(sentra.asgi)
    assert {action for _, _, action in routes(sentra.asgi)} <= {ANYONE, *ACTIONS}


def test_S64_every_action_is_used_and_is_in_the_policy(sentra: Sentra):
    lines = csv.reader(files("sentra.access").joinpath("policy.csv").read_text().splitlines(), skipinitialspace=True)
    policy = {action for kind, _, action, _ in lines if kind == "p"}
    assert policy == set(ACTIONS) == {action for _, _, action in routes(sentra.asgi)} - {ANYONE}
    assert list(ACTIONS) == sorted(ACTIONS)


async def test_a_route_that_names_no_action_stops_the_start(sentra: Sentra):
    app = Quart("other", static_folder=None)
    with pytest.raises(RuntimeError, match="guard"):
        check_routes(app)
    guard(
        app,
        sessions=sentra.sessions,
        programs=sentra.programs,
        rates=Rates(SystemClock()),
        policy=sentra.proofs.policy,
        access=Access.shipped(),
        public_origin="https://localhost",
        hosts=frozenset(),
    )
    check_routes(app)

    async def view() -> str:
        return "x"

    app.add_url_rule("/open", view_func=view)
    with pytest.raises(RuntimeError, match="/open"):
        check_routes(app)
    app.view_functions["view"] = anyone(view)
    check_routes(app)


async def test_a_route_without_an_action_is_closed_all_the_same(sentra: Sentra, owner: Browser):
    async def view() -> str:
        return "x"

    sentra.asgi.add_url_rule("/late", "late", view)
    assert (await owner.get("/late")).status == 401


def test_an_action_that_does_not_exist_cannot_be_asked_for():
    with pytest.raises(ValueError, match="no action"):
        requires("status:write")


def test_the_owner_may_everything_and_who_has_no_role_only_what_is_their_own():
    access = Access.shipped()
    assert access.permissions(OWNER) == list(ACTIONS)
    for role in ("", "Owner", "owner ", "*", "owner, status:read"):
        actor = Actor(user_id="2", email="x@example.com", name="X", bindings=(Binding(role),))
        assert set(access.permissions(actor)) == OF_EVERYBODY
        assert access.scopes(actor, "status:read") == frozenset()
        with pytest.raises(Forbidden):
            access.authorise(actor, "status:read", EVERYTHING)
        with pytest.raises(Forbidden):
            access.require(actor, "status:read")
    for action in ("status:*", "*", "", "STATUS:READ", "status"):
        assert not access.may(OWNER, action, EVERYTHING)


def test_whatever_goes_wrong_with_the_rules_the_answer_is_no():
    class Broken:
        def enforce(self, *_: object) -> bool:
            raise RuntimeError("broken")

    class Odd:
        def enforce(self, *_: object) -> object:
            return "yes"

    for enforcer in (Broken(), Odd(), object()):
        access = Access(enforcer)
        with pytest.raises(Forbidden):
            access.authorise(OWNER, "status:read", EVERYTHING)


def test_a_verdict_is_remembered_until_the_rules_change():
    asked: list[Any] = []

    class Counted:
        def enforce(self, *request: object) -> bool:
            asked.append(request)
            return True

    access = Access(Counted())
    for _ in range(3):
        access.authorise(OWNER, "status:read", EVERYTHING)
    assert len(asked) == 1
    access.forget()
    access.authorise(OWNER, "status:read", EVERYTHING)
    assert len(asked) == 2


def test_S64_the_description_is_valid_and_names_every_route(sentra: Sentra):
    described = document(sentra.asgi)
    assert described["openapi"].startswith("3.1")
    validate(described)
    assert document(sentra.asgi) == described
    named = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    served = {(method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)) for method, path, _ in routes(sentra.asgi)}
    documents = {("GET", f"/api/v1/{name}") for name in ("openapi.json", "docs", "docs.css")}
    assert named == {(method, path) for method, path in served if method != "WS"} - documents


def test_every_operation_has_one_name_one_tag_and_answers(sentra: Sentra):
    operations = [
        (path, method, operation)
        for path, methods in document(sentra.asgi)["paths"].items()
        for method, operation in methods.items()
    ]
    names = [operation["operationId"] for *_, operation in operations]
    assert len(set(names)) == len(names)
    for path, method, operation in operations:
        assert len(operation["tags"]) == 1, path
        assert operation["summary"], path
        assert any(status.startswith(("2", "303")) for status in operation["responses"]), path
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        open_to_all = operation.get("security") == []
        assert open_to_all is ((method.upper(), re.sub(r"[{](\w+)[}]", r"<\1>", path)) in FOR_ANYONE), path


def test_every_form_refuses_what_it_does_not_know(sentra: Sentra):
    described = document(sentra.asgi)
    for path, methods in described["paths"].items():
        for operation in methods.values():
            if body := operation.get("requestBody"):
                name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert described["components"]["schemas"][name]["additionalProperties"] is False, path


def test_every_use_case_asks_who_may():
    """A public method of a service that is handed an actor authorises it; those without one are for anyone."""
    for path in (SOURCES / "services").glob("*.py"):
        for method in re.split(r"\n    (?=async def |def |@)", path.read_text())[1:]:
            name = re.match(r"(?:async )?def (\w+)\(", method)
            if not name or name[1].startswith("_") or (path.stem, name[1]) in ASKED_BEFORE:
                continue
            if re.search(r"\bactor: Actor\b", method.partition("->")[0]):
                assert re.search(r"\.(authorise|require)\(actor, ", method), f"{path.name}: {name[1]}"


def test_no_decision_hangs_on_the_path_of_a_request():
    for path in (SOURCES / "access").glob("*"):
        if path.suffix in (".py", ".conf"):
            assert not re.search(r"keyMatch|regexMatch|request\.path", path.read_text())
