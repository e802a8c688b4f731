"""Serves an application on the unix socket that Caddy uses, and on a loopback port, until a signal ends it."""

import asyncio
import fcntl
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import h11
from hypercorn import protocol
from hypercorn.asyncio import run as hypercorn_run
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config
from hypercorn.events import Updated
from hypercorn.protocol import ws_stream
from hypercorn.protocol.events import Body, EndBody, Event
from hypercorn.protocol.h11 import H11Protocol
from wsproto.utilities import LocalProtocolError

from sentra.app import Sentra
from sentra.core.errors import SentraError
from sentra.settings import Settings
from sentra.web.stream import LARGEST_MESSAGE
from sentra.web.transport import transport

log = logging.getLogger(__name__)

GRACEFUL_SECONDS: Final = 5.0
SWITCH_SECONDS: Final = 0.0005
"""How long a thread that parses a dump may hold the interpreter while the event loop waits (the default is 5 ms)."""
OPEN_FILES: Final = 65_536
REST_BYTES: Final = 2_000_000
"""How much is read of a request that was answered before it was read: as much as Caddy lets through."""


class ServerError(SentraError):
    """The server cannot start; the text says what to do."""


async def serve_until_signal(sentra: Sentra, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tune()
    await serve(sentra, settings, stop)


async def serve(sentra: Sentra, settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises ServerError where an address or the state folder is taken."""

    async def stopping() -> None:
        await stop.wait()
        # Hypercorn would wait for open streams: tell them to go first.
        sentra.closing.set()

    socket_path = settings.state_dir / "run" / "app.sock"
    failure: OSError | None = None
    with _only_one(settings.state_dir):
        config = _configure(socket_path, settings.port)
        async with sentra.opened(), asyncio.TaskGroup() as tasks:
            background = tasks.create_task(sentra.run_background())
            try:
                await hypercorn_serve(sentra.asgi, config, shutdown_trigger=stopping, mode="asgi")
            except OSError as error:
                failure = error  # raised outside of the group, which would wrap it
            finally:
                background.cancel()
                socket_path.unlink(missing_ok=True)
    if failure:
        raise ServerError(_taken(settings.port, failure))


def _configure(socket_path: Path, port: int) -> Config:
    socket_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = Config()
    config.bind = [f"unix:{socket_path}", *([f"127.0.0.1:{port}"] if port else [])]
    config.umask = 0o007
    config.include_server_header = False
    config.graceful_timeout = GRACEFUL_SECONDS
    config.keep_alive_timeout = 75
    config.backlog = 1024  # after a restart every open page comes back at once
    config.websocket_max_message_size = LARGEST_MESSAGE
    config.errorlog = logging.getLogger("hypercorn.error")
    config.accesslog = None
    # Hypercorn has no setting for any of this; the names are where it looks its classes up.
    hypercorn_run.TCPServer = _TransportServer  # type: ignore[attr-defined]
    protocol.H11Protocol = _OnlyHttp1  # type: ignore[attr-defined]
    ws_stream.Handshake = _PlainHandshake  # type: ignore[misc]
    return config


class _OnlyHttp1(H11Protocol):
    """Never changes over to HTTP/2: a proxy in front would pass that on as a tunnel and check nothing in it.

    A request that is answered before it was read is read to its end nevertheless. Hypercorn would close the connection,
    and a proxy that is still sending then tells the client of a bad gateway instead of the answer.
    """

    async def _check_protocol(self, event: h11.Request) -> None:
        pass

    async def _maybe_recycle(self) -> None:
        if self.connection.their_state is h11.SEND_BODY:
            await self._close_stream()
            self.stream = _Rest(self._end_of_rest)  # type: ignore[assignment] # it takes the same events
            await self.send(Updated(idle=True))  # so that whoever never sends the rest is not waited for
        else:
            await super()._maybe_recycle()

    async def _end_of_rest(self) -> None:
        self.stream = None
        await super()._maybe_recycle()


class _Rest:
    """Takes what is left of a request, up to a limit, and tells of its end."""

    def __init__(self, end: Callable[[], Awaitable[None]]) -> None:
        self._end = end
        self._bytes = 0

    async def handle(self, event: Event) -> None:
        if isinstance(event, Body):
            self._bytes += len(event.data)
        if isinstance(event, EndBody) or self._bytes > REST_BYTES:
            await self._end()


class _PlainHandshake(ws_stream.Handshake):
    """Sees no offer of permessage-deflate, which Hypercorn would always accept: 279 kB and 2 ms for each reader."""

    def __init__(self, headers: list[tuple[bytes, bytes]], http_version: str) -> None:
        super().__init__(headers, http_version)
        self.extensions = None


class _TransportServer(TCPServer):
    """Lets a handler reach its connection, and makes a write wait until the kernel has taken what came before."""

    async def run(self) -> None:
        self.writer.transport.set_write_buffer_limits(high=0)
        transport.set(self.writer.transport)
        try:
            await super().run()
        except* LocalProtocolError:
            # Frames after the closing handshake: nobody is there to take them.
            self.writer.transport.abort()


@contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    handle = os.open(state_dir / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServerError(
                f"another Sentra is running on the state folder {state_dir}; stop it, or set SENTRA_STATE_DIR"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def tune() -> None:
    """Set what holds for the whole process: open files, thread switches, the garbage collector."""
    sys.setswitchinterval(SWITCH_SECONDS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, OPEN_FILES)), hard))
    # What was loaded at start stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _taken(port: int, error: OSError) -> str:
    if error.errno == 98:
        return f"port {port} on 127.0.0.1 is taken by another program; set PORT to another one, or to 0 for none"
    return f"cannot listen: {error.strerror or error}"
