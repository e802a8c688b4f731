"""From where root came to type a command: maybe through the very tunnel that it changes."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_NAMES: Final = ("SSH_CONNECTION", "SSH_CLIENT")
_MOST_ANCESTORS: Final = 64


def ssh_client(environment: Mapping[str, str] = os.environ, proc: Path = Path("/proc")) -> str | None:
    """Return the address of the SSH client behind this command; None where it was typed at the machine itself.

    `sudo` and `su -` take the variables away: then those of the nearest process above that has them count.
    """
    for variables in (environment, *_above(os.getppid(), proc)):
        for name in _NAMES:
            if address := variables.get(name, "").partition(" ")[0]:
                return address.partition("%")[0]
    return None


def _above(process: int, proc: Path) -> Iterator[Mapping[str, str]]:
    for _ in range(_MOST_ANCESTORS):
        if process <= 1:
            return
        try:
            entries = (proc / str(process) / "environ").read_bytes().split(b"\0")
            # The second field is the name in parentheses, which may hold anything; the fourth is the parent.
            rest = (proc / str(process) / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return
        pairs = (entry.decode("utf-8", "replace").partition("=") for entry in entries)
        yield {name: value for name, _, value in pairs}
        process = int(rest[1])
