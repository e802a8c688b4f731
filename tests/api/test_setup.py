"""The first visit: nobody gets in before the owner is made, and the owner is made once."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sentra.app import Sentra
from sentra.db.users import UserRow
from sentra.settings import Settings
from tests.browser import EMAIL, PASSWORD, Browser
from tests.conftest import Opened
from tests.turned_clock import TurnedClock

DEFAULTS = [
    (email, password)
    for email in ("admin", "admin@example.com", "root@localhost", "sentra@localhost", "owner@sentra.local")
    for password in ("admin", "password", "sentra", "changeme", "wireguard")
]


def form(token: str, **changed: str) -> dict[str, str]:
    return {"token": token, "email": EMAIL, "name": "Ann", "password": PASSWORD} | changed


async def token_of(sentra: Sentra) -> str:
    link = await sentra.setup.create_setup_link()
    assert link is not None
    return link.partition("#")[2]


async def test_S1_no_default_account_opens_a_fresh_installation(sentra: Sentra):
    assert len(DEFAULTS) == 25
    for number, (email, password) in enumerate(DEFAULTS):
        answer = await Browser(sentra.asgi, f"192.0.2.{number}").sign_in(email, password)
        assert answer.status in (401, 422)
        assert answer.secret is None
    assert await UserRow.all().count() == 0


async def test_S1_the_setup_link_is_256_random_bits_in_a_private_file(sentra: Sentra, settings: Settings):
    link = await sentra.setup.create_setup_link()
    file = settings.setup_link_file
    assert link is not None
    assert file.read_text().strip() == link
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    address, _, token = link.partition("#")
    assert address == "https://localhost:8443/setup"
    assert len(token) == 43  # 32 bytes in base64url
    assert token != await token_of(sentra)


async def test_S1_of_100_parallel_claims_exactly_one_makes_an_owner(sentra: Sentra):
    token = await token_of(sentra)
    browsers = [Browser(sentra.asgi, f"192.0.2.{number}") for number in range(100)]
    answers = await asyncio.gather(
        *(
            browser.post("/api/v1/setup", form(token, email=f"user{number}@example.com"))
            for number, browser in enumerate(browsers)
        )
    )
    statuses = sorted(answer.status for answer in answers)
    assert statuses[0] == 201
    # The rest come too late, or find the password threads busy.
    assert set(statuses[1:]) <= {409, 403, 503}
    assert await UserRow.all().count() == 1


async def test_S1_a_setup_link_ends_after_30_minutes(sentra: Sentra, stranger: Browser, clock: TurnedClock):
    token = await token_of(sentra)
    clock.advance(30 * 60)
    assert (await stranger.post("/api/v1/setup", form(token))).status == 403
    token = await token_of(sentra)
    clock.advance(30 * 60 - 1)
    assert (await stranger.post("/api/v1/setup", form(token))).status == 201


async def test_S1_a_newer_link_ends_the_one_before(sentra: Sentra, stranger: Browser):
    before = await token_of(sentra)
    await token_of(sentra)
    assert (await stranger.post("/api/v1/setup", form(before))).status == 403


async def test_a_restart_keeps_the_link_that_was_printed(opened: Opened, settings: Settings, clock: TurnedClock):
    async with opened():
        printed = settings.setup_link_file.read_text()
    clock.advance(20 * 60 - 1)
    async with opened() as sentra:
        assert settings.setup_link_file.read_text() == printed
        assert await sentra.setup.keep_setup_link() == printed.strip()
        token = printed.strip().partition("#")[2]
        assert (await Browser(sentra.asgi).post("/api/v1/setup", form(token))).status == 201
        assert await sentra.setup.keep_setup_link() is None
        assert not settings.setup_link_file.exists()


async def test_a_restart_replaces_a_link_that_ends_soon(opened: Opened, settings: Settings, clock: TurnedClock):
    async with opened():
        printed = settings.setup_link_file.read_text()
    clock.advance(20 * 60)
    async with opened() as sentra:
        assert settings.setup_link_file.read_text() != printed
        token = printed.strip().partition("#")[2]
        assert (await Browser(sentra.asgi).post("/api/v1/setup", form(token))).status == 403


async def test_the_command_makes_a_new_link(opened: Opened, settings: Settings):
    async with opened() as sentra:
        printed = settings.setup_link_file.read_text()
        made = await sentra.setup.create_setup_link()
        assert made is not None
        assert made != printed.strip()
        assert await sentra.setup.keep_setup_link() == made


def _forge(file: Path) -> None:
    file.write_text(f"https://localhost:8443/setup#{'x' * 43}\n")


def _point_elsewhere(file: Path) -> None:
    moved = file.with_name("moved")
    file.rename(moved)
    file.symlink_to(moved)


SPOILT: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda file: file.write_text(""),
    "no text": lambda file: file.write_bytes(b"\xff\xfe"),
    "another token": _forge,
    "no token": lambda file: file.write_text("https://localhost:8443/setup#"),
    "another origin": lambda file: file.write_text(file.read_text().replace("localhost", "evil.example")),
    "cut off": lambda file: file.write_text(file.read_text()[:-3]),
    "read by others": lambda file: file.chmod(0o644),
    "a link to a file": _point_elsewhere,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
async def test_S1_a_link_that_is_not_ours_alone_is_replaced(
    opened: Opened, settings: Settings, spoil: Callable[[Path], object]
):
    file = settings.setup_link_file
    async with opened():
        printed = file.read_text().strip()
    spoil(file)
    async with opened() as sentra:
        link = file.read_text().strip()
        assert link != printed
        assert stat.S_IMODE(file.lstat().st_mode) == 0o600
        for address, status in ((printed, 403), (link, 201)):
            token = address.partition("#")[2]
            assert (await Browser(sentra.asgi).post("/api/v1/setup", form(token))).status == status


async def test_S1_nothing_is_set_up_twice(sentra: Sentra, owner: Browser, settings: Settings):
    assert await sentra.setup.create_setup_link() is None
    assert not settings.setup_link_file.exists()
    assert (await owner.get("/api/v1/setup")).json == {"needed": False}
    assert (await owner.post("/api/v1/setup", form("x" * 43))).status == 409


async def test_a_stranger_learns_that_setup_is_needed(stranger: Browser):
    assert (await stranger.get("/api/v1/setup")).json == {"needed": True}


async def test_every_wrong_field_is_told_at_once_and_none_is_echoed(sentra: Sentra, stranger: Browser):
    wrong = form(await token_of(sentra), email="canary-email", name=" ", password="canary", surplus="canary-surplus")
    answer = await stranger.post("/api/v1/setup", wrong)
    assert answer.status == 422
    assert {error["field"] for error in answer.json["errors"]} == {"email", "name", "password", "surplus"}
    assert b"canary" not in answer.body


async def test_a_refused_form_does_not_spend_the_link(sentra: Sentra, stranger: Browser):
    token = await token_of(sentra)
    assert (await stranger.post("/api/v1/setup", form(token, password="aaaaaaaaaaaa"))).status == 422
    assert (await stranger.post("/api/v1/setup", form(token))).status == 201
