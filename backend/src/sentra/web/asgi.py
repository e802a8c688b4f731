"""What happens to a connection before Quart sees it: whom to believe about where it comes from, and the headers of
every answer. Mounted by `mount`, around the application."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Literal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

LISTENER = "sentra.listener"
"""Key in the ASGI scope: `socket` for the unix socket behind Caddy, `port` for the extra listener on loopback. Where it
is missing, nobody said that the connection may be trusted, so it counts as `port`."""
Listener = Literal["socket", "port"]

API_CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_FEATURES = (
    "accelerometer", "autoplay", "bluetooth", "camera", "clipboard-read", "display-capture", "encrypted-media",
    "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi",
    "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", ", ".join(f"{feature}=()" for feature in _FEATURES).encode()),
    (b"cache-control", b"no-store"),
)
_CLAIMS = (
    b"forwarded",
    b"remote-addr",
    b"x-client-ip",
    b"x-real-ip",
    b"x-user",
    b"true-client-ip",
    b"cf-connecting-ip",
)
_KEPT = b"x-sentra-csrf"
_PROXY = (b"x-forwarded-", b"forwarded", b"via")
_FORWARDED = "sentra.forwarded"
_COMES_FROM = "sentra.comes_from"
_SAYS_FROM = b"x-sentra-from"


def listener_of(scope: Any) -> Listener:  # noqa: ANN401 - Quart and Hypercorn type a scope differently
    """Return which listener a connection came in by."""
    return "socket" if scope.get(LISTENER) == "socket" else "port"


def is_forwarded(scope: Any) -> bool:  # noqa: ANN401
    """Tell whether a proxy, or anything but a process of this machine on the unix socket, made the connection."""
    return listener_of(scope) != "socket" or bool(scope.get(_FORWARDED))


def said_to_come_from(scope: Any) -> str:  # noqa: ANN401
    """Return the address from which a process of this machine says that its user came; empty where none says so.

    It is worth as much as the credential beside it.
    """
    return "" if is_forwarded(scope) else str(scope.get(_COMES_FROM, ""))


class TrustedProxy:
    """Believes the proxy in front, and only on the unix socket: the last hop of `X-Forwarded-For` is the client.

    What a client itself claims (`Forwarded`, `X-Real-IP`, `X-Sentra-…`) is taken away on every listener; of
    `X-Sentra-From` in a request that no proxy brought to the unix socket the guard hears besides. The host is
    the one of the request: `X-Forwarded-Host` is never believed. Hypercorn's own middleware sets the scheme `https`
    on a WebSocket, which Quart answers with 400.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = dict(scope)
            # Hypercorn names no server address for a unix socket.
            scope.setdefault(LISTENER, "socket" if "server" in scope and scope["server"] is None else "port")
            if scope[LISTENER] == "socket":
                scope[_FORWARDED] = any(name.lower().startswith(_PROXY) for name, _ in scope["headers"])
                _believe(scope)
                scope[_COMES_FROM] = _only(scope["headers"], _SAYS_FROM)
            scope["headers"] = [(name, value) for name, value in scope["headers"] if not _is_claim(name.lower())]
        await self._app(scope, receive, send)


class SecurityHeaders:
    """Puts the security headers on every answer, whoever made it, and takes away what names the software."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                message = {**message, "headers": _secured(message.get("headers", ()))}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def mount(app: Application) -> Application:
    """Wrap an application in all of this, in the right order."""
    return TrustedProxy(SecurityHeaders(app))


def _believe(scope: Scope) -> None:
    headers: dict[bytes, bytes] = {name.lower(): value for name, value in scope["headers"]}
    if forwarded_for := headers.get(b"x-forwarded-for"):
        scope["client"] = (forwarded_for.rsplit(b",", 1)[-1].strip().decode("latin-1"), 0)
    if headers.get(b"x-forwarded-proto") in (b"https", b"wss"):
        scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"


def _only(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    values = [value for name, value in headers if name.lower() == wanted]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _is_claim(name: bytes) -> bool:
    if name == _KEPT:
        return False
    return name in _CLAIMS or name.startswith((b"x-forwarded-", b"x-sentra-"))


def _secured(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    kept = [(name.lower(), value) for name, value in headers if name.lower() not in (b"server", b"x-powered-by")]
    present = {name for name, _ in kept}
    added = (*SECURITY_HEADERS, (b"content-security-policy", API_CONTENT_SECURITY_POLICY.encode()))
    return kept + [(name, value) for name, value in added if name not in present]
