"""Looks at every request before its view does: is it addressed to us, made by our own page, readable, and by whom?

The order is that of SECURITY.md: host, secrets in the address, what the listener serves, then for what may change
something Sec-Fetch-Site, Origin, the custom header and the content type, and last the session and what its user may do:
before the body is read, and again once it is there.
"""

import re

from msgspec.structs import replace
from quart import Quart, Request
from quart.wrappers.base import BaseRequestWebsocket

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.errors import Unauthenticated
from sentra.services.programs import Programs
from sentra.services.rate_limits import Rates
from sentra.services.second_factor_policy import SecondFactorNeeded, SecondFactorPolicy
from sentra.services.sessions import Sessions
from sentra.web.access import (
    ANYONE,
    action_of,
    client_address,
    current_message,
    is_for_programs,
    is_heavy,
    is_on_every_listener,
    is_on_the_way_in,
    mark_guarded,
    set_current_actor,
)
from sentra.web.asgi import is_forwarded, listener_of, said_to_come_from
from sentra.web.errors import Refused
from sentra.web.json import most_bytes

COOKIE = "__Host-sentra_sid"
CSRF_HEADER = "X-Sentra-CSRF"
BODY_BYTES = 256 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD"})
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})

_OF_BROWSERS = ("Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest")
_SECRET_PARAMETERS = frozenset({"token", "access_token"})
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]/@\s]+)(?::(?P<port>[0-9]{1,5}))?")


def guard(
    app: Quart,
    *,
    sessions: Sessions,
    programs: Programs,
    rates: Rates,
    policy: SecondFactorPolicy,
    access: Access,
    public_origin: str,
    hosts: frozenset[str],
) -> None:
    """Put the guard in front of every HTTP and WebSocket view of the application, those added later too.

    `hosts` are the names and addresses (lower case, IPv6 in brackets) under which browsers may reach this server.
    """

    entry = _Entry(app, sessions, programs, rates, policy, access)

    def look_at(message: BaseRequestWebsocket) -> None:
        rates.admit_address(client_address())
        _require_host(message, public_origin, hosts)
        _require_clean_address(message)
        _require_one_credential(message)
        _require_listener(app, message)

    async def before_request() -> None:
        message = current_message()
        look_at(message)
        if message.method not in SAFE_METHODS:
            if not (_is_by_token(app, message) or _is_of_no_browser(app, message)):
                _require_own_page(message, public_origin)
            _require_json(message)
        await entry.admit(message)

    async def before_websocket() -> None:
        message = current_message()
        look_at(message)
        if not _is_by_token(app, message):
            _require_same_origin(message, public_origin)
        await entry.admit(message)

    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.before_request(before_request)
    app.before_websocket(before_websocket)
    mark_guarded(app)


