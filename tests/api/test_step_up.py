"""A fresh proof: what asks for it, what gives it, and the new id that comes of it."""

import asyncio
import re

import pytest

from sentra.app import Sentra
from sentra.core.secrets import new_token
from sentra.db.factors import PasskeyRow, RecoveryCodeRow, TotpRow
from sentra.web.access import ANYONE
from tests.api.authenticator import Authenticator
from tests.api.people_forms import id_of, is_signed_in, join
from tests.api.test_passkeys import BY_PASSKEY, CONFIRM, FACTORS, PROOF, options, register
from tests.api.test_second_factors import POLICY, SECOND, App, enrol, first_step
from tests.browser import PASSWORD, Browser
from tests.meta.test_routes import ON_THE_WAY_IN, routes
from tests.turned_clock import TurnedClock


@pytest.fixture
async def app(owner: Browser, clock: TurnedClock) -> App:
    app = await enrol(owner, clock)
    clock.advance(31)  # the code that confirmed it is spent
    return app


@pytest.fixture
async def device(owner: Browser, app: App) -> Authenticator:
    device = Authenticator()
    assert (await register(owner, device)).status == 200
    return device


@pytest.mark.parametrize("kind", ["password", "code", "recovery_code", "passkey"])
async def test_S17_a_fresh_proof_gives_a_new_id(
    owner: Browser, app: App, device: Authenticator, clock: TurnedClock, kind: str
):
    clock.advance(301)
    before = Browser(owner.app)
    before.secret = owner.secret
    proof = {
        "password": PASSWORD,
        "code": app.code(),
        "recovery_code": app.recovery_codes[0],
        "passkey": device.answer(await options(owner)),
    }[kind]
    answer = await owner.post(PROOF, {kind: proof})
    assert answer.status == 204
    assert answer.secret not in (None, before.secret)
    assert await is_signed_in(owner)
    assert not await is_signed_in(before)
    assert (await owner.post(f"{FACTORS}/recovery-codes", {})).status == 200


async def test_S17_a_proof_that_is_wrong_gives_none(owner: Browser, app: App):
    before = owner.secret
    for proof in ({"password": "not the password"}, {"code": "000000"}, {"recovery_code": "aaaa-aaaa-aaaa-aaaa"}):
        answer = await owner.post(PROOF, proof)
        assert answer.status == 422
        assert answer.secret is None
    assert owner.secret == before
    assert await is_signed_in(owner)


async def test_S17_an_id_that_the_browser_brought_is_taken_by_no_second_step_and_no_passkey(
    sentra: Sentra, owner: Browser, app: App, device: Authenticator
):
    for number in range(20):
        browser, transaction = await first_step(sentra, number)
        planted = browser.secret = new_token()
        answered = {"passkey": device.answer(await options(browser))}
        if number % 2:
            answer = await browser.post(SECOND, {"transaction": transaction, **answered})
        else:
            answer = await browser.post(BY_PASSKEY, answered)
        assert answer.status == 200
        assert answer.secret not in (None, planted)
        browser.secret = planted
        assert not await is_signed_in(browser)


async def test_S17_a_changed_role_gives_a_new_id_with_the_next_answer(owner: Browser, clock: TurnedClock):
    bob = await join(owner, "bob@example.com", "viewer")
    path = f"/api/v1/users/{await id_of(owner)}/bindings"
    for role in ("operator", "viewer", "admin"):
        before = Browser(owner.app)
        before.secret = bob.secret
        clock.advance(1)
        assert (await owner.request("PUT", path, json={"bindings": [{"role": role, "scope": "*"}]})).status == 200
        answer = await bob.get("/api/v1/session")
        assert answer.json["user"]["role"] == role
        assert answer.secret not in (None, before.secret)
        assert not await is_signed_in(before)
        assert (await bob.get("/api/v1/session")).secret is None  # once
    assert len((await bob.get("/api/v1/sessions")).json["items"]) == 1


async def test_S17_a_changed_role_is_no_fresh_proof_and_no_longer_life(owner: Browser, clock: TurnedClock):
    bob = await join(owner, "bob@example.com", "viewer")
    clock.advance(301)
    assert (await owner.post(PROOF, {"password": PASSWORD})).status == 204
    path = f"/api/v1/users/{await id_of(owner)}/bindings"
    (session,) = (await bob.get("/api/v1/sessions")).json["items"]
    form = {"bindings": [{"role": "admin", "scope": "*"}]}
    assert (await owner.request("PUT", path, json=form)).status == 200
    assert (await bob.post(FACTORS, {"kind": "totp"})).status == 403
    (renewed,) = (await bob.get("/api/v1/sessions")).json["items"]
    assert renewed["id"] != session["id"]
    assert renewed["created_at"] == session["created_at"]
    assert (await bob.post(FACTORS, {"kind": "totp"})).status == 403


async def test_S17_of_requests_at_once_after_a_changed_role_one_gets_the_new_id(owner: Browser):
    bob = await join(owner, "bob@example.com", "viewer")
    path = f"/api/v1/users/{await id_of(owner)}/bindings"
    form = {"bindings": [{"role": "admin", "scope": "*"}]}
    assert (await owner.request("PUT", path, json=form)).status == 200
    answers = await asyncio.gather(*(bob.get("/api/v1/session", keep_cookies=False) for _ in range(10)))
    (bob.secret,) = [answer.secret for answer in answers if answer.secret]
    assert await is_signed_in(bob)


