"""What people do in the pages, as functions."""

import re
from typing import Any

from playwright.sync_api import Locator, Page

from e2e.conftest import PASSWORD

NAME = "sman0"
IMPORTED = "simp0"

ASK = """async ([method, path, body]) => {
    const headers = {"Content-Type": "application/json", "X-Sentra-CSRF": "1"};
    const answer = await fetch("/api/v1" + path, {method, headers, body: body && JSON.stringify(body)});
    const text = await answer.text();
    return {status: answer.status, json: text ? JSON.parse(text) : null};
}"""


def ask(page: Page, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Ask the API from a page, as whoever is signed in there."""
    return dict(page.evaluate(ASK, [method, path, body]))


def prove(page: Page) -> None:
    """Give the owner's password once more: what needs a proof of the last five minutes is done without being asked."""
    assert ask(page, "POST", "/session/proof", {"password": PASSWORD})["status"] == 204


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def create_interface(page: Page, public_host: str) -> None:
    page.goto("/interfaces/new")
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Public address").fill(public_host)
    page.get_by_label("Peers reach the internet through this node").check()
    page.get_by_role("button", name="Create interface").click()
    page.get_by_role("heading", name=NAME, level=1).wait_for()


def delete_interface(page: Page) -> None:
    """Leave nothing of the interface, so that a test begins where somebody new does."""
    for found in ask(page, "GET", "/interfaces")["json"]["items"]:
        if found["name"] == NAME:
            assert ask(page, "DELETE", f"/interfaces/{found['id']}")["status"] == 200


def open_interface(page: Page, public_host: str = "10.93.1.1") -> None:
    """Go to the page of the interface; make it, where it is not there yet."""
    page.goto(f"/interfaces/local/{NAME}")
    page.get_by_role("heading", name=NAME, level=1).wait_for()
    add = page.get_by_role("button", name="Add peer").first
    add.or_(page.get_by_text("This interface is not watched").or_(page.get_by_text("does not exist"))).first.wait_for()
    if not add.is_visible():
        create_interface(page, public_host)


def add_peer(page: Page, name: str) -> str:
    """Add a peer by name alone and give its config file; the panel stays open."""
    page.get_by_role("button", name="Add peer").first.click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill(name)
    page.get_by_role("dialog").get_by_role("button", name="Add peer").click()
    page.get_by_role("img", name=re.compile("QR code")).wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name=f"Download {name}.conf").click()
    return saved.value.path().read_text()


def close_dialog(page: Page) -> None:
    """Close the panel with the config file."""
    done = page.get_by_role("dialog").get_by_role("button", name="Done")
    done.click()
    done.wait_for(state="detached")


def choose_from_menu(page: Page, entry: str) -> None:
    """Choose from what else can be done with the interface."""
    page.get_by_role("button", name=f"More about {NAME}").click()
    page.get_by_role("button", name=entry, exact=True).or_(page.get_by_role("link", name=entry, exact=True)).click()
