"""The application behind its real listeners: the unix socket that Caddy uses, and the extra port."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from http.client import HTTPResponse
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from sentra.app import Sentra
from sentra.server import serve
from sentra.services.passwords import Passwords
from sentra.settings import Settings
from tests.api.agent import FakeAgent, with_agent
from tests.turned_clock import TurnedClock


@dataclass
class Running:
    """A served application; `stop` ends it."""

    sentra: Sentra
    socket: Path
    port: int
    stop: asyncio.Event

    async def exchange(self, request: bytes, *, port: bool = False) -> HTTPResponse:
        """Send the bytes of a request and read the answer, body and all."""
        if port:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        else:
            reader, writer = await asyncio.open_unix_connection(str(self.socket))
        async with asyncio.timeout(10):
            writer.write(request)
            await writer.drain()
            answer = await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return parsed(answer)

    async def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", *, port: bool = False
    ) -> HTTPResponse:
        sent = {"Host": "localhost:8443", "Connection": "close", "Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        return await self.exchange(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body, port=port)


class _Read:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self.content)


def parsed(answer: bytes) -> HTTPResponse:
    response = HTTPResponse(_Read(answer))  # type: ignore[arg-type]
    response.begin()
    return response


@pytest.fixture
async def running(settings: Settings, clock: TurnedClock, cheap_hasher: Any) -> AsyncIterator[Running]:
    """Serve until the test ends."""
    port = free_port()
    chosen = replace(settings, port=port, disable_agent=True)
    sentra = Sentra(chosen, clock=clock, passwords=Passwords(cheap_hasher))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(sentra, chosen, stop))
    path = chosen.state_dir / "run" / "app.sock"
    try:
        await reachable(lambda: asyncio.open_unix_connection(str(path)), serving)
        await reachable(lambda: asyncio.open_connection("127.0.0.1", port), serving)
        yield Running(sentra, path, port, stop)
    finally:
        stop.set()
        await asyncio.wait_for(serving, 20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def reachable(connect: Callable[[], Any], serving: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(10):
        while True:
            if serving.done():
                serving.result()
            with contextlib.suppress(OSError):
                _, writer = await connect()
                writer.close()
                return
            await asyncio.sleep(0.01)


@pytest.fixture
async def agent(sentra: Sentra) -> AsyncIterator[FakeAgent]:
    """An agent that does what it is told at once."""
    async with with_agent(sentra) as agent:
        yield agent
