"""One row a measurement: ratios with median, minimum and maximum over interleaved rounds, beside the budget."""

import statistics
import time
from collections.abc import Callable, Sequence

HEAD = f"{'id':4}{'what':58}{'median':>9}{'min':>9}{'max':>9}   budget"


def show(identifier: str, what: str, values: Sequence[float], budget: str, unit: str = "×") -> None:
    """Print one row."""
    numbers = "".join(f"{value:8.2f}{unit[:1]}" for value in (statistics.median(values), min(values), max(values)))
    print(f"{identifier:4}{what:58}{numbers}   {budget}", flush=True)


def timed(act: Callable[[], object]) -> float:
    """Give the seconds that one call takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """Divide round by round: what disturbed one disturbed the other."""
    return [one / other for one, other in zip(of, to, strict=True)]
