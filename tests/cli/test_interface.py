"""`sentra interface …`: what is asked of the API, and what a person reads of its answer."""

from pathlib import Path
from typing import Any

import pytest

from sentra.cli import interface, peer, user
from sentra.cli.main import run as sentra

PLAN = {"operations": ["Remove the peer laptop."], "firewall": [], "files": [], "reimport": [], "risky": []}
RESULT = {"applied": True, "reason": None, "plan": PLAN, "confirm": None}


class FakeApi:
    """Knows one interface, and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def all(self, *_: str) -> list[dict[str, Any]]:
        return [{"id": "1", "name": "wg0"}]

    def post(self, *path: str, body: Any = None, **query: Any) -> Any:
        self.asked.append((path, query))
        return self.answers.get(path[-1], RESULT)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    api = FakeApi()
    monkeypatch.setattr(interface.Api, "here", lambda: api)
    return api


@pytest.mark.parametrize("verb", ["restore", "adopt"])
def test_differences_are_settled_on_trial(api: FakeApi, capsys: pytest.CaptureFixture[str], verb: str):
    assert sentra(["interface", "drift", "wg0", f"--{verb}", "--dry-run"]) == 0
    assert api.asked == [(("interfaces", "1", "drift", verb), {"dry_run": True})]
    assert capsys.readouterr().out == "Remove the peer laptop.\n"
    assert sentra(["interface", "drift", "wg0", f"--{verb}"]) == 0
    assert api.asked[1:] == [(("interfaces", "1", "drift", verb), {"dry_run": False})]
    assert capsys.readouterr().out == f"wg0: {verb}{'ed' if verb == 'adopt' else 'd'}.\n"


def test_what_is_settled_and_does_not_run_yet_is_said(api: FakeApi, capsys: pytest.CaptureFixture[str]):
    api.answers["restore"] = {**RESULT, "applied": False, "reason": "The node local is still applying it."}
    assert sentra(["interface", "drift", "wg0", "--restore"]) == 1
    assert "still applying it" in capsys.readouterr().out


def test_wrong_lines_of_a_file_are_named_on_trial(api: FakeApi, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    file = tmp_path / "wg1.conf"
    file.write_text("[Interface]\n")
    report = {"hooks": [], "errors": [{"line": 4, "message": "wg0 has this port."}]}
    api.answers["import"] = {**RESULT, "report": report}
    assert sentra(["interface", "import", str(file), "--dry-run"]) == 1
    assert capsys.readouterr().out == "line 4: wg0 has this port.\n"
    api.answers["import"] = {**RESULT, "report": {"hooks": [], "errors": []}}
    assert sentra(["interface", "import", str(file), "--dry-run"]) == 0


@pytest.mark.parametrize("waits", [True, False])
def test_what_only_waits_is_not_said_to_be_removed(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], waits: bool
):
    confirm = {"nonce": "N", "deadline": "soon", "seconds": 60} if waits else None
    known = {"id": "1", "name": "wg0", "peer_count": 3, "public_key": "K"}
    monkeypatch.setattr(api, "all", lambda *_, **__: [known], raising=False)
    monkeypatch.setattr(api, "delete", lambda *_, **__: {**RESULT, "confirm": confirm}, raising=False)
    monkeypatch.setattr(peer.Api, "here", lambda: api)
    for command, removed in (
        (["interface", "delete", "wg0"], "wg0 and its 3 peers are removed."),
        (["peer", "remove", "wg0"], "wg0 is removed."),
    ):
        assert sentra(command) == 0
        printed = capsys.readouterr().out
        assert (removed in printed.splitlines()) is not waits
        assert ("waits to be confirmed" in printed) is waits
        assert ("sentra interface confirm N" in printed) is waits


def test_a_person_who_goes_with_peers_leaves_a_change_that_waits(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    waiting = {"interface_id": "1", "interface": "wg0", "confirm": {"nonce": "N", "seconds": 60}}
    known = {"id": "7", "email": "bob@example.com", "peer_count": 1}
    monkeypatch.setattr(user.Api, "here", lambda: api)
    monkeypatch.setattr(api, "all", lambda *_, **__: [known], raising=False)
    for answer in ("patch", "delete"):
        monkeypatch.setattr(api, answer, lambda *_, **__: {"waiting": [waiting]}, raising=False)
    for verb in ("disable", "remove"):
        assert sentra(["user", verb, "bob@example.com", "--peers"]) == 0
        assert "sentra interface confirm N --interface wg0" in capsys.readouterr().out
