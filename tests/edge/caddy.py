"""A real Caddy with the product's Caddyfile, on free ports and a state folder of its own."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sentra.edge import Edge
from tests.edge.client import Answer, ask, ask_plainly, free_port, until

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!doctype html><html><head><meta property="csp-nonce" nonce="{{placeholder `http.request.uuid`}}">
<title>Sentra</title></head><body>the page</body></html>
"""


class TestClock:
    """A clock that stands where a test puts it."""

    __test__ = False

    def __init__(self, now: float) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


@dataclass
class Caddy:
    """What a test can do with a running Caddy. `settings` are those of `Edge`."""

    state: Path
    web_root: Path
    clock: TestClock
    settings: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    https_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def authority(self) -> Path:
        return self.state / "tls" / "ca.crt"

    def edge(self, **other: Any) -> Edge:
        """Return an Edge as `sentra serve` makes one."""
        given: dict[str, Any] = {
            "state_dir": self.state,
            "public_origin": f"https://localhost:{self.https_port}",
            "https_port": self.https_port,
            "http_port": self.http_port,
            "tls_cert": None,
            "tls_key": None,
            "tls_auto": False,
            "tls_sans": (),
            "domain": None,
            "clock": self.clock,
        }
        return Edge(**(given | self.settings | other))

    def start(self) -> None:
        """Start Caddy and wait until its admin socket answers."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.state),
            "SENTRA_STATE_DIR": str(self.state),
            "SENTRA_WEB_ROOT": str(self.web_root),
            "SENTRA_CADDYFILE": str(ROOT / "Caddyfile"),
            "SENTRA_HTTPS_PORT": str(self.https_port),
            "SENTRA_HTTP_PORT": str(self.http_port),
        }
        command = ["caddy", "run", "--config", str(ROOT / "Caddyfile"), "--adapter", "caddyfile"]
        with (self.state / "caddy.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment | self.environment, stderr=log, stdin=subprocess.DEVNULL
            )
        until(self._admin_answers, "Caddy's admin socket")

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
            self.process = None

    def log(self) -> str:
        return (self.state / "caddy.log").read_text()

    def ask(self, path: str = "/", **details: Any) -> Answer:
        return ask(self.https_port, path, **details)

    def ask_plainly(self, path: str = "/", **details: Any) -> Answer:
        return ask_plainly(self.http_port, path, **details)

    def config(self, path: str = "") -> Any:
        """Return a part of the configuration that Caddy runs."""
        return json.loads(self._admin("GET", f"/config/{path}"))

    def listens_on(self) -> set[int]:
        """Return every TCP port on which this very process listens."""
        assert self.process
        folder = Path(f"/proc/{self.process.pid}/fd")
        inodes = {
            match[1]
            for link in folder.iterdir()
            if link.is_symlink() and (match := re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())))
        }
        return {
            int(columns[1].rpartition(":")[2], 16)
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
            if (columns := line.split())[3] == "0A" and columns[9] in inodes
        }

    def admin_folder_mode(self) -> int:
        return stat.S_IMODE((self.state / "caddy" / "admin").stat().st_mode)

    def _admin_answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log()
        return bool(self._admin("GET", "/config/"))

    def _admin(self, method: str, path: str) -> str:
        with socket.socket(socket.AF_UNIX) as plain:
            plain.settimeout(5)
            plain.connect(str(self.state / "caddy" / "admin" / "admin.sock"))
            connection = HTTPConnection("")
            connection.sock = plain
            connection.putrequest(method, path, skip_host=True)
            connection.putheader("Host", "")
            connection.endheaders()
            return connection.getresponse().read().decode()
