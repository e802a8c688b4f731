"""Sessions: their cookie, their life and their end."""

import asyncio
import hashlib
import re
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sentra.app import Sentra
from sentra.core.secrets import new_token
from sentra.db.sessions import find_session
from sentra.db.users import UserRow
from sentra.settings import Settings
from tests.browser import PASSWORD, Browser
from tests.conftest import Opened, set_up
from tests.turned_clock import TurnedClock

COOKIE_LINE = re.compile(r"__Host-sentra_sid=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Strict")
MINUTE, HOUR = 60, 3600
NEW_PASSWORD = "another fine battery"


async def is_signed_in(browser: Browser) -> bool:
    status = (await browser.get("/api/v1/session")).status
    assert status in (200, 401)
    return status == 200


async def change_password(browser: Browser, password: str = NEW_PASSWORD, current: str = PASSWORD):
    return await browser.request(
        "PUT", "/api/v1/session/password", json={"current_password": current, "password": password}
    )


async def test_signing_in_tells_who_one_is_and_what_one_may_do(owner: Browser):
    answer = await owner.get("/api/v1/session")
    assert answer.json["user"] | {"id": ""} == {
        "id": "",
        "email": "ann@example.com",
        "name": "Ann Owner",
        "role": "owner",
    }
    assert "status:read" in answer.json["can"]
    assert (await owner.sign_in("  ANN@Example.com ")).json["user"]["email"] == "ann@example.com"


async def test_S15_every_answer_that_starts_a_session_sets_exactly_this_cookie(owner: Browser):
    for answer in (await owner.sign_in(), await owner.sign_in(), await change_password(owner)):
        assert answer.status in (200, 204)
        (line,) = answer.headers.getlist("Set-Cookie")
        assert COOKIE_LINE.fullmatch(line)
        assert len(line) < 4096
    for answer in (await owner.get("/api/v1/session"), await owner.get("/healthz"), await owner.sign_in(password="no")):
        assert answer.headers.getlist("Set-Cookie") == []


def test_S16_ids_are_256_random_bits_and_never_come_twice():
    ids = {new_token() for _ in range(100_000)}
    assert len(ids) == 100_000
    assert {len(one) for one in ids} == {43}


async def test_S16_no_file_of_the_state_folder_holds_an_id(opened: Opened, settings: Settings):
    secrets: list[str] = []
    async with opened() as sentra:
        owner = await set_up(sentra)
        secrets.append(owner.secret or "")
        await change_password(owner)
        secrets.append(owner.secret or "")
        for number in range(20):
            browser = Browser(sentra.asgi, f"192.0.2.{number}")
            secrets.append((await browser.sign_in(password=NEW_PASSWORD)).secret or "")
        files = [file for file in settings.state_dir.rglob("*") if file.is_file()]
        assert any(file.name == "sentra.db-wal" for file in files)
        contents = b"".join(file.read_bytes() for file in files)
        copy = settings.state_dir / "copy.db"
        with sqlite3.connect(settings.database) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        connection.close()
        contents += copy.read_bytes()
    assert len(set(secrets)) == 22
    assert [secret for secret in secrets if secret.encode() in contents] == []


async def test_S16_what_is_stored_of_a_session_is_the_digest_of_its_id(
    sentra: Sentra, owner: Browser, settings: Settings
):
    with sqlite3.connect(settings.database) as connection:
        stored = connection.execute("SELECT id FROM sessions").fetchall()
    connection.close()
    assert stored == [(hashlib.sha256((owner.secret or "").encode()).hexdigest(),)]
    (by_digest,) = stored[0]
    thief = Browser(sentra.asgi)
    thief.secret = by_digest
    assert not await is_signed_in(thief)


async def test_S17_signing_in_and_changing_the_password_give_a_new_id(owner: Browser):
    secrets = [owner.secret]
    for change in (owner.sign_in, lambda: change_password(owner)):
        before = Browser(owner.app)
        before.secret = owner.secret
        assert await is_signed_in(before)
        secrets.append((await change()).secret)
        assert not await is_signed_in(before)
        assert await is_signed_in(owner)
    assert len(set(secrets)) == 3


async def test_S17_an_id_that_the_browser_brought_is_never_taken(sentra: Sentra, owner: Browser):
    for number in range(20):
        planted = "A" * 43 if number == 0 else new_token()
        browser = Browser(sentra.asgi, f"192.0.2.{number}")
        browser.secret = planted
        assert not await is_signed_in(browser)
        answer = await browser.sign_in()
        assert answer.status == 200
        assert answer.secret != planted
        browser.secret = planted
        assert not await is_signed_in(browser)


