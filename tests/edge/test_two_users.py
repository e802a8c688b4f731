"""The folders of `deploy/systemd/sentra.tmpfiles`: control plane and Caddy as two users without any capability."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.caddy import PAGE, ROOT
from tests.edge.client import ask, free_port, until

pytestmark = [pytest.mark.caddy, pytest.mark.skipif(os.getuid() != 0, reason="becoming two other users needs root")]

USERS = {"sentra": 20001, "sentra-caddy": 20002}
GROUP = USERS["sentra-caddy"]


class Installation:
    """Both programs as the units start them, each as its own user."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.log = folder / "log"
        for line in (ROOT / "deploy" / "systemd" / "sentra.tmpfiles").read_text().splitlines():
            if line.startswith("d "):
                _, path, mode, user, group = line.split()
                made = Path(str(self.state) + path.removeprefix("/var/lib/sentra"))
                made.mkdir()
                os.chown(made, USERS[user], USERS[group])
                made.chmod(int(mode, 8))
        web_root = folder / "web"
        web_root.mkdir()
        (web_root / "index.html").write_text(PAGE)
        self.https_port = free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.state / "caddy" / "data"),
            "SENTRA_STATE_DIR": str(self.state),
            "SENTRA_TLS_AUTO": "true",
            "SENTRA_DISABLE_AGENT": "true",
            "PORT": "0",
            "SENTRA_HTTPS_PORT": str(self.https_port),
            "SENTRA_HTTP_PORT": str(free_port()),
            "SENTRA_WEB_ROOT": str(web_root),
            "SENTRA_CADDYFILE": str(ROOT / "Caddyfile"),
            "XDG_CONFIG_HOME": str(self.state / "caddy" / "data"),
            "XDG_DATA_HOME": str(self.state / "caddy" / "data"),
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, user: str, *command: str) -> None:
        with self.log.open("ab") as log:
            drop = ["--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
            become = ["setpriv", f"--reuid={USERS[user]}", f"--regid={GROUP}", *drop, *command]
            self.processes.append(subprocess.Popen(become, env=self.environment, stderr=log, umask=0o077))

    def allowed(self, user: str, *command: str) -> bool:
        become = ["setpriv", f"--reuid={USERS[user]}", f"--regid={GROUP}", "--clear-groups", *command]
        return subprocess.run(become, env=self.environment, capture_output=True, check=False).returncode == 0


@pytest.fixture
def installation(state: Path) -> Iterator[Installation]:
    state.chmod(0o711)
    made = Installation(state)
    yield made
    for process in made.processes:
        process.terminate()
    for process in made.processes:
        process.wait(15)


def test_S59_caddy_reaches_the_socket_and_its_certificate_and_nothing_else(installation: Installation) -> None:
    caddyfile = ["--config", str(ROOT / "Caddyfile"), "--adapter", "caddyfile"]
    installation.start("sentra", str(Path(sys.executable).with_name("sentra")), "serve")
    until((installation.state / "run" / "app.sock").exists, "the control plane")
    installation.start("sentra-caddy", "caddy", "run", *caddyfile)
    authority = installation.state / "tls" / "ca.crt"
    until(lambda: ask(installation.https_port, "/readyz", authority=authority).status == 200, "the way through Caddy")
    assert b"the page" in ask(installation.https_port, authority=authority).body

    for name in ("sentra.db", "jwt-secret", "setup-link", "tls/ca.key", "tls/ca.crt", "."):
        command = ["ls" if name == "." else "cat", str(installation.state / name)]
        assert not installation.allowed("sentra-caddy", *command), name
        assert installation.allowed("sentra", *command), name
    for name in ("caddy/leaf.key", "caddy/tls.caddy"):
        path = installation.state / name
        assert installation.allowed("sentra-caddy", "cat", str(path))
        assert not installation.allowed("sentra-caddy", "sh", "-c", f"echo >> {path}")
        assert path.stat().st_mode & 0o777 == 0o640

    # the control plane may not give orders to Caddy, so the unit does it as Caddy's own user
    admin = f"unix/{installation.state}/caddy/admin/admin.sock"
    assert not installation.allowed("sentra", "ls", str(installation.state / "caddy" / "admin"))
    assert not installation.allowed("sentra", "caddy", "reload", "--force", *caddyfile, "--address", admin)
    assert installation.allowed("sentra-caddy", "caddy", "reload", "--force", *caddyfile, "--address", admin)
    assert ask(installation.https_port, "/readyz", authority=authority).status == 200
