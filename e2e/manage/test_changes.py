"""Changes that are shown before they are made, kept or undone, and those that somebody made by hand."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.conftest import Complaints
from e2e.manage.steps import NAME, add_peer, choose_from_menu, close_dialog, open_interface, row
from lab.client import Client
from lab.wireguard import new_key, run


def listen_port() -> int:
    return int(run("wg", "show", NAME, "listen-port"))


def change_port(page: Page, port: int) -> None:
    page.goto(f"/interfaces/local/{NAME}/settings")
    page.get_by_label("Listen port").fill(str(port))
    page.get_by_role("button", name="Save settings").click()


def test_a_risky_change_shows_its_plan_and_is_kept_by_who_can_still_reach_it(
    at: Page, phone: Client, screenshots: Path
) -> None:
    open_interface(at)
    add_peer(at, "tablet")
    close_dialog(at)
    before = listen_port()
    change_port(at, before + 7)
    plan = at.get_by_role("dialog")
    expect(plan).to_contain_text(str(before + 7))
    expect(plan).to_contain_text("tablet")  # must import its file again
    at.screenshot(path=screenshots / "plan.png")
    assert listen_port() == before
    plan.get_by_role("button", name="Save settings").click()
    expect(at.get_by_text(re.compile(r"is undone in \d+ s"))).to_be_visible()
    at.screenshot(path=screenshots / "waiting.png")
    assert listen_port() == before + 7
    at.get_by_role("button", name="Keep it", exact=True).click()
    expect(at.get_by_text(re.compile(r"is undone in \d+ s"))).to_have_count(0)
    at.goto(f"/interfaces/local/{NAME}")
    expect(at.get_by_text(re.compile(r"must import .* config file"))).to_be_visible()
    at.screenshot(path=screenshots / "reimport.png")


def test_a_change_is_found_in_the_history_and_undone(at: Page, screenshots: Path) -> None:
    open_interface(at)
    at.goto(f"/interfaces/local/{NAME}/settings")
    before = at.get_by_label("DNS").input_value()
    at.get_by_label("DNS").fill("192.0.2.53")
    at.get_by_role("button", name="Save settings").click()
    dialog = at.get_by_role("dialog")
    saved = at.get_by_text("Saved, and it runs.")
    expect(dialog.or_(saved).first).to_be_visible()
    if dialog.is_visible():
        dialog.get_by_role("button", name="Save settings").click()
    expect(saved).to_be_visible()
    at.goto(f"/interfaces/local/{NAME}/history")
    at.get_by_role("button", name=re.compile("^Undo: ")).first.click()
    at.get_by_role("dialog").get_by_role("button", name="Undo it").click()
    expect(at.get_by_text(re.compile("Undid")).first).to_be_visible()
    at.screenshot(path=screenshots / "history.png")
    at.goto(f"/interfaces/local/{NAME}/settings")
    expect(at.get_by_label("DNS")).to_have_value(before)


def test_R8_what_is_changed_by_hand_is_shown_within_ten_seconds_and_restored(at: Page, screenshots: Path) -> None:
    open_interface(at)
    add_peer(at, "printer")
    close_dialog(at)
    key = row(at, "printer").get_attribute("data-key") or ""
    stranger = new_key()[1]
    run("wg", "set", NAME, "peer", key, "remove")
    run("wg", "set", NAME, "peer", stranger, "allowed-ips", "10.250.9.9/32")
    expect(at.get_by_text(re.compile("Changed by hand"))).to_be_visible(timeout=10_000)
    expect(at.get_by_text("1 peer that Sentra does not manage")).to_be_visible(timeout=10_000)
    at.screenshot(path=screenshots / "drift.png")
    at.get_by_role("button", name="Restore").first.click()
    expect(at.get_by_text(re.compile("Changed by hand"))).to_have_count(0)
    shown = run("wg", "show", NAME, "peers").split()
    assert key in shown
    assert stranger in shown
    run("wg", "set", NAME, "peer", stranger, "remove")


def test_what_was_changed_by_hand_is_adopted_or_ignored(at: Page, screenshots: Path) -> None:
    open_interface(at)
    add_peer(at, "camera")
    close_dialog(at)
    key, stranger = row(at, "camera").get_attribute("data-key") or "", new_key()[1]
    port = listen_port()
    run("wg", "set", NAME, "peer", key, "persistent-keepalive", "17")
    run("wg", "set", NAME, "peer", stranger, "allowed-ips", "10.250.9.10/32")
    line = at.get_by_role("listitem").filter(has_text="camera, keepalive")
    line.get_by_role("button", name="Adopt").click()
    expect(line).to_have_count(0)
    unknown = at.get_by_role("listitem").filter(has_text=stranger)
    unknown.get_by_role("button", name="Adopt").click()
    expect(unknown).to_have_count(0)
    expect(at.locator(f'[data-key="{stranger}"]')).to_be_visible()
    run("wg", "set", NAME, "listen-port", str(port + 3))
    moved = at.get_by_role("listitem").filter(has_text="Listen port")
    at.screenshot(path=screenshots / "drift-choices.png")
    moved.get_by_role("button", name="Ignore").click()
    expect(moved).to_have_count(0)
    assert listen_port() == port + 3
    assert "17" in run("wg", "show", NAME, "persistent-keepalive")
    run("wg", "set", NAME, "listen-port", str(port))


def test_an_interface_is_stopped_started_and_deleted_by_its_name(
    at: Page, complaints: Complaints, screenshots: Path
) -> None:
    open_interface(at)
    choose_from_menu(at, "Stop")
    at.get_by_role("dialog").get_by_role("button", name=f"Stop {NAME}").click()
    expect(at.get_by_text(re.compile("stopped", re.IGNORECASE)).first).to_be_visible()
    at.screenshot(path=screenshots / "stopped.png")
    choose_from_menu(at, "Start")
    at.get_by_role("dialog").get_by_role("button", name=f"Start {NAME}").click()
    expect(at.get_by_role("dialog")).to_have_count(0)
    choose_from_menu(at, "Delete")
    at.get_by_role("dialog").get_by_role("textbox").fill(NAME)
    at.screenshot(path=screenshots / "delete-interface.png")
    at.get_by_role("dialog").get_by_role("button", name=re.compile("Delete")).click()
    expect(at.get_by_role("heading", name="Interfaces", level=1)).to_be_visible()
    assert NAME not in run("ip", "-br", "link")
