"""What most tests stand on: a state folder, a clock that stands still, an application on a real database, an owner."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from werkzeug.routing import Rule

from sentra.access.access import Access
from sentra.app import Sentra
from sentra.core.secrets import Secret
from sentra.services.absent_node import AbsentNode
from sentra.services.passwords import Passwords
from sentra.services.rate_limits import Rate, RateLimits
from sentra.services.sealing import Place, Sealing
from sentra.settings import Settings
from tests.browser import EMAIL, PASSWORD, Browser
from tests.spoken import stored, told
from tests.turned_clock import TurnedClock

UNLIMITED = RateLimits(*[Rate(10**6, 10**6)] * 3)
"""For tests, in which time stands still; one of them holds the defaults."""

Opened = Callable[..., AbstractAsyncContextManager[Sentra]]


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """Keep what comes of a route's text: every application compiles each of its routes, at two thirds of its cost."""
    original = Rule._compile_builder
    kept: dict[tuple[Any, ...], Any] = {}

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return original(rule, append_unknown)
        key = rule.rule, append_unknown, *rule._trace
        if key not in kept:
            kept[key] = original(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_builder)
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with their defaults, and a state folder of the test's own."""
    state_dir = tmp_path / "state"
    state_dir.mkdir(mode=0o700)
    return Settings(state_dir=state_dir, port=0, rate_limits=UNLIMITED)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def cheap_hasher() -> PasswordHasher:
    """Argon2 without its cost: what is tested is not how slow it is."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def rules_read_once() -> Iterator[None]:
    """Keep the shipped rules and the verdicts of Casbin on them, which are the same in every application."""
    shipped = Access.shipped()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Access, "shipped", lambda: shipped)
        yield


@pytest.fixture(scope="session", autouse=True)
def sealed() -> Iterator[set[bytes]]:
    """Collect what applications seal: no answer of theirs may hold it."""
    original, secrets = Sealing.seal, set[bytes]()

    def seal(self: Sealing, secret: Secret, place: Place) -> bytes:
        secrets.add(secret.reveal())
        return original(self, secret, place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sealing, "seal", seal)
        yield secrets


@pytest.fixture
def opened(settings: Settings, clock: TurnedClock, cheap_hasher: PasswordHasher, sealed: set[bytes]) -> Opened:
    """Open an application on the test's state folder, and close it; more than once in a test is a restart.

    S35: at its end none of its answers in JSON held a secret that it stores.
    """

    @asynccontextmanager
    async def open_sentra(**parts: Any) -> AsyncIterator[Sentra]:
        parts = {"settings": settings, "clock": clock, **parts}
        parts.setdefault("passwords", Passwords(cheap_hasher))
        parts.setdefault("look", AbsentNode())  # what this machine has must not decide a test
        parts.setdefault("node_keys", AbsentNode())
        sentra = Sentra(parts.pop("settings"), **parts)
        async with sentra.opened():
            yield sentra
        assert told(sentra.asgi, sealed | stored(sentra.settings.database)) == []

    return open_sentra


@pytest.fixture
async def sentra(opened: Opened) -> AsyncIterator[Sentra]:
    """An application that nobody has set up."""
    async with opened() as sentra:
        yield sentra


@pytest.fixture
def stranger(sentra: Sentra) -> Browser:
    """A browser without a session."""
    return Browser(sentra.asgi)


async def set_up(sentra: Sentra, email: str = EMAIL, password: str = PASSWORD) -> Browser:
    """Make the owner with a fresh setup link, and return its browser, signed in."""
    link = await sentra.setup.create_setup_link()
    assert link is not None
    browser = Browser(sentra.asgi)
    form = {"token": link.partition("#")[2], "email": email, "name": "Ann Owner", "password": password}
    assert (await browser.post("/api/v1/setup", form)).status == 201
    assert (await browser.sign_in(email, password)).status == 200
    return browser


@pytest.fixture
async def owner(sentra: Sentra) -> Browser:
    """The owner, signed in."""
    return await set_up(sentra)
