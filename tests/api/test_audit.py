"""Every change, refusal and sign-in is on record, once, in a chain that tells of tampering."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sentra.access.access import Access
from sentra.app import Sentra
from sentra.core.access import Actor, Binding
from sentra.core.audit import Subject
from sentra.core.errors import Forbidden, Unauthenticated
from sentra.db.audit import AuditFilter, newest_audit_entries
from sentra.db.bindings import replace_bindings
from sentra.db.database import transaction
from sentra.services.audit import Broken, Head
from sentra.services.audit_log import AuditLog
from sentra.services.changes import ChangeLimits
from tests.access.people import bind, someone
from tests.api.test_second_factors import enrol
from tests.browser import EMAIL, PASSWORD, Browser
from tests.conftest import Opened, set_up
from tests.scale import scaled
from tests.turned_clock import TurnedClock

ANN = Actor(user_id="1", email="ann@example.com", name="Ann", bindings=(Binding("owner"),), address="192.0.2.1")
INTERFACE = {"name": "wg0", "addresses": ["10.8.0.1/24"], "listen_port": 51820}


@pytest.fixture
async def sentra(opened: Opened) -> AsyncIterator[Sentra]:
    """An application without an agent, whose changes wait for none."""
    async with opened(change_limits=ChangeLimits(patience_seconds=0)) as sentra:
        yield sentra


async def newest(count: int = 1) -> list[tuple[str, str, str]]:
    entries = await newest_audit_entries(AuditFilter(), before=None, limit=count)
    return [(entry.action, entry.outcome, entry.summary) for entry in entries]


async def length() -> int:
    entries = await newest_audit_entries(AuditFilter(), before=None, limit=1)
    return entries[0].id if entries else 0


async def make_viewer(owner: Browser) -> None:
    """Make a viewer of the only user there is."""
    user_id = (await owner.get("/api/v1/session")).json["user"]["id"]
    async with transaction():
        await replace_bindings(user_id, [Binding("viewer")])


async def test_S58_setting_up_and_signing_in_and_out_are_one_entry_each(sentra: Sentra):
    owner = await set_up(sentra)
    assert await newest(2) == [
        ("session:create", "done", "Signed in"),
        ("user:create", "done", "Made the owner with the setup link"),
    ]
    await owner.sign_out()
    assert (await newest())[0] == ("session:end", "done", "Signed out")
    assert await length() == 3
    (entry,) = await newest_audit_entries(AuditFilter(), before=None, limit=1)
    assert (entry.actor_name, entry.address, entry.actor_kind) == (EMAIL, "192.0.2.1", "user")


async def test_S58_every_change_is_one_entry_with_what_changed(sentra: Sentra, owner: Browser):
    before = await length()
    made = (await owner.post("/api/v1/interfaces", INTERFACE)).json["interface"]["id"]
    assert await length() == before + 1
    peer = {"name": "laptop", "public_key": "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="}
    peer_id = (await owner.post(f"/api/v1/interfaces/{made}/peers", peer)).json["peer"]["id"]
    assert await length() == before + 2
    await owner.request("PATCH", f"/api/v1/peers/{peer_id}", json={"name": "tablet"})
    assert await length() == before + 3
    (entry,) = await newest_audit_entries(AuditFilter(), before=None, limit=1)
    assert (entry.subject_kind, entry.subject_id, entry.subject_name) == ("peer", peer_id, "tablet")
    assert entry.detail["peers"][0]["fields"] == {"name": ["laptop", "tablet"]}
    for body, status in (({"name": ""}, 422), ({"name": "tablet"}, 200)):  # wrong, and no change at all
        assert (await owner.request("PATCH", f"/api/v1/peers/{peer_id}", json=body)).status == status
    dry = f"/api/v1/peers/{peer_id}?dry_run=true"
    assert (await owner.request("PATCH", dry, json={"name": "phone"})).status == 200
    assert await length() == before + 3
    await sentra.audit.check()


async def test_S58_a_refusal_of_somebody_who_is_known_is_one_entry(sentra: Sentra, owner: Browser):
    await make_viewer(owner)
    user_id = (await owner.get("/api/v1/session")).json["user"]["id"]
    sentra.identities.forget(user_id)
    before = await length()
    assert (await owner.post("/api/v1/interfaces", INTERFACE)).status == 403
    assert await length() == before + 1
    assert await newest() == [("interface:create", "refused", "Refused")]
    assert (await owner.get("/api/v1/audit")).status == 403
    assert await newest() == [("audit:read", "refused", "Refused")]


async def test_S58_a_wrong_second_factor_is_an_entry_of_whose_password_was_right(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    app = await enrol(owner, clock)
    clock.advance(31)
    wrong = {"code": "000000" if app.code() != "000000" else "111111"}
    begun = await Browser(sentra.asgi, "198.51.100.7").sign_in()
    before = await length()
    browser = Browser(sentra.asgi, "198.51.100.7")
    given = {"transaction": begun.json["transaction"], **wrong}
    assert (await browser.post("/api/v1/session/second-factor", given)).status == 401
    (entry,) = await newest_audit_entries(AuditFilter(), before=None, limit=1)
    assert (entry.actor_name, entry.address, entry.action) == (EMAIL, "198.51.100.7", "session:create")
    assert (entry.outcome, entry.summary) == ("refused", "Gave a wrong second factor")
    form = {"email": EMAIL, "password": PASSWORD, "totp": wrong["code"]}
    assert (await browser.post("/api/v1/token", form)).status == 401
    (entry,) = await newest_audit_entries(AuditFilter(), before=None, limit=1)
    assert (entry.actor_name, entry.action, entry.outcome) == (EMAIL, "token:create", "refused")
    assert (await owner.post("/api/v1/session/proof", wrong)).status == 422
    assert await newest() == [("session:prove", "refused", "Gave a wrong proof")]
    assert await length() == before + 3
    await sentra.refusals.close()
    assert await length() == before + 3  # and none of it is counted besides


async def test_S58_strangers_are_counted_by_address_action_and_minute(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    before = await length()
    here, there = Browser(sentra.asgi, "198.51.100.7"), Browser(sentra.asgi, "198.51.100.8")
    for _ in range(5):
        await here.get("/api/v1/interfaces")
    await there.get("/api/v1/interfaces")
    await here.sign_in("nobody@example.com", "wrong")
    assert await length() == before
    await sentra.refusals.write(before=int(clock.now()) // 60)
    assert await length() == before  # the minute is not over
    clock.advance(60)
    await here.get("/api/v1/interfaces")
    await sentra.refusals.write(before=int(clock.now()) // 60)
    entries = await newest_audit_entries(AuditFilter(outcome="refused"), before=None, limit=10)
    assert sorted((each.address, each.action, each.count) for each in entries) == [
        ("198.51.100.7", "interface:read", 5),
        ("198.51.100.7", "session:create", 1),
        ("198.51.100.8", "interface:read", 1),
    ]
    await sentra.refusals.close()
    assert await length() == before + 4


async def test_S58_a_flood_from_the_addresses_of_one_customer_is_one_entry(sentra: Sentra):
    for number in range(5000):
        sentra.refusals.count(f"2001:db8::{number:x}", "interface:read")
    await sentra.refusals.close()
    (entry,) = await newest_audit_entries(AuditFilter(), before=None, limit=9)
    assert (entry.address, entry.count) == ("2001:db8::/64", 5000)


async def test_S58_a_flood_from_many_networks_is_bounded(sentra: Sentra):
    for number in range(5000):
        sentra.refusals.count(f"2001:db8:0:{number:x}::1", "interface:read")
    await sentra.refusals.close()
    entries = await newest_audit_entries(AuditFilter(), before=None, limit=500)
    assert sum(each.count for each in entries if each.address == "elsewhere") == 4800
    assert await length() == 201


async def fill(sentra: Sentra, count: int) -> None:
    async with transaction():
        for number in range(count):
            await sentra.audit.record(ANN, "peer:create", Subject("peer", str(number), f"peer {number}"))


TAMPERINGS = {
    "altered": ("UPDATE audit_entries SET actor_name = 'eve@example.com' WHERE id = :n",),
    "its time": ("UPDATE audit_entries SET at = at - 1 WHERE id = :n",),
    "its detail": ("""UPDATE audit_entries SET detail = '{"x": 1}' WHERE id = :n""",),
    "its count": ("UPDATE audit_entries SET count = 2 WHERE id = :n",),
    "its mac": ("UPDATE audit_entries SET mac = 'g' || SUBSTR(mac, 2) WHERE id = :n",),
    "deleted": ("DELETE FROM audit_entries WHERE id = :n",),
    "the rest deleted": ("DELETE FROM audit_entries WHERE id >= :n",),
    "reordered": (
        "UPDATE audit_entries SET id = -1 WHERE id = :n",
        "UPDATE audit_entries SET id = :n WHERE id = :n - 1 OR (:n = 1 AND id = 2)",
        "UPDATE audit_entries SET id = CASE WHEN :n = 1 THEN 2 ELSE :n - 1 END WHERE id = -1",
    ),
    "copied": (
        "CREATE TEMP TABLE copied AS SELECT * FROM audit_entries WHERE id = :n",
        "UPDATE copied SET id = 1 + (SELECT MAX(id) FROM audit_entries) WHERE id = :n",
        "INSERT INTO audit_entries SELECT * FROM copied WHERE :n",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_S58_whatever_is_done_to_any_row_is_detected(opened: Opened, tmp_path: Path, tampering: str):
    count = scaled(60, 10_000)
    async with opened() as sentra:
        await fill(sentra, count)
        database = sentra.settings.database
        assert (await sentra.audit.check()).id == count
        rows = sqlite3.connect(database).execute("SELECT * FROM audit_entries").fetchall()
        assert len(rows) == count
        for number in {1, 2, count // 2, count - 1, count}:
            with sqlite3.connect(database) as connection:
                for statement in TAMPERINGS[tampering]:
                    connection.execute(statement, {"n": number})
            with pytest.raises(Broken):
                await sentra.audit.check()
            with sqlite3.connect(database) as connection:
                connection.execute("DELETE FROM audit_entries")
                connection.executemany("INSERT INTO audit_entries VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)
            await sentra.audit.check()


async def test_S58_a_chain_that_was_put_back_to_an_earlier_one_lacks_the_head_that_was_noted(sentra: Sentra):
    await fill(sentra, 3)
    noted = await sentra.audit.check()
    await fill(sentra, 2)
    assert (await sentra.audit.check(noted)).id == 5
    with pytest.raises(Broken):
        await sentra.audit.check(Head(9, "0" * 64))


async def test_S58_what_cannot_be_recorded_does_not_happen(opened: Opened):
    async with opened() as sentra:
        owner = await set_up(sentra)
    sentra.settings.audit_key_file.unlink()
    async with opened() as sentra:
        owner.app = sentra.asgi
        assert (await owner.post("/api/v1/interfaces", INTERFACE)).status == 503
        assert (await owner.get("/api/v1/interfaces")).json["items"] == []
        assert not sentra.settings.audit_key_file.exists()


async def test_S58_hostile_text_stays_one_line_of_the_export(sentra: Sentra, owner: Browser):
    hostile = "a\r\nb\x1b[31m\u2028\x00\ud800"
    async with transaction():
        await sentra.audit.record(ANN, "peer:create", Subject("peer", "1", hostile), summary=hostile)
    answer = await owner.get("/api/v1/audit/export?action=peer:create")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = answer.body.split(b"\n")
    assert len(lines) == 2
    assert b"\x1b" not in lines[0]
    assert json.loads(lines[0])["summary"].startswith("a\r\nb")
    await sentra.audit.check()


async def test_the_log_is_filtered_and_paged(sentra: Sentra, owner: Browser):
    await fill(sentra, 250)

    async def found(query: str) -> Any:
        answer = await owner.get(f"/api/v1/audit?{query}")
        assert answer.status == 200, answer.json
        return answer.json

    first = await found("action=peer&limit=100")
    assert [each["subject_name"] for each in first["items"][:2]] == ["peer 249", "peer 248"]
    second = await found(f"action=peer:create&limit=200&cursor={first['next_cursor']}")
    assert len(second["items"]) == 150
    assert second["next_cursor"] is None
    assert len((await found("subject=17"))["items"]) == 1
    assert (await found("q=PEER 17"))["items"][0]["subject_name"] == "peer 179"
    assert (await found("actor=nobody"))["items"] == []
    assert (await found("since=2100-01-01T00:00:00Z"))["items"] == []
    assert len((await found("until=2100-01-01T00:00:00Z&limit=500"))["items"]) == 252
    for query in ("limit=0", "limit=501", "cursor=x", "outcome=maybe", "since=yesterday", "other=1"):
        assert (await owner.get(f"/api/v1/audit?{query}")).status == 422, query


@pytest.mark.parametrize("end", ["disabled", "no role"])
async def test_S20_an_export_that_is_read_slowly_breaks_off_once_its_reader_is_out(
    sentra: Sentra, owner: Browser, end: str
):
    person = await someone(sentra, Binding("admin"))
    await fill(sentra, 600)
    actor = await sentra.sessions.resume(person.secret or "")
    lines = AuditLog(Access.shipped(), sentra.programs.still_valid).export(actor, AuditFilter())
    assert (await anext(lines)).count(b"\n") == 500
    if end == "disabled":
        assert (await owner.request("PATCH", f"/api/v1/users/{person.user_id}", json={"enabled": False})).status == 200
    else:
        await bind(sentra, person)
    with pytest.raises((Unauthenticated, Forbidden)):
        await anext(lines)


async def test_an_export_of_many_pages_is_whole(sentra: Sentra, owner: Browser):
    await fill(sentra, 1100)
    answer = await owner.get("/api/v1/audit/export")
    assert answer.body.count(b"\n") == await length()
