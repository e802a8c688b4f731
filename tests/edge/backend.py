"""A backend on the unix socket that tells what reached it: the product's own trust in front of an echo."""

import asyncio
import json
import threading
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from sentra.web.asgi import mount


class Backend:
    """A real Hypercorn in a thread of its own."""

    def __init__(self, state_dir: Path) -> None:
        self._socket = state_dir / "run" / "app.sock"
        self._socket.parent.mkdir(mode=0o700, exist_ok=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)))
        self._thread.start()
        assert started.wait(10)

    def stop(self) -> None:
        if self._thread and self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
            self._thread = None
            self._socket.unlink(missing_ok=True)

    async def _serve(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = stop = asyncio.Event()

        async def until_stopped() -> None:
            started.set()
            await stop.wait()

        config = Config()
        config.bind = [f"unix:{self._socket}"]
        config.umask = 0o007
        config.errorlog = None
        config.graceful_timeout = 1
        # a name that must not get out
        config.include_server_header = True
        await serve(_as_it_came(mount(_echo)), config, shutdown_trigger=until_stopped)  # type: ignore[arg-type]


def _as_it_came(app):
    """Keep the headers as Caddy sent them, for the product's own trust drops some once more."""

    async def kept(scope, receive, send):
        await app({**scope, "test.headers": scope.get("headers")}, receive, send)

    return kept


async def _echo(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await _echo_messages(scope, receive, send)
    else:
        await _tell(scope, receive, send)


async def _tell(scope, receive, send):
    size, more = 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        size += len(event.get("body", b""))
        more = event.get("more_body", False)
    seen = {
        "client": scope["client"][0] if scope["client"] else None,
        "scheme": scope["scheme"],
        "path": scope["path"],
        "headers": [[name.decode().lower(), value.decode("latin-1")] for name, value in scope["test.headers"]],
        "size": size,
        "padding": "x" * 2000,
    }
    wanted = scope["path"].rpartition("/status/")[2]
    status = int(wanted) if wanted.isdecimal() else 200
    headers = [(b"content-type", b"application/json"), (b"x-powered-by", b"echo")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


async def _echo_messages(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    headers = {name.decode().lower(): value.decode() for name, value in scope["test.headers"]}
    first = {"client": scope["client"][0] if scope["client"] else None, "scheme": scope["scheme"], "headers": headers}
    await send({"type": "websocket.send", "text": json.dumps(first)})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event.get("text") or ""})
