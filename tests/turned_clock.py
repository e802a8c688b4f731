"""A clock that a test turns."""


class TurnedClock:
    """Stands still until it is told."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.seconds = now

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
