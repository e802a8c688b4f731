"""`sentra keys …`: what is asked of the API, and how long a command waits for it."""

from typing import Any

import pytest

from sentra.cli import keys
from sentra.cli.main import run as sentra


class Replacing:
    """An API that needs a few looks until everything is sealed anew."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.resealed = 0

    def post(self, *path: str) -> dict[str, Any]:
        self.asked.append(path)
        return {"kid": "feed"} if path == ("keys", "rotate") else self._master()

    def get(self, *path: str) -> dict[str, Any]:
        self.asked.append(path)
        self.resealed += 1
        return {"signing": {"kid": "feed"}, "master": self._master()}

    def _master(self) -> dict[str, Any]:
        return {"id": "beef", "is_replacing": self.resealed < 3, "resealed": self.resealed}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Replacing:
    api = Replacing()
    monkeypatch.setattr(keys.Api, "here", lambda: api)
    monkeypatch.setattr(keys, "_LOOK_SECONDS", 0)
    return api


def test_the_key_of_access_tokens_is_meant_where_nothing_is_said(api: Replacing, capsys: pytest.CaptureFixture[str]):
    assert sentra(["keys", "rotate"]) == 0
    assert api.asked == [("keys", "rotate")]
    assert capsys.readouterr().out == "Access tokens are signed with feed from now on.\n"


def test_it_waits_until_everything_is_sealed_anew(api: Replacing, capsys: pytest.CaptureFixture[str]):
    assert sentra(["keys", "rotate", "master"]) == 0
    assert api.asked == [("keys", "master", "rotate"), *[("keys",)] * 3]
    assert "Everything is sealed anew (3 rows), and the old key is destroyed." in capsys.readouterr().out


def test_nobody_has_to_wait(api: Replacing, capsys: pytest.CaptureFixture[str]):
    assert sentra(["keys", "rotate", "master", "--no-wait"]) == 0
    assert api.asked == [("keys", "master", "rotate")]
    assert "destroyed" not in capsys.readouterr().out
    assert sentra(["keys", "show"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "  rotation: replaces another one: 1 rows are sealed anew so far"
    )
