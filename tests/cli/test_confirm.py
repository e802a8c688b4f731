"""`sentra interface confirm NONCE`, as a risky change prints it: it says no interface."""

from typing import Any

import pytest

from sentra.cli import interface
from sentra.cli.main import run


class Waiting:
    """An API of two interfaces; a change of one of them waits to be confirmed."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], Any]] = []

    def here(self) -> "Waiting":
        return self

    def all(self, *path: str) -> list[dict[str, Any]]:
        assert path == ("interfaces",)
        return [{"id": "1", "name": "wg0", "confirm_until": None}, {"id": "2", "name": "wg1", "confirm_until": "soon"}]

    def post(self, *path: str, body: Any) -> None:
        self.asked.append((path, body))


@pytest.mark.parametrize(("options", "expected"), [((), "2"), (("--interface", "wg0"), "1")])
def test_the_one_that_waits_is_meant(options: tuple[str, ...], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Waiting()
    monkeypatch.setattr(interface, "Api", api)
    assert run(["interface", "confirm", "NONCE", *options]) == 0
    assert api.asked == [(("interfaces", expected, "confirm"), {"nonce": "NONCE"})]
