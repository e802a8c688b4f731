"""How much of a long test runs: a part in the suite, the whole number by `make soak`."""

import os


def scaled(suite: int, soak: int) -> int:
    """Give the number for this run."""
    return soak if os.environ.get("SOAK") else suite
