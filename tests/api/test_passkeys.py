"""Passkeys, made and used by an authenticator: to sign in, as a second factor, and to prove again who one is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from sentra.app import Sentra
from sentra.db.factors import PasskeyRow
from sentra.settings import Settings
from tests.api.authenticator import NO_FLAW, Authenticator, Flaw, b64
from tests.api.people_forms import id_of, join
from tests.api.test_second_factors import SECOND, first_step
from tests.browser import EMAIL, Answer, Browser
from tests.conftest import Opened
from tests.turned_clock import TurnedClock

OPTIONS = "/api/v1/session/passkey/options"
BY_PASSKEY = "/api/v1/session/passkey"
PROOF = "/api/v1/session/proof"
FACTORS = "/api/v1/factors"
CONFIRM = "/api/v1/factors/confirm"

WRONG_PLACES = [
    Flaw(origin="https://evil.example"),
    Flaw(origin="http://localhost:8443"),
    Flaw(origin="https://localhost"),
    Flaw(origin="https://localhost:8444"),
    Flaw(origin="https://localhost:8443.evil.example"),
    Flaw(origin="https://sub.localhost:8443"),
    Flaw(origin="https://LOCALHOST:8443"),
    Flaw(origin="https://localhost:8443/"),
    Flaw(origin="null"),
    Flaw(origin=""),
    Flaw(rp_id="evil.example"),
    Flaw(rp_id="sub.localhost"),
    Flaw(rp_id="localhost:8443"),
    Flaw(rp_id="LOCALHOST"),
    Flaw(rp_id=""),
]
WRONG_ANSWERS = [
    Flaw(verified=False),
    Flaw(present=False),
    Flaw(cross_origin=True),
    Flaw(kind="webauthn.create"),
    Flaw(challenge=""),
    Flaw(challenge="AAAA"),
    Flaw(challenge=b64(bytes(40))),
    Flaw(sign_count=0),
    Flaw(user_handle=b64(b"somebody else")),
    Flaw(signed=b"something else"),
]
"""What is wrong with an answer, each in just one way."""

Try = Callable[[Flaw], Awaitable[Answer]]


async def register(browser: Browser, device: Authenticator, name: str = "Laptop", flaw: Flaw = NO_FLAW) -> Answer:
    begun = await browser.post(FACTORS, {"kind": "passkey"})
    assert begun.status == 200, begun.json
    made = device.make(begun.json["passkey"]["options"], flaw)
    return await browser.post(CONFIRM, {"passkey": {"name": name, **made}})


async def options(browser: Browser) -> dict[str, Any]:
    answer = await browser.post(OPTIONS, None)
    assert answer.status == 200
    found: dict[str, Any] = answer.json["options"]
    return found


async def sign_in(browser: Browser, device: Authenticator, flaw: Flaw = NO_FLAW) -> Answer:
    return await browser.post(BY_PASSKEY, {"passkey": device.answer(await options(browser), flaw)})


@pytest.fixture
async def device(owner: Browser) -> Authenticator:
    """The owner's device, with a passkey that was used before."""
    device = Authenticator()
    answer = await register(owner, device)
    assert answer.status == 200, answer.json
    assert (await sign_in(Browser(owner.app, "198.51.100.77"), device)).status == 200
    return device


async def test_a_passkey_is_made_and_signs_in_without_a_password(owner: Browser, clock: TurnedClock):
    device = Authenticator()
    answer = await register(owner, device, "Work laptop")
    assert answer.status == 200
    assert len(answer.json["recovery_codes"]) == 10
    (made,) = (await owner.get(FACTORS)).json["passkeys"]
    assert (made["name"], made["used_at"]) == ("Work laptop", None)
    browser = Browser(owner.app, "198.51.100.1")
    answer = await sign_in(browser, device)
    assert answer.status == 200
    assert answer.json["user"]["email"] == EMAIL
    assert answer.json["second_factor"] == "given"
    (used,) = (await browser.get(FACTORS)).json["passkeys"]
    assert used["used_at"] is not None


