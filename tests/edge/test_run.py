"""`make run`'s supervisor with the real control plane and the real Caddy."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.caddy import PAGE, ROOT
from tests.edge.certificates import write_given
from tests.edge.client import ask, free_port, until
from tests.edge.headers import assert_secured

pytestmark = pytest.mark.caddy


class Run:
    """One run of the supervisor, with everything that it said."""

    def __init__(self, state: Path, **environment: str) -> None:
        self.state = state
        self.https_port, http_port = free_port(), free_port()
        web_root = state / "web"
        web_root.mkdir(exist_ok=True)
        (web_root / "index.html").write_text(PAGE)
        self._out, self._err = state / "out", state / "err"
        given = {
            "PATH": os.environ["PATH"],
            "SENTRA_STATE_DIR": str(state / "s"),
            "SENTRA_WEB_ROOT": str(web_root),
            "SENTRA_HTTPS_PORT": str(self.https_port),
            "SENTRA_HTTP_PORT": str(http_port),
            "SENTRA_DISABLE_AGENT": "true",
            "PORT": "0",
        }
        self.environment = given | environment

    def start(self, *prefix: str) -> None:
        with self._out.open("wb") as out, self._err.open("wb") as err:
            command = [*prefix, sys.executable, str(ROOT / "setup" / "run.py")]
            self.process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=err, cwd=ROOT)

    def start_and_wait(self) -> None:
        self.start()
        until(lambda: "Ctrl-C" in self.said or self.process.poll() is not None, "the greeting")
        assert self.process.poll() is None, self.complained

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)

    @property
    def said(self) -> str:
        return self._out.read_text()

    @property
    def complained(self) -> str:
        return self._err.read_text()

    def children(self) -> dict[str, int]:
        """Return the processes that this run started and that still live, by name."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and int(folder.name) != self.process.pid:
                try:
                    environment = (folder / "environ").read_bytes()
                    name = (folder / "comm").read_text().strip()
                except OSError:
                    continue
                if f"SENTRA_STATE_DIR={self.state}/s\0".encode() in environment:
                    found[name] = int(folder.name)
        return found


@pytest.fixture
def make_run(state: Path) -> Iterator[Callable[..., Run]]:
    made: list[Run] = []

    def make(**environment: str) -> Run:
        run = Run(state, **environment)
        made.append(run)
        return run

    yield make
    for run in made:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(15)
    for run in made:
        until(lambda run=run: not run.children(), "the end of everything that was started")


