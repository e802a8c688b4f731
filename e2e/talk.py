"""Bounded traffic through the lab's tunnels while a test runs."""

import threading
import time
from typing import Self

from lab.lab import Lab

TICK_SECONDS = 0.1
LONGEST_SECONDS = 120.0


class Talk:
    """Sends about 40 kB/s up and 100 kB/s down through the first two peers, from a thread, for two minutes at most."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        while not self._stop.wait(TICK_SECONDS) and time.monotonic() < deadline:
            for peer in self._lab.peers[:2]:
                self._lab.talk(peer, up_bytes=4_000, down_bytes=10_000)
