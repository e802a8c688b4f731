"""The first visit: nobody gets in before the owner is made, and the owner is made once."""

import asyncio
import stat

from sentra.app import Sentra
from sentra.db.users import UserRow
from sentra.settings import Settings
from tests.browser import EMAIL, PASSWORD, Browser
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
