"""An admin adds a real identity provider in the page, and people sign in by it."""

import time
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Complaints
from e2e.oidc.provider import CLIENT_ID, CLIENT_SECRET, Provider

NO_TROUBLE = ("status of 401", "status of 403", "status of 404")
"""What Chromium says of whoever is not signed in or let in, and of the provider's own page."""
LOOKS = [(width, scheme) for width in (390, 1440) for scheme in ("light", "dark")]


@pytest.fixture(autouse=True)
def nothing_from_elsewhere(page: Page) -> None:
    """Answer for the fonts of the provider's own page, which come from the internet."""
    page.route("https://fonts.googleapis.com/**", lambda route: route.fulfill(body="", content_type="text/css"))


def look(page: Page, screenshots: Path, name: str) -> None:
    """Take a page on a phone and a wide screen, light and dark; nothing of it scrolls sideways."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, (name, width)
        page.screenshot(path=screenshots / f"oidc-{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def at_provider(page: Page, who: str) -> None:
    """Sign in at the provider, and agree to what it asks."""
    page.get_by_placeholder("Enter any login").fill(who)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


@pytest.fixture(scope="module")
def added(
    stack: object,
    owner: dict[str, Any],
    provider: Provider,
    browser: Browser,
    browser_context_args: dict[str, Any],
    screenshots: Path,
) -> Provider:
    """Add the provider in the page, as a person would."""
    context = browser.new_context(**browser_context_args, storage_state=owner)
    page = context.new_page()
    page.goto("/settings/providers")
    page.get_by_text("OpenID Connect").wait_for()
    look(page, screenshots, "none")
    page.get_by_role("button", name="Add provider").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Staff ID")
    form.get_by_label("Issuer").fill("https://127.0.0.1:1")
    form.get_by_role("button", name="Try").click()
    expect(form.get_by_text("leads to a private address")).to_be_visible()
    look(page, screenshots, "refused-issuer")
    form.get_by_label("Issuer").fill(provider.issuer)
    form.get_by_role("button", name="Try").click()
    expect(form.get_by_text("/api/v1/oidc/")).to_be_visible()
    form.get_by_label("Client ID").fill(CLIENT_ID)
    form.locator("input[name=client_secret]").fill(CLIENT_SECRET)
    form.get_by_label("Admit new people").check()
    form.get_by_label("Claim").fill("groups")
    form.get_by_role("button", name="Add role").click()
    form.get_by_label("Value").fill("wg-ops")
    form.get_by_label("Role", exact=True).select_option("operator")
    form.get_by_label("Switched on").check()
    look(page, screenshots, "form")
    form.get_by_role("button", name="Add provider").click()
    page.get_by_role("heading", name="Staff ID").wait_for()
    look(page, screenshots, "list")
    context.close()
    return provider


def test_somebody_new_signs_in_with_the_role_of_their_group(
    page: Page, added: Provider, complaints: Complaints, screenshots: Path
) -> None:
    complaints.expect(*NO_TROUBLE)
    page.goto("/interfaces")
    page.get_by_role("button", name="Sign in by Staff ID").wait_for()
    look(page, screenshots, "sign-in")
    page.get_by_role("button", name="Sign in by Staff ID").click()
    page.wait_for_url(f"{added.issuer}/**")
    at_provider(page, "bob")
    page.get_by_role("heading", name="Interfaces", level=1).wait_for()
    session = page.evaluate("fetch('/api/v1/session').then(answer => answer.json())")
    assert (session["user"]["name"], session["user"]["role"]) == ("Bob Builder", "operator")
    assert page.evaluate("document.cookie") == ""
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)
    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.goto("/interfaces")
    page.get_by_role("heading", name="Sign in").wait_for()


ASK = """async ([method, path, body]) => {
    const headers = {"Content-Type": "application/json", "X-Sentra-CSRF": "1"};
    const answer = await fetch("/api/v1" + path, {method, headers, body: body && JSON.stringify(body)});
    return answer.status === 204 ? null : await answer.json();
}"""


def test_a_second_factor_of_ours_is_asked_for_after_the_provider(
    page: Page, added: Provider, complaints: Complaints, screenshots: Path
) -> None:
    complaints.expect(*NO_TROUBLE)
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in by Staff ID").click()
    at_provider(page, "cat")
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    begun = page.evaluate(ASK, ["POST", "/factors", {"kind": "totp"}])
    app = pyotp.TOTP(begun["totp"]["secret"])
    page.evaluate(ASK, ["POST", "/factors/confirm", {"code": app.now()}])
    page.evaluate(ASK, ["DELETE", "/session", None])
    page.goto("/sign-in?to=/account")
    page.get_by_role("button", name="Sign in by Staff ID").click()  # who is signed in there comes straight back
    page.get_by_role("heading", name="Second factor").wait_for()
    look(page, screenshots, "second-factor")
    page.get_by_label("Code").fill(app.at(int(time.time()) + 30))  # the one before is spent
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Account", level=1).wait_for()


@pytest.mark.parametrize(
    ("who", "said"), [("eve", "You have no role here"), ("mal", "Owners and admins do not sign in by Staff ID")]
)
def test_whoever_may_not_come_in_is_told_so_calmly(
    page: Page, added: Provider, complaints: Complaints, screenshots: Path, who: str, said: str
) -> None:
    complaints.expect(*NO_TROUBLE)
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in by Staff ID").click()
    at_provider(page, who)
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert page.url.endswith("/sign-in")
    look(page, screenshots, f"refused-{who}")
    page.reload()
    page.get_by_role("button", name="Sign in by Staff ID").wait_for()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_whoever_cancels_at_the_provider_is_back_where_they_began(
    page: Page, added: Provider, complaints: Complaints
) -> None:
    complaints.expect(*NO_TROUBLE)
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in by Staff ID").click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("Staff ID did not sign you in")
    expect(page.get_by_label("E-mail")).to_be_visible()


def test_the_owner_sees_who_came_in_by_it_on_record(added: Provider, signed_in: Page, complaints: Complaints) -> None:
    signed_in.goto("/audit")
    expect(signed_in.get_by_text("Signed in by Staff ID").first).to_be_visible()
    expect(signed_in.get_by_text("bob@example.com came in by Staff ID as operator")).to_be_visible()
