"""The examples of docs/integrations.md, run as they stand there against the whole product behind HTTPS."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from lab.wireguard import run as run_command
from tests.edge.caddy import ROOT
from tests.edge.client import ask
from tests.edge.test_run import Run

pytestmark = [pytest.mark.caddy, pytest.mark.wireguard]

DOCUMENT = (ROOT / "docs" / "integrations.md").read_text()
NAME = "sdoc0"
EMAIL, PASSWORD = "ada@example.com", "the heron waits in cold water"
ACTIONS = ["interface:read", "peer:create", "peer:read", "status:read"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


GIVEN, *SHELL = blocks("sh")
"""What whoever copies has to fill in themselves, and what they run."""
TRUST = SHELL[0]
NAMES = set(re.findall(r"(?:export| ) ?(SENTRA_\w+)=", GIVEN))


class Product:
    """The running product, its owner, and a token of theirs."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.authority = run.state / "s" / "tls" / "ca.crt"
        self.origin = f"https://localhost:{run.https_port}"
        token = (run.state / "s" / "setup-link").read_text().strip().partition("#")[2]
        self._cookie = ""
        self.post("/setup", {"token": token, "email": EMAIL, "name": "Ada", "password": PASSWORD})
        self.post("/session", {"email": EMAIL, "password": PASSWORD})
        made = self.post("/interfaces", {"name": NAME, "addresses": ["10.74.0.1/24"], "public_host": "vpn.example.com"})
        self.interface = made["interface"]["id"]
        self.token = self.post("/tokens", {"name": "docs", "actions": ACTIONS})["token"]

    def post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, json.dumps(body).encode())

    def get(self, path: str) -> Any:
        return self._ask("GET", path, b"")

    def peers(self) -> dict[str, Any]:
        return {peer["name"]: peer for peer in self.get(f"/interfaces/{self.interface}/peers")["items"]}

    def environment(self) -> dict[str, str]:
        """Give what the first block of the document names, and nothing of this machine's own."""
        given = {
            "SENTRA_URL": self.origin,
            "SENTRA_TOKEN": self.token,
            "SENTRA_EMAIL": EMAIL,
            "SENTRA_PASSWORD": PASSWORD,
        }
        assert set(given) == NAMES
        return {"PATH": os.environ["PATH"], "HOME": str(self.run.state), **given}

    def _ask(self, method: str, path: str, body: bytes) -> Any:
        headers = [("Sec-Fetch-Site", "same-origin"), ("Cookie", self._cookie)]
        if method != "GET":
            headers += [("Origin", self.origin), ("X-Sentra-CSRF", "1"), ("Content-Type", "application/json")]
        answer = ask(
            self.run.https_port, f"/api/v1{path}", method=method, headers=headers, body=body, authority=self.authority
        )
        assert answer.status < 300, answer.body
        for value in answer.all("set-cookie"):
            self._cookie = value.partition(";")[0]
        return json.loads(answer.body)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with TemporaryDirectory(prefix="sentra-") as folder:
        run = Run(Path(folder), SENTRA_DISABLE_AGENT="false", WG_INTERFACE=NAME)
        try:
            run.start_and_wait()
            yield Product(run)
        finally:
            run.end()
            with suppress(RuntimeError):
                run_command("ip", "link", "del", NAME)


def copied(product: Product, folder: Path, script: str) -> list[str]:
    """Run what was copied, as somebody in a shell does, and give the lines that they see."""
    command = ["bash", "-euo", "pipefail", "-c", script]
    ran = subprocess.run(
        command, cwd=folder, env=product.environment(), capture_output=True, errors="replace", timeout=120, check=False
    )
    said = f"{ran.stdout}\n{ran.stderr}\n{product.run.complained[-2000:]}"
    assert (ran.returncode, ran.stderr) == (0, ""), said
    return ran.stdout.splitlines()


def fingerprint(product: Product) -> str:
    found = re.search(r"sha256:([0-9a-f]{64})", product.run.said)
    assert found
    return found[1]


def assert_config(folder: Path, name: str, peer: dict[str, Any]) -> None:
    """Hold the config file against the peer: its private key belongs to the public key that Sentra has."""
    file = folder / f"{name}.conf"
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text()
    private = re.findall(r"^PrivateKey = (\S{44})$", text, re.MULTILINE)
    assert len(private) == 1, text
    public = subprocess.run(["wg", "pubkey"], input=private[0], capture_output=True, text=True, check=True)
    assert public.stdout.strip() == peer["public_key"]
    assert "Endpoint = vpn.example.com:" in text


def test_the_examples_for_the_shell_do_what_they_say(product: Product, tmp_path: Path) -> None:
    lines = copied(product, tmp_path, "\n".join(SHELL))
    shown = next(line for line in lines if "Fingerprint=" in line)
    assert shown.partition("=")[2].replace(":", "").lower() == fingerprint(product)
    assert [line for line in lines if line in ACTIONS] == ACTIONS
    assert EMAIL in lines
    upgraded = next(number for number, line in enumerate(lines) if line.startswith("HTTP/1.1 101"))
    assert '{"type":"snapshot"' in "".join(lines[upgraded:])
    assert_config(tmp_path, "laptop", product.peers()["laptop"])
    spent = json.loads((tmp_path / "tokens.json").read_text())
    assert refused(product, "/token/refresh", {"refresh_token": spent["refresh_token"]})


def test_the_examples_for_python_do_what_they_say(product: Product, tmp_path: Path) -> None:
    (tmp_path / "examples.py").write_text("\n\n".join(blocks("python")))
    lines = copied(product, tmp_path, f"{TRUST}\n{sys.executable} -W error examples.py")
    assert str(sorted([*ACTIONS, "session:read"])) in lines
    assert EMAIL in lines
    assert any(re.fullmatch(r"snapshot with \d+ peers", line) for line in lines)
    assert_config(tmp_path, "phone", product.peers()["phone"])


def test_a_list_of_many_pages_is_read_to_its_end(product: Product, tmp_path: Path) -> None:
    """The example turns pages: with pages of one, it prints every peer."""
    keys = [subprocess.run(["wg", "genkey"], capture_output=True, text=True, check=True).stdout for _ in range(3)]
    for number, key in enumerate(keys):
        public = subprocess.run(["wg", "pubkey"], input=key, capture_output=True, text=True, check=True).stdout.strip()
        product.post(f"/interfaces/{product.interface}/peers", {"name": f"page{number}", "public_key": public})
    asking, _, listing, *_ = blocks("python")
    (tmp_path / "pages.py").write_text(f"{asking}\n{listing.replace('limit=100', 'limit=1')}")
    lines = copied(product, tmp_path, f"{TRUST}\n{sys.executable} pages.py")
    assert {line.split()[0] for line in lines if "10.74.0." in line} == set(product.peers())


def refused(product: Product, path: str, body: Any) -> bool:
    headers = [("Content-Type", "application/json")]
    answer = ask(
        product.run.https_port,
        f"/api/v1{path}",
        method="POST",
        headers=headers,
        body=json.dumps(body).encode(),
        authority=product.authority,
    )
    return answer.status == 401
