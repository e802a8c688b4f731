"""Second factors as people meet them: set up, used to sign in, asked for again, and demanded by the policy."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import EMAIL, PASSWORD, Complaints, made_owner
from e2e.manage.steps import ask
from e2e.stack import Stack, running, wait_for
from e2e.test_looks import findings, overflows

JOINED = "the otter sleeps at noon"
REFUSALS = ("status of 401", "status of 403", "status of 409", "status of 422")
"""What Chromium itself logs of answers that are meant to come."""


class App:
    """An authenticator app. Its present code is good, and so is the next one already, each once."""

    def __init__(self, key: str) -> None:
        self._totp, self._shown = pyotp.TOTP(key), 0

    def code(self) -> str:
        """Give a code that it has not given before: good for half a minute at least."""
        self._shown = max(int(time.time()) // 30, self._shown + 1)
        wait_for(lambda: int(time.time()) // 30 + 1 >= self._shown, "the next code is good", 60)
        return str(self._totp.generate_otp(self._shown))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A product of its own: its policy would hold everybody else back."""
    with running(tmp_path_factory.mktemp("guarded"), "snone0") as up:
        yield up


Opened = Callable[[], Page]


@pytest.fixture(scope="module")
def owner_state(guarded: Stack, browser: Browser) -> dict[str, Any]:
    return made_owner(guarded, browser, {"base_url": guarded.origin, "ignore_https_errors": True})


@pytest.fixture
def opened(guarded: Stack, browser: Browser) -> Iterator[Opened]:
    """Open a page in a browser of its own, which must stay without errors."""
    complaints, contexts = Complaints(), []
    complaints.expect(*REFUSALS)

    def open_page() -> Page:
        context = browser.new_context(
            base_url=guarded.origin, ignore_https_errors=True, viewport={"width": 1440, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", complaints.on_console)
        page.on("pageerror", complaints.on_error)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.unexpected() == []


@pytest.fixture
def owner_page(opened: Opened, owner_state: dict[str, Any]) -> Iterator[Page]:
    page = opened()
    page.context.add_cookies(owner_state["cookies"])
    page.goto("/account")
    page.get_by_role("heading", name="Account", level=1).wait_for()
    yield page
    owner_state["cookies"] = page.context.cookies()  # a fresh proof has changed them


def join(owner: Page, page: Page, email: str, role: str = "viewer") -> None:
    """Invite somebody, who sets a password by the link and is at the sign-in page then."""
    body = {"email": email, "name": email.partition("@")[0].title(), "bindings": [{"role": role, "scope": "*"}]}
    invited = ask(owner, "POST", "/users", body)
    assert invited["status"] == 201, invited
    page.goto(invited["json"]["link"])
    page.locator("input[name=password]").fill(JOINED)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("link", name="Sign in").click()


def give_password(page: Page, email: str, password: str = JOINED) -> None:
    page.get_by_label("E-mail").fill(email)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("heading", name="Sign in", level=1).wait_for()


def key_shown(page: Page) -> App:
    """Give the app that was told the key on the page."""
    page.get_by_role("img", name="QR code for your authenticator app").wait_for()
    return App(page.locator("figure code").inner_text().replace(" ", ""))


def with_authenticator(page: Page) -> None:
    """Give the browser a device that makes passkeys, and that its user unlocks at once."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def look(page: Page, name: str, screenshots: Path) -> None:
    """Take pictures as a desk and a phone show it, light and dark; nothing overflows, and axe finds nothing serious."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width, size in ((390, "phone"), (1440, "wide")):
            page.set_viewport_size({"width": width, "height": 844 if width == 390 else 900})
            page.screenshot(path=screenshots / f"factors-{name}-{size}-{scheme}.png")
            assert not overflows(page), f"{name} at {width}"
        assert findings(page) == [], name


def make_stale(stack: Stack, email: str) -> None:
    """Let the last proof of somebody be long ago."""
    whose = "user_id = (SELECT id FROM users WHERE email = ?)"
    with sqlite3.connect(stack.plan.state / "sentra.db", timeout=10) as connection:
        changed = connection.execute(f"UPDATE sessions SET proved_at = proved_at - 400 WHERE {whose}", (email,))  # noqa: S608
        assert changed.rowcount > 0
    connection.close()


def test_somebody_joins_and_signs_in_by_app_passkey_and_recovery_code(
    owner_page: Page, opened: Opened, screenshots: Path
) -> None:
    page = opened()
    join(owner_page, page, "fay@example.com")
    give_password(page, "fay@example.com")
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()

    page.goto("/account")
    expect(page.get_by_text("Only your password protects this account.")).to_be_visible()
    page.get_by_role("heading", name="Second factors").scroll_into_view_if_needed()
    look(page, "none", screenshots)
    page.get_by_role("button", name="Set up an authenticator app").click()
    app = key_shown(page)
    look(page, "totp", screenshots)
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("This code is wrong.")).to_be_visible()
    look(page, "totp-wrong", screenshots)
    page.get_by_role("textbox", name="Code").fill(app.code())
    page.get_by_role("button", name="Confirm").click()
    shown = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(shown).to_have_count(10)
    codes = shown.all_inner_texts()
    look(page, "codes", screenshots)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download").click()
    assert all(code in saved.value.path().read_text() for code in codes)
    page.get_by_role("button", name="I have kept them").click()
    assert codes[0] not in page.content()

    with_authenticator(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("Name", exact=True).last.fill("Work laptop")
    look(page, "passkey", screenshots)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("button", name="Remove the passkey Work laptop")).to_be_visible()
    expect(page.get_by_text("10 of 10 left.")).to_be_visible()
    page.get_by_role("heading", name="Second factors").scroll_into_view_if_needed()
    look(page, "set-up", screenshots)

    sign_out(page)
    look(page, "sign-in", screenshots)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()

    sign_out(page)
    give_password(page, "fay@example.com")
    page.get_by_role("heading", name="Second factor", level=1).wait_for()
    look(page, "second-step", screenshots)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()

    sign_out(page)
    give_password(page, "fay@example.com")
    page.get_by_role("button", name="Use a code from your authenticator app").click()
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("This code is wrong")).to_be_visible()
    look(page, "second-step-wrong", screenshots)
    page.get_by_role("textbox", name="Code").fill(app.code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()

    sign_out(page)
    give_password(page, "fay@example.com")
    page.get_by_role("button", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    page.goto("/account")
    expect(page.get_by_text("9 of 10 left.")).to_be_visible()


def test_a_sign_in_that_is_over_begins_anew(
    guarded: Stack, owner_page: Page, opened: Opened, screenshots: Path
) -> None:
    page = opened()
    join(owner_page, page, "late@example.com")
    give_password(page, "late@example.com")
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    page.goto("/account")
    page.get_by_role("button", name="Set up an authenticator app").click()
    app = key_shown(page)
    page.get_by_role("textbox", name="Code").fill(app.code())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="I have kept them").click()
    sign_out(page)
    give_password(page, "late@example.com")
    code = app.code()
    page.get_by_role("textbox", name="Code").fill(code)
    # What has begun is kept in memory for five minutes; a restart ends it sooner.
    owner_page.goto("about:blank")
    guarded.stop_backend()
    guarded.start_backend()
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Sign in", level=1).wait_for()
    expect(page.get_by_text("Sign in once more.")).to_be_visible()
    look(page, "over", screenshots)
    give_password(page, "late@example.com")
    page.get_by_role("textbox", name="Code").fill(code)  # nobody has looked at it yet
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()


def test_what_needs_a_fresh_proof_asks_for_it_and_goes_on(guarded: Stack, owner_page: Page, screenshots: Path) -> None:
    page = owner_page
    page.goto("/account")
    make_stale(guarded, EMAIL)
    # A session is believed for ten seconds before it is read again.
    wait_for(lambda: ask(page, "PUT", "/policies/second-factor", {"rule": "optional"})["status"] == 403, "it is stale")
    page.get_by_role("button", name="Set up an authenticator app").click()
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    expect(dialog.locator("input[name=password]")).to_be_focused()
    look(page, "step-up", screenshots)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("button", name="Set up an authenticator app").click()
    dialog.locator("input[name=password]").fill("not the password")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("The password is wrong.")).to_be_visible()
    look(page, "step-up-wrong", screenshots)
    dialog.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    key_shown(page)
    page.get_by_role("button", name="Cancel").click()
    assert ask(page, "GET", "/session")["status"] == 200


