"""Points at which an agent can be killed that are not its machine's: what it does on its disk."""

from collections.abc import Callable
from pathlib import Path

from sentra.agent import owner_files
from tests.agent.node import Node


def in_steps(node: Node, function: str) -> Callable[..., None]:
    """Give a function of `owner_files` with a step of the machine before and after it."""
    done = getattr(owner_files, function)

    def in_steps(path: Path, *content: bytes | Path) -> None:
        node.machine._step(f"{function} {path.name}")
        done(path, *content)
        node.machine._step(f"{function} done {path.name}")

    return in_steps