async def test_a_passkey_is_the_second_factor_behind_a_password(sentra: Sentra, owner: Browser, device: Authenticator):
    browser = Browser(sentra.asgi, "198.51.100.1")
    refused = await browser.sign_in()
    assert refused.status == 401
    assert refused.json["methods"] == ["passkey", "recovery"]
    form = {"transaction": refused.json["transaction"], "passkey": device.answer(await options(browser))}
    assert (await browser.post(SECOND, form)).status == 200
    assert (await browser.get("/api/v1/session")).json["second_factor"] == "given"


async def test_a_passkey_proves_again_who_one_is(owner: Browser, device: Authenticator, clock: TurnedClock):
    clock.advance(301)
    assert (await owner.post(FACTORS, {"kind": "totp"})).status == 403
    assert (await owner.post(PROOF, {"passkey": device.answer(await options(owner))})).status == 204
    assert (await owner.post(FACTORS, {"kind": "totp"})).status == 200


async def test_the_options_ask_for_what_makes_a_passkey_two_factors(owner: Browser, device: Authenticator):
    begun = (await owner.post(FACTORS, {"kind": "passkey"})).json["passkey"]["options"]
    assert begun["rp"]["id"] == "localhost"
    assert begun["authenticatorSelection"]["residentKey"] == "required"
    assert begun["authenticatorSelection"]["userVerification"] == "required"
    assert [each["id"] for each in begun["excludeCredentials"]] == [b64(device.credentials[0].id)]
    assert (await options(owner))["userVerification"] == "required"


@pytest.fixture(params=["sign-in", "second factor", "proof"])
async def tried(request: pytest.FixtureRequest, sentra: Sentra, owner: Browser, device: Authenticator) -> Try:
    """Each of the three ways to use a passkey, with an answer of the device that may have a flaw."""
    addresses = count(1)

    async def by_sign_in(flaw: Flaw) -> Answer:
        # Each from an address of its own: how often one may try is another matter.
        return await sign_in(Browser(sentra.asgi, f"198.51.100.{next(addresses)}"), device, flaw)

    async def by_second_factor(flaw: Flaw) -> Answer:
        browser, transaction = await first_step(sentra, 1)
        passkey = device.answer(await options(browser), flaw)
        return await browser.post(SECOND, {"transaction": transaction, "passkey": passkey})

    async def by_proof(flaw: Flaw) -> Answer:
        return await owner.post(PROOF, {"passkey": device.answer(await options(owner), flaw)})

    return {"sign-in": by_sign_in, "second factor": by_second_factor, "proof": by_proof}[request.param]


async def test_S13_no_other_origin_or_relying_party_is_accepted(tried: Try):
    for flaw in WRONG_PLACES:
        answer = await tried(flaw)
        assert answer.status in (401, 422), flaw
        assert answer.secret is None
    assert (await tried(NO_FLAW)).status in (200, 204)


async def test_S13_no_flawed_answer_is_accepted(tried: Try):
    for flaw in WRONG_ANSWERS:
        answer = await tried(flaw)
        assert answer.status in (401, 422), flaw
        assert answer.secret is None
    assert (await tried(NO_FLAW)).status in (200, 204)


async def test_S13_no_flawed_passkey_is_taken_up(owner: Browser):
    device = Authenticator()
    wrong = [flaw for flaw in WRONG_ANSWERS if flaw.challenge is not None or not (flaw.verified and flaw.present)]
    for flaw in [*WRONG_PLACES, *wrong, Flaw(cross_origin=True), Flaw(kind="webauthn.get")]:
        answer = await register(owner, device, flaw=flaw)
        assert answer.status == 422, flaw
    assert await PasskeyRow.all().count() == 0
    assert (await register(owner, device)).status == 200


