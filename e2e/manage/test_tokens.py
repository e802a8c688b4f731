"""What people do about their programs, their browsers and the rules of the sign-in, in the pages."""

import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.conftest import EMAIL as OWNER_EMAIL
from e2e.conftest import PASSWORD as OWNER_PASSWORD
from e2e.conftest import Complaints, set_up
from e2e.manage.steps import NAME, ask, open_interface
from e2e.stack import Stack, running
from e2e.test_looks import findings, overflows

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
FALLS_OUT_MS = 5_000
"""Within which a browser that was signed out elsewhere shows the sign-in page (S20)."""


def curl(stack: Stack, *arguments: str) -> tuple[int, Any]:
    """Run curl as somebody does who has the certificate of the installation; give the status and the JSON."""
    authority = stack.plan.state / "tls" / "ca.crt"
    command = ["curl", "-sS", *arguments, "--cacert", str(authority), "-w", "\n%{http_code}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    body, _, status = ran.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None


def line_of(stack: Stack, line: str) -> tuple[int, Any]:
    """Run the line that the page gives, as it stands."""
    words = shlex.split(line)
    assert words[:2] == ["curl", "-sS"], line
    return curl(stack, *words[2:])


def sign_in(page: Page, email: str = OWNER_EMAIL, password: str = OWNER_PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()


def make_token(page: Page, name: str, groups: dict[str, list[str]], where: str | None = None) -> tuple[str, str]:
    """Make a token in the page; give it, and the line that the page gives to try it with."""
    page.goto("/tokens")
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_label("Name").fill(name)
    for group, lines in groups.items():
        for line in lines:
            dialog.get_by_role("group", name=group).get_by_label(line).check()
    if where:
        dialog.get_by_label("Where").select_option(label=where)
    dialog.get_by_role("button", name="Make token").click()
    prove_where_asked(page, page.get_by_role("dialog", name=f"Token {name}"))
    shown = page.get_by_role("dialog", name=f"Token {name}").locator("figure code")
    token, line = shown.all_inner_texts()
    return token, line


def prove_where_asked(page: Page, awaited: Any) -> None:
    """Give the password once more, where the sign-in is older than five minutes."""
    confirm = page.get_by_role("button", name="Confirm", exact=True)
    expect(awaited.or_(confirm).first).to_be_visible()
    if confirm.is_visible():
        page.get_by_label("Password").fill(OWNER_PASSWORD)
        confirm.click()
    expect(awaited).to_be_visible()


def test_a_token_made_in_the_page_works_in_curl_and_stops_on_revoke(
    at: Page, managed: Stack, complaints: Complaints
) -> None:
    open_interface(at)
    complaints.expect("403 (Forbidden)")  # where the sign-in is older than five minutes
    groups = {"Interfaces": ["See them"], "Peers": ["See them", "Make new ones"]}
    token, line = make_token(at, "nightly", groups, where=NAME)
    status, listed = line_of(managed, line)
    assert (status, [each["name"] for each in listed["items"]]) == (200, [NAME])

    at.get_by_role("button", name="Copy token").click()
    expect(
        at.get_by_role("button", name="Copied").or_(at.get_by_role("button", name="Copying is blocked"))
    ).to_be_visible()
    at.get_by_role("button", name="Done").click()
    assert token not in at.content()
    row = at.get_by_role("row").filter(has_text="nightly")
    expect(row).to_contain_text("Interfaces: see · Peers: see, make")
    expect(row).to_contain_text(NAME)
    expect(row).to_contain_text("in 90 d")

    held = ["-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"]
    api = f"{managed.origin}/api/v1"
    interface = listed["items"][0]["id"]
    public_key = (
        subprocess.run(
            ["wg", "pubkey"],
            input=subprocess.run(["wg", "genkey"], capture_output=True, check=True).stdout,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    peer = json.dumps({"name": "by-curl", "public_key": public_key})
    assert curl(managed, f"{api}/interfaces/{interface}/peers", *held, "-d", peer)[0] == 201
    for method, path, body in (
        ("GET", "/audit", None),
        ("GET", "/status", None),
        ("PATCH", f"/interfaces/{interface}", "{}"),
        ("POST", "/interfaces", '{"name": "sman9"}'),
        ("POST", "/tokens", '{"name": "more", "actions": ["interface:read"]}'),
        ("GET", "/users", None),
    ):
        more = ["-d", body] if body else []
        assert curl(managed, f"{api}{path}", "-X", method, *held, *more)[0] == 403, path

    at.reload()
    expect(at.get_by_role("row").filter(has_text="nightly")).to_contain_text("ago")
    at.get_by_role("button", name="Revoke nightly").click()
    at.get_by_role("dialog").get_by_role("button", name="Revoke token").click()
    expect(at.get_by_role("row").filter(has_text="nightly")).to_have_count(0)
    assert line_of(managed, line)[0] == 401


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A product of its own: here people are signed out, and asked for second factors."""
    with running(tmp_path_factory.mktemp("alone"), "stok0") as up:
        yield up


@pytest.fixture(scope="module")
def own_args(browser_context_args: dict[str, Any], alone: Stack) -> dict[str, Any]:
    return {**browser_context_args, "base_url": alone.origin}


@pytest.fixture(scope="module")
def first(browser: Browser, own_args: dict[str, Any], alone: Stack) -> Iterator[BrowserContext]:
    """The owner's browser there."""
    context = browser.new_context(**own_args)
    set_up(context.new_page(), alone)
    yield context
    context.close()


@pytest.fixture
def here(first: BrowserContext) -> Page:
    return first.pages[0]


def test_a_browser_is_signed_out_from_another_one_and_falls_out(
    here: Page, browser: Browser, own_args: dict[str, Any], screenshots: Path
) -> None:
    there = browser.new_context(**own_args, user_agent=FIREFOX)
    away = there.new_page()
    sign_in(away)
    here.goto("/account")
    line = here.get_by_role("listitem").filter(has_text="Firefox on Linux")
    expect(here.get_by_role("listitem").filter(has_text="this one")).to_contain_text("Chrome on Linux")
    line.get_by_role("button", name="Sign out there").click()
    expect(away.get_by_role("heading", name="Sign in", level=1)).to_be_visible(timeout=FALLS_OUT_MS)
    expect(line).to_have_count(0)

    contexts = [browser.new_context(**own_args, user_agent=FIREFOX) for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        sign_in(page)
    here.reload()
    expect(here.get_by_role("listitem").filter(has_text="Firefox on Linux")).to_have_count(2)
    here.set_viewport_size({"width": 390, "height": 844})
    here.get_by_role("button", name="Sign out everywhere else").scroll_into_view_if_needed()
    here.screenshot(path=screenshots / "account-sessions-phone.png")
    assert not overflows(here)
    here.set_viewport_size({"width": 1440, "height": 900})
    here.get_by_role("button", name="Sign out everywhere else").click()
    for page in pages:
        expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible(timeout=FALLS_OUT_MS)
    here.goto("/")
    expect(here.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    for context in (there, *contexts):
        context.close()


def test_a_name_is_changed_and_the_page_says_it(here: Page) -> None:
    here.goto("/account")
    here.get_by_role("form", name="Profile").get_by_label("Name").fill("Ada Lovelace")
    here.get_by_role("button", name="Save profile").click()
    expect(here.get_by_role("button", name="User menu of Ada Lovelace")).to_be_visible()


def test_who_needs_a_second_factor_is_decided_with_its_consequences(
    here: Page, browser: Browser, own_args: dict[str, Any], alone: Stack
) -> None:
    vera = invited(here, browser, own_args)
    here.goto("/settings")
    expect(here.get_by_role("radio", name=re.compile("^Everybody"))).to_be_disabled()
    expect(here.get_by_role("link", name="Set up a second factor of your own")).to_be_visible()
    secret = enrol(here)
    tokens = curl(
        alone,
        f"{alone.origin}/api/v1/token",
        *("-H", "Content-Type: application/json"),
        *("-d", json.dumps({"email": OWNER_EMAIL, "password": OWNER_PASSWORD, "totp": next_code(secret)})),
    )

    here.goto("/settings")
    here.get_by_role("radio", name=re.compile("^Everybody")).check()
    expect(here.get_by_text("vera@example.com is without a second factor")).to_be_visible()
    expect(vera.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    here.get_by_role("button", name="Leave it").click()
    expect(here.get_by_role("radio", name=re.compile("^Optional"))).to_be_checked()
    here.get_by_role("radio", name=re.compile("^Everybody")).check()
    here.get_by_role("button", name="Set this rule").click()
    expect(vera.get_by_role("heading", name="Sign in", level=1)).to_be_visible(timeout=FALLS_OUT_MS)
    expect(here.get_by_role("button", name="Set this rule")).to_have_count(0)
    expect(here.get_by_role("radio", name=re.compile("^Everybody"))).to_be_checked()

    here.get_by_role("button", name="Rotate the signing key").click()
    before = ask(here, "GET", "/keys")["json"]["signing"]["kid"]
    expect(here.get_by_text(before)).to_be_visible()
    here.get_by_role("dialog").get_by_role("button", name="Rotate").click()
    expect(here.get_by_text(before)).to_have_count(0)
    assert tokens[0] == 200, tokens
    held = ["-H", f"Authorization: Bearer {tokens[1]['access_token']}"]
    assert curl(alone, f"{alone.origin}/api/v1/session", *held)[0] == 200  # signed by the key before
    vera.context.close()


def invited(here: Page, browser: Browser, own_args: dict[str, Any]) -> Page:
    """Invite a viewer, and give their page on the dashboard."""
    body = {"email": "vera@example.com", "name": "Vera", "bindings": [{"role": "viewer", "scope": "*"}]}
    link = ask(here, "POST", "/users", body)["json"]["link"]
    page = browser.new_context(**own_args).new_page()
    page.goto(link)
    page.locator("input[name=password]").fill("the otter sleeps at noon")
    page.get_by_role("button", name="Join").click()
    page.get_by_role("link", name="Sign in").wait_for()
    sign_in(page, "vera@example.com", "the otter sleeps at noon")
    return page


def enrol(page: Page) -> str:
    """Set up an authenticator app for whoever is signed in; give its secret."""
    begun = ask(page, "POST", "/factors", {"kind": "totp"})
    if begun["status"] == 403:  # the sign-in is older than five minutes
        assert ask(page, "POST", "/session/proof", {"password": OWNER_PASSWORD})["status"] == 204
        begun = ask(page, "POST", "/factors", {"kind": "totp"})
    secret = str(begun["json"]["totp"]["secret"])
    confirmed = ask(page, "POST", "/factors/confirm", {"code": pyotp.TOTP(secret).now()})
    assert confirmed["status"] == 200, confirmed
    return secret


def next_code(secret: str) -> str:
    """Give the code after the present one, which confirmed the app and is spent."""
    return str(pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + 1))


def failing(page: Page, path: str) -> None:
    """Let the server fail at an address."""
    page.route(
        f"**/api/v1{path}*",
        lambda route: route.fulfill(
            status=503,
            content_type="application/problem+json",
            body=json.dumps({"type": "about:blank", "status": 503, "title": "No", "detail": "The database is locked."}),
        ),
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_look_right_empty_busy_and_broken(
    here: Page, browser: Browser, own_args: dict[str, Any], first: BrowserContext, scheme: Any, screenshots: Path
) -> None:
    context = browser.new_context(**own_args, storage_state=first.storage_state(), color_scheme=scheme)
    page = context.new_page()

    def looks(name: str) -> None:
        for width, size in ((1440, "wide"), (390, "phone")):
            page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
            page.wait_for_timeout(250)
            page.screenshot(path=screenshots / f"{name}-{size}-{scheme}.png", full_page=True)
            assert not overflows(page), f"{name} at {width}"
            assert findings(page) == []
        page.set_viewport_size({"width": 1440, "height": 900})

    def visit(path: str, heading: str) -> None:
        page.goto(path)
        page.get_by_role("heading", name=heading, level=1).wait_for()
        expect(page.locator("[aria-hidden=true][class*=skeleton]")).to_have_count(0)

    for token in ask(page_at(page), "GET", "/tokens")["json"]["items"]:
        ask(page, "DELETE", f"/tokens/{token['id']}")
    visit("/tokens", "API tokens")
    expect(page.get_by_role("button", name="New token")).to_be_visible()
    looks("tokens-empty")
    page.get_by_role("button", name="New token").click()
    looks("tokens-new")
    page.get_by_role("button", name="Cancel").click()
    make_some(page)
    visit("/tokens", "API tokens")
    expect(page.get_by_role("table", name="Your tokens").get_by_role("row")).to_have_count(5)
    looks("tokens-busy")
    make_token(page, "a program with a long name, for names may have 60 characters", {"What runs": ["Watch"]})
    looks("tokens-made")
    failing(page, "/tokens")
    visit("/tokens", "API tokens")
    expect(page.get_by_role("alert")).to_contain_text("The database is locked.")
    looks("tokens-broken")
    visit("/account", "Account")
    looks("account")
    failing(page, "/sessions")
    visit("/account", "Account")
    looks("account-broken")
    visit("/settings", "Settings")
    looks("settings")
    page.get_by_role("radio", name=re.compile("^Owners and admins")).check()
    looks("settings-asking")
    failing(page, "/policies/second-factor")
    visit("/settings", "Settings")
    expect(page.get_by_role("alert")).to_be_visible()
    looks("settings-broken")
    context.close()


def page_at(page: Page) -> Page:
    page.goto("/")
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    return page


def make_some(page: Page) -> None:
    if ask(page, "GET", "/tokens")["json"]["items"]:
        return
    everything = ask(page, "GET", "/tokens")["json"]["grantable"]
    for name, actions, days in (
        ("grafana", ["status:read"], 365),
        ("nightly-backup-of-everything-with-a-name-that-does-not-break", ["audit:read"], 30),
        ("onboarding", ["interface:read", "peer:config", "peer:create", "peer:read"], 2),
        ("all of it", everything, 90),
    ):
        body = {"name": name, "actions": actions, "days": days}
        made = ask(page, "POST", "/tokens", body)
        if made["status"] == 403:
            assert ask(page, "POST", "/session/proof", {"password": OWNER_PASSWORD})["status"] == 204
            made = ask(page, "POST", "/tokens", body)
        assert made["status"] == 201, made