def test_it_prints_the_address_the_setup_link_and_whom_to_trust(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.start_and_wait()
    origin = f"https://localhost:{run.https_port}"
    assert f"Sentra runs at {origin}\n" in run.said
    link = re.search(rf"{re.escape(origin)}/setup#([\w-]{{43}})\n", run.said)
    assert link, run.said
    assert (run.state / "s" / "setup-link").read_text().strip() in run.said
    authority = run.state / "s" / "tls" / "ca.crt"
    printed = subprocess.run(
        ["openssl", "x509", "-fingerprint", "-sha256", "-noout", "-in", authority], capture_output=True, check=True
    )
    digits = printed.stdout.decode().strip().rpartition("=")[2].replace(":", "").lower()
    assert f"sha256:{digits}" in run.said
    assert b"the page" in ask(run.https_port, authority=authority).body
    assert ask(run.https_port, "/readyz", authority=authority).status == 200
    assert link[1] not in run.complained

    second = Run(run.state, **{**run.environment, "SENTRA_HTTPS_PORT": str(free_port())})
    second.start()
    assert second.process.wait(15) == 1
    assert second.complained.count("\n") == 1
    assert f"already runs with {run.state}/s (process {run.process.pid})" in second.complained


def test_S60_what_the_control_plane_answers_has_each_header_once(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.start_and_wait()
    for method, path, status in [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/api/v1/setup", 200),
        ("GET", "/api/v1/status", 401),
        ("GET", "/api/v1/openapi.json", 401),
        ("GET", "/api/v1/docs", 401),
        ("GET", "/api/v1/status/stream", None),
        ("GET", "/api/v1/nothing", None),
        ("PUT", "/api/v1/session", None),
        ("POST", "/api/v1/session", None),
        ("GET", "/api/v1/status?token=x", 400),
    ]:
        answer = ask(run.https_port, path, method=method)
        assert status in (None, answer.status), f"{path}: {answer.status}"
        assert answer.status < 500, path
        assert_secured(answer, path)
        if path.startswith("/api"):
            assert answer.one("cache-control") == "no-store"


def test_S61_the_ca_is_public_and_nothing_else_of_it(make_run: Callable[..., Run], tmp_path: Path) -> None:
    run = make_run()
    run.start_and_wait()
    answer = ask(run.https_port, "/api/v1/ca.crt")
    assert answer.status == 200
    assert answer.body == (run.state / "s" / "tls" / "ca.crt").read_bytes()
    assert f"sha256:{answer.one('x-sentra-ca-sha256')}" in run.said
    assert run.end() == 0

    given = write_given(tmp_path, combined=True)
    combined = make_run(
        SENTRA_TLS_AUTO="true", SENTRA_TLS_CERT=str(given.certificate), SENTRA_TLS_KEY=str(given.certificate)
    )
    combined.start_and_wait()
    answer = ask(combined.https_port, "/api/v1/ca.crt", authority=given.certificate)
    assert answer.status == 404
    assert b"PRIVATE" not in answer.body
    assert b"CERTIFICATE" not in answer.body
    assert "fingerprint" not in combined.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_R30_a_signal_ends_all_of_it_in_ten_seconds(make_run: Callable[..., Run], number: int) -> None:
    run = make_run()
    run.start_and_wait()
    assert set(run.children()) == {"sentra", "caddy"}
    began = time.monotonic()
    assert run.end(number) == 0
    assert time.monotonic() - began < 10
    assert run.children() == {}
    assert "Traceback" not in run.complained
    run.start_and_wait()  # and it starts again on the same state
    assert run.end() == 0


def test_when_caddy_dies_the_control_plane_is_stopped_and_it_is_said(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.start_and_wait()
    os.kill(run.children()["caddy"], signal.SIGKILL)
    assert run.process.wait(15) == 1
    assert "sentra: Caddy ended by itself" in run.complained
    assert run.children() == {}


def test_a_control_plane_that_was_killed_is_started_again_but_not_for_ever(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.start_and_wait()
    for times in range(1, 4):
        victim = run.children()["sentra"]
        os.kill(victim, signal.SIGKILL)
        until(lambda victim=victim: run.children().get("sentra") not in (None, victim), "another control plane")
        until(lambda times=times: run.said.count("starting it again") == times, "word of it")
        until(lambda: ask(run.https_port, "/readyz").status == 200, "its answer through Caddy")
        # the link that was printed before is void
        link = (run.state / "s" / "setup-link").read_text()
        until(lambda link=link: run.said.endswith(f"with this link: {link}"), "the link of this start")
    os.kill(run.children()["sentra"], signal.SIGKILL)
    assert run.process.wait(15) == 1
    assert "sentra: The control plane ended by itself" in run.complained
    assert run.children() == {}


def test_what_it_started_ends_with_it_even_when_it_is_killed(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.start_and_wait()
    run.process.kill()
    run.process.wait()
    until(lambda: not run.children(), "the end of control plane and Caddy")


def test_an_error_of_the_control_plane_ends_it_with_its_reason(make_run: Callable[..., Run]) -> None:
    run = make_run(SENTRA_TLS_CERT="/nonexistent/tls.crt", SENTRA_TLS_KEY="/nonexistent/tls.key")
    run.start()
    assert run.process.wait(30) == 1
    assert "/nonexistent/tls.crt cannot be read" in run.complained
    assert "Traceback" not in run.complained
    assert "ended by itself" not in run.complained


def test_a_wrong_setting_is_one_sentence(make_run: Callable[..., Run]) -> None:
    run = make_run(SENTRA_SAMPLE_SECONDS="often")
    run.start()
    assert run.process.wait(30) == 1
    assert run.complained == "sentra: SENTRA_SAMPLE_SECONDS must be a number of seconds from 1 to 3600.\n"


@pytest.mark.parametrize("variable", ["SENTRA_HTTPS_PORT", "PORT"])
def test_a_taken_port_is_one_sentence_with_its_variable(make_run: Callable[..., Run], variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = make_run(**{variable: str(port)})
        run.start()
        assert run.process.wait(15) == 1
    assert run.complained.count("\n") == 1
    assert f"Port {port} is taken" in run.complained
    assert f"set {variable} to" in run.complained


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SENTRA_HTTPS_PORT": "https"}, "SENTRA_HTTPS_PORT is 'https', which is not a port number."),
        ({"SENTRA_HTTPS_PORT": "0"}, "SENTRA_HTTPS_PORT is '0', which is not a port number."),
        ({"SENTRA_HTTP_PORT": "65536"}, "SENTRA_HTTP_PORT is '65536', which is not a port number."),
        ({"SENTRA_WEB_ROOT": "/nonexistent"}, "The page is not built in /nonexistent: start with `make run`."),
        ({"PATH": "/nonexistent"}, "Caddy is missing: start with `make run`, or `apt-get install caddy`."),
        ({"SENTRA_TLS_AUTO": "false"}, "Caddy has no certificate: set SENTRA_TLS_CERT and SENTRA_TLS_KEY"),
    ],
)
def test_what_is_missing_is_one_sentence(
    make_run: Callable[..., Run], environment: dict[str, str], sentence: str
) -> None:
    run = make_run(**environment)
    run.start()
    assert run.process.wait(15) == 1
    assert run.complained.startswith(f"sentra: {sentence}")
    assert run.complained.count("\n") == 1


def test_a_state_folder_whose_path_is_too_long_for_sockets_is_one_sentence(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.environment["SENTRA_STATE_DIR"] = f"{run.state}/{'long' * 20}"
    run.start()
    assert run.process.wait(15) == 1
    assert "SENTRA_STATE_DIR" in run.complained
    assert run.complained.count("\n") == 1


def test_a_state_folder_of_somebody_else_is_one_sentence(make_run: Callable[..., Run]) -> None:
    run = make_run(SENTRA_STATE_DIR="/proc/nothing")
    run.start()
    assert run.process.wait(15) == 1
    assert "/proc/nothing cannot be used" in run.complained
    assert run.complained.count("\n") == 1


@pytest.mark.skipif(os.getuid() != 0, reason="a full disk of one's own needs root")
def test_a_full_disk_is_one_sentence(make_run: Callable[..., Run]) -> None:
    run = make_run()
    folder = Path(run.environment["SENTRA_STATE_DIR"])
    folder.mkdir()
    fill = 'mount -t tmpfs -o size=4k none "$0" && head -c 4096 /dev/zero > "$0/filler" && exec "$@"'
    run.start("unshare", "--mount", "sh", "-c", fill, str(folder))
    assert run.process.wait(15) == 1
    assert f"{folder} cannot be written to (No space left on device)" in run.complained
    assert run.complained.count("\n") == 1


def test_without_privilege_it_says_what_to_do(make_run: Callable[..., Run]) -> None:
    run = make_run(SENTRA_DISABLE_AGENT="false")
    run.start("setpriv", "--bounding-set=-net_admin")
    assert run.process.wait(15) == 1
    assert run.complained.count("\n") == 1
    assert "needs root or CAP_NET_ADMIN" in run.complained
