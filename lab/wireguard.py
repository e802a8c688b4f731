"""Real WireGuard interfaces in real network namespaces. Needs root; removes all that it made.

The kernel module is used where there is one, wireguard-go otherwise. The socket of wireguard-go is a path that all
namespaces share, so a name must be unique on the machine.
"""

import contextlib
import functools
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

SOCKETS: Final = Path("/var/run/wireguard")
START_SECONDS: Final = 10.0


def run(*command: str, namespace: str | None = None, text: str | None = None) -> str:
    """Run a command, in a namespace where one is named, and give what it printed. Raises RuntimeError."""
    inside = ("ip", "netns", "exec", namespace) if namespace else ()
    done = subprocess.run((*inside, *command), input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@functools.cache
def kernel_has_wireguard() -> bool:
    """Tell whether interfaces of type wireguard can be made here."""
    subprocess.run(("modprobe", "wireguard"), capture_output=True, check=False)
    return Path("/sys/module/wireguard").exists()


def new_key() -> tuple[str, str]:
    """Give a fresh private key and its public key."""
    private = run("wg", "genkey").strip()
    return private, run("wg", "pubkey", text=private).strip()


def answers(path: Path) -> bool:
    """Tell whether somebody listens on a socket: the file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Namespace:
    """A network namespace, joined to the namespace it was made from by a veth pair: `outside`/24 to `inside`/24."""

    def __init__(self, name: str, network: str) -> None:
        self.name = name
        self.network = network
        self.outside, self.inside = f"{network}.1", f"{network}.2"

    def __enter__(self) -> Self:
        with contextlib.suppress(RuntimeError):
            run("ip", "netns", "del", self.name)
        with contextlib.suppress(RuntimeError):
            run("ip", "link", "del", self.name)
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self.name, "type", "veth", "peer", "name", "uplink", "netns", self.name)
        run("ip", "address", "add", f"{self.outside}/24", "dev", self.name)
        run("ip", "link", "set", self.name, "up")
        run("ip", "link", "set", "lo", "up", namespace=self.name)
        run("ip", "address", "add", f"{self.inside}/24", "dev", "uplink", namespace=self.name)
        run("ip", "link", "set", "uplink", "up", namespace=self.name)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(RuntimeError):
            run("ip", "netns", "del", self.name)
        with contextlib.suppress(RuntimeError):
            run("ip", "link", "del", self.name)

    def roam(self) -> str:
        """Change the address under the tunnel, as a phone does between two networks, and give the new one."""
        before = self.inside
        self.inside = f"{self.network}.{int(before.rpartition('.')[2]) % 250 + 1}"
        # In this order: an address added beside another of its network goes when the first goes.
        run("ip", "address", "del", f"{before}/24", "dev", "uplink", namespace=self.name)
        run("ip", "address", "add", f"{self.inside}/24", "dev", "uplink", namespace=self.name)
        return self.inside


class Interface:
    """A WireGuard interface: the kernel's, or wireguard-go's where the kernel has none."""

    def __init__(
        self, name: str, *, namespace: str | None = None, address: str | None = None, userspace: bool | None = None
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.address = address
        self.userspace = not kernel_has_wireguard() if userspace is None else userspace
        self.private_key, self.public_key = new_key()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.create()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.delete()

    def create(self) -> None:
        """Make the interface, give it its key and address, and bring it up."""
        if self.userspace:
            self._start()
        else:
            run("ip", "link", "add", self.name, "type", "wireguard", namespace=self.namespace)
        self.wg("private-key", "/dev/stdin", text=self.private_key)
        if self.address:
            run("ip", "address", "add", self.address, "dev", self.name, namespace=self.namespace)
        run("ip", "link", "set", self.name, "up", namespace=self.namespace)

    def delete(self) -> None:
        """Remove the interface; wireguard-go ends with it."""
        with contextlib.suppress(RuntimeError):
            run("ip", "link", "del", self.name, namespace=self.namespace)
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            self._process.wait(START_SECONDS)
            self._process = None
            (SOCKETS / f"{self.name}.sock").unlink(missing_ok=True)

    def wg(self, *arguments: str, text: str | None = None) -> None:
        """`wg set NAME …`."""
        run("wg", "set", self.name, *arguments, namespace=self.namespace, text=text)

    def dump(self) -> list[list[str]]:
        """`wg show NAME dump`, one list of fields a line."""
        lines = run("wg", "show", self.name, "dump", namespace=self.namespace).splitlines()
        return [line.split("\t") for line in lines]

    def _start(self) -> None:
        inside = ("ip", "netns", "exec", self.namespace) if self.namespace else ()
        path = SOCKETS / f"{self.name}.sock"
        if path.exists():
            raise RuntimeError(f"{path} exists: an interface of that name runs, or was left behind")
        # A session of its own: a Ctrl-C in this terminal must not delete the interface.
        self._process = subprocess.Popen(
            (*inside, "wireguard-go", "--foreground", self.name),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LOG_LEVEL": "error"},
        )
        deadline = time.monotonic() + START_SECONDS
        while not answers(path):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"wireguard-go did not start {self.name}")
            time.sleep(0.01)
