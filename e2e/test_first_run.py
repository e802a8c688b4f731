"""The first visit: the one-time link makes the owner; then sign in, sign out."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import EMAIL, PASSWORD, Complaints
from e2e.stack import Stack, running


@pytest.fixture
def fresh(tmp_path: Path) -> Stack:
    with running(tmp_path, "sabsent0") as stack:
        yield stack


def test_the_setup_link_makes_the_owner_once_and_leaves_the_address(
    fresh: Stack, page: Page, complaints: Complaints
) -> None:
    link = fresh.setup_link()
    page.goto(link)
    expect(page).to_have_url(f"{fresh.origin}/setup")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Name").fill("Ada")
    page.locator("input[name=password]").fill("short")
    page.get_by_role("button", name="Create owner account").click()
    expect(page.get_by_text("Use at least 12 characters")).to_be_visible()
    page.locator("input[name=password]").fill("password1234")
    complaints.expect("422")
    page.get_by_role("button", name="Create owner account").click()
    expect(page.get_by_text(re.compile("tried first", re.IGNORECASE))).to_be_visible()
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create owner account").click()
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    # An interface that does not exist is said, with what to do; the machine is shown meanwhile.
    expect(page.get_by_text("sabsent0 does not exist").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d %")).first).to_be_visible()

    page.context.clear_cookies()
    complaints.expect("401", "409")
    page.goto(link)
    expect(page.get_by_text("Sentra is set up already")).to_be_visible()


def test_sign_in_refuses_a_wrong_password_and_sign_out_ends_the_session(
    stack: Stack, page: Page, complaints: Complaints, owner: dict
) -> None:
    complaints.expect("401")
    page.goto("/interfaces/local/se2e0?sort=-rx_rate")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.get_by_label("E-mail").fill(EMAIL)
    page.locator("input[name=password]").fill("not the right one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not match")).to_be_visible()
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="se2e0", level=1)).to_be_visible()
    expect(page).to_have_url(f"{stack.origin}/interfaces/local/se2e0?sort=-rx_rate")

    page.goto("/account")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


def test_S21_no_page_leaves_a_secret_in_the_browser(stack: Stack, signed_in: Page, owner: dict) -> None:
    secrets = [PASSWORD, *(cookie["value"] for cookie in owner["cookies"])]
    for path in ("/", "/interfaces/local/se2e0", "/account"):
        signed_in.goto(path)
        signed_in.get_by_role("heading", level=1).wait_for()
        kept = signed_in.evaluate(
            """async () => JSON.stringify([
                 {...localStorage}, {...sessionStorage}, document.documentElement.outerHTML, location.href,
                 document.cookie, (await indexedDB.databases()).map(found => found.name)])"""
        )
        assert [secret for secret in secrets if secret in kept] == []
