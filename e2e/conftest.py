"""One stack with real peers for all end-to-end tests; each test gets a page that must stay without errors."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from e2e.browser import apart
from e2e.stack import Stack, running
from e2e.talk import Talk
from lab.lab import Lab

EMAIL, NAME, PASSWORD = "ada@example.org", "Ada", "the heron waits in cold water"
WATCH_CSP = """
document.addEventListener('securitypolicyviolation', event =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))
"""

# A slow machine is no failure; a test that asks for less than this says so itself.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    with apart(tmp_path_factory.mktemp("browser")) as launch:
        yield {**browser_type_launch_args, **launch}


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Lab("se2e", peers=4, listen_port=51899, tunnel="10.78", networks="10.98") as made:
        yield made


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, lab: Lab) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack"), lab.interface.name) as up:
        yield up


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], stack: Stack) -> dict[str, Any]:
    return {
        **browser_context_args,
        "base_url": stack.origin,
        "ignore_https_errors": True,
        "viewport": {"width": 1440, "height": 900},
    }


class Complaints:
    """What a page complained about: console errors, CSP violations and uncaught exceptions."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.expected: tuple[str, ...] = ()

    def expect(self, *parts: str) -> None:
        """Allow complaints that contain one of these: what Chromium itself logs when the network fails on purpose."""
        self.expected += parts

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.all.append(f"{message.type}: {message.text}")

    def on_error(self, error: object) -> None:
        self.all.append(f"uncaught: {error}")

    def unexpected(self) -> list[str]:
        return [text for text in self.all if not any(part in text for part in self.expected)]


@pytest.fixture
def complaints(page: Page) -> Iterator[Complaints]:
    found = Complaints()
    page.add_init_script(WATCH_CSP)
    page.on("console", found.on_console)
    page.on("pageerror", found.on_error)
    yield found
    assert found.unexpected() == []


@pytest.fixture(scope="session")
def owner(stack: Stack, browser: Browser, browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return made_owner(stack, browser, browser_context_args)


def made_owner(stack: Stack, browser: Browser, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make the owner of a product, and give the signed-in browser state."""
    context = browser.new_context(**arguments)
    set_up(context.new_page(), stack)
    state = context.storage_state()
    context.close()
    return dict(state)


def set_up(page: Page, stack: Stack) -> None:
    """Make the owner by the setup link, as a person would; leaves the page on the dashboard."""
    page.goto(stack.setup_link())
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Name").fill(NAME)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create owner account").click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    stack.secrets |= {PASSWORD, *(str(cookie["value"]) for cookie in page.context.cookies())}


@pytest.fixture
def signed_in(page: Page, owner: dict[str, Any], complaints: Complaints) -> Page:
    """A page of the owner, on the dashboard."""
    page.context.add_cookies(owner["cookies"])
    page.goto("/")
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    return page


@pytest.fixture
def talk(lab: Lab) -> Iterator[Talk]:
    """Traffic through the tunnels while the test runs."""
    with Talk(lab) as talking:
        yield talking


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = Path(__file__).parent.parent / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
