"""The table of links follows the kernel, on a real network namespace's worth of links."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest

from lab.wireguard import run
from sentra.network.links import Links, read_links

pytestmark = pytest.mark.wireguard


@pytest.fixture
async def links() -> AsyncIterator[Links]:
    table, ready = Links(receive_buffer_bytes=2048), asyncio.Event()
    following = asyncio.create_task(table.follow(ready))
    await asyncio.wait_for(ready.wait(), 5)
    yield table
    following.cancel()
    await asyncio.wait([following])


async def until(fact: Callable[[], bool], seconds: float = 2) -> None:
    async with asyncio.timeout(seconds):
        while not fact():
            await asyncio.sleep(0.01)


async def test_a_link_is_known_as_soon_as_it_is_made_and_forgotten_when_it_goes(links: Links) -> None:
    changed: set[str] = set()
    links.on_change(changed.update)
    await asyncio.to_thread(run, "ip", "link", "add", "slink0", "type", "veth", "peer", "name", "slink1")
    try:
        await until(lambda: "slink0" in links.by_name)
        assert links.by_name["slink0"].kind == "veth"
        assert not links.by_name["slink0"].up
        await asyncio.to_thread(run, "ip", "link", "set", "slink0", "up")
        await until(lambda: links.by_name["slink0"].up)
    finally:
        await asyncio.to_thread(run, "ip", "link", "del", "slink0")
    await until(lambda: not {"slink0", "slink1"} & links.by_name.keys())
    assert {"slink0", "slink1"} <= changed


async def test_R12_lost_link_events_are_made_up_for_within_two_seconds(
    links: Links, caplog: pytest.LogCaptureFixture
) -> None:
    # The event loop is held while the kernel has more to say than the socket's buffer takes.
    run("ip", "link", "add", "slink0", "type", "veth", "peer", "name", "slink1")
    try:
        toggles = "\n".join(f"link set slink0 {state}" for state in ("up", "down") * 60)
        run("ip", "-batch", "-", text=toggles)
        run("ip", "link", "set", "slink0", "name", "slink9")
        await until(lambda: "slink9" in links.by_name and "slink0" not in links.by_name)
        assert "link events were interrupted" in caplog.text
    finally:
        run("ip", "link", "del", "slink1")
    await until(lambda: "slink9" not in links.by_name)
    assert links.by_name == await read_links()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
