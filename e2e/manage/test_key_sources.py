"""Peers whose key pair is their own or the server's, and files that have to be imported again."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.conftest import Complaints
from e2e.manage.steps import NAME, add_peer, close_dialog, open_interface, row
from lab.client import Client
from lab.wireguard import new_key, run


def test_a_peer_that_has_a_key_is_added_by_its_public_key_until_a_day(at: Page, screenshots: Path) -> None:
    private, public = new_key()
    open_interface(at)
    at.get_by_role("button", name="Add peer").first.click()
    form = at.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("router")
    form.get_by_text("More", exact=True).click()
    form.get_by_label("The peer has one").check()
    form.get_by_label("Public key", exact=True).fill(public[:-3])
    form.get_by_role("button", name="Add peer").click()
    expect(form.get_by_label("Public key", exact=True)).to_have_attribute("aria-invalid", "true")
    at.screenshot(path=screenshots / "own-key-wrong.png")
    form.get_by_label("Public key", exact=True).fill(public)
    form.get_by_label("Expires").fill("2099-01-01T12:00")
    form.get_by_role("button", name="Add peer").click()
    expect(form.get_by_text("The peer is added.")).to_be_visible()
    close_dialog(at)
    assert public in run("wg", "show", NAME, "peers")
    row(at, "router").get_by_role("link").click()
    panel = at.get_by_role("dialog", name="Peer router")
    expect(panel).to_contain_text("2099")
    expect(panel.get_by_role("link", name=re.compile("Download"))).to_have_count(0)
    assert private not in at.content()


def test_a_key_pair_is_made_by_the_server_where_that_is_allowed(
    at: Page, complaints: Complaints, phone: Client, screenshots: Path
) -> None:
    open_interface(at)
    at.get_by_role("button", name="Add peer").first.click()
    at.get_by_role("dialog").get_by_text("More", exact=True).click()
    expect(at.get_by_label("Made and kept by the server")).to_be_disabled()
    at.keyboard.press("Escape")
    allow_server_keys(at)
    open_interface(at)
    at.get_by_role("button", name="Add peer").first.click()
    form = at.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("kiosk")
    form.get_by_text("More", exact=True).click()
    form.get_by_label("Made and kept by the server").check()
    form.get_by_label("Preshared key").check()
    form.get_by_role("button", name="Add peer").click()
    at.get_by_role("img", name=re.compile("QR code")).wait_for()
    at.screenshot(path=screenshots / "kept-file.png")
    close_dialog(at)
    key = row(at, "kiosk").get_attribute("data-key") or ""
    assert f"{key}\t(none)" not in run("wg", "show", NAME, "preshared-keys")
    row(at, "kiosk").get_by_role("link").click()
    panel = at.get_by_role("dialog", name="Peer kiosk")
    with at.expect_download() as saved:
        panel.get_by_role("link", name=re.compile("Download|Config file")).click()
    phone.connect(saved.value.path().read_text())
    expect(row(at, "kiosk")).to_have_attribute("data-presence", "active")


def allow_server_keys(page: Page) -> None:
    page.goto(f"/interfaces/local/{NAME}/settings")
    page.get_by_text("More settings").click()
    page.get_by_label("Keys may be made on the server").check()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Saved, and it runs.")).to_be_visible()


def test_whose_file_changed_is_told_to_import_it_again(at: Page, screenshots: Path) -> None:
    open_interface(at)
    add_peer(at, "tv")
    close_dialog(at)
    at.goto(f"/interfaces/local/{NAME}/settings")
    at.get_by_label("DNS").fill("192.0.2.54")
    at.get_by_role("button", name="Save settings").click()
    plan = at.get_by_role("dialog")
    expect(plan).to_contain_text("tv")
    plan.get_by_role("button", name="Save settings").click()
    expect(plan).to_have_count(0)
    open_interface(at)
    expect(at.get_by_text(re.compile(r"must import (its|their) config files? again"))).to_be_visible()
    at.get_by_text(re.compile("^Show (it|them)$")).click()
    expect(at.get_by_role("listitem").filter(has_text=re.compile("^tv$"))).to_be_visible()
    at.screenshot(path=screenshots / "reimport-list.png")
