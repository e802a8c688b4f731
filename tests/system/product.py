"""`sentra serve` as a process on a state folder of its own, and its API as the commands use it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from sentra.cli.api import Api
from sentra.cli.ways import Here

SENTRA = str(Path(sys.executable).with_name("sentra"))
START_SECONDS = 60.0


class Product:
    """The control plane with its agent; what it made outlives it."""

    def __init__(self, folder: Path, interfaces: str) -> None:
        self.state = folder
        self.log = folder.with_suffix(".log")
        self._environment = {
            "PATH": os.environ["PATH"],
            "SENTRA_STATE_DIR": str(folder),
            "PORT": "0",
            "WG_INTERFACE": interfaces,
        }
        self.api = Api(Here(folder / "run" / "app.sock", folder / "local-token", "https://localhost:8443"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                (SENTRA, "serve"), env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._answers)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, in an orderly way or as a crash would."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)

    def restart(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and start it again."""
        self.stop(number)
        self.start()

    def _answers(self) -> bool:
        if self._process and self._process.poll() is not None:
            raise RuntimeError(f"it ended by itself:\n{self.log.read_text()[-3000:]}")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.state / "run" / "app.sock")) == 0


def wait_until(fact: Callable[[], object], seconds: float = START_SECONDS) -> None:
    """Wait until a fact holds."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s still not so")
        time.sleep(0.02)