async def test_S13_an_answer_is_good_once(sentra: Sentra, owner: Browser):
    device = Authenticator(counts=False)  # its counter does not tell them apart
    assert (await register(owner, device)).status == 200
    browser, transaction = await first_step(sentra, 1)
    answered = {"passkey": device.answer(await options(browser))}
    assert (await browser.post(BY_PASSKEY, answered)).status == 200
    assert (await Browser(sentra.asgi, "198.51.100.9").post(BY_PASSKEY, answered)).status == 401
    assert (await browser.post(SECOND, {"transaction": transaction, **answered})).status == 401
    assert (await owner.post(PROOF, answered)).status == 422


async def test_S13_a_challenge_is_good_once_whatever_answers_it(sentra: Sentra, owner: Browser, device: Authenticator):
    browser = Browser(sentra.asgi, "198.51.100.1")
    asked = await options(browser)
    assert (await browser.post(BY_PASSKEY, {"passkey": device.answer(asked)})).status == 200
    assert (await browser.post(BY_PASSKEY, {"passkey": device.answer(asked)})).status == 401


async def test_S13_of_ten_at_once_one_is_let_in(sentra: Sentra, owner: Browser):
    device = Authenticator(counts=False)  # its counter does not tell them apart
    assert (await register(owner, device)).status == 200
    answered = {"passkey": device.answer(await options(owner))}
    browsers = [Browser(sentra.asgi, f"198.51.100.{number}") for number in range(10)]
    answers = await asyncio.gather(*(browser.post(BY_PASSKEY, answered) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 9


@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (301, 401)])
async def test_S13_a_challenge_lasts_five_minutes(
    sentra: Sentra, owner: Browser, device: Authenticator, clock: TurnedClock, seconds: int, status: int
):
    browser = Browser(sentra.asgi, "198.51.100.1")
    asked = await options(browser)
    clock.advance(seconds)
    assert (await browser.post(BY_PASSKEY, {"passkey": device.answer(asked)})).status == status


async def test_S13_a_challenge_to_make_a_passkey_lasts_five_minutes_and_is_good_once(
    owner: Browser, clock: TurnedClock
):
    begun = (await owner.post(FACTORS, {"kind": "passkey"})).json["passkey"]["options"]
    clock.advance(301)
    assert (await owner.post(PROOF, {"password": "correct horse battery"})).status == 204
    device = Authenticator()
    assert (await owner.post(CONFIRM, {"passkey": {"name": "Late", **device.make(begun)}})).status == 422
    begun = (await owner.post(FACTORS, {"kind": "passkey"})).json["passkey"]["options"]
    assert (await owner.post(CONFIRM, {"passkey": {"name": "One", **device.make(begun)}})).status == 200
    assert (await owner.post(CONFIRM, {"passkey": {"name": "Two", **device.make(begun)}})).status == 422
    assert await PasskeyRow.all().count() == 1


async def test_S13_a_challenge_is_good_for_its_purpose_and_its_user(owner: Browser, device: Authenticator):
    other = await join(owner)
    begun = (await owner.post(FACTORS, {"kind": "passkey"})).json["passkey"]["options"]
    passkey = {"name": "Mine", **Authenticator().make(begun)}
    assert (await other.post(CONFIRM, {"passkey": passkey})).status == 422
    to_sign_in = begun | await options(owner)
    passkey = {"name": "Mine", **Authenticator().make(to_sign_in)}
    assert (await owner.post(CONFIRM, {"passkey": passkey})).status == 422
    browser = Browser(owner.app, "198.51.100.1")
    assert (await browser.post(BY_PASSKEY, {"passkey": device.answer(begun)})).status == 401


