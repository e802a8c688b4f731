"""A second factor behind the password: codes, recovery codes, who needs one, and a fresh proof."""

import asyncio

import pyotp
import pytest

from sentra.app import Sentra
from sentra.db.factors import TotpRow
from tests.browser import PASSWORD, Browser
from tests.turned_clock import TurnedClock

SECOND = "/api/v1/session/second-factor"
POLICY = "/api/v1/policies/second-factor"


class App:
    """An authenticator app of the owner's, set up."""

    def __init__(self, secret: str, clock: TurnedClock) -> None:
        self.totp, self.clock, self.secret = pyotp.TOTP(secret), clock, secret
        self.recovery_codes: list[str] = []

    def code(self, steps: int = 0) -> str:
        return self.totp.generate_otp(int(self.clock.now()) // 30 + steps)


async def enrol(owner: Browser, clock: TurnedClock) -> App:
    begun = await owner.post("/api/v1/factors", {"kind": "totp"})
    assert begun.status == 200, begun.json
    app = App(begun.json["totp"]["secret"], clock)
    confirmed = await owner.post("/api/v1/factors/confirm", {"code": app.code()})
    assert confirmed.status == 200, confirmed.json
    app.recovery_codes = confirmed.json["recovery_codes"]
    return app


@pytest.fixture
async def app(owner: Browser, clock: TurnedClock) -> App:
    app = await enrol(owner, clock)
    clock.advance(31)  # the code that confirmed it is spent
    return app


async def first_step(sentra: Sentra, number: int) -> tuple[Browser, str]:
    browser = Browser(sentra.asgi, f"198.51.100.{number}")
    answer = await browser.sign_in()
    assert answer.status == 401
    assert answer.json["type"].endswith("second-factor-required")
    assert browser.secret is None
    return browser, answer.json["transaction"]


async def test_a_password_alone_is_not_enough_any_more(sentra: Sentra, app: App):
    browser, transaction = await first_step(sentra, 1)
    assert (await browser.get("/api/v1/session")).status == 401
    assert (await browser.post(SECOND, {"transaction": transaction, "code": app.code()})).status == 200
    assert (await browser.get("/api/v1/session")).status == 200


async def test_S11_a_code_is_good_once(sentra: Sentra, app: App):
    browser, transaction = await first_step(sentra, 1)
    assert (await browser.post(SECOND, {"transaction": transaction, "code": app.code()})).status == 200
    browser, transaction = await first_step(sentra, 2)
    assert (await browser.post(SECOND, {"transaction": transaction, "code": app.code()})).status == 401


async def test_S11_of_ten_at_once_one_is_let_in(sentra: Sentra, app: App):
    waiting = [await first_step(sentra, number) for number in range(10)]
    answers = await asyncio.gather(
        *(browser.post(SECOND, {"transaction": transaction, "code": app.code()}) for browser, transaction in waiting)
    )
    assert [answer.status for answer in answers].count(200) == 1


async def test_S11_only_the_steps_beside_the_present_one_count(sentra: Sentra, app: App, clock: TurnedClock):
    clock.advance(300)
    for number, (steps, expected) in enumerate(((-2, 401), (2, 401), (-1, 200), (1, 200))):
        browser, transaction = await first_step(sentra, number)
        answer = await browser.post(SECOND, {"transaction": transaction, "code": app.code(steps)})
        assert answer.status == expected, steps


async def test_S11_a_sign_in_takes_five_tries(sentra: Sentra, app: App, clock: TurnedClock):
    browser, transaction = await first_step(sentra, 1)
    for number in range(5):
        browser.address = f"198.51.100.{number + 100}"
        answer = await browser.post(SECOND, {"transaction": transaction, "code": "000000"})
        assert answer.status == 401
    browser.address = "198.51.100.200"
    answer = await browser.post(SECOND, {"transaction": transaction, "code": app.code()})
    assert answer.status in (401, 429)
    assert browser.secret is None


async def test_S11_a_sign_in_is_over_after_five_minutes(sentra: Sentra, app: App, clock: TurnedClock):
    browser, transaction = await first_step(sentra, 1)
    clock.advance(301)
    assert (await browser.post(SECOND, {"transaction": transaction, "code": app.code()})).status == 401


async def test_S11_a_seed_has_160_bits_and_is_stored_sealed(sentra: Sentra, app: App):
    row = await TotpRow.all().first()
    assert row is not None
    seed = pyotp.TOTP(app.secret).byte_secret()
    assert len(seed) >= 20
    assert seed not in bytes(row.sealed)


async def test_S12_recovery_codes_are_ten_and_good_once(sentra: Sentra, app: App):
    assert len(set(app.recovery_codes)) == 10
    assert all(len(code.replace("-", "")) * 5 >= 80 for code in app.recovery_codes)
    for number, expected in enumerate((200, 401)):
        browser, transaction = await first_step(sentra, number)
        form = {"transaction": transaction, "recovery_code": app.recovery_codes[0]}
        assert (await browser.post(SECOND, form)).status == expected


async def test_S12_an_app_is_not_set_up_over_another(owner: Browser, app: App):
    assert (await owner.post("/api/v1/factors", {"kind": "totp"})).status == 409


async def test_S12_factors_change_only_after_a_fresh_proof(owner: Browser, clock: TurnedClock):
    clock.advance(301)
    answer = await owner.post("/api/v1/factors", {"kind": "totp"})
    assert answer.status == 403
    assert answer.json["type"].endswith("step-up-required")
    assert (await owner.post("/api/v1/session/proof", {"password": "not the password"})).status == 422
    before = owner.secret
    assert (await owner.post("/api/v1/session/proof", {"password": PASSWORD})).status == 204
    assert owner.secret != before  # S17: under another id
    assert (await owner.post("/api/v1/factors", {"kind": "totp"})).status == 200


async def test_S10_who_needs_a_second_factor_reaches_only_the_way_to_one(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    assert (await owner.request("PUT", POLICY, json={"rule": "all"})).status == 409  # the owner has none
    await enrol(owner, clock)
    assert (await owner.request("PUT", POLICY, json={"rule": "all"})).status == 204
    assert (await owner.get(POLICY)).json["rule"] == "all"
    assert (await owner.request("DELETE", "/api/v1/factors/totp")).status == 409
    row = await TotpRow.all().first()
    assert row is not None
    await row.delete()
    browser = Browser(sentra.asgi)
    assert (await browser.sign_in()).status == 200
    assert (await browser.get("/api/v1/session")).json["second_factor"] == "needed"
    for path in ("/api/v1/status", "/api/v1/interfaces", "/api/v1/audit", "/api/v1/tokens", POLICY):
        answer = await browser.get(path)
        assert answer.status == 403, path
        assert answer.json["type"].endswith("second-factor-needed")
    assert (await browser.post("/api/v1/factors", {"kind": "totp"})).status == 200
