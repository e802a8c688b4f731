"""Programs sign in by tokens: for minutes with a password, or for what an API token is for, until it is revoked."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from sentra.app import Sentra
from sentra.core.access import Binding
from sentra.core.tokens import GRANTABLE
from sentra.db.audit import AuditFilter, newest_audit_entries
from sentra.db.bindings import replace_bindings
from sentra.db.database import transaction
from sentra.services.api_tokens import has_check
from sentra.services.changes import ChangeLimits
from sentra.services.rate_limits import Rate, RateLimits
from sentra.settings import Settings
from tests.api.people_forms import JOINED, change, id_of, join
from tests.api.test_access_tokens import Forger, by_claims, by_header, by_key_and_form
from tests.browser import EMAIL, ORIGIN, PASSWORD, Answer, Browser
from tests.conftest import Opened, set_up
from tests.scale import scaled
from tests.turned_clock import TurnedClock

DAY = 24 * 3600
INTERFACE = {"name": "wg0", "addresses": ["10.8.0.1/24"], "listen_port": 51820}


@pytest.fixture
async def sentra(opened: Opened) -> AsyncIterator[Sentra]:
    """An application without an agent, whose changes wait for none."""
    async with opened(change_limits=ChangeLimits(patience_seconds=0)) as sentra:
        yield sentra


class Program:
    """Calls the API with a token, and with nothing else."""

    def __init__(self, sentra: Sentra, token: str, address: str = "203.0.113.5") -> None:
        self.browser = Browser(sentra.asgi, address)
        self.token = token

    async def request(self, method: str, path: str, json: Any = None) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Sec-Fetch-Site": None,
            "Origin": None,
            "X-Sentra-CSRF": None,
        }
        more = {} if json is None else {"json": json}
        return await self.browser.request(method, path, headers=headers, **more)

    async def status(self, method: str = "GET", path: str = "/api/v1/interfaces", json: Any = None) -> int:
        return (await self.request(method, path, json)).status


async def make(owner: Browser, actions: Sequence[str] = ("interface:read",), **more: Any) -> Answer:
    return await owner.post("/api/v1/tokens", {"name": "ci", "actions": list(actions), **more})


async def pair(sentra: Sentra, address: str = "203.0.113.9", **more: Any) -> Answer:
    form = {"email": EMAIL, "password": PASSWORD, **more}
    return await Browser(sentra.asgi, address).post("/api/v1/token", form)


async def renew(sentra: Sentra, refresh_token: str) -> Answer:
    return await Browser(sentra.asgi).post("/api/v1/token/refresh", {"refresh_token": refresh_token})


async def bind(sentra: Sentra, owner: Browser, *bindings: Binding) -> None:
    user_id = (await owner.get("/api/v1/session")).json["user"]["id"]
    async with transaction():
        await replace_bindings(user_id, bindings)
    sentra.identities.forget(user_id)


async def test_S41_an_api_token_does_what_it_is_for_and_nothing_else(sentra: Sentra, owner: Browser):
    made = await make(owner)
    assert made.status == 201
    program = Program(sentra, made.json["token"])
    assert await program.status() == 200
    assert await program.status("POST", json=INTERFACE) == 403
    assert await program.status(path="/api/v1/audit") == 403
    assert (await program.request("GET", "/api/v1/session")).json["can"] == ["interface:read", "session:read"]


async def test_S41_no_token_makes_another(sentra: Sentra, owner: Browser):
    everything = Program(sentra, (await make(owner, GRANTABLE)).json["token"])
    signed_in = Program(sentra, (await pair(sentra)).json["access_token"])
    form = {"name": "more", "actions": ["interface:read"]}
    for program in (everything, signed_in):
        assert await program.status() == 200
        assert await program.status("POST", "/api/v1/tokens", form) == 403
        change = {"current_password": PASSWORD, "password": "another one, quite long"}
        assert await program.status("PUT", "/api/v1/session/password", change) == 403
        assert await program.status("POST", "/api/v1/keys/rotate", {}) == 403
    assert len((await owner.get("/api/v1/tokens")).json["items"]) == 1


async def test_S41_a_token_is_never_more_than_its_owner_is_now(sentra: Sentra, owner: Browser):
    program = Program(sentra, (await make(owner, ["interface:create", "interface:read"])).json["token"])
    await bind(sentra, owner, Binding("viewer"))
    assert await program.status("POST", json=INTERFACE) == 403
    assert await program.status() == 200
    await bind(sentra, owner)
    assert await program.status() == 403


async def test_S41_a_token_for_one_interface_sees_no_other(sentra: Sentra, owner: Browser):
    ids = [
        (await owner.post("/api/v1/interfaces", {"name": name, "addresses": [f"10.{n}.0.1/24"]})).json["interface"][
            "id"
        ]
        for n, name in enumerate(("wg0", "wg1"), 8)
    ]
    made = await make(owner, ["interface:read", "peer:read"], scope=f"interface:{ids[0]}")
    program = Program(sentra, made.json["token"])
    listed = (await program.request("GET", "/api/v1/interfaces")).json["items"]
    assert [each["id"] for each in listed] == [ids[0]]
    assert await program.status(path=f"/api/v1/interfaces/{ids[0]}/peers") == 200
    for path in (f"/api/v1/interfaces/{ids[1]}", f"/api/v1/interfaces/{ids[1]}/peers"):
        assert await program.status(path=path) == 404


async def test_S41_a_token_ends_when_it_is_revoked_disabled_or_too_old(
    sentra: Sentra, owner: Browser, clock: TurnedClock
):
    first, second = (await make(owner, days=1)).json, (await make(owner, days=365)).json
    program = Program(sentra, first["token"])
    clock.advance(DAY - 1)
    assert await program.status() == 200
    clock.advance(1)
    assert await program.status() == 401
    assert (await owner.sign_in()).status == 200
    other = Program(sentra, second["token"])
    assert await other.status() == 200
    assert (await owner.request("DELETE", f"/api/v1/tokens/{second['id']}")).status == 204
    assert await other.status() == 401
    assert (await owner.request("DELETE", f"/api/v1/tokens/{second['id']}")).status == 404


async def test_S40_whoever_is_disabled_has_no_program_at_the_next_request(sentra: Sentra, owner: Browser):
    bob = await join(owner, role="viewer")
    by_api_token = Program(sentra, (await make(bob)).json["token"])
    form = {"email": "bob@example.com", "password": JOINED}
    tokens = (await Browser(sentra.asgi, "203.0.113.9").post("/api/v1/token", form)).json
    by_access_token = Program(sentra, tokens["access_token"])
    programs = by_api_token, by_access_token
    assert [await each.status() for each in programs] == [200, 200]
    await change(owner, await id_of(owner), enabled=False)
    assert [await each.status() for each in programs] == [401, 401]
    assert (await renew(sentra, tokens["refresh_token"])).status == 401


async def test_S41_only_the_digest_of_a_token_is_stored(sentra: Sentra, owner: Browser):
    token = (await make(owner)).json["token"]
    assert token.startswith("sentra_pat_")
    listed = await owner.get("/api/v1/tokens")
    assert "token" not in listed.json["items"][0]
    for file in sentra.settings.state_dir.iterdir():
        if file.is_file():
            assert token.encode() not in file.read_bytes(), file.name


async def test_a_mistyped_token_is_told_by_its_check(sentra: Sentra, owner: Browser):
    token = (await make(owner)).json["token"]
    assert has_check(token)
    for wrong in (token[:-1], token + "0", token.replace("sentra_pat_", "sentra_pat"), token[:15] + "~" + token[16:]):
        assert not has_check(wrong)
        assert await Program(sentra, wrong).status() == 401


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"actions": ["user:delete"]}, "actions.0"),
        ({"actions": ["interface:read", "interface:*"]}, "actions.1"),
        ({"actions": []}, "actions"),
        ({"scope": "interface:gone"}, "scope"),
        ({"scope": "everything"}, "scope"),
        ({"days": 366}, "days"),
        ({"days": 0}, "days"),
        ({"name": " "}, "name"),
        ({"user_id": "1"}, "user_id"),
        ({"expires_at": "2100-01-01T00:00:00Z"}, "expires_at"),
    ],
)
async def test_S41_what_a_token_cannot_be_is_said_at_the_field(owner: Browser, more: dict[str, Any], field: str):
    answer = await owner.post("/api/v1/tokens", {"name": "ci", "actions": ["interface:read"], **more})
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


async def test_S41_nobody_is_offered_more_than_they_may(sentra: Sentra, owner: Browser):
    listed = (await owner.get("/api/v1/tokens")).json
    assert (listed["grantable"], listed["can"]) == (list(GRANTABLE), ["token:read", "token:revoke"])
    await bind(sentra, owner, Binding("viewer"))
    listed = (await owner.get("/api/v1/tokens")).json
    may = ["docs:read", "interface:inspect", "interface:read", "peer:read", "status:read"]
    assert (listed["grantable"], listed["can"]) == (may, [])
    assert (await make(owner, may)).status == 201
    assert (await make(owner, ["peer:create"])).status == 422
    assert (await owner.get("/api/v1/tokens?of_all=true")).status == 403


async def test_everybodys_tokens_name_their_owners(owner: Browser):
    bob = await join(owner, role="viewer")
    assert (await make(bob)).status == 201
    assert (await make(owner)).status == 201
    assert {each["user_email"] for each in (await owner.get("/api/v1/tokens")).json["items"]} == {EMAIL}
    everybodys = (await owner.get("/api/v1/tokens?of_all=true")).json["items"]
    assert {each["user_email"] for each in everybodys} == {EMAIL, "bob@example.com"}


async def test_S41_an_admin_ends_anybodys_token_and_nobody_else_does(sentra: Sentra, owner: Browser):
    bob = await join(owner, role="viewer")
    mine, theirs = (await make(owner)).json, (await make(bob)).json
    assert (await bob.request("DELETE", f"/api/v1/tokens/{mine['id']}")).status == 404
    assert await Program(sentra, mine["token"]).status() == 200
    assert await Program(sentra, theirs["token"]).status() == 200
    assert (await owner.request("DELETE", f"/api/v1/tokens/{theirs['id']}")).status == 204
    assert await Program(sentra, theirs["token"]).status() == 401


async def test_S12_a_token_needs_a_fresh_proof(sentra: Sentra, owner: Browser, clock: TurnedClock):
    clock.advance(301)
    answer = await make(owner)
    assert answer.status == 403
    assert answer.json["type"].endswith("step-up-required")


async def test_S39_a_pair_is_renewed_once_and_ends_when_it_comes_twice(sentra: Sentra, owner: Browser):
    first = (await pair(sentra)).json
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 600)
    assert await Program(sentra, first["access_token"]).status() == 200
    second = (await renew(sentra, first["refresh_token"])).json
    assert await Program(sentra, second["access_token"]).status() == 200
    assert (await renew(sentra, first["refresh_token"])).status == 401  # it is in two hands
    for token in (first["access_token"], second["access_token"]):
        assert await Program(sentra, token).status() == 401
    assert (await renew(sentra, second["refresh_token"])).status == 401
    entries = await newest_audit_entries(AuditFilter(action="token"), before=None, limit=9)
    assert [entry.action for entry in entries] == ["token:end", "token:begin"]


async def test_S39_of_fifty_parallel_uses_one_succeeds(sentra: Sentra, owner: Browser):
    refresh_token = (await pair(sentra)).json["refresh_token"]
    browsers = [Browser(sentra.asgi, f"203.0.113.{number}") for number in range(50)]
    answers = await asyncio.gather(
        *(each.post("/api/v1/token/refresh", {"refresh_token": refresh_token}) for each in browsers)
    )
    assert sum(answer.status == 200 for answer in answers) == 1


async def test_S39_a_pair_ends_of_idleness_and_of_age(sentra: Sentra, owner: Browser, clock: TurnedClock):
    idle = (await pair(sentra)).json["refresh_token"]
    used = (await pair(sentra)).json["refresh_token"]
    for _ in range(4):
        clock.advance(7 * DAY - 1)
        used = (await renew(sentra, used)).json["refresh_token"]
    assert (await renew(sentra, idle)).status == 401
    clock.advance(2 * DAY + 5)
    assert (await renew(sentra, used)).status == 401


async def test_S39_no_access_token_outlives_its_sign_in(sentra: Sentra, owner: Browser, clock: TurnedClock):
    tokens = (await pair(sentra)).json
    for _ in range(4):
        clock.advance(7 * DAY - 1)
        tokens = (await renew(sentra, tokens["refresh_token"])).json
    clock.advance(2 * DAY + 4 - 60)  # a minute before the thirty days are over
    tokens = (await renew(sentra, tokens["refresh_token"])).json
    program = Program(sentra, tokens["access_token"])
    clock.advance(59)
    assert await program.status() == 200
    clock.advance(1)
    assert await program.status() == 401
    assert (await renew(sentra, tokens["refresh_token"])).status == 401


async def test_S38_hostile_tokens_get_nowhere_at_all(sentra: Sentra, owner: Browser, clock: TurnedClock):
    good = (await pair(sentra)).json["access_token"]
    claims = json.loads(base64.urlsafe_b64decode(good.split(".")[1] + "=="))
    forger = Forger(sentra.signing_keys, int(clock.now()))
    forger.claims = claims | {"jti": "1"}
    program = Program(sentra, forger.token())
    assert await program.status() == 200  # the forger can make a good one
    hostile = {**by_header(forger), **by_claims(forger), **by_key_and_form(forger, good)}
    sent = {name: token for name, token in hostile.items() if token.isascii() and token.isprintable() and token.strip()}
    sent.pop("spaces")  # which are not part of a header's value
    assert len(sent) >= 60
    accepted = [name for name, token in sent.items() if await Program(sentra, token).status() != 401]
    assert accepted == []
    assert await program.status() == 200


async def test_S39_a_program_is_signed_out_at_once(sentra: Sentra, owner: Browser):
    tokens = (await pair(sentra)).json
    program = Program(sentra, tokens["access_token"])
    assert await program.status() == 200
    revoked = await Browser(sentra.asgi).post("/api/v1/token/revoke", {"refresh_token": tokens["refresh_token"]})
    assert revoked.status == 204
    assert await program.status() == 401
    again = await Browser(sentra.asgi).post("/api/v1/token/revoke", {"refresh_token": "whatever"})
    assert again.status == 204


OF_NO_BROWSER = {"Origin": None, "X-Sentra-CSRF": None, "Sec-Fetch-Site": None}


async def test_a_program_signs_in_renews_and_signs_out_with_nothing_of_a_browser(sentra: Sentra, owner: Browser):
    program = Browser(sentra.asgi, "203.0.113.9")
    form = {"email": EMAIL, "password": PASSWORD}
    for path in ("", "/refresh", "/revoke"):
        answer = await program.post(f"/api/v1/token{path}", form, headers=OF_NO_BROWSER)
        assert answer.status == (204 if path == "/revoke" else 200), path
        assert "Set-Cookie" not in answer.headers
        form = {"refresh_token": answer.json["refresh_token"]} if answer.json else {}


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("path", ["", "/refresh", "/revoke"])
async def test_S23_another_page_does_not_pass_for_a_program(
    sentra: Sentra, owner: Browser, path: str, sent: dict[str, str]
):
    tokens = (await pair(sentra)).json
    form = {"refresh_token": tokens["refresh_token"]} if path else {"email": EMAIL, "password": PASSWORD}
    victim = Browser(sentra.asgi)
    assert (await victim.post(f"/api/v1/token{path}", form, headers=OF_NO_BROWSER | sent)).status == 403
    assert await Program(sentra, tokens["access_token"]).status() == 200
    assert (await owner.post(f"/api/v1/token{path}", form, headers=OF_NO_BROWSER)).status == 403  # it has a cookie


async def test_S40_a_user_whose_password_changed_has_no_program_signed_in(sentra: Sentra, owner: Browser):
    tokens = (await pair(sentra)).json
    change = {"current_password": PASSWORD, "password": "another one, quite long"}
    assert (await owner.request("PUT", "/api/v1/session/password", json=change)).status == 204
    assert await Program(sentra, tokens["access_token"]).status() == 401
    assert (await renew(sentra, tokens["refresh_token"])).status == 401


async def test_S40_rotating_the_key_refuses_nobody(sentra: Sentra, owner: Browser, clock: TurnedClock):
    program = Program(sentra, (await pair(sentra)).json["access_token"])
    for _ in range(3):
        assert (await owner.post("/api/v1/keys/rotate", {})).status == 200
        assert await program.status() == 200
        assert await Program(sentra, (await pair(sentra)).json["access_token"]).status() == 200


async def test_S8_the_password_of_a_program_is_limited_as_that_of_a_page_is(sentra: Sentra, owner: Browser):
    statuses = [(await pair(sentra, password="a common guess")).status for _ in range(8)]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses
    assert (await pair(sentra)).status == 429
    assert (await pair(sentra, "203.0.113.77")).status == 200


async def test_a_ticket_opens_one_stream(sentra: Sentra, owner: Browser, clock: TurnedClock):
    program = Program(sentra, (await make(owner, ["status:read"])).json["token"])
    ticket = (await program.request("POST", "/api/v1/status/ticket", {})).json["ticket"]
    assert sentra.programs is not None
    assert (await sentra.programs.by_ticket(ticket)).token_id is not None
    for spent in (ticket, "", "x"):
        with pytest.raises(Exception, match="ticket"):
            await sentra.programs.by_ticket(spent)
    late = (await program.request("POST", "/api/v1/status/ticket", {})).json["ticket"]
    clock.advance(31)
    with pytest.raises(Exception, match="ticket"):
        await sentra.programs.by_ticket(late)
    assert await Program(sentra, (await make(owner)).json["token"]).status("POST", "/api/v1/status/ticket", {}) == 403


async def test_S62_these_are_the_defaults(settings: Settings):
    assert Settings().rate_limits == RateLimits(Rate(600, 600), Rate(1800, 1800), Rate(10, 10))


async def test_S62_one_principal_is_slowed_down_and_nobody_else(opened: Opened, settings: Settings, clock: TurnedClock):
    each = scaled(60, 600)
    limits = RateLimits(Rate(each, each), Rate(10**6, 10**6), Rate(10, 10))
    settings = Settings(state_dir=settings.state_dir, port=0, rate_limits=limits)
    async with opened(settings=settings) as sentra:
        owner = await set_up(sentra)
        program, other = [Program(sentra, (await make(owner)).json["token"]) for _ in range(2)]
        assert [await program.status() for _ in range(each)] == [200] * each
        refused = await program.request("GET", "/api/v1/interfaces")
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) >= 1
        assert await other.status() == 200
        assert (await owner.get("/api/v1/interfaces")).status == 200
        clock.advance(60 / each)
        assert await program.status() == 200
        assert await program.status() == 429


async def test_S62_an_address_is_slowed_down_before_anything_is_looked_at(
    opened: Opened, settings: Settings, clock: TurnedClock
):
    limits = RateLimits(Rate(10**6, 10**6), Rate(20, 20), Rate(10, 10))
    settings = Settings(state_dir=settings.state_dir, port=0, rate_limits=limits)
    async with opened(settings=settings) as sentra:
        flood = Browser(sentra.asgi, "198.51.100.66")
        statuses = [(await flood.get("/api/v1/interfaces")).status for _ in range(25)]
        assert statuses == [401] * 20 + [429] * 5
        assert (await Browser(sentra.asgi, "198.51.100.67").get("/api/v1/interfaces")).status == 401


async def test_S62_what_is_much_work_is_done_ten_times_a_minute(opened: Opened, settings: Settings):
    settings = Settings(state_dir=settings.state_dir, port=0)
    async with opened(settings=settings) as sentra:
        owner = await set_up(sentra)
        form = {"name": "wg9", "text": "[Interface]\n"}
        statuses = [(await owner.post("/api/v1/interfaces/import?dry_run=true", form)).status for _ in range(11)]
        assert 429 not in statuses[:10]
        assert statuses[10] == 429
        assert (await owner.get("/api/v1/interfaces")).status == 200
