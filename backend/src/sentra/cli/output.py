"""What a command prints, and what becomes of it where it cannot be written."""

import os
import sys

from sentra.core.errors import SentraError


class Unwritable(SentraError):
    """Standard output takes nothing, a full disk for example."""


def say(text: str) -> None:
    """Print a text, and see to it that it arrives. Raises Unwritable, or BrokenPipeError where nobody reads on."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _forget()
        raise
    except OSError as error:
        _forget()
        raise Unwritable(f"the output cannot be written ({error.strerror})") from None


def _forget() -> None:
    # Python writes what is left once more at its end, and would fail once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
