"""The way to the provider and back: state, browser, issuer, errors, and where one ends up."""

import secrets
from urllib.parse import parse_qs, urlsplit

import pytest

from sentra.services.oidc_transactions import TRANSACTION_SECONDS
from tests.api.people_forms import find, invite, is_signed_in
from tests.api.test_second_factors import enrol
from tests.browser import Browser
from tests.oidc.provider import (
    ISSUER,
    FakeProvider,
    Visitor,
    add_provider,
    audit,
    problem,
)
from tests.turned_clock import TurnedClock


async def test_a_state_and_a_code_are_good_once(owner: Browser, visitor: Visitor, provider: FakeProvider):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    query = provider.sign_in(location)
    await visitor.come_back(location, query)
    oidc = visitor.oidc
    assert (await visitor.finish()).status == 200
    visitor.secret, visitor.oidc = None, oidc
    await visitor.come_back(location, query)
    answer = await visitor.finish()
    assert answer.status == 401
    assert problem(answer) == "sign-in-over"
    other = await visitor.go(made["id"])  # the code again, in a fresh sign-in
    await visitor.come_back(other, {**query, "state": parse_qs(urlsplit(other).query)["state"][0]})
    assert problem(await visitor.finish()) == "provider-refused"


async def test_the_first_answer_counts(owner: Browser, visitor: Visitor, provider: FakeProvider):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    query = provider.sign_in(location)
    await visitor.come_back(location, query)
    await visitor.come_back(location, {**query, "code": "of somebody else"})
    assert (await visitor.finish()).status == 200


async def test_a_code_of_another_sign_in_is_refused_for_its_verifier_or_nonce(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    """Somebody else's code, slipped into one's own sign-in: PKCE and the nonce belong to the browser that began."""
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    theirs, mine = Visitor(visitor.app, "198.51.100.9"), visitor
    code = provider.sign_in(await theirs.go(made["id"]))["code"]
    location = await mine.go(made["id"])
    state = parse_qs(urlsplit(location).query)["state"][0]
    await mine.come_back(location, {"code": code, "state": state, "iss": ISSUER})
    assert problem(await mine.finish()) == "provider-refused"
    assert not await is_signed_in(mine)


@pytest.mark.parametrize("state", ["", "x", "x" * 43, None])
async def test_a_state_that_is_not_this_browser_s_changes_nothing(
    owner: Browser, visitor: Visitor, provider: FakeProvider, state: str | None
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    right = provider.sign_in(location)
    wrong = {name: value for name, value in (right | {"state": state}).items() if value is not None}
    answer = await visitor.come_back(location, wrong)
    assert answer.status == 303
    assert answer.headers["Location"] == "/sign-in?by=provider"
    assert problem(await visitor.finish()) == "sign-in-over"
    await visitor.come_back(location, right)
    assert (await visitor.finish()).status == 200  # a stranger's link does not end somebody's sign-in


async def test_another_browser_gets_nowhere(owner: Browser, visitor: Visitor, provider: FakeProvider):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    query = provider.sign_in(location)
    other = Visitor(visitor.app, "198.51.100.10")
    for cookie in (None, "x", secrets.token_urlsafe(32)):
        other.oidc = cookie
        await other.come_back(location, query)
        assert problem(await other.finish()) == "sign-in-over"
    await other.go(made["id"])
    await other.come_back(location, query)
    assert problem(await other.finish()) == "sign-in-over"
    assert not await is_signed_in(other)


async def test_a_sign_in_lasts_ten_minutes(
    owner: Browser, visitor: Visitor, provider: FakeProvider, clock: TurnedClock
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    for wait, status in ((TRANSACTION_SECONDS - 1, 200), (TRANSACTION_SECONDS, 401)):
        location = await visitor.go(made["id"])
        clock.advance(wait)
        await visitor.come_back(location, provider.sign_in(location))
        assert (await visitor.finish()).status == status


@pytest.mark.parametrize("issuer", ["https://evil.example.com", f"{ISSUER}/", "", None])
async def test_an_answer_of_another_issuer_is_refused(
    owner: Browser, visitor: Visitor, provider: FakeProvider, issuer: str | None
):
    """RFC 9207: where the provider always says who it is, one that does not is another."""
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    said = provider.sign_in(location)
    query = {name: value for name, value in (said | {"iss": issuer}).items() if value is not None}
    before = len(provider.asked)
    await visitor.come_back(location, query)
    assert problem(await visitor.finish()) == "provider-refused"
    assert provider.asked[before:] == []  # and the code goes to nobody


async def test_every_issuer_has_a_redirect_uri_of_its_own(owner: Browser, visitor: Visitor, provider: FakeProvider):
    made = await add_provider(owner)
    other = await add_provider(owner, name="Other", issuer="https://other.example.com")
    assert made["redirect_uri"] != other["redirect_uri"]
    location = await visitor.go(made["id"])
    query = provider.sign_in(location)
    await visitor.come_back(location.replace(made["redirect_uri"].rpartition("/")[2], "0" * 16), query)
    assert problem(await visitor.finish()) == "sign-in-over"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"error": "access_denied", "error_description": "<b>no</b>"}, "Keycloak did not sign you in"),
        ({"error": "server_error", "error_description": "<script>"}, "could not sign you in"),
        ({}, "could not sign you in"),
        ({"code": ""}, "could not sign you in"),
    ],
)
async def test_an_error_of_the_provider_is_told_in_our_own_words(
    owner: Browser, visitor: Visitor, query: dict[str, str], said: str
):
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    state = parse_qs(urlsplit(location).query)["state"][0]
    await visitor.come_back(location, {**query, "state": state, "iss": ISSUER})
    answer = await visitor.finish()
    assert answer.status == 403
    assert said in answer.json["detail"]
    assert b"<" not in answer.body


