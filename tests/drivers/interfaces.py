"""Real WireGuard interfaces for the tests: wireguard-go in a network namespace, or the kernel's module."""

import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sentra.core.status import DriverName, PeerStatus

SOCKETS = Path("/var/run/wireguard")
HAS_MODULE = Path("/sys/module/wireguard").is_dir()
_numbers = itertools.count()


def run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, input=text)
    assert done.returncode == 0, f"{' '.join(command[:6])}: {done.stderr}"
    return done.stdout


def until(fact: Callable[[], object], seconds: float = 30) -> None:
    """Wait for a fact."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)


class Interface:
    """One interface and what `wg` can do to it. `inside` is the prefix of commands that run in its namespace."""

    def __init__(self, name: str, driver: DriverName, inside: tuple[str, ...] = ()) -> None:
        self.name = name
        self.driver: DriverName = driver
        self.inside = inside

    def configure(self, text: str) -> None:
        self._from_file("setconf", text)

    def add(self, text: str) -> None:
        self._from_file("addconf", text)

    def set(self, *words: str) -> None:
        run("wg", "set", self.name, *words)

    def up(self) -> None:
        run(*self.inside, "ip", "link", "set", "lo", "up")
        run(*self.inside, "ip", "link", "set", self.name, "up")

    def dump(self) -> tuple[list[str], dict[str, PeerStatus]]:
        """What `wg show NAME dump` says: the fields of the interface, and its peers as a driver should give them."""
        head, *peers = [line.split("\t") for line in run("wg", "show", self.name, "dump").splitlines()]
        return head, {fields[0]: _from_dump(fields) for fields in peers}

    def _from_file(self, command: str, text: str) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            run("wg", command, self.name, file.name)


def _from_dump(fields: list[str]) -> PeerStatus:
    key, preshared_key, endpoint, allowed_ips, handshake, rx_bytes, tx_bytes, keepalive = fields
    return PeerStatus(
        key,
        None if endpoint == "(none)" else endpoint,
        () if allowed_ips == "(none)" else tuple(allowed_ips.split(",")),
        int(handshake),
        int(rx_bytes),
        int(tx_bytes),
        0 if keepalive == "off" else int(keepalive),
        preshared_key != "(none)",
    )


class Maker:
    """Makes interfaces, each kind in one namespace of its own for all of a test's, and takes them away again."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._namespace: str | None = None

    def make(self, driver: DriverName, name: str = "") -> Interface:
        name = name or f"sct{os.getpid()}x{next(_numbers)}"
        if driver == "netlink":
            return self._stack.enter_context(_kernel_interface(name))
        if self._namespace is None:
            self._namespace = self._stack.enter_context(_namespace(f"{name}n"))
        return self._stack.enter_context(_userspace_interface(name, self._namespace))


@contextmanager
def _kernel_interface(name: str) -> Iterator[Interface]:
    run("ip", "link", "add", name, "type", "wireguard")
    try:
        yield Interface(name, "netlink")
    finally:
        subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)


@contextmanager
def _namespace(name: str) -> Iterator[str]:
    run("ip", "netns", "add", name)
    try:
        yield name
    finally:
        run("ip", "netns", "del", name)


@contextmanager
def _userspace_interface(name: str, namespace: str) -> Iterator[Interface]:
    inside = ("ip", "netns", "exec", namespace)
    socket = SOCKETS / f"{name}.sock"
    process = subprocess.Popen(
        [*inside, "wireguard-go", "-f", name],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: socket.is_socket() or process.poll() is not None)
        assert process.poll() is None, "wireguard-go did not start: it needs root and /dev/net/tun"
        yield Interface(name, "uapi", inside)
    finally:
        process.terminate()
        process.wait(30)
        socket.unlink(missing_ok=True)
