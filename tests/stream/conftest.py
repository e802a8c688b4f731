"""A real server on a unix socket, fed by the test instead of an agent."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from websockets.asyncio.client import ClientConnection, unix_connect

from sentra.app import Sentra
from sentra.core.clock import SystemClock
from sentra.server import serve
from sentra.services.changes import ChangeLimits
from sentra.services.passwords import Passwords
from sentra.services.sessions import Visitor
from sentra.settings import Settings
from sentra.web.stream import StreamLimits

# Both ends of every socket are in this process.
_, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(_hard, 16_384), _hard))

ORIGIN = "https://localhost:8443"
PASSWORD = "the heron waits in cold water"


class TurnableClock(SystemClock):
    """The machine's time, moved on by the test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@dataclass
class Served:
    """A running control plane and one signed-in owner."""

    sentra: Sentra
    socket: Path
    clock: TurnableClock
    secret: str
    stop: asyncio.Event
    done: "asyncio.Task[None]"

    def cookie(self, secret: str | None = None) -> dict[str, str]:
        return {"Cookie": f"__Host-sentra_sid={secret or self.secret}"}

    def stream(self, query: str = "", **options: Any) -> Any:
        """Connect to the stream as the page does."""
        options.setdefault("additional_headers", self.cookie())
        options.setdefault("origin", ORIGIN)
        options.setdefault("max_size", None)
        uri = f"ws://localhost:8443/api/v1/status/stream{query}"
        return unix_connect(str(self.socket), uri, compression=None, ping_interval=None, **options)

    async def sign_in(self) -> str:
        """Sign the owner in once more and give the secret of the new session."""
        signed_in = await self.sentra.proofs.sign_in.by_password("owner@example.org", PASSWORD, Visitor("192.0.2.1"))
        return signed_in.secret


Serving = Callable[..., Any]


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """Give a function that serves until its block is left."""

    @asynccontextmanager
    async def run(limits: StreamLimits | None = None, **settings: Any) -> AsyncIterator[Served]:
        clock = TurnableClock()
        prepared = Settings(state_dir=tmp_path / "state", port=0, disable_agent=True, **settings).prepare()
        passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        at_once = ChangeLimits(patience_seconds=0)  # there is no agent to wait for
        sentra = Sentra(prepared, clock=clock, passwords=passwords, stream_limits=limits, change_limits=at_once)
        stop = asyncio.Event()
        task = asyncio.create_task(serve(sentra, prepared, stop))
        socket = prepared.state_dir / "run" / "app.sock"
        try:
            await reachable(socket, task)
            link = await sentra.setup.create_setup_link()
            if link:
                token = link.partition("#")[2]
                await sentra.setup.create_owner(token, email="owner@example.org", name="Ada", password=PASSWORD)
            served = Served(sentra, socket, clock, "", stop, task)
            served.secret = await served.sign_in()
            yield served
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)

    return run


@pytest.fixture
async def served(serving: Serving) -> AsyncIterator[Served]:
    async with serving() as running:
        yield running


async def reachable(socket: Path, task: "asyncio.Task[None]") -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(10):
        while True:
            if task.done():
                task.result()
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(str(socket))
                writer.close()
                return
            await asyncio.sleep(0.01)


async def close_code(stream: ClientConnection, seconds: float = 10) -> int | None:
    """Wait for the end of a stream and give its close code."""
    async with asyncio.timeout(seconds):
        await stream.wait_closed()
    return stream.close_code
