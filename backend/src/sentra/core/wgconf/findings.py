"""What has to be said to a person about a file: what is wrong, what is left out, and the commands in it."""

import re
import unicodedata
from typing import Final

from msgspec import Struct

MOST_TOLD: Final = 200
"""Of each kind; the last one says how many more there are. A file of a million wrong lines makes no answer of it."""
LONGEST_SHOWN: Final = 300
HIDDEN: Final = "(hidden)"

_SECRET: Final = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
"""Anything that may be a key, base64 or hexadecimal; greedy, so that each character is looked at once."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Hook(Struct, frozen=True):
    """A command that wg-quick would run as root. It is told, and nothing else is done with it."""

    line: int
    text: str


class Ignored(Struct, frozen=True):
    """A line that means nothing here, or not quite what is written; `why` is a sentence."""

    line: int
    text: str
    why: str


class Problem(Struct, frozen=True):
    """A line that is wrong; `message` is a sentence."""

    line: int
    message: str


class Findings:
    """Collects what is found. Line numbers begin at 1."""

    def __init__(self) -> None:
        self._hooks: list[Hook] = []
        self._ignored: list[Ignored] = []
        self._problems: list[Problem] = []
        self._more = {"hooks": 0, "ignored": 0, "problems": 0}

    def hook(self, line: int, text: str) -> None:
        if self._has_room("hooks", self._hooks):
            self._hooks.append(Hook(line, shown(text)))

    def ignore(self, line: int, text: str, why: str) -> None:
        if self._has_room("ignored", self._ignored):
            self._ignored.append(Ignored(line, shown(text), why))

    def problem(self, line: int, message: str) -> None:
        if self._has_room("problems", self._problems):
            self._problems.append(Problem(line, message))

    @property
    def hooks(self) -> tuple[Hook, ...]:
        more = self._more["hooks"]
        return (*self._hooks, *([Hook(self._hooks[-1].line, f"… and {more} more")] if more else ()))

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        more = self._more["ignored"]
        return (*self._ignored, *([Ignored(self._ignored[-1].line, "…", f"And {more} more lines.")] if more else ()))

    @property
    def problems(self) -> tuple[Problem, ...]:
        more = self._more["problems"]
        ordered = sorted(self._problems, key=lambda problem: problem.line)
        return (*ordered, *([Problem(ordered[-1].line, f"And {more} more lines are wrong.")] if more else ()))

    def _has_room(self, kind: str, told: list[Hook] | list[Ignored] | list[Problem]) -> bool:
        if len(told) < MOST_TOLD:
            return True
        self._more[kind] += 1
        return False


def shown(text: str) -> str:
    """Give a line as a person may see it: without keys and invisible characters, and cut where it is long."""
    text = _SECRET.sub(HIDDEN, text[: 64 * LONGEST_SHOWN])
    text = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return "".join("\ufffd" if unicodedata.category(each) in _UNSEEN else each for each in text)
