"""Statuses that no real WireGuard here would give: hostile strings everywhere, and 10,000 peers."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Complaints, set_up
from e2e.fed import CROWD, PAYLOADS
from e2e.stack import Stack, running


def page_of(browser: Browser, stack: Stack) -> Page:
    context = browser.new_context(
        base_url=stack.origin, ignore_https_errors=True, viewport={"width": 1440, "height": 900}
    )
    return context.new_page()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("hostile"), "wg0", fed="hostile") as stack:
        yield stack


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("crowd"), "wg0", fed="crowd") as stack:
        yield stack


def test_S57_no_string_of_an_agent_becomes_code(browser: Browser, hostile: Stack) -> None:
    page = page_of(browser, hostile)
    dialogs: list[str] = []
    complaints = Complaints()
    complaints.expect("503")  # no agent runs here that could be asked which interfaces it found
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("console", complaints.on_console)
    page.on("pageerror", complaints.on_error)
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if "evil" in request.url else None)
    set_up(page, hostile)
    expect(page.get_by_text(PAYLOADS[0]).first).to_be_visible()
    page.goto("/interfaces/local/wg0")
    expect(page.locator("[data-key]").first).to_be_visible()
    page.mouse.wheel(0, 1000)
    for payload in PAYLOADS[:8]:
        page.goto(f"/interfaces/local/{quote(payload, safe='')}")
        page.get_by_role("heading", level=1).wait_for()
    # A key has no space, so the page's addresses need not carry one.
    for payload in [text for text in PAYLOADS if "alert" in text and not re.search(r"\s|\0", text)][:8]:
        page.goto(f"/interfaces/local/wg0?peer={quote(payload, safe='')}&q={quote(payload, safe='')}")
        expect(page.get_by_role("dialog").locator('[data-field="endpoint"]')).to_contain_text("alert")
    page.wait_for_timeout(500)
    assert dialogs == []
    assert foreign == []
    assert complaints.unexpected() == []
    page.context.close()


def test_ten_thousand_peers_are_listed_filtered_and_sorted(browser: Browser, crowd: Stack, screenshots: Path) -> None:
    page = page_of(browser, crowd)
    set_up(page, crowd)
    page.goto("/interfaces/local/wg0?sort=-rx_rate")
    table = page.get_by_role("table", name="Peers")
    expect(table).to_have_attribute("aria-rowcount", str(CROWD + 1))
    expect(page.locator('[data-key] [data-column="rx_rate"]').first).to_have_text(re.compile("bit/s"))
    assert page.locator("[data-key]").count() < 100
    page.screenshot(path=screenshots / "crowd-wide-light.png")
    page.get_by_role("searchbox").fill("ip:10.0.39.15")
    rows = page.locator("[data-key]")
    expect(rows).to_have_count(1)
    expect(rows.locator('[data-column="allowed_ips"]')).to_have_text("10.0.39.15/32")
    page.context.close()