async def test_S18_the_eleventh_session_ends_the_one_that_was_used_least_recently(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    browsers = [owner]
    for number in range(9):
        clock.advance(1)
        browsers.append(Browser(sentra.asgi, f"192.0.2.{number}"))
        await browsers[-1].sign_in()
    clock.advance(1)
    assert await is_signed_in(owner)  # the oldest, and now the latest that was used
    await Browser(sentra.asgi, "192.0.2.99").sign_in()
    assert [await is_signed_in(browser) for browser in browsers] == [True, False] + [True] * 8


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("limit", "pause"), [(30 * MINUTE, 30 * MINUTE), (12 * HOUR, 20 * MINUTE)])
@pytest.mark.parametrize("over", [-1, 1])
async def test_S19_a_session_ends_of_idleness_and_of_age(
    opened: Opened, clock: TurnedClock, limit: int, pause: int, over: int, restart: bool
):
    async with opened() as sentra:
        owner = await set_up(sentra)
        started = clock.now()
        while clock.now() + pause < started + limit:
            clock.advance(pause)
            assert await is_signed_in(owner)
        clock.seconds = started + limit + over
        if not restart:
            assert await is_signed_in(owner) is (over < 0)
    if restart:
        async with opened() as sentra:
            owner.app = sentra.asgi
            assert await is_signed_in(owner) is (over < 0)


async def test_S19_both_are_settings(opened: Opened, settings: Settings, clock: TurnedClock):
    short = replace(settings, session_idle_seconds=100.0, session_absolute_seconds=150.0)
    async with opened(settings=short) as sentra:
        owner = await set_up(sentra)
        clock.advance(99)
        assert await is_signed_in(owner)
        clock.advance(52)
        assert not await is_signed_in(owner)


async def test_S19_every_use_counts_to_the_second_across_a_restart(opened: Opened, clock: TurnedClock):
    async with opened() as sentra:
        owner = await set_up(sentra)
        clock.advance(90)
        assert await is_signed_in(owner)
        clock.advance(50)  # within the minute in which nothing is written
        assert await is_signed_in(owner)
    async with opened() as sentra:
        owner.app = sentra.asgi
        clock.advance(30 * MINUTE - 1)
        assert await is_signed_in(owner)


