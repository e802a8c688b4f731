"""`sentra interface …` and `sentra peer …` against a product that runs, with real interfaces."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lab.wireguard import run
from tests.system.product import SENTRA, Product

pytestmark = pytest.mark.wireguard
NAME = "scmd0"


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    try:
        with Product(tmp_path / "state", NAME) as running:
            yield running
    finally:
        with suppress(RuntimeError):
            run("ip", "link", "del", NAME)


def sentra(product: Product, *arguments: str, code: int = 0) -> str:
    """Run a command; give what it printed, on either stream."""
    environment = {"PATH": os.environ["PATH"], "SENTRA_STATE_DIR": str(product.state), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run((SENTRA, *arguments), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done.stdout + done.stderr


def test_an_interface_and_its_peers_from_the_command_line(product: Product, tmp_path: Path):
    assert "sentra interface create" in sentra(product, "interface", "list")
    assert "Bring up" in sentra(product, "interface", "create", NAME, "--dry-run")
    assert NAME not in run("ip", "-br", "link")
    sentra(product, "interface", "create", NAME, "--public-host", "192.0.2.9", "--address", "10.76.0.1/24")
    assert "● runs" in sentra(product, "interface", "list")

    file = tmp_path / "laptop.conf"
    sentra(product, "peer", "add", "laptop", "--preshared", "--output", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert "Endpoint = 192.0.2.9:" in text
    private, preshared = (re.findall(rf"^{key} = (\S+)$", text, re.MULTILINE)[0] for key in SECRETS)
    public = run("wg", "pubkey", text=private).strip()
    assert run("wg", "show", NAME, "preshared-keys").split() == [public, preshared]
    kept = b"".join(path.read_bytes() for path in product.state.rglob("*") if path.is_file())
    assert private.encode() not in kept
    assert preshared.encode() not in kept

    assert "█" in sentra(product, "peer", "add", "phone", "--qr", "--tag", "people")
    listed = json.loads(sentra(product, "peer", "list", "--json"))
    assert [(peer["name"], peer["tags"]) for peer in listed] == [("laptop", []), ("phone", ["people"])]
    sentra(product, "peer", "disable", "phone", "--reason", "lost")
    assert len(run("wg", "show", NAME, "peers").split()) == 1
    assert "lost" in sentra(product, "peer", "show", "phone")
    again = sentra(product, "peer", "rekey", "laptop")
    assert private not in again
    assert "PresharedKey" in again
    sentra(product, "interface", "undo", NAME, revision_of(product, "Disabled phone"))
    assert len(run("wg", "show", NAME, "peers").split()) == 2
    sentra(product, "peer", "remove", "phone")
    assert "phone" not in sentra(product, "peer", "list")
    sentra(product, "interface", "delete", NAME)
    assert NAME not in run("ip", "-br", "link")


SECRETS = ("PrivateKey", "PresharedKey")


def revision_of(product: Product, summary: str) -> str:
    revisions = json.loads(sentra(product, "interface", "revisions", "--json"))
    return str(next(revision["id"] for revision in revisions if revision["summary"] == summary))


def test_what_is_wrong_is_said_in_a_line_for_each_field(product: Product):
    said = sentra(product, "interface", "create", NAME, "--address", "10.76.0.1/33", "--mtu", "7", code=1)
    assert "mtu: An MTU is a number from 576 to 65535." in said
    assert "addresses" in said
    assert "there is no peer nobody" in sentra(product, "peer", "show", "nobody", code=1)


def test_without_a_server_it_says_how_to_start_one(product: Product):
    product.stop()
    assert "Sentra does not run here" in sentra(product, "interface", "list", code=1)
