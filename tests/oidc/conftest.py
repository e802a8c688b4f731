"""An application whose identity provider is in this process, and somebody's browser."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sentra.app import Sentra
from tests.browser import Browser
from tests.conftest import Opened, set_up
from tests.oidc.provider import FakeProvider, Visitor
from tests.turned_clock import TurnedClock


@pytest.fixture
def provider(clock: TurnedClock) -> FakeProvider:
    return FakeProvider(clock)


@pytest.fixture
async def sentra(opened: Opened, provider: FakeProvider) -> AsyncIterator[Sentra]:
    async with opened(fetch=provider) as sentra:
        yield sentra


@pytest.fixture
def visitor(sentra: Sentra) -> Visitor:
    """Somebody's browser, at an address of its own."""
    return Visitor(sentra.asgi, "198.51.100.7")


@pytest.fixture
def set_up_owner() -> Callable[[Sentra], Awaitable[Browser]]:
    """Make the owner of an application that the test opened itself."""
    return set_up
