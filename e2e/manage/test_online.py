"""From nothing to a phone that is online, down to packets that arrive."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from e2e.manage.steps import add_peer, create_interface, delete_interface, row
from e2e.stack import Stack
from lab.client import Client
from lab.wireguard import Namespace, run

BODY = "the heron is home"


@pytest.fixture(scope="module")
def web_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a web server that knows the way to this node alone, and to no tunnel address."""
    folder = tmp_path_factory.mktemp("www")
    (folder / "index.html").write_text(BODY)
    with Namespace("sweb", "10.93.2") as namespace:
        command = ("ip", "netns", "exec", namespace.name, sys.executable, "-m", "http.server", "8000")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen((*command, "--directory", str(folder)), stdout=log, stderr=log)
        try:
            yield f"http://{namespace.inside}:8000/"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


def test_a_phone_is_online_a_name_and_a_file_later(
    at: Page, managed: Stack, phone: Client, web_server: str, screenshots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delete_interface(at)
    said: list[str] = []

    def listen(request: Request) -> None:
        said.append(f"{request.url} {request.post_data or ''} {request.headers}")

    at.on("request", listen)
    started = time.monotonic()
    create_interface(at, phone.namespace.outside)
    made = time.monotonic()
    text = add_peer(at, "phone")
    assert "AllowedIPs = 0.0.0.0/0, ::/0" in text
    at.screenshot(path=screenshots / "hand-out-waiting.png")
    phone.connect(text)
    connected = at.get_by_role("dialog").locator("[data-connected=true]")
    expect(connected).to_be_visible()
    shook = time.monotonic()
    at.screenshot(path=screenshots / "hand-out-connected.png")
    with capsys.disabled():
        print(f"\ninterface {made - started:.1f} s, from its page to the handshake {shook - made:.1f} s")
    fetched = run("curl", "-sS", "--max-time", "10", web_server, namespace=phone.namespace.name)
    assert fetched == BODY
    at.get_by_role("button", name="Done").click()
    received = row(at, "phone").locator('[data-column="rx_bytes"]')
    expect(received).to_have_text(re.compile(r"[1-9]"))
    expect(row(at, "phone")).to_have_attribute("data-presence", "active")
    at.screenshot(path=screenshots / "first-peer.png")
    at.remove_listener("request", listen)
    assert_nowhere(re.findall(r"PrivateKey = (\S+)", text)[0], managed, said, at)


def assert_nowhere(private_key: str, stack: Stack, said: list[str], page: Page) -> None:
    """The private key is in no request, no file of the product, no log, no backup, and no longer in the page."""
    raw = b64decode(private_key)
    forms = [private_key.encode(), raw, raw.hex().encode(), private_key.rstrip("=").encode()]
    backup = stack.log.with_name("backup.db")
    with closing(sqlite3.connect(stack.plan.state / "sentra.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(backup),))
    files = [file for file in (*stack.plan.state.rglob("*"), stack.log, backup) if file.is_file()]
    assert any(file.name.endswith("-wal") for file in files)
    found = [file.name for file in files for form in forms if form in file.read_bytes()]
    assert found == []
    assert [text for text in said if private_key in text or raw.hex() in text] == []
    assert private_key not in page.content()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
    assert private_key not in kept
