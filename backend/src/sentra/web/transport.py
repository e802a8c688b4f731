"""The connection under a WebSocket, which ASGI does not show: needed to end a reader that does not read."""

from asyncio import WriteTransport
from contextvars import ContextVar
from typing import Final

transport: Final[ContextVar[WriteTransport | None]] = ContextVar("transport", default=None)
"""The transport of the connection that the current task serves. The server sets it; test clients have none."""


def abort() -> None:
    """Drop the connection at once, with all that is buffered for it."""
    current = transport.get()
    if current is not None:
        current.abort()