async def test_a_parameter_that_is_there_twice_signs_nobody_in(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    query = provider.sign_in(location)
    await visitor.come_back(location, [*query.items(), ("code", "another")])
    assert problem(await visitor.finish()) == "provider-refused"


async def test_a_provider_that_is_away_is_told_calmly_and_asked_again_soon(
    owner: Browser, visitor: Visitor, provider: FakeProvider, clock: TurnedClock
):
    made = await add_provider(owner)
    provider.away = True
    path = f"/api/v1/session/providers/{made['id']}"
    answer = await visitor.post(path, {})
    assert answer.status == 502
    assert problem(answer) == "provider-away"
    assert "Connection refused" not in answer.json["detail"]  # strangers do not look into the network
    provider.away = False
    asked = len(provider.asked)
    assert (await visitor.post(path, {})).status == 502
    assert len(provider.asked) == asked
    clock.advance(16)
    assert (await visitor.post(path, {})).status == 200


RETURN_TO = [
    "https://evil.example", "http://evil.example", "//evil.example", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "\\/evil.example", "/\\/evil.example", "https:evil.example", "https:/evil.example",
    "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", " //evil.example",
    "\t//evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", "\x00//evil.example",
    "/%0a/evil.example\r\nLocation: https://evil.example", "evil.example", ".evil.example", "@evil.example",
    "https://localhost:8443@evil.example", "https://localhost:8443.evil.example", "//localhost:8443@evil.example",
    "//evil.example/%2f..", "/\u2028/evil.example", "/\uff0f\uff0fevil.example", "\u3002evil.example",
    "ftp://evil.example", "file:///etc/passwd", "ws://evil.example", "?to=//evil.example", "#//evil.example",
    "", "x" * 2000, "/ /evil.example", "https://evil.example\\@localhost:8443/",
]  # fmt: skip


async def test_S24_no_address_to_return_to_leads_off_this_site(owner: Browser, visitor: Visitor):
    assert len(RETURN_TO) == len(set(RETURN_TO)) == 40
    made = await add_provider(owner)
    for wanted in RETURN_TO:
        location = await visitor.go(made["id"], wanted)
        state = parse_qs(urlsplit(location).query)["state"][0]
        answer = await visitor.come_back(location, {"state": state, "code": "x", "iss": ISSUER})
        assert answer.status == 303
        assert answer.headers["Location"] == "/sign-in?by=provider", wanted
    for wanted in ("/interfaces", "/interfaces/local/wg0?q=a#b", "/audit"):
        location = await visitor.go(made["id"], wanted)
        state = parse_qs(urlsplit(location).query)["state"][0]
        target = (await visitor.come_back(location, {"state": state, "iss": ISSUER})).headers["Location"]
        assert urlsplit(target)[:3] == ("", "", "/sign-in")
        assert parse_qs(urlsplit(target).query) == {"by": ["provider"], "to": [wanted]}


async def test_S24_coming_back_changes_nothing_that_is_stored(owner: Browser, visitor: Visitor, provider: FakeProvider):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    before = await audit(owner)
    location = await visitor.go(made["id"])
    query = provider.sign_in(location)
    for _ in range(3):
        assert (await visitor.come_back(location, query)).status == 303
    assert await audit(owner) == before
    assert (await find(owner))["joined_at"] is None


async def test_a_second_factor_of_ours_is_asked_for_all_the_same(
    owner: Browser, visitor: Visitor, provider: FakeProvider, clock: TurnedClock
):
    """However many the provider says that it asked for."""
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    signed_in = await visitor.sign_in_by(provider, made["id"], amr=["mfa", "otp"])
    assert signed_in.json["second_factor"] == "none"
    app = await enrol(visitor, clock)
    clock.advance(31)
    answer = await visitor.sign_in_by(provider, made["id"], amr=["mfa", "otp"])
    assert answer.status == 401
    assert problem(answer) == "second-factor-required"
    assert answer.json["methods"] == ["totp", "recovery"]
    form = {"transaction": answer.json["transaction"], "code": app.code()}
    assert (await visitor.post("/api/v1/session/second-factor", form)).json["second_factor"] == "given"
    assert next(e["summary"] for e in await audit(owner) if e["action"] == "session:create") == "Signed in by Keycloak"


async def test_S10_who_needs_a_second_factor_sets_one_up_first(
    owner: Browser, visitor: Visitor, provider: FakeProvider, clock: TurnedClock
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    await enrol(owner, clock)
    rule = await owner.request("PUT", "/api/v1/policies/second-factor", json={"rule": "all"})
    assert rule.status == 204
    assert (await visitor.sign_in_by(provider, made["id"])).json["second_factor"] == "needed"
    assert (await visitor.get("/api/v1/status")).status == 403
    await enrol(visitor, clock)
    assert (await visitor.get("/api/v1/status")).status == 200


async def test_S62_attempts_by_a_provider_are_limited_like_every_other(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    made = await add_provider(owner)
    statuses = [(await visitor.sign_in_by(provider, made["id"])).status for _ in range(7)]
    assert statuses[:5] == [403] * 5
    assert statuses[5:] == [429] * 2
    assert (await visitor.sign_in("ann@example.com", "wrong")).status == 429  # one limiter for all


async def test_switching_a_provider_off_signs_out_who_came_by_it(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    location = await visitor.go(made["id"])
    await visitor.come_back(location, provider.sign_in(location))
    assert (await visitor.finish()).status == 200
    waiting = Visitor(visitor.app, "198.51.100.11")
    location = await waiting.go(made["id"])
    await waiting.come_back(location, provider.sign_in(location))
    assert (await owner.request("PATCH", f"/api/v1/providers/{made['id']}", json={"enabled": False})).status == 200
    assert not await is_signed_in(visitor)
    assert problem(await waiting.finish()) == "sign-in-over"
    assert await is_signed_in(owner)
