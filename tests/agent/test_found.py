"""What is told of an interface that may be taken over."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sentra.agent.found import LocalNodeLook
from sentra.core.interfaces import InterfaceSpec


class Machine:
    """Runs one interface and nothing else."""

    async def read(self, name: str, _: Any) -> Any:
        return SimpleNamespace(spec=InterfaceSpec(name))

    async def driver_name(self, _: str) -> str:
        return "netlink"

    async def read_private_key(self, _: str) -> None:
        return None


def look(folder: Path) -> LocalNodeLook:
    return LocalNodeLook(Machine(), frozenset, folder)  # type: ignore[arg-type]


async def test_a_file_that_cannot_be_read_is_still_a_file_of_wg_quick(tmp_path: Path):
    (tmp_path / "wg0.conf").mkdir()
    found = await look(tmp_path).look_at("local", "wg0")
    assert found is not None
    assert (found.file, found.file_text) == (str(tmp_path / "wg0.conf"), None)


async def test_without_a_file_there_is_none(tmp_path: Path):
    found = await look(tmp_path).look_at("local", "wg0")
    assert found is not None
    assert found.file is None
