"""P5: publish a 2 kB frame to 1,000 viewers: when the last one has it, beside a bare `websockets` server.

Both servers and the viewers are processes of their own, on unix sockets; rounds are interleaved.
"""

import asyncio
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from argon2 import PasswordHasher
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.asyncio.server import ServerConnection, broadcast, unix_serve

from bench.table import ratios, show
from sentra.app import Sentra
from sentra.core.events import InterfaceChange, StatusEvent
from sentra.core.status import InterfaceStatus, PeerStatus
from sentra.server import serve, tune
from sentra.services.passwords import Passwords
from sentra.services.rate_limits import Rate, RateLimits
from sentra.services.sessions import Visitor
from sentra.settings import Settings

VIEWERS = 1000
STALLED = 200
ROUNDS = 10
CHANGED = 60
"""Peers in a frame: about 2 kB."""


def main() -> None:
    """Print the rows of P5."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    del soft
    with tempfile.TemporaryDirectory() as folder:
        ours, our_process = _spawn(_sentra, Path(folder))
        bare, bare_process = _spawn(_bare, Path(folder))
        try:
            asyncio.run(_measure(ours, bare))
        finally:
            for pipe, process in ((ours, our_process), (bare, bare_process)):
                pipe.send("stop")
                process.join(20)


async def _measure(ours: Connection, bare: Connection) -> None:
    our_socket, secret = ours.recv()
    bare_socket = bare.recv()
    headers = {"Cookie": f"__Host-sentra_sid={secret}"}
    viewers = [await _connect(our_socket, headers) for _ in range(VIEWERS)]
    others = [await _connect(bare_socket, {}) for _ in range(VIEWERS)]
    await asyncio.gather(*(viewer.recv() for viewer in viewers))
    our_times, bare_times, sizes = [], [], []
    for _ in range(ROUNDS):
        bare_times.append((await _round(bare, others))[0])
        seconds, size = await _round(ours, viewers)
        our_times.append(seconds)
        sizes.append(float(size))
    show("P5", f"{VIEWERS} viewers, to a bare websockets server", ratios(our_times, bare_times), "≤ 3 ×")
    show("", "… in milliseconds", [seconds * 1000 for seconds in our_times], "", "ms")
    show("", "… the bare server", [seconds * 1000 for seconds in bare_times], "", "ms")
    show("", "… the frame", sizes, "≈ 2,000", "B")
    stalled = [await _stall(our_socket, secret) for _ in range(STALLED)]
    with_stalled = [(await _round(ours, viewers))[0] for _ in range(ROUNDS)]
    show("", f"… with {STALLED} more that never read, to without", ratios(with_stalled, our_times), "≈ 1 ×")
    for writer in stalled:
        writer.transport.abort()
    for viewer in (*viewers, *others):
        viewer.transport.abort()


async def _round(pipe: Connection, viewers: list[ClientConnection]) -> tuple[float, int]:
    await asyncio.sleep(0.5)  # past the server's shortest pause, and past what the last round left to do
    waiting = [asyncio.ensure_future(_diff(viewer)) for viewer in viewers]
    await asyncio.sleep(0)
    pipe.send("publish")
    frames = await asyncio.gather(*waiting)
    done = time.perf_counter()
    return done - pipe.recv(), len(frames[0])


async def _diff(viewer: ClientConnection) -> str:
    while True:
        frame = await viewer.recv(decode=True)
        if not frame.startswith('{"type":"heartbeat"'):
            return str(frame)
        await viewer.send('{"type":"pong"}')


async def _connect(path: str, headers: dict[str, str]) -> ClientConnection:
    return await unix_connect(
        path,
        "ws://localhost:8443/api/v1/status/stream",
        additional_headers=headers,
        origin="https://localhost:8443",
        compression=None,
        ping_interval=None,
        max_size=None,
    )


async def _stall(path: str, secret: str) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_unix_connection(path, limit=1024)
    request = (
        "GET /api/v1/status/stream HTTP/1.1\r\nHost: localhost:8443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Origin: https://localhost:8443\r\nCookie: __Host-sentra_sid={secret}\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    writer.write(request.encode())
    await reader.readline()
    return writer


def _spawn(target: object, folder: Path) -> tuple[Connection, multiprocessing.Process]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=target, args=(there, folder))  # type: ignore[arg-type]
    process.start()
    return here, process


def _sentra(pipe: Connection, folder: Path) -> None:
    tune()
    asyncio.run(_serve_sentra(pipe, folder))


async def _serve_sentra(pipe: Connection, folder: Path) -> None:
    unlimited = RateLimits(*[Rate(10**6, 10**6)] * 3, streams=10**6)  # all viewers are one person at one address here
    settings = Settings(state_dir=folder / "state", port=0, disable_agent=True, rate_limits=unlimited).prepare()
    sentra = Sentra(settings, passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(sentra, settings, stop))
    while (link := await _setup_link(sentra)) is None:
        await asyncio.sleep(0.05)
    password = "the heron waits in cold water"
    await sentra.setup.create_owner(link.partition("#")[2], email="a@example.org", name="A", password=password)
    signed_in = await sentra.proofs.sign_in.by_password("a@example.org", password, Visitor("192.0.2.1"))
    sentra.bus.publish(_event(1))
    pipe.send((str(settings.state_dir / "run" / "app.sock"), signed_in.secret))
    sequence = 1
    while await asyncio.to_thread(pipe.recv) != "stop":
        sequence += 1
        pipe.send(time.perf_counter())
        sentra.bus.publish(_event(sequence))
    stop.set()
    await serving


async def _setup_link(sentra: Sentra) -> str | None:
    try:
        return await sentra.setup.create_setup_link()
    except Exception:  # noqa: BLE001 - the database is not open yet
        return None


def _event(sequence: int) -> StatusEvent:
    peers = tuple(
        PeerStatus(public_key=f"{number:043d}=", rx_bytes=4_000_000_000 + sequence, tx_bytes=9_000_000_000 + sequence)
        for number in range(CHANGED)
    )
    change = InterfaceChange(
        InterfaceStatus(name="wg0", driver="netlink", up=True), sequence * 1000, (sequence - 1) * 1000, peers
    )
    return StatusEvent(
        node="local",
        run="r",
        sequence=sequence,
        sampled_at=1_790_000_000 + sequence,
        sample_seconds=60.0,
        full=sequence == 1,
        interfaces={"wg0": change},
    )


def _bare(pipe: Connection, folder: Path) -> None:
    tune()
    asyncio.run(_serve_bare(pipe, folder))


async def _serve_bare(pipe: Connection, folder: Path) -> None:
    frame = json.dumps({"type": "diff", "fill": "x" * 1980})

    async def hold(connection: ServerConnection) -> None:
        await connection.wait_closed()

    path = str(folder / "bare.sock")
    async with unix_serve(hold, path, compression=None, ping_interval=None) as server:
        pipe.send(path)
        while await asyncio.to_thread(pipe.recv) != "stop":
            pipe.send(time.perf_counter())
            broadcast(server.connections, frame)


if __name__ == "__main__":
    sys.exit("run: make bench")
