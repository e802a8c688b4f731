"""Where somebody is signed in: seen and ended, one's own and those of people below."""

import asyncio

import pytest

from sentra.app import Sentra
from tests.api.people_forms import JOINED, id_of, is_signed_in, join
from tests.browser import PASSWORD, Browser
from tests.turned_clock import TurnedClock

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)


async def test_S18_one_sees_where_one_is_signed_in(sentra: Sentra, owner: Browser, clock: TurnedClock):
    for number, agent in enumerate((FIREFOX, EDGE, IPHONE, "")):
        clock.advance(60)
        await Browser(sentra.asgi, f"192.0.2.{10 + number}").sign_in(headers={"User-Agent": agent})
    clock.advance(60)
    found = (await owner.get("/api/v1/sessions")).json["items"]
    assert [(each["address"], each["browser"]) for each in found[1:]] == [
        ("192.0.2.13", "unknown"),
        ("192.0.2.12", "Safari on iPhone"),
        ("192.0.2.11", "Edge on Windows"),
        ("192.0.2.10", "Firefox on Linux"),
    ]
    assert [each["is_current"] for each in found] == [True, False, False, False, False]
    assert found[0]["seen_at"] > found[0]["created_at"]
    assert found[0]["amr"] == ["pwd"]


async def test_S18_one_ends_ones_own_one_by_one_and_all_others(sentra: Sentra, owner: Browser):
    browsers = [Browser(sentra.asgi, f"192.0.2.{number}") for number in (11, 12, 13)]
    for browser in browsers:
        await browser.sign_in()
    found = (await owner.get("/api/v1/sessions")).json["items"]
    (first,) = [each["id"] for each in found if each["address"] == "192.0.2.11"]
    assert (await owner.request("DELETE", f"/api/v1/sessions/{first}")).status == 204
    assert [await is_signed_in(browser) for browser in (owner, *browsers)] == [True, False, True, True]
    assert (await owner.request("DELETE", f"/api/v1/sessions/{first}")).status == 404
    assert (await owner.request("DELETE", "/api/v1/sessions")).status == 204
    assert [await is_signed_in(browser) for browser in (owner, *browsers)] == [True, False, False, False]


async def test_S18_the_name_of_a_session_is_not_its_key(sentra: Sentra, owner: Browser):
    actor = await sentra.sessions.resume(owner.secret or "")
    answer = await owner.get("/api/v1/sessions")
    assert (actor.session_id or "x") not in answer.body.decode()
    assert (owner.secret or "x") not in answer.body.decode()
    for other_name in (actor.session_id, owner.secret):
        assert (await owner.request("DELETE", f"/api/v1/sessions/{other_name}")).status == 404
    assert await is_signed_in(owner)


async def test_S18_nobody_ends_the_session_of_somebody_else_as_their_own(owner: Browser):
    bob = await join(owner, "bob@example.com", "viewer")
    (session,) = (await owner.get("/api/v1/sessions")).json["items"]
    assert (await bob.request("DELETE", f"/api/v1/sessions/{session['id']}")).status == 404
    assert (await bob.request("DELETE", "/api/v1/sessions")).status == 204
    assert await is_signed_in(owner)


async def test_S18_admins_see_and_end_those_of_people_below(owner: Browser):
    admin, bob = await join(owner, "admin@example.com"), await join(owner, "bob@example.com", "viewer")
    path = f"/api/v1/users/{await id_of(owner)}/sessions"
    other = Browser(owner.app, "192.0.2.40")
    await other.sign_in("bob@example.com", JOINED)
    found = (await admin.get(path)).json["items"]
    assert [each["is_current"] for each in found] == [False, False]
    (chosen,) = [each["id"] for each in found if each["address"] == "192.0.2.40"]
    assert (await admin.request("DELETE", f"{path}/{chosen}")).status == 204
    assert [await is_signed_in(browser) for browser in (bob, other)] == [True, False]
    assert (await admin.request("DELETE", path)).status == 204
    assert [await is_signed_in(browser) for browser in (bob, owner, admin)] == [False, True, True]
    owners = f"/api/v1/users/{await id_of(owner, 'ann@example.com')}/sessions"
    assert (await admin.request("DELETE", owners)).status == 403
    assert (await owner.request("DELETE", f"{owners}/x")).status == 404


async def test_S18_what_ended_of_idleness_is_not_shown(sentra: Sentra, owner: Browser, clock: TurnedClock):
    await Browser(sentra.asgi, "192.0.2.50").sign_in()
    clock.advance(20 * 60)
    assert await is_signed_in(owner)
    clock.advance(11 * 60)
    assert [each["is_current"] for each in (await owner.get("/api/v1/sessions")).json["items"]] == [True]


@pytest.mark.parametrize("by", ["oneself", "an admin"])
async def test_S20_an_ended_session_fails_at_the_next_request_and_its_stream_closes(owner: Browser, by: str):
    for _ in range(10):
        bob = await join(owner, f"{by.replace(' ', '-')}{_}@example.com", "viewer")
        user_id = (await bob.get("/api/v1/session")).json["user"]["id"]
        (session,) = (await bob.get("/api/v1/sessions")).json["items"]
        other = Browser(owner.app, "192.0.2.60")
        async with bob.websocket("/api/v1/status/stream") as stream, asyncio.timeout(5):
            await stream.receive()
            if by == "oneself":
                await other.sign_in(f"oneself{_}@example.com", JOINED)
                assert (await other.request("DELETE", f"/api/v1/sessions/{session['id']}")).status == 204
            else:
                path = f"/api/v1/users/{user_id}/sessions/{session['id']}"
                assert (await owner.request("DELETE", path)).status == 204
            with pytest.raises(Exception, match="4401"):
                while True:
                    await stream.receive()
        assert not await is_signed_in(bob)


async def change_profile(browser: Browser, **changed: str):
    return await browser.request("PATCH", "/api/v1/profile", json=changed)


async def test_everybody_changes_their_own_name(owner: Browser):
    bob = await join(owner, "bob@example.com", "member")
    answer = await change_profile(bob, name=" Robert ")
    assert (answer.status, answer.json["name"]) == (200, "Robert")
    assert (await bob.get("/api/v1/session")).json["user"]["name"] == "Robert"
    for wrong in ({"role": "owner"}, {"enabled": "true"}, {"name": ""}, {"email": "x"}):
        assert (await change_profile(bob, **wrong)).status == 422


async def test_another_address_needs_a_proof_of_the_last_five_minutes(owner: Browser, clock: TurnedClock):
    bob = await join(owner, "bob@example.com", "member")
    clock.advance(5 * 60)
    answer = await change_profile(bob, email="robert@example.com")
    assert (answer.status, answer.json["type"]) == (403, "urn:sentra:problem:step-up-required")
    assert (await change_profile(bob, name="Robert", email="BOB@example.com")).status == 200  # the same one
    await bob.sign_in("bob@example.com", JOINED)
    clock.advance(5 * 60 - 1)
    assert (await change_profile(bob, email="ann@example.com")).status == 422
    assert (await change_profile(bob, email="Robert@example.com")).json["email"] == "robert@example.com"
    assert await is_signed_in(bob)
    assert (await bob.sign_in("robert@example.com", JOINED)).status == 200
    assert (await Browser(owner.app, "203.0.113.9").sign_in("bob@example.com", JOINED)).status == 401
    assert (await owner.sign_in(password=PASSWORD)).status == 200
