"""A stream of pings from a namespace: every 10 ms, and how many of them were lost."""

import re
import signal
import subprocess
from typing import Final, Self

from msgspec import Struct

MOST: Final = 60_000
"""Ten minutes: no stream runs longer, whatever becomes of whoever started it."""


class Lost(Struct, frozen=True):
    """What became of a stream."""

    sent: int
    received: int

    @property
    def lost(self) -> int:
        return self.sent - self.received


class Pings:
    """Pings an address from inside a network namespace until the block is left; then `result` counts."""

    def __init__(self, namespace: str, address: str, interval_seconds: float = 0.01) -> None:
        self._command = (
            *("ip", "netns", "exec", namespace, "ping", "-n", "-q"),
            *("-i", f"{interval_seconds:g}", "-c", str(MOST), "-W", "2", address),
        )
        self.result = Lost(0, 0)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        # SIGINT lets it wait for the answers that are on their way, and print its summary.
        self._process.send_signal(signal.SIGINT)
        printed, _ = self._process.communicate(timeout=20)
        counted = re.search(r"(\d+) packets transmitted, (\d+) received", printed)
        if counted is None:
            raise RuntimeError(f"ping said nothing: {printed}")
        self.result = Lost(int(counted[1]), int(counted[2]))
