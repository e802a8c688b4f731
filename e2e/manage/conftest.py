"""A product on a node that has no WireGuard interface yet, its owner, and what people do in its pages."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from e2e.conftest import Complaints, made_owner
from e2e.manage.steps import IMPORTED, NAME
from e2e.stack import Stack, running
from lab.client import Client
from lab.wireguard import run


@pytest.fixture(scope="session")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A product on a node that has no WireGuard interface yet; what it made is removed at the end."""
    remove_all()  # what a run that was killed has left
    try:
        with running(tmp_path_factory.mktemp("managed"), NAME) as up:
            yield up
    finally:
        remove_all()  # not before: as long as it runs, what is removed by hand comes back


def remove_all() -> None:
    """Remove what the product made."""
    for name in (NAME, IMPORTED):
        with suppress(RuntimeError):
            run("ip", "link", "del", name)
        with suppress(RuntimeError):
            run("nft", "delete", "table", "inet", f"sentra_{name}")


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], managed: Stack) -> dict[str, Any]:
    return {**browser_context_args, "base_url": managed.origin}


@pytest.fixture(scope="session")
def manager(managed: Stack, browser: Browser, browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The owner of that product, signed in."""
    return made_owner(managed, browser, browser_context_args)


@pytest.fixture
def at(manager: dict[str, Any], page: Page, complaints: Complaints) -> Iterator[Page]:
    """A page of that owner, on the interfaces."""
    page.context.add_cookies(manager["cookies"])
    page.goto("/interfaces")
    page.get_by_role("heading", name="Interfaces", level=1).wait_for()
    yield page
    manager["cookies"] = page.context.cookies()  # a fresh proof has changed them


@pytest.fixture(scope="session")
def phone() -> Iterator[Client]:
    with Client("sphone", "10.93.1") as client:
        yield client
