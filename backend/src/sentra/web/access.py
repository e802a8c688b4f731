"""Every view says what may be done through it: `@requires("status:read")`, or `@anyone`. The guard sees to it."""

from collections.abc import Callable
from typing import Any, TypeVar

from quart import Quart, g, has_websocket_context
from quart.globals import request_ctx, websocket_ctx
from quart.wrappers.base import BaseRequestWebsocket

from sentra.core.access import ACTIONS, Action, Actor
from sentra.core.errors import Unauthenticated

V = TypeVar("V", bound=Callable[..., Any])

ANYONE = "anyone"
_MARK = "sentra_action"
_ON_EVERY_LISTENER = "sentra_on_every_listener"
_ON_THE_WAY_IN = "sentra_on_the_way_in"
_FOR_PROGRAMS = "sentra_for_programs"
_HEAVY = "sentra_heavy"
_GUARDED = "sentra.guarded"


def requires(action: Action) -> Callable[[V], V]:
    """Mark a view: whoever calls it is signed in and may do `action` to something. The service decides to what."""
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action!r}")

    def mark(view: V) -> V:
        setattr(view, _MARK, action)
        return view

    return mark


def anyone(view: V) -> V:
    """Mark a view that needs no session. The list of these is in API.md and in `tests/meta`, and nowhere longer.

    Like every other view it is served behind TLS alone: a form of it may hold a password, its answer a cookie.
    """
    setattr(view, _MARK, ANYONE)
    return view


def on_every_listener(view: V) -> V:
    """Mark a view for anyone that the plain listener on `PORT` serves too: nothing secret goes in or comes out."""
    setattr(view, _ON_EVERY_LISTENER, True)
    return view


def on_the_way_in(view: V) -> V:
    """Mark a view that somebody reaches who must set up a second factor first. There are four, as in `tests/meta`."""
    setattr(view, _ON_THE_WAY_IN, True)
    return view


def for_programs(view: V) -> V:
    """Mark a view for anyone that programs call: one that sends nothing of a browser's need not be our own page.

    It takes no cookie and sets none, so no other page gains anything by it. There are three, as in `tests/meta`.
    """
    setattr(view, _FOR_PROGRAMS, True)
    return view


def heavy(view: V) -> V:
    """Mark a view that is much work, or tells what nobody may ask through: nobody calls it more than a few times a
    minute."""
    setattr(view, _HEAVY, True)
    return view


def action_of(app: Quart, endpoint: str) -> str | None:
    """Return what the view behind an endpoint was marked with."""
    mark = getattr(app.view_functions.get(endpoint), _MARK, None)
    return mark if isinstance(mark, str) else None


def is_on_every_listener(app: Quart, endpoint: str) -> bool:
    """Tell whether the listener on `PORT` serves the view behind an endpoint, without a credential."""
    marked = getattr(app.view_functions.get(endpoint), _ON_EVERY_LISTENER, False) is True
    return marked and action_of(app, endpoint) == ANYONE


def is_on_the_way_in(app: Quart, endpoint: str) -> bool:
    """Tell whether the view behind an endpoint is reached before a second factor that is needed is set up."""
    return getattr(app.view_functions.get(endpoint), _ON_THE_WAY_IN, False) is True


def is_for_programs(app: Quart, endpoint: str) -> bool:
    """Tell whether programs call the view behind an endpoint without a credential."""
    marked = getattr(app.view_functions.get(endpoint), _FOR_PROGRAMS, False) is True
    return marked and action_of(app, endpoint) == ANYONE


def is_heavy(app: Quart, endpoint: str) -> bool:
    """Tell whether the view behind an endpoint is much work."""
    return getattr(app.view_functions.get(endpoint), _HEAVY, False) is True


def check_routes(app: Quart) -> None:
    """Raise RuntimeError for an application with a view that says nothing, or that nobody guards. Call it at start."""
    if not app.extensions.get(_GUARDED):
        raise RuntimeError("nobody guards the routes: call web.guard.guard(app, …)")
    unmarked = sorted(str(rule) for rule in app.url_map.iter_rules() if action_of(app, rule.endpoint) is None)
    if unmarked:
        raise RuntimeError(f"these routes name no action, add @requires or @anyone: {', '.join(unmarked)}")


def mark_guarded(app: Quart) -> None:
    """Remember that the guard is in place."""
    app.extensions[_GUARDED] = True


def current_actor() -> Actor:
    """Return who makes the current request or opened the current WebSocket. Raises Unauthenticated for nobody."""
    actor = actor_if_any()
    if actor is None:
        raise Unauthenticated("Sign in first.")
    return actor


def actor_if_any() -> Actor | None:
    """Return who makes the current request; None for nobody, and where nobody was asked for."""
    actor = g.get("actor")
    return actor if isinstance(actor, Actor) else None


def set_current_actor(actor: Actor) -> None:
    """Say who makes the current request."""
    g.actor = actor


def client_address() -> str:
    """Return the address of whoever makes the current request, as the trusted proxy tells it."""
    client = (current_message().scope or {}).get("client")
    return str(client[0]) if client else "local"


def current_message() -> BaseRequestWebsocket:
    """Return the current request or WebSocket itself: every look through Quart's proxies costs."""
    if has_websocket_context():
        return websocket_ctx.websocket
    return request_ctx.request
