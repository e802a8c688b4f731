"""The product as a user runs it, for Chromium to look at: Caddy and the control plane with its agent."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from setup import run as product

START_SECONDS = 30.0


def free_port() -> int:
    """Give a TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(fact: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
    """Wait until a fact holds; TimeoutError names it."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s still not so: {what}")
        time.sleep(0.02)


class Stack:
    """`sentra serve` and Caddy on free ports, by the commands and environments of `make run`."""

    def __init__(self, folder: Path, interface: str, fed: str | None = None) -> None:
        self.https_port = free_port()
        # A copy: a page that is built anew meanwhile does not change under the tests.
        web_root = folder / "web"
        shutil.copytree(product.ROOT / "frontend" / "dist", web_root)
        given = {
            **os.environ,
            "SENTRA_STATE_DIR": str(folder / "state"),
            "SENTRA_HTTPS_PORT": str(self.https_port),
            "SENTRA_HTTP_PORT": str(free_port()),
            "PORT": "0",
            "SENTRA_WEB_ROOT": str(web_root),
            "WG_INTERFACE": interface,
        }
        self.plan = product.make_plan(given)
        self._serve = (sys.executable, "-m", "e2e.fed", fed) if fed else (str(self.plan.backend), "serve")
        self.origin = self.plan.origin
        self.log = folder / "stack.log"
        self.secrets: set[str] = set()
        """What somebody typed or was given, and no log and no audit may hold."""
        self._output: IO[bytes] = self.log.open("ab")
        self._backend: subprocess.Popen[bytes] | None = None
        self._caddy: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start both and wait until the page is ready."""
        self.start_backend()
        command = (self.plan.caddy, "run", "--config", "Caddyfile", "--adapter", "caddyfile")
        self._caddy = self._spawn(command, self.plan.caddy_environment)
        wait_for(self.is_ready, "Caddy and the control plane answer")

    def start_backend(self) -> None:
        """Start the control plane and wait until it listens."""
        self._backend = self._spawn(self._serve, self.plan.backend_environment)
        wait_for(self._listens, "the control plane listens")

    def kill_backend(self) -> None:
        """End the control plane as a crash would."""
        self._end(self._backend, signal.SIGKILL)

    def stop_backend(self) -> float:
        """End the control plane in an orderly way and give how many seconds that took."""
        started = time.monotonic()
        self._end(self._backend, signal.SIGTERM)
        return time.monotonic() - started

    def stop(self) -> None:
        """End both."""
        self._end(self._backend, signal.SIGTERM)
        self._end(self._caddy, signal.SIGTERM)
        self._output.close()

    def setup_link(self) -> str:
        """Give the one-time link that `make run` prints."""
        link = (self.plan.state / "setup-link").read_text().strip()
        self.secrets.add(link.partition("#")[2])
        return link

    def check_records(self) -> None:
        """Go through the audit of the run, and through its logs for secrets. Raises AssertionError."""
        verify = (str(self.plan.backend), "audit", "verify")
        checked = subprocess.run(
            verify, env=self.plan.backend_environment, cwd=product.ROOT, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
        logs = [self.log, *(file for file in self.plan.state.rglob("*.log*") if file.is_file())]
        said = b"".join(file.read_bytes() for file in logs) + audited(self.plan.state / "sentra.db")
        assert [secret for secret in self.secrets if secret.encode() in said] == []

    def is_ready(self) -> bool:
        """Tell whether the control plane answers through Caddy."""
        context = ssl._create_unverified_context()  # noqa: S323 - the local CA is not what is asked here
        connection = http.client.HTTPSConnection("127.0.0.1", self.https_port, timeout=5, context=context)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz", headers={"Host": f"localhost:{self.https_port}"})
            return connection.getresponse().status == 200
        return False

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(self.plan.app_socket))
            return True
        if self._backend and self._backend.poll() is not None:
            raise RuntimeError(f"the control plane ended by itself:\n{self.log.read_text()[-4000:]}")
        return False

    def _spawn(self, command: tuple[str, ...], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command, env=environment, cwd=product.ROOT, stdout=self._output, stderr=self._output, start_new_session=True
        )

    def _end(self, process: "subprocess.Popen[bytes] | None", number: signal.Signals) -> None:
        if process and process.poll() is None:
            process.send_signal(number)
            process.wait(START_SECONDS)


def audited(database: Path) -> bytes:
    """Give all text of the audit."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return repr(connection.execute("SELECT * FROM audit_entries").fetchall()).encode()


@contextlib.contextmanager
def running(folder: Path, interface: str, fed: str | None = None) -> Iterator[Stack]:
    """Give a stack that is up until the block is left; `fed` names what feeds it in place of the agent (e2e.fed).

    At its end the audit verifies (S58), and no secret that is known to the stack is in a log (S26).
    """
    stack = Stack(folder, interface, fed)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
    stack.check_records()
