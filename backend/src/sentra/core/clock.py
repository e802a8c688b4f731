"""The time, as an argument: whoever needs it is handed a clock, so that a test can turn it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two times: `now` for people and deadlines that outlive the process, `monotonic` for durations."""

    def now(self) -> float:
        """Unix seconds; may jump."""

    def monotonic(self) -> float:
        """Seconds since some start; never jumps."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