async def test_S13_challenges_are_long_and_never_come_twice(owner: Browser):
    challenges = {(await options(owner))["challenge"] for _ in range(50)}
    assert len(challenges) == 50
    assert all(len(challenge) * 6 // 8 >= 16 for challenge in challenges)


async def test_S13_a_counter_never_goes_back_and_never_stands_still(sentra: Sentra, device: Authenticator):
    counted = device.credentials[0].sign_count
    for sign_count, status in ((counted, 401), (counted - 1, 401), (counted + 5, 200), (counted + 5, 401)):
        answer = await sign_in(Browser(sentra.asgi, "198.51.100.1"), device, Flaw(sign_count=sign_count))
        assert answer.status == status, sign_count
    answer = await sign_in(Browser(sentra.asgi, "198.51.100.1"), device, Flaw(sign_count=0))
    assert answer.status == 401


async def test_a_passkey_that_does_not_count_is_good_again_and_again(sentra: Sentra, owner: Browser):
    device = Authenticator(counts=False)
    assert (await register(owner, device)).status == 200
    for number in range(3):
        assert (await sign_in(Browser(sentra.asgi, f"198.51.100.{number}"), device)).status == 200


async def test_S13_the_passkey_of_somebody_else_is_no_factor_and_no_proof(
    sentra: Sentra, owner: Browser, device: Authenticator
):
    other = await join(owner)
    theirs = Authenticator()
    assert (await register(other, theirs)).status == 200
    browser, transaction = await first_step(sentra, 1)
    form = {"transaction": transaction, "passkey": theirs.answer(await options(browser))}
    assert (await browser.post(SECOND, form)).status == 401
    assert (await owner.post(PROOF, {"passkey": theirs.answer(await options(owner))})).status == 422
    # Nor is it one under the name of somebody else.
    as_owner = Flaw(user_handle=device.credentials[0].user_handle)
    assert (await sign_in(browser, theirs, as_owner)).status == 401


async def test_a_passkey_is_known_once(owner: Browser, device: Authenticator):
    other = await join(owner)
    begun = (await other.post(FACTORS, {"kind": "passkey"})).json["passkey"]["options"]
    made = Authenticator().make(begun, credential_id=device.credentials[0].id)
    assert (await other.post(CONFIRM, {"passkey": {"name": "Twin", **made}})).status == 409
    assert await PasskeyRow.all().count() == 1


async def test_a_removed_passkey_signs_nobody_in_and_the_password_alone_is_enough_again(
    sentra: Sentra, owner: Browser, device: Authenticator
):
    (passkey,) = (await owner.get(FACTORS)).json["passkeys"]
    before = owner.secret
    assert (await owner.request("DELETE", f"{FACTORS}/passkeys/{passkey['id']}")).status == 204
    assert owner.secret != before
    assert (await sign_in(Browser(sentra.asgi, "198.51.100.1"), device)).status == 401
    assert (await Browser(sentra.asgi, "198.51.100.2").sign_in()).status == 200
    assert (await owner.get(FACTORS)).json["recovery_codes"] == 0


async def test_whoever_is_disabled_is_not_let_in_by_a_passkey(owner: Browser):
    other = await join(owner)
    theirs = Authenticator()
    assert (await register(other, theirs)).status == 200
    user_id = await id_of(owner)
    assert (await owner.request("PATCH", f"/api/v1/users/{user_id}", json={"enabled": False})).status == 200
    assert (await sign_in(Browser(owner.app, "198.51.100.1"), theirs)).status == 401


@pytest.mark.parametrize("host", ["192.0.2.10", "[2001:db8::10]"])
async def test_there_are_no_passkeys_at_an_address(opened: Opened, settings: Settings, host: str):
    origin = f"https://{host}:8443"
    async with opened(settings=replace(settings, public_origin=origin)) as sentra:
        at_address: dict[str, str | None] = {"Host": f"{host}:8443", "Origin": origin}
        answer = await Browser(sentra.asgi).post(OPTIONS, None, headers=at_address)
        assert answer.status == 409
        assert "not for IP addresses" in answer.json["detail"]
