"""Peers, one and many: edited, disabled, re-keyed, chosen together, made from a list."""

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.conftest import Complaints
from e2e.manage.steps import NAME, add_peer, close_dialog, open_interface, row
from lab.client import Client
from lab.wireguard import run


def test_a_peer_is_edited_disabled_and_enabled(at: Page, screenshots: Path) -> None:
    open_interface(at)
    add_peer(at, "desk")
    close_dialog(at)
    row(at, "desk").get_by_role("link").click()
    panel = at.get_by_role("dialog", name="Peer desk")
    panel.get_by_role("button", name="Edit").click()
    form = at.get_by_role("dialog", name="Edit desk")
    form.get_by_label("Networks behind the peer").fill("192.168.77.0/24")
    form.get_by_label("Tags").fill("office")
    form.get_by_role("button", name="Save").click()
    expect(panel).to_contain_text("192.168.77.0/24")
    key = row(at, "desk").get_attribute("data-key") or ""
    assert "192.168.77.0/24" in run("wg", "show", NAME, "allowed-ips")
    at.screenshot(path=screenshots / "peer-panel.png")
    panel.get_by_role("button", name="Disable").click()
    expect(row(at, "desk")).to_have_attribute("data-presence", "disabled")
    assert key not in run("wg", "show", NAME, "peers")
    panel.get_by_role("button", name="Enable").click()
    expect(panel.get_by_role("button", name="Disable")).to_be_visible()
    assert key in run("wg", "show", NAME, "peers")


def test_overlapping_allowed_ips_are_refused_at_the_field_with_the_name_of_the_owner(
    at: Page, complaints: Complaints, screenshots: Path
) -> None:
    complaints.expect("422")
    open_interface(at)
    add_peer(at, "one")
    close_dialog(at)
    address = (row(at, "one").locator('[data-column="allowed_ips"]').text_content() or "").split(",")[0]
    at.get_by_role("button", name="Add peer").first.click()
    form = at.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("two")
    form.get_by_text("More").click()
    form.get_by_label("Tunnel addresses").fill(address)
    form.get_by_role("button", name="Add peer").click()
    expect(form.get_by_text(re.compile("belongs to one|one has|to one"))).to_be_visible()
    at.screenshot(path=screenshots / "field-error.png")


def test_a_file_is_shown_again_with_a_new_key_and_the_old_one_stops(at: Page, phone: Client, screenshots: Path) -> None:
    open_interface(at)
    first = add_peer(at, "watch")
    phone.connect(first)
    expect(at.locator("[data-connected=true]")).to_be_visible()
    close_dialog(at)
    row(at, "watch").get_by_role("link").click()
    panel = at.get_by_role("dialog", name="Peer watch")
    panel.get_by_role("button", name="New key and QR").click()
    at.get_by_role("button", name="Make a new key").click()
    at.get_by_role("img", name=re.compile("QR code")).wait_for()
    with at.expect_download() as saved:
        at.get_by_role("button", name="Download watch.conf").click()
    second = saved.value.path().read_text()
    keys = [re.findall(r"PrivateKey = (\S+)", text)[0] for text in (first, second)]
    assert keys[0] != keys[1]
    assert re.findall("Address = .*", first) == re.findall("Address = .*", second)
    phone.connect(second)
    expect(at.locator("[data-connected=true]")).to_be_visible()
    at.screenshot(path=screenshots / "rekeyed.png")
    close_dialog(at)
    old = run("wg", "pubkey", text=keys[0]).strip()
    assert old not in run("wg", "show", NAME, "peers")


def test_many_peers_are_made_from_a_list_chosen_and_changed_together(at: Page, screenshots: Path) -> None:
    open_interface(at)
    at.get_by_role("button", name="Add several").click()
    names = [f"many {number}" for number in range(1, 13)]
    at.get_by_label("Names, one on each line").fill("\n".join(names))
    at.get_by_role("button", name="Add peers").click()
    with at.expect_download() as saved:
        at.get_by_role("button", name="Download 12 files").click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert len(texts) == len({re.findall(r"PrivateKey = (\S+)", text)[0] for text in texts}) == 12
    at.get_by_role("button", name="Done").click()
    at.get_by_label("Search peers").fill("many")
    at.get_by_role("button", name="Select").click()
    at.get_by_role("button", name="Choose all 12").click()
    at.screenshot(path=screenshots / "bulk.png")
    at.get_by_role("button", name="Disable").click()
    expect(row(at, "many 1").first).to_have_attribute("data-presence", "disabled")
    at.get_by_role("button", name="Select").click()
    at.get_by_role("button", name="Choose all 12").click()
    bar = at.get_by_role("region", name="Chosen peers")
    bar.get_by_role("button", name="Delete").click()
    at.get_by_role("button", name="Delete 12 peers").click()
    expect(at.get_by_text("No peer matches")).to_be_visible()
