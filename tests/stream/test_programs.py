"""Streams that programs hold open, over a real socket: with a token or a ticket, until it ends."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from sentra.core.access import Binding
from sentra.services.sessions import Visitor
from sentra.web.stream import StreamLimits
from tests.access.people import Person, bind, someone
from tests.browser import PASSWORD, Browser
from tests.stream.conftest import Served, Serving, close_code
from tests.stream.test_stream import next_frame

OF_NO_BROWSER = {"Origin": None, "X-Sentra-CSRF": None, "Sec-Fetch-Site": None}
AT_MOST_SECONDS = 5.0
QUICK = StreamLimits(session_check_seconds=0.05)

Ending = Callable[[Served, Person, dict[str, Any]], Awaitable[object]]


@pytest.fixture
async def quick(serving: Serving) -> AsyncIterator[Served]:
    async with serving(QUICK) as served:
        yield served


@asynccontextmanager
async def streaming(served: Served, token: str, query: str = "") -> AsyncIterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with served.stream(query, additional_headers=headers, origin=None) as stream:
        yield stream


async def api_token(person: Browser, **more: Any) -> dict[str, Any]:
    answer = await person.post("/api/v1/tokens", {"name": "grafana", "actions": ["status:read"], **more})
    assert answer.status == 201, answer.json
    return dict(answer.json)


async def access_tokens(served: Served, person: Person) -> dict[str, Any]:
    program = Browser(served.sentra.asgi, "203.0.113.7")
    form = {"email": person.email, "password": PASSWORD}
    answer = await program.post("/api/v1/token", form, headers=OF_NO_BROWSER)
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def revoke(_served: Served, person: Person, made: dict[str, Any]) -> None:
    assert (await person.request("DELETE", f"/api/v1/tokens/{made['id']}")).status == 204


async def revoke_as_owner(served: Served, _person: Person, made: dict[str, Any]) -> None:
    owner = Browser(served.sentra.asgi)
    owner.secret = served.secret
    assert (await owner.request("DELETE", f"/api/v1/tokens/{made['id']}")).status == 204


async def disable(served: Served, person: Person, _made: dict[str, Any]) -> None:
    owner = Browser(served.sentra.asgi)
    owner.secret = served.secret
    assert (await owner.request("PATCH", f"/api/v1/users/{person.user_id}", json={"enabled": False})).status == 200


async def take_the_role(served: Served, person: Person, _made: dict[str, Any]) -> None:
    await bind(served.sentra, person)


async def sign_out(served: Served, _person: Person, made: dict[str, Any]) -> None:
    program = Browser(served.sentra.asgi, "203.0.113.7")
    form = {"refresh_token": made["refresh_token"]}
    assert (await program.post("/api/v1/token/revoke", form, headers=OF_NO_BROWSER)).status == 204


async def refresh_twice(served: Served, _person: Person, made: dict[str, Any]) -> None:
    program = Browser(served.sentra.asgi, "203.0.113.7")
    form = {"refresh_token": made["refresh_token"]}
    assert (await program.post("/api/v1/token/refresh", form, headers=OF_NO_BROWSER)).status == 200
    assert (await program.post("/api/v1/token/refresh", form, headers=OF_NO_BROWSER)).status == 401


async def assert_closes(served: Served, stream: ClientConnection, end: Ending, person: Person, made: Any) -> None:
    await next_frame(stream)
    await end(served, person, made)
    ended = time.monotonic()
    assert await close_code(stream, 30) in (4401, 4403)
    assert time.monotonic() - ended < AT_MOST_SECONDS


def test_S41_streams_are_looked_at_often_enough_for_that():
    assert StreamLimits().session_check_seconds <= AT_MOST_SECONDS / 2


@pytest.mark.parametrize("end", [revoke, revoke_as_owner, disable, take_the_role])
async def test_S41_the_stream_of_an_api_token_closes_within_five_seconds_of_its_end(quick: Served, end: Ending):
    person = await someone(quick.sentra, Binding("viewer"))
    made = await api_token(person)
    async with streaming(quick, made["token"]) as stream:
        await assert_closes(quick, stream, end, person, made)


@pytest.mark.parametrize("end", [sign_out, refresh_twice, disable])
async def test_S39_the_stream_of_an_access_token_closes_within_five_seconds_of_its_end(quick: Served, end: Ending):
    person = await someone(quick.sentra, Binding("viewer"))
    made = await access_tokens(quick, person)
    async with streaming(quick, made["access_token"]) as stream:
        await assert_closes(quick, stream, end, person, made)


async def test_S41_the_stream_of_a_token_that_is_too_old_closes(serving: Serving):
    async with serving(QUICK) as served:
        person = await someone(served.sentra, Binding("viewer"))
        made = await api_token(person, days=1)
        async with streaming(served, made["token"]) as stream:
            await next_frame(stream)
            served.clock.ahead = 24 * 3600 - 60.0
            program = Browser(served.sentra.asgi, "203.0.113.7")
            headers = OF_NO_BROWSER | {"Authorization": f"Bearer {made['token']}"}
            assert (await program.get("/api/v1/session", headers=headers)).status == 200
            assert stream.close_code is None
            served.clock.ahead = 24 * 3600 + 1.0
            assert await close_code(stream, 30) in (4401, 4403)


async def test_a_ticket_opens_one_stream_without_a_header_which_ends_with_its_token(quick: Served):
    person = await someone(quick.sentra, Binding("viewer"))
    made = await api_token(person)
    program = Browser(quick.sentra.asgi, "203.0.113.7")
    headers = OF_NO_BROWSER | {"Authorization": f"Bearer {made['token']}"}
    ticket = (await program.post("/api/v1/status/ticket", {}, headers=headers)).json["ticket"]
    async with streaming(quick, "", f"?ticket={ticket}") as stream:
        with pytest.raises(InvalidStatus) as refused:
            async with streaming(quick, "", f"?ticket={ticket}"):
                pass
        assert refused.value.response.status_code == 401
        await assert_closes(quick, stream, revoke, person, made)


async def test_leaving_the_page_ends_no_program_and_a_programs_end_no_page(served: Served):
    person = await someone(served.sentra, Binding("viewer"))
    made = await access_tokens(served, person)
    again = await served.sentra.proofs.sign_in.by_password(person.email, PASSWORD, Visitor("192.0.2.1"))
    async with streaming(served, made["access_token"]) as stream:
        await next_frame(stream)
        assert (await person.sign_out()).status == 204
        headers = {"Authorization": f"Bearer {made['access_token']}"}
        program = Browser(served.sentra.asgi, "203.0.113.7")
        assert (await program.get("/api/v1/session", headers=OF_NO_BROWSER | headers)).status == 200
        assert stream.close_code is None
    await sign_out(served, person, made)
    assert await served.sentra.sessions.resume(again.secret)