def test_whoever_needs_a_second_factor_is_led_to_one_and_goes_on_from_there(
    owner_page: Page, opened: Opened, screenshots: Path
) -> None:
    owner = owner_page
    owner.get_by_role("button", name="Set up an authenticator app").click()
    app = key_shown(owner)
    owner.get_by_role("textbox", name="Code").fill(app.code())
    owner.get_by_role("button", name="Confirm").click()
    owner.get_by_role("button", name="I have kept them").click()
    assert ask(owner, "PUT", "/policies/second-factor", {"rule": "all"})["status"] == 204

    page = opened()
    join(owner, page, "held@example.com")
    page.goto("/sign-in?to=%2Faccount")
    give_password(page, "held@example.com")
    page.get_by_role("heading", name="Set up a second factor", level=1).wait_for()
    look(page, "enrol", screenshots)
    page.goto("/interfaces")
    page.get_by_role("heading", name="Set up a second factor", level=1).wait_for()
    page.goto("/account")
    page.get_by_role("button", name="Set up", exact=True).click()
    theirs = key_shown(page)
    look(page, "enrol-totp", screenshots)
    page.get_by_role("textbox", name="Code").fill(theirs.code())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("list", name="Recovery codes").wait_for()
    look(page, "enrol-codes", screenshots)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Account", level=1).wait_for()
    page.get_by_role("button", name="Remove the authenticator app").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("You need a second factor here.")
    look(page, "remove", screenshots)
