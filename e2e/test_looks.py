"""Every page in the sizes and colours that people use: no overflow, no serious finding of axe, a picture of each."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.talk import Talk

AXE = Path(__file__).parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LIVE = {"dashboard": "/", "interface": "/interfaces/local/se2e0"}
PAGES = {
    **LIVE,
    "interfaces": "/interfaces",
    "interface-new": "/interfaces/new",
    "people": "/people",
    "roles": "/roles",
    "audit": "/audit",
    "tokens": "/tokens",
    "settings": "/settings",
    "providers": "/settings/providers",
    "account": "/account",
}


def findings(page: Page) -> list[str]:
    """Run axe in the page; `evaluate` because a script element would offend the content security policy."""
    page.evaluate(AXE.read_text())
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']}: {json.dumps([node['html'][:200] for node in found['nodes'][:3]])}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
    ]


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_accessibility_finding(
    signed_in: Page, talk: Talk, name: str, scheme: Any, screenshots: Path
) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.goto(PAGES[name])
    expect(signed_in.get_by_role("heading", level=1)).to_be_visible()
    if name in LIVE:
        expect(signed_in.get_by_text("bit/s").first).to_be_visible()
        signed_in.wait_for_timeout(2500)
    for width, size in ((1440, "wide"), (390, "phone")):
        signed_in.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
        signed_in.wait_for_timeout(300)
        signed_in.screenshot(path=screenshots / f"{name}-{size}-{scheme}.png")
        assert findings(signed_in) == []


@pytest.mark.parametrize("width", [360, 390, 600, 768, 1024, 1280, 1920])
def test_no_page_overflows(signed_in: Page, width: int) -> None:
    signed_in.set_viewport_size({"width": width, "height": 800})
    for path in PAGES.values():
        signed_in.goto(path)
        signed_in.get_by_role("heading", level=1).wait_for()
        assert not overflows(signed_in), f"{path} at {width}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_looks_right(
    browser: Browser, browser_context_args: dict, owner: dict, scheme: Any, screenshots: Path
) -> None:
    context = browser.new_context(**{**browser_context_args, "color_scheme": scheme})
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_role("heading", name="Sign in", level=1).wait_for()
    assert findings(page) == []
    page.screenshot(path=screenshots / f"sign-in-{scheme}.png")
    context.close()


def test_a_phone_can_do_it_all(browser: Browser, browser_context_args: dict, owner: dict, talk: Talk) -> None:
    phone = {**browser_context_args, "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(**phone, storage_state=owner)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    page.get_by_role("link", name="se2e0").first.tap()
    page.get_by_role("heading", name="se2e0", level=1).wait_for()
    page.locator("[data-key]").first.tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Close panel").tap()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not overflows(page)
    context.close()


def test_S60_the_browser_talks_to_one_origin_and_runs_no_inline_script(
    signed_in: Page, talk: Talk, browser_context_args: dict
) -> None:
    origins: set[str] = set()
    signed_in.on("request", lambda request: origins.add("/".join(request.url.split("/")[:3])))
    for path in PAGES.values():
        signed_in.goto(path)
        signed_in.get_by_role("heading", level=1).wait_for()
    assert origins - {"data:"} == {browser_context_args["base_url"]}
    assert signed_in.locator("script:not([src])").count() == 0
