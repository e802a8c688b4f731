"""Ways up and ways round: what somebody with few rights, or with an old credential, tries to get more by."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from quart.testing.connections import WebsocketDisconnectError, WebsocketResponseError

from sentra.app import Sentra
from sentra.services import token_families
from sentra.services.rate_limits import RateLimits
from sentra.settings import Settings
from tests.api.people_forms import JOINED, accept, change, id_of, invite, join, token_of, user_form
from tests.api.test_second_factors import POLICY, enrol
from tests.api.test_tokens import Program, pair, renew
from tests.browser import Answer, Browser
from tests.conftest import Opened, set_up
from tests.turned_clock import TurnedClock

USERS = "/api/v1/users"
STEP_UP = (403, "step-up-required")


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, (answer.json or {}).get("type", "").rpartition(":")[2]


@pytest.mark.parametrize("role", ["owner", "member"])
async def test_S12_inviting_gives_roles_and_asks_for_a_fresh_proof(owner: Browser, clock: TurnedClock, role: str):
    clock.advance(300)
    assert code_of(await owner.post(USERS, user_form(role=role))) == STEP_UP
    clock.advance(-1)
    assert (await owner.post(USERS, user_form(role=role))).status == 201


async def test_S12_a_link_into_an_account_asks_for_a_fresh_proof(owner: Browser, clock: TurnedClock):
    await join(owner)
    await invite(owner, "carol@example.com", "viewer")
    bob, carol = await id_of(owner), await id_of(owner, "carol@example.com")
    clock.advance(300)
    for path in (f"{USERS}/{bob}/reset", f"{USERS}/{carol}/invite"):
        assert code_of(await owner.post(path, {})) == STEP_UP


async def test_S41_a_program_invites_nobody_and_opens_no_account(sentra: Sentra, owner: Browser):
    await join(owner)
    program = Program(sentra, (await pair(sentra)).json["access_token"])
    assert await program.status() == 200
    assert await program.status("POST", USERS, user_form("carol@example.com", "owner")) == 403
    assert await program.status("POST", f"{USERS}/{await id_of(owner)}/reset", {}) == 403


@pytest.mark.parametrize("role", ["owner", "admin", "operator"])
async def test_S33_a_link_that_an_admin_made_opens_no_account_that_has_risen_beside_them(
    sentra: Sentra, owner: Browser, role: str
):
    admin = await join(owner)
    await join(owner, "carol@example.com", "viewer")
    carol = await id_of(owner, "carol@example.com")
    reset = (await admin.post(f"{USERS}/{carol}/reset", {})).json["link"]
    invited = (await invite(admin, "dave@example.com", "viewer")).json["link"]
    for user_id in (carol, await id_of(owner, "dave@example.com")):
        form = {"bindings": [{"role": role, "scope": "*"}]}
        assert (await owner.request("PUT", f"{USERS}/{user_id}/bindings", json=form)).status == 200
    thief = Browser(sentra.asgi, "203.0.113.9")
    answer = await thief.post("/api/v1/password-resets", {"token": token_of(reset), "password": JOINED})
    is_good = 200 if role == "operator" else 403
    assert (answer.status, (await accept(thief, invited)).status) == (is_good, is_good)


async def test_S10_a_program_of_somebody_who_needs_a_second_factor_and_has_none_does_nothing(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    bob = await join(owner)
    form = {"email": "bob@example.com", "password": JOINED}
    early = Program(sentra, (await pair(sentra, **form)).json["access_token"])
    made = (await owner.post("/api/v1/tokens", {"name": "ci", "actions": ["interface:read"]})).json["token"]
    await enrol(owner, clock)
    assert await early.status() == 200
    assert (await owner.request("PUT", POLICY, json={"rule": "all"})).status == 204
    late = Program(sentra, (await pair(sentra, **form)).json["access_token"])
    for program in (early, late):
        assert code_of(await program.request("GET", "/api/v1/interfaces")) == (403, "second-factor-needed")
        assert await program.status("POST", "/api/v1/status/ticket", {}) == 403
    assert await Program(sentra, made).status() == 200
    assert (await bob.sign_in("bob@example.com", JOINED)).status == 200
    app = await enrol(bob, clock)
    clock.advance(31)
    anew = await pair(sentra, **form, totp=app.code())
    assert await Program(sentra, anew.json["access_token"]).status() == 200


async def disable(owner: Browser, bob: Browser) -> None:
    assert (await change(owner, await id_of(owner), enabled=False)).status == 200
    assert (await bob.get("/api/v1/session")).status == 401


async def sign_out(_owner: Browser, bob: Browser) -> None:
    assert (await bob.sign_out()).status == 204


async def take_roles(owner: Browser, _bob: Browser) -> None:
    path = f"{USERS}/{await id_of(owner)}/bindings"
    assert (await owner.request("PUT", path, json={"bindings": []})).status == 200


@pytest.mark.parametrize("end", [disable, sign_out, take_roles])
async def test_S20_a_ticket_is_worth_no_more_than_its_session_is_when_it_is_used(
    sentra: Sentra, owner: Browser, end: Callable[[Browser, Browser], Awaitable[None]]
):
    bob = await join(owner, role="viewer")
    stranger = Browser(sentra.asgi, "203.0.113.3")
    tickets = [(await bob.post("/api/v1/status/ticket", {})).json["ticket"] for _ in range(2)]
    async with stranger.websocket(f"/api/v1/status/stream?ticket={tickets[0]}") as socket:
        assert '"snapshot"' in await socket.receive()
    await end(owner, bob)
    heard = []
    with pytest.raises((WebsocketDisconnectError, WebsocketResponseError)):
        async with stranger.websocket(f"/api/v1/status/stream?ticket={tickets[1]}") as socket:
            heard.append(await socket.receive())
    assert not heard


@pytest.mark.parametrize("by_admin", [True, False])
@pytest.mark.parametrize("has_browser", [True, False])
async def test_S20_whoever_ends_every_session_ends_what_programs_signed_in_to(
    sentra: Sentra, owner: Browser, by_admin: bool, has_browser: bool
):
    bob = await join(owner)
    made = (await pair(sentra, email="bob@example.com", password=JOINED)).json
    program = Program(sentra, made["access_token"])
    assert await program.status() == 200
    if by_admin:
        if not has_browser:
            await bob.sign_out()
        path = f"{USERS}/{await id_of(owner)}/sessions"
        assert (await owner.request("DELETE", path)).status == 204
    else:
        assert (await bob.request("DELETE", "/api/v1/sessions")).status == 204
    assert await program.status() == 401
    assert (await renew(sentra, made["refresh_token"])).status == 401
    newest = (await owner.get("/api/v1/audit?action=session:end&limit=1")).json["items"][0]
    assert newest["summary"] == "Ended every session"


async def test_S39_somebody_has_as_many_programs_as_they_can_overlook(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    made = []
    for _ in range(21):
        clock.advance(1)
        made.append((await pair(sentra)).json)
    assert [await Program(sentra, each["access_token"]).status() for each in made] == [401] + [200] * 20
    assert (await renew(sentra, made[0]["refresh_token"])).status == 401
    assert (await owner.get("/api/v1/interfaces")).status == 200


async def test_S39_a_sign_in_of_a_program_is_not_renewed_without_end(
    sentra: Sentra, owner: Browser, monkeypatch: pytest.MonkeyPatch
):
    assert token_families.RENEWALS > 30 * 24 * 6  # nobody who renews when it is due
    monkeypatch.setattr(token_families, "RENEWALS", 5)
    made = (await pair(sentra)).json
    for _ in range(5):
        answer = await renew(sentra, made["refresh_token"])
        assert answer.status == 200
        made = answer.json
    assert (await renew(sentra, made["refresh_token"])).status == 401
    assert await Program(sentra, made["access_token"]).status() == 401
    newest = (await owner.get("/api/v1/audit?action=token:end")).json["items"]
    assert [each["summary"] for each in newest] == ["Ended: it was renewed too often"]


async def test_S62_nobody_asks_through_who_has_an_account(opened: Opened, settings: Settings):
    async with opened(settings=replace(settings, rate_limits=RateLimits())) as sentra:
        owner = await set_up(sentra)
        bob = await join(owner, role="member")
        tried = [
            (await bob.request("PATCH", "/api/v1/profile", json={"email": "ann@example.com"})).status for _ in range(12)
        ]
        assert tried == [422] * 10 + [429] * 2


@pytest.mark.parametrize("end", ["disabled", "removed", "demoted", "nothing"])
async def test_S33_links_end_with_the_right_of_whoever_made_them(sentra: Sentra, owner: Browser, end: str):
    admin = await join(owner)
    await join(owner, "carol@example.com", "viewer")
    carol, bob = await id_of(owner, "carol@example.com"), await id_of(owner)
    reset = (await admin.post(f"{USERS}/{carol}/reset", {})).json["link"]
    invited = (await invite(admin, "dave@example.com", "operator")).json["link"]
    by_owner = (await invite(owner, "erin@example.com", "operator")).json["link"]
    if end == "disabled":
        assert (await change(owner, bob, enabled=False)).status == 200
    elif end == "removed":
        assert (await owner.request("DELETE", f"{USERS}/{bob}")).status == 204
    elif end == "demoted":
        form = {"bindings": [{"role": "operator", "scope": "*"}]}
        assert (await owner.request("PUT", f"{USERS}/{bob}/bindings", json=form)).status == 200
    thief = Browser(sentra.asgi, "203.0.113.9")
    answer = await thief.post("/api/v1/password-resets", {"token": token_of(reset), "password": JOINED})
    is_good = 200 if end == "nothing" else 403
    assert (answer.status, (await accept(thief, invited)).status) == (is_good, is_good)
    assert (await accept(thief, by_owner)).status == 200
