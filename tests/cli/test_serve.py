"""`sentra serve` as a process: what it starts, how it refuses, how it ends."""

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SENTRA = str(Path(sys.executable).with_name("sentra"))
START_SECONDS = 60.0


@contextmanager
def serving(folder: Path, *wrapper: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `sentra serve`, behind a wrapper such as strace, until the block is left."""
    environment = {"PATH": os.environ["PATH"], "SENTRA_STATE_DIR": str(folder), "PORT": "0", **variables}
    process = subprocess.Popen(
        (*wrapper, SENTRA, "serve"), env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        wait_until(lambda: listens(folder) or process.poll() is not None)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        if process.stderr:
            process.stderr.close()


def wait_until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def listens(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(folder / "run" / "app.sock")) == 0


class UnixConnection(http.client.HTTPConnection):
    """HTTP over the unix socket that Caddy uses."""

    def __init__(self, folder: Path) -> None:
        super().__init__("localhost:8443")
        self._path = folder / "run" / "app.sock"

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def ask(folder: Path, method: str, path: str, body: object = None, cookie: str = "") -> http.client.HTTPResponse:
    connection = UnixConnection(folder)
    headers = {"Origin": "https://localhost:8443", "X-Sentra-CSRF": "1", "Content-Type": "application/json"}
    if cookie:
        headers["Cookie"] = cookie
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_S51_the_control_plane_and_its_agent_start_no_program(tmp_path: Path) -> None:
    log, state = tmp_path / "strace.log", tmp_path / "state"
    with serving(state, "strace", "-f", "-qq", "-e", "trace=execve,execveat", "-o", str(log), SENTRA_TLS_AUTO="true"):
        token = (state / "setup-link").read_text().strip().partition("#")[2]
        who = {"email": "ada@example.org", "password": "the heron waits in cold water"}
        assert ask(state, "POST", "/api/v1/setup", {**who, "name": "Ada", "token": token}).status == 201
        signed_in = ask(state, "POST", "/api/v1/session", who)
        assert signed_in.status == 200
        cookie = (signed_in.getheader("Set-Cookie") or "").partition(";")[0]
        for path in ("/api/v1/status", "/api/v1/docs", "/api/v1/openapi.json", "/api/v1/ca.crt", "/readyz"):
            assert ask(state, "GET", path, cookie=cookie).status == 200
        assert ask(state, "DELETE", "/api/v1/session", cookie=cookie).status == 204
    started = re.findall(r'execve\w*\("([^"]+)"', log.read_text())
    assert started == [SENTRA]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda state: (state / "sentra.db").unlink(), "instance"),
        (lambda state: (state / "sentra.db").write_bytes(b"SQLite format 3\0" + bytes(4096)), "sentra.db"),
        (lambda state: make_newer(state), "newer"),
    ],
    ids=["missing", "damaged", "newer"],
)
def test_R19_a_database_that_is_not_right_is_refused_before_anything_starts(
    tmp_path: Path, damage: Callable[[Path], object], said: str
) -> None:
    with serving(tmp_path):
        assert ask(tmp_path, "GET", "/readyz").status == 200
    damage(tmp_path)
    with serving(tmp_path) as process:
        assert process.wait(10) == 1
        text = process.stderr.read() if process.stderr else ""
    assert said in text
    assert "Traceback" not in text


def make_newer(state: Path) -> None:
    with sqlite3.connect(state / "sentra.db") as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migration%'").fetchone()
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        newest = database.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone()  # noqa: S608
        marks = ", ".join("?" for _ in columns)
        database.execute(f"INSERT INTO {table} VALUES ({marks})", (newest[0] + 900, *newest[1:]))  # noqa: S608
    database.close()


def test_R30_a_stop_checkpoints_the_database_and_takes_less_than_ten_seconds(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - started < 10
    log = tmp_path / "sentra.db-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_a_taken_port_and_a_taken_state_folder_are_each_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with serving(tmp_path / "a", PORT=port) as process:
            assert process.wait(10) == 1
            text = process.stderr.read() if process.stderr else ""
        assert f"port {port} on 127.0.0.1 is taken" in text
        assert "Traceback" not in text
    with serving(tmp_path / "b"), serving(tmp_path / "b") as second:
        assert second.wait(10) == 1
        text = second.stderr.read() if second.stderr else ""
        assert "another Sentra is running on the state folder" in text


def test_a_killed_process_starts_again_and_remembers_who_was_signed_in(tmp_path: Path) -> None:
    who = {"email": "ada@example.org", "password": "the heron waits in cold water"}
    with serving(tmp_path) as process:
        token = (tmp_path / "setup-link").read_text().strip().partition("#")[2]
        assert ask(tmp_path, "POST", "/api/v1/setup", {**who, "name": "Ada", "token": token}).status == 201
        cookie = (ask(tmp_path, "POST", "/api/v1/session", who).getheader("Set-Cookie") or "").partition(";")[0]
        process.kill()
        process.wait(10)
    with serving(tmp_path):
        assert ask(tmp_path, "GET", "/api/v1/session", cookie=cookie).status == 200
