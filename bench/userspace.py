"""P2, P3, P6 and R11: a userspace interface with 10,000 peers: sampled, 1 % changing in between; and configured."""

import asyncio
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from struct import pack

from pyroute2 import netns

from bench import reconciling
from bench.apply import measure
from bench.table import ratios, show, timed
from lab.wireguard import SOCKETS, Interface, Namespace, run
from sentra.agent.drivers import Drivers
from sentra.agent.sampler import Sampler
from sentra.agent.system import System
from sentra.agent.watched_names import WatchedNames
from sentra.core.access import SEES_EVERYTHING
from sentra.core.clock import SystemClock
from sentra.core.events import StatusEvent
from sentra.live.bus import InMemoryEventBus
from sentra.live.cache import Mailbox, StatusCache
from sentra.live.frames import Frames
from sentra.network.links import Link
from sentra.server import tune
from sentra.wireguard.uapi import UapiDriver

INTERFACE = "sbench0"
PEERS = 10_000
ROUNDS = 15
CONFIGURING_ROUNDS = 5


def main() -> None:
    """Print the rows of P2 and P3."""
    with interface():
        sample()
        asyncio.run(tick())


def configure() -> None:
    """Print the rows of P6 and R11. wireguard-go takes as long to make its peers, whoever tells it to."""
    with Namespace("sbench", "10.96.1") as namespace:
        measure(
            UapiDriver(),
            lambda: given_name(Interface(INTERFACE, namespace=namespace.name, userspace=True)),
            PEERS,
            CONFIGURING_ROUNDS,
        )
        with ThreadPoolExecutor(1, initializer=netns.setns, initargs=(namespace.name,)) as inside:
            inside.submit(lambda: asyncio.run(reconciling.measure(PEERS, ROUNDS))).result()


@contextmanager
def given_name(interface: Interface) -> Iterator[str]:
    """Make the interface and give its name."""
    with interface:
        yield INTERFACE


def sample() -> None:
    """P2: the driver beside a program that only takes the answer out of the socket, and beside `wg show dump`."""
    driver, fresh = UapiDriver(), UapiDriver()
    driver.read_status(INTERFACE)
    alone, changed, new, tool = [], [], [], []
    for number in range(ROUNDS):
        change(number)
        alone.append(timed(socket_only))
        changed.append(timed(lambda: driver.read_status(INTERFACE)))
        fresh.forget(INTERFACE)
        new.append(timed(lambda: fresh.read_status(INTERFACE)))
        tool.append(timed(lambda: run("wg", "show", INTERFACE, "dump")))
    show("P2", f"sample UAPI, {PEERS} peers, 1 % changed, to socket only", ratios(changed, alone), "≤ 1.4 ×")
    show("", "… all new, to socket only", ratios(new, alone), "")
    show("", "… `wg show dump`, to socket only", ratios(tool, alone), "what users run")
    show("", "socket only", [seconds * 1000 for seconds in alone], "the limit", "ms")


async def tick() -> None:
    """P3: a whole tick (sample, diff, cache, encode for one viewer): how long the event loop is held at a stretch."""
    tune()
    bus, clock = InMemoryEventBus(), SystemClock()
    uapi = UapiDriver()
    cache = StatusCache(clock.monotonic)
    frames, mailbox = Frames(cache), Mailbox(cache)
    sampler = Sampler(
        node="local",
        bus=bus,
        drivers=Drivers(uapi, uapi, uapi.has_socket),
        links=_Links(),
        system=System().look,
        interfaces=WatchedNames((INTERFACE,)),
        idle_seconds=10,
        clock=clock,
    )
    held, idle, whole = [], [], []
    with bus.subscribe(StatusEvent) as events:

        async def once() -> None:
            await sampler.tick()
            cache.apply(await anext(events))
            frames.next_frame(mailbox, SEES_EVERYTHING, 0)

        await once()
        await once()
        for number in range(ROUNDS):
            await asyncio.to_thread(change, number)
            idle.append(await longest_hold(asyncio.sleep(0.1)) * 1000)
            started = time.perf_counter()
            held.append(await longest_hold(once()) * 1000)
            whole.append((time.perf_counter() - started) * 1000)
    show("P3", f"whole tick, {PEERS} peers, 1 % changed: loop held", held, "≤ 5 ms", "ms")
    show("", "… the loop of an idle process, held by the machine", idle, "", "ms")
    show("", "… the whole tick", whole, "", "ms")


async def longest_hold(work: object) -> float:
    """Give the longest time between two turns of the event loop while the work runs."""
    running = asyncio.ensure_future(work)  # type: ignore[arg-type]
    longest, last = 0.0, time.perf_counter()
    while not running.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await running
    return longest


def socket_only() -> None:
    """Ask and take the whole answer, looking only for its end."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(SOCKETS / f"{INTERFACE}.sock"))
        connection.sendall(b"get=1\n\n")
        answer = bytearray()
        while not answer.endswith(b"\n\n"):
            answer += connection.recv(1 << 20)


def change(number: int) -> None:
    """Change one per cent of the peers in one request."""
    lines = ["set=1"]
    for peer in range(number % 100, PEERS, 100):
        lines += [
            f"public_key={raw_key(peer).hex()}",
            "update_only=true",
            f"persistent_keepalive_interval={number + 2}",
        ]
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(SOCKETS / f"{INTERFACE}.sock"))
        connection.sendall("\n".join(lines).encode() + b"\n\n")
        assert connection.recv(4096).startswith(b"errno=0")


@contextmanager
def interface() -> Iterator[None]:
    """Make the interface in a namespace of its own, so that its keepalives go nowhere."""
    with Namespace("sbench", "10.96.1") as namespace, Interface(INTERFACE, namespace=namespace.name, userspace=True):
        sections = "".join(
            f"[Peer]\nPublicKey = {b64encode(raw_key(number)).decode()}\nEndpoint = 192.0.2.{number % 250 + 1}:51820\n"
            f"AllowedIPs = 10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32\n"
            for number in range(PEERS)
        )
        run("wg", "addconf", INTERFACE, "/dev/stdin", text=sections)
        yield


def raw_key(number: int) -> bytes:
    return pack("<Q", number + 1) + bytes(range(24))


class _Links:
    by_name = {INTERFACE: Link(1, INTERFACE, "tun", up=True)}  # noqa: RUF012

    def on_change(self, listener: object) -> None: ...