async def test_S19_an_open_page_counts_as_use_and_a_hidden_one_does_not(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    actor = await sentra.sessions.resume(owner.secret or "")
    assert actor.session_id is not None
    for _ in range(10):
        clock.advance(20 * MINUTE)
        assert await sentra.sessions.still_valid(actor.session_id) is not None
    clock.advance(20 * MINUTE)
    assert await sentra.sessions.still_valid(actor.session_id, in_use=False) is not None
    clock.advance(10 * MINUTE)
    assert await sentra.sessions.still_valid(actor.session_id, in_use=False) is None


async def test_a_session_in_use_is_written_at_most_once_a_minute(
    owner: Browser, clock: TurnedClock, settings: Settings
):
    def stored() -> float:
        connection = sqlite3.connect(settings.database)
        try:
            return float(connection.execute("SELECT max(seen_at) FROM sessions").fetchone()[0])
        finally:
            connection.close()

    written = {stored()}
    for _ in range(240):
        clock.advance(1)
        await owner.get("/api/v1/session")
        written.add(stored())
    assert 4 <= len(written) <= 5


async def test_a_full_disk_keeps_nobody_from_reading(
    sentra: Sentra, owner: Browser, clock: TurnedClock, settings: Settings, caplog: pytest.LogCaptureFixture
):
    from tortoise import Tortoise

    await Tortoise.get_connection("default").execute_script("PRAGMA query_only = ON")
    clock.advance(MINUTE)
    assert await is_signed_in(owner)
    assert "could not be stored" in caplog.text
    await Tortoise.get_connection("default").execute_script("PRAGMA query_only = OFF")


async def end_by_signing_out(sentra: Sentra, owner: Browser) -> None:
    answer = await owner.sign_out()
    assert answer.status == 204
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


async def end_by_password_change(sentra: Sentra, owner: Browser) -> None:
    other = Browser(sentra.asgi)
    await other.sign_in()
    assert (await change_password(other)).status == 204
    assert (await change_password(other, PASSWORD, NEW_PASSWORD)).status == 204


async def end_by_disabling(sentra: Sentra, owner: Browser) -> None:
    user = await UserRow.get()
    await UserRow.filter(id=user.id).update(enabled=False)
    await sentra.sessions.end_all(user.id)
    await UserRow.filter(id=user.id).update(enabled=True)


@pytest.mark.parametrize("end", [end_by_signing_out, end_by_password_change, end_by_disabling])
async def test_S20_the_next_request_fails(sentra: Sentra, owner: Browser, end):
    for number in range(33):
        browser = Browser(sentra.asgi, f"192.0.2.{number}")
        await browser.sign_in()
        assert await is_signed_in(browser)
        await end(sentra, browser)
        assert not await is_signed_in(browser)


async def test_S20_a_session_that_ends_while_it_is_read_does_not_come_back(
    sentra: Sentra, owner: Browser, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
):
    copy = Browser(sentra.asgi)
    copy.secret = owner.secret
    was_read, go_on = asyncio.Event(), asyncio.Event()

    async def read_slowly(session_id: str) -> object:
        found = await find_session(session_id)
        was_read.set()
        await go_on.wait()
        return found

    await is_signed_in(owner)
    sentra.sessions._remembered.clear()
    monkeypatch.setattr("sentra.services.sessions.find_session", read_slowly)
    reading = asyncio.create_task(is_signed_in(copy))
    await was_read.wait()
    monkeypatch.setattr("sentra.services.sessions.find_session", find_session)
    assert (await owner.sign_out()).status == 204
    go_on.set()
    await reading  # it came before the end
    assert not await is_signed_in(copy)


@pytest.mark.parametrize("end", [end_by_signing_out, end_by_password_change, end_by_disabling])
async def test_S20_what_is_held_open_is_told_at_once(sentra: Sentra, owner: Browser, end):
    actor = await sentra.sessions.resume(owner.secret or "")
    with sentra.sessions.watch_end(actor.session_id or "") as over:
        assert not over.is_over()
        await end(sentra, owner)
        async with asyncio.timeout(1):
            await over.wait()
        assert not over.replaced
    assert await sentra.sessions.still_valid(actor.session_id or "") is None


async def test_S20_the_browser_that_changed_the_password_is_told_to_come_again(sentra: Sentra, owner: Browser):
    actor = await sentra.sessions.resume(owner.secret or "")
    with sentra.sessions.watch_end(actor.session_id or "") as over:
        assert (await change_password(owner)).status == 204
        assert over.is_over()
        assert over.replaced


async def test_S20_an_open_stream_closes_within_five_seconds_of_signing_out(sentra: Sentra, owner: Browser):
    other = Browser(sentra.asgi)
    await other.sign_in()
    async with owner.websocket("/api/v1/status/stream") as stream, asyncio.timeout(5):
        await stream.receive()
        started = time.monotonic()
        assert (await owner.sign_out()).status == 204
        with pytest.raises(Exception, match="4401"):
            while True:
                await stream.receive()
        assert time.monotonic() - started < 5


async def test_a_wrong_current_password_changes_nothing(owner: Browser):
    answer = await change_password(owner, current="not this one")
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "current_password"
    assert await is_signed_in(owner)
    assert (await owner.sign_in()).status == 200


async def test_of_two_parallel_changes_of_the_password_one_wins(sentra: Sentra, owner: Browser):
    other = Browser(sentra.asgi)
    await other.sign_in()
    answers = await asyncio.gather(
        change_password(owner, "the first new one"), change_password(other, "the other new one")
    )
    assert sorted(answer.status for answer in answers) == [204, 409]
    working = [
        password
        for password in (PASSWORD, "the first new one", "the other new one")
        if (await Browser(sentra.asgi).sign_in(password=password)).status == 200
    ]
    assert len(working) == 1
    assert working != [PASSWORD]


async def test_S22_sessions_survive_a_restart(opened: Opened, settings: Settings):
    browsers = []
    async with opened() as sentra:
        browsers.append(await set_up(sentra))
        for number in range(9):
            browsers.append(Browser(sentra.asgi, f"192.0.2.{number}"))
            await browsers[-1].sign_in()
    for _ in range(3):
        async with opened() as sentra:
            for browser in browsers:
                browser.app = sentra.asgi
                assert await is_signed_in(browser)


async def test_S22_sessions_survive_a_crash(opened: Opened, settings: Settings, clock: TurnedClock, tmp_path: Path):
    """Nothing was closed: what lies on the disk at that moment is all there is."""
    async with opened() as sentra:
        browsers = [await set_up(sentra), *(Browser(sentra.asgi, f"192.0.2.{number}") for number in range(9))]
        for browser in browsers[1:]:
            await browser.sign_in()
        clock.advance(MINUTE)
        for browser in browsers:
            assert await is_signed_in(browser)
        shutil.copytree(settings.state_dir, tmp_path / "crashed")
    clock.advance(30 * MINUTE - 1)
    async with opened(settings=replace(settings, state_dir=tmp_path / "crashed")) as sentra:
        for browser in browsers:
            browser.app = sentra.asgi
            assert await is_signed_in(browser)
        clock.advance(30 * MINUTE)
        assert [await is_signed_in(browser) for browser in browsers] == [False] * 10


async def test_what_has_ended_of_age_is_removed_from_the_database(
    sentra: Sentra, owner: Browser, clock: TurnedClock, settings: Settings
):
    clock.advance(31 * MINUTE)
    await owner.sign_in()
    connection = sqlite3.connect(settings.database)
    assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    connection.close()


def test_secrets_show_themselves_nowhere(settings: Settings, tmp_path: Path):
    prepared = Settings.load({"SENTRA_STATE_DIR": str(tmp_path / "other")})
    assert prepared.jwt_secret is not None
    assert "(hidden)" in repr(prepared)
    assert repr(prepared.jwt_secret.reveal()) not in repr(prepared)
