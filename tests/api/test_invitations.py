"""Coming in by a link: an invitation, a new password. Once, for a while, and only for whom it was made."""

import asyncio
import sqlite3
from typing import Any

import pytest

from sentra.core.secrets import digest
from sentra.settings import Settings
from tests.api.people_forms import JOINED, accept, change, find, id_of, invite, is_signed_in, join, token_of
from tests.browser import ORIGIN, PASSWORD, Browser
from tests.turned_clock import TurnedClock

NEW_PASSWORD = "rain upon a copper roof"
MINUTE, HOUR = 60, 3600


async def reset_link(owner: Browser, email: str = "bob@example.com") -> str:
    answer = await owner.post(f"/api/v1/users/{await id_of(owner, email)}/reset", {})
    assert answer.status == 200, answer.json
    return str(answer.json["link"])


async def set_password(browser: Browser, link: str, password: str = NEW_PASSWORD) -> int:
    answer = await browser.post("/api/v1/password-resets", {"token": token_of(link), "password": password})
    return answer.status


def stranger_at(owner: Browser, number: int) -> Browser:
    return Browser(owner.app, f"203.0.113.{number}")


async def test_an_invitation_is_taken_up_with_a_name_and_a_password_of_ones_own(owner: Browser, stranger: Browser):
    invited = await invite(owner, "bob@example.com", "viewer")
    link = invited.json["link"]
    assert link.startswith(f"{ORIGIN}/join#")
    shown = await stranger.post("/api/v1/invitations/check", {"token": token_of(link)})
    assert shown.json == {
        "purpose": "join",
        "email": "bob@example.com",
        "name": "Bob",
        "expires_at": invited.json["expires_at"],
    }
    assert (await stranger.sign_in("bob@example.com", JOINED)).status == 401
    answer = await accept(stranger, link, name="Bobby")
    assert (answer.status, answer.json) == (200, {"email": "bob@example.com"})
    assert answer.secret is None  # signing in stays the one way to a session
    assert not await is_signed_in(stranger)
    signed_in = await stranger.sign_in("bob@example.com", JOINED)
    assert signed_in.json["user"]["name"] == "Bobby"
    assert signed_in.json["user"]["role"] == "viewer"
    person = await find(owner)
    assert person["joined_at"] is not None
    assert person["invited_until"] is None


@pytest.mark.parametrize("over", [-1, 1])
async def test_an_invitation_is_good_for_three_days(owner: Browser, stranger: Browser, clock: TurnedClock, over: int):
    link = (await invite(owner)).json["link"]
    clock.advance(72 * HOUR + over)
    assert (await accept(stranger, link)).status == (200 if over < 0 else 403)


async def test_a_link_is_good_once_and_a_new_one_ends_the_one_before(owner: Browser, stranger: Browser):
    first = await invite(owner)
    user_id = first.json["user"]["id"]
    second = await owner.post(f"/api/v1/users/{user_id}/invite", {})
    assert second.json["link"] != first.json["link"]
    assert (await accept(stranger, first.json["link"])).status == 403
    assert (await accept(stranger, second.json["link"])).status == 200
    assert (await accept(stranger, second.json["link"])).status == 403
    assert (await owner.post(f"/api/v1/users/{user_id}/invite", {})).status == 409


async def test_a_link_is_good_for_nothing_but_its_purpose(owner: Browser, stranger: Browser):
    invited = (await invite(owner)).json["link"]
    assert await set_password(stranger, invited) == 403
    await accept(stranger, invited)
    reset = await reset_link(owner)
    assert (await accept(stranger, reset)).status == 403
    assert (await stranger.post("/api/v1/invitations/check", {"token": token_of(reset)})).status == 403
    assert (await stranger.post("/api/v1/setup", {"token": token_of(reset)})).status == 422


@pytest.mark.parametrize("way", ["join", "reset"])
async def test_of_a_hundred_who_use_a_link_at_once_one_does(owner: Browser, way: str, monkeypatch: pytest.MonkeyPatch):
    if way == "join":
        link = (await invite(owner)).json["link"]
    else:
        await join(owner)
        link = await reset_link(owner)
    monkeypatch.setattr("sentra.services.limiter.Limiter.admit", _unlimited)
    monkeypatch.setattr("sentra.services.limiter.Limiter.give_back", _unlimited)
    monkeypatch.setattr("sentra.services.passwords.Passwords.hash", _hash_of)
    passwords = [f"{NEW_PASSWORD} {number}" for number in range(100)]
    answers = await asyncio.gather(
        *(
            stranger_at(owner, number).post(
                "/api/v1/invitations" if way == "join" else "/api/v1/password-resets",
                {"token": token_of(link), "password": password, **({"name": "Bob"} if way == "join" else {})},
            )
            for number, password in enumerate(passwords)
        )
    )
    statuses = [answer.status for answer in answers]
    assert (statuses.count(200), statuses.count(403)) == (1, 99)


async def _unlimited(*_: Any, **__: Any) -> None:
    return None


async def _hash_of(_: Any, password: str) -> str:
    await asyncio.sleep(0)
    return f"hash of {password}"


@pytest.mark.parametrize("password", ["short", "password1234", "bob example com", "Bobby the wireguard"])
async def test_a_password_that_is_easy_to_guess_leaves_the_link_good(owner: Browser, stranger: Browser, password: str):
    link = (await invite(owner)).json["link"]
    answer = await accept(stranger, link, password, "Bobby")
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == ["password"]
    assert (await accept(stranger, link)).status == 200


