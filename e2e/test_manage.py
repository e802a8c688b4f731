"""What people do with interfaces and peers in the page, down to packets that arrive."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from e2e.conftest import Complaints, set_up
from e2e.stack import Stack, running
from lab.client import Client
from lab.wireguard import Namespace, run

NAME = "sman0"
BODY = "the heron is home"


@pytest.fixture(scope="session")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A product on a node that has no WireGuard interface yet; what it made is removed at the end."""
    try:
        with running(tmp_path_factory.mktemp("managed"), NAME) as up:
            yield up
    finally:
        with suppress(RuntimeError):
            run("ip", "link", "del", NAME)
        with suppress(RuntimeError):
            run("nft", "delete", "table", "inet", f"sentra_{NAME}")


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], managed: Stack) -> dict[str, Any]:
    return {**browser_context_args, "base_url": managed.origin}


@pytest.fixture(scope="session")
def manager(managed: Stack, browser: Browser, browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The owner of that product, signed in."""
    context = browser.new_context(**browser_context_args)
    set_up(context.new_page(), managed)
    state = dict(context.storage_state())
    context.close()
    return state


@pytest.fixture
def at(manager: dict[str, Any], page: Page, complaints: Complaints) -> Page:
    """A page of that owner, on the interfaces."""
    page.context.add_cookies(manager["cookies"])
    page.goto("/interfaces")
    page.get_by_role("heading", name="Interfaces", level=1).wait_for()
    return page


@pytest.fixture(scope="module")
def phone() -> Iterator[Client]:
    with Client("sphone", "10.93.1") as client:
        yield client


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


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def create_interface(page: Page, public_host: str) -> None:
    page.goto("/interfaces/new")
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Public address").fill(public_host)
    page.get_by_label("Peers reach the internet through this node").check()
    page.get_by_role("button", name="Create interface").click()
    page.get_by_role("heading", name=NAME, level=1).wait_for()


def add_peer(page: Page, name: str) -> str:
    """Add a peer by name alone and give its config file; the panel stays open."""
    page.get_by_role("button", name="Add peer").first.click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill(name)
    page.get_by_role("dialog").get_by_role("button", name="Add peer").click()
    page.get_by_role("img", name=re.compile("QR code")).wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name=f"Download {name}.conf").click()
    return saved.value.path().read_text()


def test_a_phone_is_online_a_name_and_a_file_later(
    at: Page, managed: Stack, phone: Client, web_server: str, screenshots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