class _Entry:
    """Finds out who makes a request, and lets in whoever can have something to do there."""

    def __init__(
        self,
        app: Quart,
        sessions: Sessions,
        programs: Programs,
        rates: Rates,
        policy: SecondFactorPolicy,
        access: Access,
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._programs = programs
        self._rates = rates
        self._policy = policy
        self._access = access

    async def admit(self, message: BaseRequestWebsocket) -> None:
        """Return if the message may go on; its actor is the current one then. Raises what it is refused for."""
        action = _action(self._app, message)
        if action == ANYONE:
            return
        if not action:
            raise Unauthenticated("Sign in first.")
        actor = await self._known(message)
        _require_pace(self._app, message, self._rates, actor)
        await self._decide(message, actor, action)
        if isinstance(message, Request) and message.method not in SAFE_METHODS:
            # A body may take a minute. What counts is who somebody is, and what they may, once the request is whole.
            await message.get_data()
            await self._decide(message, await self._known(message), action)

    async def _known(self, message: BaseRequestWebsocket) -> Actor:
        actor = await _actor(message, self._sessions, self._programs)
        actor = replace(actor, address=actor.address or client_address())
        set_current_actor(actor)
        return actor

    async def _decide(self, message: BaseRequestWebsocket, actor: Actor, action: str) -> None:
        await _require_second_factor(self._app, message, self._policy, actor)
        self._access.require(actor, action)


def _action(app: Quart, message: BaseRequestWebsocket) -> str:
    if message.url_rule is None:
        return ANYONE  # nothing at this address; the router says so
    # A view that says nothing is for nobody.
    return action_of(app, message.url_rule.endpoint) or ""


async def _require_second_factor(
    app: Quart, message: BaseRequestWebsocket, policy: SecondFactorPolicy, actor: Actor
) -> None:
    on_the_way = message.url_rule is not None and is_on_the_way_in(app, message.url_rule.endpoint)
    if not on_the_way and await policy.holds_back(actor):
        raise SecondFactorNeeded("Set up a second factor first: it is asked of everybody with your rights.")


def _require_pace(app: Quart, message: BaseRequestWebsocket, rates: Rates, actor: Actor) -> None:
    if actor.kind == "local":
        return
    principal = actor.token_id or actor.user_id
    rates.admit_principal(principal)
    if message.url_rule is not None and is_heavy(app, message.url_rule.endpoint):
        rates.admit_heavy(principal)


async def _actor(message: BaseRequestWebsocket, sessions: Sessions, programs: Programs) -> Actor:
    if "Authorization" in message.headers:
        scope = message.scope
        return await programs.resume(
            _bearer(message),
            forwarded=is_forwarded(scope),
            address=client_address(),
            comes_from=said_to_come_from(scope),
        )
    if _has_ticket(message):
        return await programs.by_ticket(message.args["ticket"])
    secret = message.cookies.get(COOKIE)
    if secret is None:
        raise Unauthenticated("Sign in first.")
    return await sessions.resume(secret)


def _require_host(message: BaseRequestWebsocket, public_origin: str, hosts: frozenset[str]) -> None:
    values = message.headers.getlist("Host")
    match = _HOST.fullmatch(values[0]) if len(values) == 1 else None
    name = match["name"].lower() if match else ""
    if name in hosts or (listener_of(message.scope) == "port" and name in LOOPBACK_HOSTS):
        return
    raise Refused(
        421,
        "wrong-host",
        f"This server is reached at {public_origin}. If it should answer under the address that you used, "
        "set SENTRA_PUBLIC_ORIGIN to it (or add its name to SENTRA_TLS_SANS).",
    )


def _require_clean_address(message: BaseRequestWebsocket) -> None:
    if message.query_string and any(name.lower() in _SECRET_PARAMETERS for name in message.args):
        raise Refused(400, "token-in-address", "A token never goes into an address: addresses end up in logs.")


def _require_one_credential(message: BaseRequestWebsocket) -> None:
    has_cookie, has_authorization = COOKIE in message.cookies, "Authorization" in message.headers
    if has_cookie and has_authorization:
        raise Refused(400, "two-credentials", "Send a session cookie or an Authorization header, not both.")


def _bearer(message: BaseRequestWebsocket) -> str:
    values = message.headers.getlist("Authorization")
    kind, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send one token: Authorization: Bearer TOKEN.")
    return token.strip()


def _require_listener(app: Quart, message: BaseRequestWebsocket) -> None:
    """The listener on `PORT` has no TLS: a session that began there would be as good behind Caddy, so none does.

    It is for programs, and takes nothing but their tokens.
    """
    if listener_of(message.scope) != "port":
        return
    rule = message.url_rule
    if COOKIE not in message.cookies and (
        rule is None or is_on_every_listener(app, rule.endpoint) or _is_by_token(app, message)
    ):
        return
    raise Unauthenticated("This listener is for programs, by Authorization: Bearer. Browsers use SENTRA_PUBLIC_ORIGIN.")


def _is_by_token(app: Quart, message: BaseRequestWebsocket) -> bool:
    """Tell whether a program calls: no page of another site can send this header, so nothing else is asked of it."""
    rule = message.url_rule
    has_credential = "Authorization" in message.headers or _has_ticket(message)
    return has_credential and rule is not None and action_of(app, rule.endpoint) != ANYONE


def _is_of_no_browser(app: Quart, message: BaseRequestWebsocket) -> bool:
    """Tell whether a program calls what is for programs. A browser says with each such request where it comes from."""
    rule = message.url_rule
    if rule is None or not is_for_programs(app, rule.endpoint) or COOKIE in message.cookies:
        return False
    return not any(name in message.headers for name in _OF_BROWSERS)


def _has_ticket(message: BaseRequestWebsocket) -> bool:
    """Tell whether a program opens a WebSocket with a ticket. Nobody else's page has one, and each is good once."""
    return message.url_rule is not None and message.url_rule.websocket and "ticket" in message.args


def _require_own_page(message: BaseRequestWebsocket, public_origin: str) -> None:
    _require_same_origin(message, public_origin)
    if message.headers.getlist(CSRF_HEADER) != ["1"]:
        raise Refused(403, "csrf-header-missing", f"Requests that change something carry the header {CSRF_HEADER}: 1.")


def _require_same_origin(message: BaseRequestWebsocket, public_origin: str) -> None:
    if any(site != "same-origin" for site in message.headers.getlist("Sec-Fetch-Site")):
        raise Refused(403, "cross-site", "This request comes from another site.")
    if message.headers.getlist("Origin") != [public_origin]:
        raise Refused(
            403,
            "wrong-origin",
            f"Only pages of {public_origin} may do this. If you opened Sentra under another address, set "
            "SENTRA_PUBLIC_ORIGIN to it.",
        )


def _require_json(message: BaseRequestWebsocket) -> None:
    length = message.content_length
    most = most_bytes(message.method, message.path, BODY_BYTES)
    if length is not None and length > most:
        raise Refused(413, "too-large", f"A request takes at most {most // 1024} KiB.")
    if "Content-Type" not in message.headers and (message.method == "DELETE" or _is_empty(message)):
        return  # says nothing but its address
    if message.mimetype != "application/json":
        raise Refused(415, "not-json", "Send application/json.")


def _is_empty(message: BaseRequestWebsocket) -> bool:
    return not message.content_length and "Transfer-Encoding" not in message.headers
