"""Somebody is invited, comes in by the link, and sees what their role lets them see; all of it is on record."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Complaints
from e2e.manage.steps import NAME, ask, open_interface, prove

EMAIL, PASSWORD = "vera@example.com", "the otter sleeps at noon"


def test_a_viewer_of_one_interface_is_invited_and_sees_that_one_live(
    at: Page,
    browser: Browser,
    browser_context_args: dict[str, Any],
    complaints: Complaints,
    screenshots: Path,
) -> None:
    open_interface(at)
    managed = ask(at, "GET", "/interfaces")["json"]["items"]
    ours = next(each["id"] for each in managed if each["name"] == NAME)
    body = {"email": EMAIL, "name": "Vera", "bindings": [{"role": "viewer", "scope": f"interface:{ours}"}]}
    prove(at)
    invited = ask(at, "POST", "/users", body)
    assert invited["status"] == 201, invited
    context = browser.new_context(**browser_context_args)
    page = context.new_page()
    page.goto(invited["json"]["link"])
    expect(page.get_by_text(f"For {EMAIL}.")).to_be_visible()
    assert "#" not in page.url
    page.screenshot(path=screenshots / "join.png")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    page.screenshot(path=screenshots / "viewer-dashboard.png")
    page.goto(f"/interfaces/local/{NAME}")
    page.get_by_role("heading", name=NAME, level=1).wait_for()
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Add peer")).to_have_count(0)
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)
    page.screenshot(path=screenshots / "viewer-interface.png")
    assert [each["id"] for each in ask(page, "GET", "/interfaces")["json"]["items"]] == [ours]
    assert ask(page, "POST", f"/interfaces/{ours}/peers", {"name": "mine"})["status"] == 403
    again = browser.new_context(**browser_context_args).new_page()
    again.goto(invited["json"]["link"])
    expect(again.get_by_role("alert")).to_be_visible()

    at.goto("/audit")
    expect(at.get_by_text("peer:create was refused")).to_be_visible()
    expect(at.get_by_text("vera@example.com").first).to_be_visible()
    at.screenshot(path=screenshots / "audit.png")
    ask(at, "DELETE", f"/users/{invited['json']['user']['id']}")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()
