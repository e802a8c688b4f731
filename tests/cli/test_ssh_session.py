"""From where root came: told by SSH to the command, or to a process above it."""

from pathlib import Path

import pytest

from sentra.cli import ssh_session
from sentra.cli.ssh_session import ssh_client


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command under sudo, in a shell that SSH started."""
    for process, parent, name, environment in (
        (1, 0, "init", "SSH_CONNECTION=192.0.2.66 1 2 3"),
        (50, 1, "sshd", "PATH=/bin"),
        (60, 50, "ba) (1 2 3 sh", "HOME=/root\0SSH_CONNECTION=10.8.0.2 50000 10.8.0.1 22\0SSH_CLIENT=10.8.0.9 1 2"),
        (70, 60, "sudo", "PATH=/bin"),
    ):
        folder = tmp_path / str(process)
        folder.mkdir()
        (folder / "environ").write_bytes(environment.encode())
        (folder / "stat").write_text(f"{process} ({name}) S {parent} 7 7 0")
    monkeypatch.setattr(ssh_session.os, "getppid", lambda: 70)
    return tmp_path


def test_ssh_tells_the_command_itself(proc: Path) -> None:
    assert ssh_client({"SSH_CONNECTION": "10.8.0.7 50000 10.8.0.1 22"}, proc) == "10.8.0.7"
    assert ssh_client({"SSH_CLIENT": "fe80::1%wg0 50000 22"}, proc) == "fe80::1"


def test_what_sudo_took_away_a_process_above_knows(proc: Path) -> None:
    assert ssh_client({}, proc) == "10.8.0.2"


def test_at_the_machine_itself_nobody_came_from_anywhere(proc: Path) -> None:
    (proc / "60" / "environ").write_bytes(b"HOME=/root")
    assert ssh_client({}, proc) is None  # what init has in its environment counts for nothing
    (proc / "70" / "stat").unlink()
    assert ssh_client({}, proc) is None
