"""`.env` of a checkout: `make run` and the commands beside it act on the same installation."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sentra.cli.environment import WrongEnvironmentFile, from_file
from tests.edge.caddy import Caddy, TestClock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of its own, with the programs of this one."""
    made = tmp_path / "checkout"
    shutil.copytree(ROOT / "backend/src", made / "backend/src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "backend/pyproject.toml", made / "backend")
    (made / "setup").mkdir()
    shutil.copy(ROOT / "setup/run.py", made / "setup")
    return made


def start(checkout: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(checkout / "backend/src"), **variables}
    return subprocess.run(
        (sys.executable, *command), env=environment, cwd="/", capture_output=True, text=True, check=False, timeout=60
    )


def sentra(checkout: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return start(checkout, "-m", "sentra", *arguments, **variables)


def read(tmp_path: Path, content: str | bytes) -> dict[str, str]:
    path = tmp_path / ".env"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return from_file(path)


def test_the_setup_link_is_of_the_origin_and_the_state_of_make_run(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".env").write_text("SENTRA_STATE_DIR=var/other\nSENTRA_PUBLIC_ORIGIN=https://vpn.example.org\n")
    made = sentra(checkout, "setup-link")
    assert made.stdout.startswith("https://vpn.example.org/setup#"), made.stderr
    assert (checkout / "var/other/setup-link").read_text() == made.stdout

    given = sentra(checkout, "setup-link", SENTRA_STATE_DIR=str(tmp_path / "given"))
    assert (tmp_path / "given/setup-link").read_text() == given.stdout, "what is set wins"
    assert given.stdout.startswith("https://vpn.example.org/setup#")


def test_fingerprint_and_status_are_of_the_installation_of_make_run(checkout: Path) -> None:
    (checkout / ".env").write_text("SENTRA_STATE_DIR=var/other\nWG_INTERFACE=snothing0\n")
    assert "snothing0 does not exist" in sentra(checkout, "status").stdout
    assert sentra(checkout, "ca", "fingerprint").returncode == 1
    Caddy(checkout / "var/other", checkout, TestClock(time.time()), {"tls_auto": True}).edge().prepare()
    assert sentra(checkout, "ca", "fingerprint").stdout.startswith("sha256:")


@pytest.mark.parametrize("command", ["setup-link", "status", "ca"])
def test_a_wrong_line_is_one_sentence_with_its_number(checkout: Path, command: str) -> None:
    (checkout / ".env").write_text("# mine\nexport JWT_SECRET=canary # note\n")
    arguments = ["ca", "fingerprint"] if command == "ca" else [command]
    for ended in (sentra(checkout, *arguments), start(checkout, str(checkout / "setup/run.py"))):
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"sentra: {checkout}/.env, line 2, is not NAME=value")
        assert ended.stderr.count("\n") == 1
        assert "canary" not in ended.stderr


def test_serve_has_its_variables_from_whoever_starts_it(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".env").write_text("export X=1\n")
    ended = sentra(checkout, "serve", SENTRA_STATE_DIR=str(tmp_path / "state"), JWT_SECRET="short")
    assert "JWT_SECRET" in ended.stderr
    assert ".env" not in ended.stderr


def test_outside_of_a_checkout_there_is_no_env_file(checkout: Path) -> None:
    (checkout / ".env").write_text("export X=1\n")
    (checkout / "backend/pyproject.toml").unlink()
    assert "no certificate authority" in sentra(checkout, "ca", "fingerprint", SENTRA_STATE_DIR="/nothing").stderr


def test_values_are_taken_as_they_stand(tmp_path: Path) -> None:
    text = "A=1\r\n\r\n  # a comment\n"
    text += "B = 'two words' \nC=\"a # b\"\nD=x=y#z\nE=\nF=it's $HOME\\n\nSENTRA_TLS_SANS=ä.example"
    assert read(tmp_path, text) == {
        "A": "1",
        "B": "two words",
        "C": "a # b",
        "D": "x=y#z",
        "E": "",
        "F": "it's $HOME\\n",
        "SENTRA_TLS_SANS": "ä.example",
    }


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, "SENTRA_STATE_DIR=var/x\nJWT_SECRET_FILE=s\nSENTRA_TLS_CERT=/etc/tls.crt\nSENTRA_TLS_KEY=\n")
    assert found == {
        "SENTRA_STATE_DIR": f"{tmp_path}/var/x",
        "JWT_SECRET_FILE": f"{tmp_path}/s",
        "SENTRA_TLS_CERT": "/etc/tls.crt",
        "SENTRA_TLS_KEY": "",
    }


@pytest.mark.parametrize(
    "line",
    [
        *("export X=1", "export X=1 # note", "X", "X Y=1", "=1", "1X=1", "X-Y=1", "set X=1", "X: 1", "[Service]"),
        *("X=1 # note", "X=#", "X='a' # note", 'X="a', "X='", "X='a'b'", "X=a\0b", "X=a\x1bb", "A=2", "\ufeffX=1"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(WrongEnvironmentFile, match=r"\.env, line 3, ") as refused:
        read(tmp_path, f"# first\nA=1\n{line}\nZ=1\n")
    assert "note" not in str(refused.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongEnvironmentFile, match=r"\.env, line 2, is not UTF-8\."):
        read(tmp_path, b"A=1\nB=\xff\n")
    with pytest.raises(WrongEnvironmentFile, match="cannot be read"):
        from_file(tmp_path)