async def test_S12_nothing_that_lets_one_in_changes_without_a_fresh_proof(
    owner: Browser, app: App, device: Authenticator, clock: TurnedClock
):
    (passkey,) = (await owner.get(FACTORS)).json["passkeys"]
    begun = (await owner.post(FACTORS, {"kind": "passkey"})).json["passkey"]["options"]
    clock.advance(290)
    made = Authenticator().make(begun)
    before = await everything()
    clock.advance(11)
    asks = [
        ("POST", FACTORS, {"kind": "totp"}),
        ("POST", FACTORS, {"kind": "passkey"}),
        ("POST", CONFIRM, {"code": app.code()}),
        ("POST", CONFIRM, {"passkey": {"name": "New", **made}}),
        ("DELETE", f"{FACTORS}/totp", None),
        ("PATCH", f"{FACTORS}/passkeys/{passkey['id']}", {"name": "Renamed"}),
        ("DELETE", f"{FACTORS}/passkeys/{passkey['id']}", None),
        ("POST", f"{FACTORS}/recovery-codes", {}),
        ("PATCH", "/api/v1/profile", {"email": "other@example.com"}),
        ("PUT", POLICY, {"rule": "all"}),
    ]
    for method, path, body in asks:
        answer = await owner.request(method, path, **({} if body is None else {"json": body}))
        assert answer.status == 403, (method, path, answer.json)
        assert answer.json["type"].endswith("step-up-required"), (method, path)
    change = {"current_password": "not the password", "password": "another fine battery"}
    assert (await owner.request("PUT", "/api/v1/session/password", json=change)).status == 422
    assert await everything() == before


async def everything() -> list[object]:
    return [await rows.all().order_by("user_id").values() for rows in (TotpRow, RecoveryCodeRow, PasskeyRow)]


@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (301, 403)])
async def test_S12_a_proof_is_fresh_for_five_minutes(
    owner: Browser, app: App, clock: TurnedClock, seconds: int, status: int
):
    clock.advance(301)
    assert (await owner.post(PROOF, {"password": PASSWORD})).status == 204
    clock.advance(seconds)
    assert (await owner.post(f"{FACTORS}/recovery-codes", {})).status == status


async def test_S12_new_recovery_codes_void_those_so_far(sentra: Sentra, owner: Browser, app: App):
    made = (await owner.post(f"{FACTORS}/recovery-codes", {})).json["recovery_codes"]
    assert len(set(made)) == 10
    for number, (code, status) in enumerate(((app.recovery_codes[0], 401), (made[0], 200))):
        browser, transaction = await first_step(sentra, number)
        answer = await browser.post(SECOND, {"transaction": transaction, "recovery_code": code})
        assert answer.status == status


async def test_S11_an_account_has_twenty_tries_an_hour(sentra: Sentra, owner: Browser, app: App, clock: TurnedClock):
    statuses = []
    for number in range(120):
        clock.advance(30)
        browser, transaction = await first_step(sentra, number)
        answer = await browser.post(SECOND, {"transaction": transaction, "code": "000000"})
        statuses.append(answer.status)
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 20


async def test_S10_whoever_is_held_back_reaches_four_routes_and_nothing_else(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    await join(owner, "bob@example.com", "admin")
    await enrol(owner, clock)
    assert (await owner.request("PUT", POLICY, json={"rule": "admins"})).status == 204
    bob = Browser(sentra.asgi, "198.51.100.1")
    assert (await bob.sign_in("bob@example.com", "nine herons at dusk")).json["second_factor"] == "needed"
    reached = set()
    for method, path, action in routes(sentra.asgi):
        if action == ANYONE or method in ("WS", "OPTIONS") or (method, path) == ("DELETE", "/api/v1/session"):
            continue
        answer = await bob.request(method, re.sub(r"<[^>]+>", "x", path), json=None if method == "GET" else {})
        if answer.status != 403 or not answer.json["type"].endswith("second-factor-needed"):
            reached.add((method, path))
    assert reached | {("DELETE", "/api/v1/session")} == ON_THE_WAY_IN


async def test_S10_a_passkey_lets_on_whoever_is_held_back(sentra: Sentra, owner: Browser, clock: TurnedClock):
    await join(owner, "bob@example.com", "admin")
    await join(owner, "vera@example.com", "viewer")
    await enrol(owner, clock)
    assert (await owner.request("PUT", POLICY, json={"rule": "admins"})).status == 204
    vera, bob = (Browser(sentra.asgi, f"198.51.100.{number}") for number in (1, 2))
    assert (await vera.sign_in("vera@example.com", "nine herons at dusk")).json["second_factor"] == "none"
    assert (await vera.get("/api/v1/status")).status == 200
    assert (await bob.sign_in("bob@example.com", "nine herons at dusk")).status == 200
    assert (await bob.get("/api/v1/status")).status == 403
    assert len((await register(bob, Authenticator())).json["recovery_codes"]) == 10
    assert (await bob.get("/api/v1/session")).json["second_factor"] == "given"
    assert (await bob.get("/api/v1/status")).status == 200
