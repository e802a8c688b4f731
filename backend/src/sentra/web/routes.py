"""Puts everything that answers HTTP and WebSocket on an application."""

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from quart import Blueprint, Quart
from werkzeug.routing import Map, UnicodeConverter

from sentra.access.access import Access
from sentra.services.programs import Programs
from sentra.services.rate_limits import Rates
from sentra.services.refusals import Refusals
from sentra.services.second_factor_policy import SecondFactorPolicy
from sentra.services.sessions import Sessions
from sentra.services.setup import Setup
from sentra.web.access import check_routes
from sentra.web.asgi import mount
from sentra.web.certificate import certificate_blueprint
from sentra.web.docs import docs_blueprint
from sentra.web.errors import register_errors
from sentra.web.guard import guard
from sentra.web.health import health_blueprint
from sentra.web.openapi import describe
from sentra.web.recorded import record_refusals
from sentra.web.setup import setup_blueprint


def register(
    app: Quart,
    *,
    version: str,
    public_origin: str,
    sans: Iterable[str],
    access: Access,
    sessions: Sessions,
    programs: Programs,
    rates: Rates,
    policy: SecondFactorPolicy,
    refusals: Refusals,
    setup: Setup,
    is_ready: Callable[[], Awaitable[bool]],
    read_ca: Callable[[], bytes | None],
    blueprints: Iterable[Blueprint] = (),
) -> None:
    """Mount the routes of accounts and documents, and `blueprints`, behind the guard; describe and check them all.

    `sans` are further names and addresses under which browsers may reach this server. Raises RuntimeError for a
    route that names no action.
    """
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = True
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False
    app.url_map.converters |= {"default": _Id, "text": _Text}
    describe(app, version=version)
    register_errors(app)
    record_refusals(app, refusals)
    guard(
        app,
        sessions=sessions,
        programs=programs,
        rates=rates,
        policy=policy,
        access=access,
        public_origin=public_origin,
        hosts=allowed_hosts(public_origin, sans),
    )
    for blueprint in (
        health_blueprint(is_ready),
        certificate_blueprint(read_ca),
        setup_blueprint(setup),
        docs_blueprint(access),
        *blueprints,
    ):
        app.register_blueprint(blueprint)
    check_routes(app)
    app.asgi_app = mount(app.asgi_app)  # type: ignore[method-assign,assignment,arg-type]


def allowed_hosts(public_origin: str, sans: Iterable[str]) -> frozenset[str]:
    """Return the hosts, without port, that a request may be addressed to; IPv6 in brackets, as in a Host header."""
    names = [urlsplit(public_origin).hostname or "", *sans]
    return frozenset(f"[{name}]" if ":" in name else name.lower() for name in names if name)


class _Id(UnicodeConverter):
    """A part of an address that names a thing. What is longer names none, and asks nothing of the database."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, maxlength=32)


class _Text(UnicodeConverter):
    """A part of an address that is a name or an address itself: `<text:node>`."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, maxlength=100)
