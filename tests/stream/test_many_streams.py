"""How many streams somebody may hold open: each costs memory and a file descriptor, which all share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import InvalidStatus

from sentra.core.access import Binding
from sentra.services.rate_limits import RateLimits
from tests.access.people import Person, someone
from tests.stream.conftest import Served, Serving
from tests.stream.test_programs import api_token, streaming
from tests.stream.test_stream import next_frame


@pytest.fixture
async def served(serving: Serving) -> AsyncIterator[Served]:
    async with serving(rate_limits=RateLimits(streams=3)) as served:
        yield served


async def refused(served: Served, token: str) -> int:
    with pytest.raises(InvalidStatus) as error:
        async with streaming(served, token):
            pass
    return error.value.response.status_code


async def left(served: Served, count: int) -> None:
    """Wait until so many streams are open as the server sees it."""
    async with asyncio.timeout(30):
        while served.sentra.watchers.count > count:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0)  # the count of whoever left comes right behind it


async def test_S62_somebody_holds_so_many_streams_and_no_more(served: Served):
    person: Person = await someone(served.sentra, Binding("viewer"))
    other = await someone(served.sentra, Binding("viewer"))
    token, another, theirs = [str((await api_token(each))["token"]) for each in (person, person, other)]
    async with AsyncExitStack() as opened:
        streams = [await opened.enter_async_context(streaming(served, token)) for _ in range(3)]
        for stream in streams:
            await next_frame(stream)
        assert await refused(served, token) == 429
        assert await refused(served, another) == 429
        async with streaming(served, theirs) as stream:
            await next_frame(stream)
        await left(served, 3)
        await streams[0].close()
        await left(served, 2)
        async with streaming(served, another) as stream:
            await next_frame(stream)


async def test_S62_what_never_opened_is_not_counted(served: Served):
    person = await someone(served.sentra, Binding("viewer"))
    token = str((await api_token(person))["token"])
    async with AsyncExitStack() as opened:
        for _ in range(3):
            await next_frame(await opened.enter_async_context(streaming(served, token)))
        for _ in range(3):
            assert await refused(served, token) == 429
    await left(served, 0)
    for _ in range(3):
        async with streaming(served, token) as stream:
            await next_frame(stream)
        await left(served, 0)


def test_S62_fifty_streams_are_the_default():
    assert RateLimits().streams == 50
