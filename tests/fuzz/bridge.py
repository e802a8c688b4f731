"""An application that lives in one event loop, as a program in another thread calls it: by ASGI."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from tests.access.conftest import World

OWNERS = "session-of-the-owner"
"""Stands in a request for the session of the owner as it is just then: a new one where a request ended it."""

Message = dict[str, Any]


class Bridge:
    """Lets every request come from an address of its own: how many one address may make is not asked here."""

    def __init__(self, world: World) -> None:
        self._app = world.sentra.asgi
        self._owner = world.owner
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "http":
            body = (await receive()).get("body", b"")
            answering = asyncio.run_coroutine_threadsafe(self._answer(scope, body), self._loop)
            for message in await asyncio.wrap_future(answering):
                await send(message)

    async def _answer(self, scope: Message, body: bytes) -> list[Message]:
        said: list[Message] = []
        unread = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return unread.pop() if unread else await asyncio.Event().wait()  # nobody goes away

        async def send(message: Message) -> None:
            said.append(message)

        await self._app(self._scope(scope), receive, send)
        if scope["method"] != "GET":
            await self._come_back()
        return said

    def _scope(self, scope: Message) -> Message:
        secret = (self._owner.secret or "").encode()
        number = next(self._numbers)
        return {
            **scope,
            **self._owner.scope(),
            "headers": [(name, value.replace(OWNERS.encode(), secret)) for name, value in scope["headers"]],
            "client": (f"198.18.{number >> 8 & 255}.{number & 255}", 0),
            "asgi": {"version": "3.0"},
            "extensions": {},
        }

    async def _come_back(self) -> None:
        """Sign in again where the request ended the owner's session."""
        if (await self._owner.get("/api/v1/session")).status == 401:
            self._owner.secret = None
            assert (await self._owner.sign_in()).status == 200