async def test_S14_a_reset_is_a_link_of_256_bits_for_half_an_hour_that_works_once(
    owner: Browser, stranger: Browser, clock: TurnedClock
):
    await join(owner)
    tokens = {token_of(await reset_link(owner)) for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {43}
    for over in (1, -1):
        link = await reset_link(owner)
        clock.advance(30 * MINUTE + over)
        assert await set_password(stranger, link) == (403 if over > 0 else 200)
        await owner.sign_in()
    assert await set_password(stranger, link) == 403


async def test_S14_the_admin_neither_sees_nor_sets_the_password(owner: Browser, stranger: Browser):
    await join(owner)
    user_id = await id_of(owner)
    answer = await owner.post(f"/api/v1/users/{user_id}/reset", {})
    assert set(answer.json) == {"link", "expires_at"}
    assert answer.json["link"].startswith(f"{ORIGIN}/reset#")
    for body in ({"password": NEW_PASSWORD}, {"password_hash": "x"}):
        assert (await owner.post(f"/api/v1/users/{user_id}/reset", body)).status == 422
        assert (await change(owner, user_id, **body)).status == 422
    assert "password" not in (await owner.get(f"/api/v1/users/{user_id}")).body.decode()
    assert (await Browser(owner.app, "203.0.113.5").sign_in("bob@example.com", JOINED)).status == 200


async def test_S14_second_factors_stay_on(owner: Browser, stranger: Browser, settings: Settings):
    await join(owner)
    user_id = await id_of(owner)
    with sqlite3.connect(settings.database) as connection:
        connection.execute("INSERT INTO totp_seeds VALUES (?, x'00', 1, 0, 0)", (user_id,))
        connection.execute("INSERT INTO recovery_codes (code_digest, user_id) VALUES ('x', ?)", (user_id,))
    connection.close()
    assert await set_password(stranger, await reset_link(owner)) == 200
    connection = sqlite3.connect(settings.database)
    kept = [
        connection.execute(f"SELECT count(*) FROM {table} WHERE user_id = ?", (user_id,)).fetchone()[0]  # noqa: S608
        for table in ("totp_seeds", "recovery_codes")
    ]
    connection.close()
    assert kept == [1, 1]


async def test_S20_a_new_password_by_a_link_ends_every_session(owner: Browser, stranger: Browser):
    for number in range(25):
        bob = await join(owner, f"b{number}@example.com", "viewer")
        link = await reset_link(owner, f"b{number}@example.com")
        assert await is_signed_in(bob)  # until it is used, nothing ends
        assert await set_password(stranger, link) == 200
        assert not await is_signed_in(bob)
        assert (await bob.sign_in(f"b{number}@example.com", NEW_PASSWORD)).status == 200


async def test_S20_an_open_stream_closes_within_five_seconds_of_a_reset(owner: Browser, stranger: Browser):
    bob = await join(owner, "bob@example.com", "viewer")
    link = await reset_link(owner)
    async with bob.websocket("/api/v1/status/stream") as stream, asyncio.timeout(5):
        await stream.receive()
        assert await set_password(stranger, link) == 200
        with pytest.raises(Exception, match="4401"):
            while True:
                await stream.receive()


async def test_whoever_is_disabled_comes_in_by_no_link(owner: Browser, stranger: Browser):
    invited = await invite(owner, "new@example.com", "viewer")
    await join(owner)
    reset = await reset_link(owner)
    for email in ("new@example.com", "bob@example.com"):
        assert (await change(owner, await id_of(owner, email), enabled=False)).status == 200
    assert (await accept(stranger, invited.json["link"])).status == 403
    assert await set_password(stranger, reset) == 403
    for email, way in (("new@example.com", "invite"), ("bob@example.com", "reset")):
        user_id = await id_of(owner, email)
        assert (await owner.post(f"/api/v1/users/{user_id}/{way}", {})).status == 409
        assert (await change(owner, user_id, enabled=True)).status == 200
    assert (await accept(stranger, invited.json["link"])).status == 403
    assert await set_password(stranger, reset) == 403


async def test_who_has_not_joined_has_no_password_to_reset(owner: Browser):
    user_id = (await invite(owner)).json["user"]["id"]
    assert (await owner.post(f"/api/v1/users/{user_id}/reset", {})).status == 409


async def test_tokens_that_are_none_are_limited_and_good_ones_are_not(owner: Browser):
    browser = stranger_at(owner, 77)
    for _ in range(5):
        assert (await browser.post("/api/v1/invitations/check", {"token": "guess"})).status == 403
    answer = await browser.post("/api/v1/password-resets/check", {"token": "guess"})
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1
    other = stranger_at(owner, 78)
    link = (await invite(owner)).json["link"]
    for _ in range(30):
        assert (await other.post("/api/v1/invitations/check", {"token": token_of(link)})).status == 200


async def test_no_file_of_the_state_folder_holds_a_token(owner: Browser, stranger: Browser, settings: Settings):
    links = [(await invite(owner)).json["link"]]
    await accept(stranger, links[0])
    links.append(await reset_link(owner))
    contents = b"".join(file.read_bytes() for file in settings.state_dir.rglob("*") if file.is_file())
    assert digest(token_of(links[1])).encode() in contents
    assert [link for link in links if token_of(link).encode() in contents] == []


async def test_joining_and_a_new_password_are_on_record_as_done_by_whom_they_are_of(owner: Browser, stranger: Browser):
    await accept(stranger, (await invite(owner)).json["link"], name="Bobby")
    await set_password(stranger, await reset_link(owner))
    entries = (await owner.get("/api/v1/audit?limit=50")).json["items"]
    own = [entry for entry in entries if entry["action"] in ("user:join", "password:reset")]
    assert [entry["summary"] for entry in own] == ["Set a new password by a link", "bob@example.com joined"]
    assert {entry["actor_name"] for entry in own} == {"bob@example.com"}
    assert {entry["address"] for entry in own} == {stranger.address}
    assert PASSWORD not in str(entries)
