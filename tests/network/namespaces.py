"""Network namespaces for tests: the network functions act in the one of their thread, so a thread is put into one."""

import asyncio
import itertools
import os
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from pyroute2 import netns

from lab.wireguard import SOCKETS, run

Result = TypeVar("Result")
_numbers = itertools.count()


def unique(start: str) -> str:
    """Give a name that no other test has; the sockets of userspace WireGuard are everybody's."""
    return f"{start}{os.getpid() % 100_000}x{next(_numbers)}"


class Namespace:
    """A network namespace, empty but for its loopback."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, *command: str, text: str | None = None) -> str:
        """Run a command in it and give what it printed."""
        return run(*command, namespace=self.name, text=text)

    def do(self, call: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Await a coroutine in it."""
        return self.inside(lambda: asyncio.run(call()))

    def inside(self, call: Callable[[], Result]) -> Result:
        """Call a function in it, in a thread of its own."""
        # setns() is for that thread, and for the processes and threads that it starts.
        with ThreadPoolExecutor(1, initializer=netns.setns, initargs=(self.name,)) as thread:
            return thread.submit(call).result()

    def sysctl(self, name: str) -> str:
        return self.run("sysctl", "-n", name).strip()


@contextmanager
def namespace() -> Iterator[Namespace]:
    made = Namespace(unique("scn"))
    run("ip", "netns", "add", made.name)
    try:
        made.run("ip", "link", "set", "lo", "up")
        yield made
    finally:
        # A wireguard-go keeps its namespace alive until its link goes.
        for socket in SOCKETS.glob("*.sock"):
            subprocess.run(["ip", "-n", made.name, "link", "del", socket.stem], check=False, capture_output=True)
        run("ip", "netns", "del", made.name)


def join(one: Namespace, name: str, other: Namespace, other_name: str) -> None:
    """Join two namespaces by a cable: a veth pair."""
    one.run("ip", "link", "add", name, "type", "veth", "peer", "name", other_name, "netns", other.name)
    one.run("ip", "link", "set", name, "up")
    other.run("ip", "link", "set", other_name, "up")
