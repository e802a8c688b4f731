"""What somebody sees live is what they may see: a node, an interface, their own peers; and rights that change count."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from sentra.core.access import Binding
from sentra.web.stream import StreamLimits
from tests.access.people import Person, bind, someone
from tests.api.peer_forms import create_interface, create_peer
from tests.browser import Browser
from tests.live.reader import StreamReader
from tests.live.world import a_change, a_peer, a_system, an_event, key
from tests.scale import scaled
from tests.stream.conftest import Served, Serving, close_code

QUICK = StreamLimits(heartbeat_seconds=600.0, session_check_seconds=0.05, shortest_pause_seconds=0.001)


@pytest.fixture
async def quick(serving: Serving) -> AsyncIterator[Served]:
    async with serving(QUICK) as served:
        yield served


@asynccontextmanager
async def watching(served: Served, who: Person, query: str = "") -> AsyncIterator[ClientConnection]:
    async with served.stream(query, additional_headers=served.cookie(who.secret)) as stream:
        yield stream


async def frame_of(stream: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        return dict(json.loads(await stream.recv()))


async def until(stream: ClientConnection, kind: str) -> dict[str, Any]:
    while (frame := await frame_of(stream))["type"] != kind:
        pass
    return frame


async def owner_of(served: Served) -> Browser:
    browser = Browser(served.sentra.asgi)
    browser.secret = served.secret
    return browser


async def two_interfaces(served: Served) -> tuple[Browser, str, str]:
    """Make `wg0` and `wg1`, and let both be seen with the peers 1 to 3 and 4 to 6."""
    owner = await owner_of(served)
    one = await create_interface(owner)
    two = await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    served.sentra.bus.publish(
        an_event(
            a_change(a_peer(1), a_peer(2), a_peer(3)),
            a_change(a_peer(4), a_peer(5), a_peer(6), name="wg1"),
            system=a_system(),
        )
    )
    while "local" not in served.sentra.cache.nodes:
        await asyncio.sleep(0)
    return owner, one, two


async def test_S28_a_viewer_of_one_node_gets_nothing_of_another(quick: Served):
    viewer = await someone(quick.sentra, Binding("viewer", "node:a"))
    bus = quick.sentra.bus
    bus.publish(an_event(a_change(a_peer(1)), node="a", system=a_system(hostname="alpha")))
    bus.publish(an_event(a_change(a_peer(1000)), node="b", system=a_system(hostname="beta")))
    events = scaled(1_000, 10_000)
    heard: list[str] = []
    async with watching(quick, viewer) as stream:
        while not heard or json.loads(heard[-1])["type"] != "snapshot":  # what comes later is told as a change
            heard.append(await stream.recv())
        for number in range(2, events + 2):
            change = a_change(a_peer(1000 + number), clock=1000 * number, removed=(key(999 + number),))
            bus.publish(an_event(change, node="b", sequence=number, system=a_system(hostname=f"beta{number}")))
            await asyncio.sleep(0)
        bus.publish(an_event(a_change(a_peer(1, rx_bytes=7), clock=2000), node="a", sequence=2))
        async with asyncio.timeout(60):
            # Whoever is far behind gets a snapshot instead of a change.
            while "[[0,7,0]]" not in heard[-1] and '"rx_bytes":7' not in heard[-1]:
                heard.append(await stream.recv())
    told = "".join(heard)
    assert "alpha" in told
    assert "beta" not in told
    assert '"b"' not in told
    assert not any(key(1000 + number) in told for number in range(events + 2))
    assert not any(json.loads(frame).get("removed") for frame in heard)
    assert b"beta" not in (await viewer.get("/api/v1/status")).body
    foreign, missing = await viewer.get("/api/v1/nodes/b/status"), await viewer.get("/api/v1/nodes/x/status")
    assert (foreign.status, foreign.body) == (missing.status, missing.body) != (200, b"")
    assert (await viewer.get("/api/v1/nodes/a/status")).status == 200


async def test_S28_who_is_bound_to_an_interface_gets_nothing_of_another(quick: Served):
    _, one, _ = await two_interfaces(quick)
    operator = await someone(quick.sentra, Binding("operator", f"interface:{one}"))
    async with watching(quick, operator) as stream:
        snapshot = await frame_of(stream)
        assert [each["name"] for each in snapshot["interfaces"]] == ["wg0"]
        assert [each["public_key"] for each in snapshot["peers"]] == [key(1), key(2), key(3)]
        assert [each["system"] for each in snapshot["nodes"]] == [None]
        change = a_change(a_peer(4, rx_bytes=9), clock=2000, name="wg1", removed=(key(5),))
        quick.sentra.bus.publish(an_event(change, a_change(a_peer(1, rx_bytes=3), clock=2000), sequence=2))
        diff = await until(stream, "diff")
        assert [each["name"] for each in diff["interfaces"]] == ["wg0"]
        assert diff["peers"] == [[0, 3, 0]]
        assert "removed" not in diff
    (node,) = (await operator.get("/api/v1/status")).json["nodes"]
    assert [each["name"] for each in node["interfaces"]] == ["wg0"]
    assert node["system"] is None


async def test_S28_a_member_gets_their_own_peers_and_of_the_interface_its_outline(quick: Served):
    owner, one, _ = await two_interfaces(quick)
    member = await someone(quick.sentra, Binding("member"))
    peer = await create_peer(owner, one, public_key=key(2), owner_id=member.user_id)
    async with watching(quick, member) as stream:
        snapshot = await frame_of(stream)
        assert [each["public_key"] for each in snapshot["peers"]] == [key(2)]
        assert {each["name"] for each in snapshot["interfaces"]} == {"wg0", "wg1"}
        gone = a_change(a_peer(2, rx_bytes=5), clock=2000, removed=(key(1),))
        quick.sentra.bus.publish(an_event(gone, sequence=2))
        diff = await until(stream, "diff")
        assert (diff["peers"], diff.get("removed")) == ([[1, 5, 0]], None)
        # Given to somebody else it is theirs no more, although nothing runs otherwise.
        await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"owner_id": None})
        assert (await until(stream, "snapshot"))["peers"] == []
        await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"owner_id": member.user_id})
        assert [each["public_key"] for each in (await until(stream, "snapshot"))["peers"]] == [key(2)]
        quick.sentra.bus.publish(an_event(a_change(clock=3000, removed=(key(2),)), sequence=3))
        assert (await until(stream, "diff"))["removed"] == [1]
    body = (await member.get("/api/v1/status")).body.decode()
    assert key(1) not in body


async def test_rights_that_change_count_on_an_open_stream_although_nothing_else_happens(quick: Served):
    _, one, two = await two_interfaces(quick)
    operator = await someone(quick.sentra, Binding("operator", f"interface:{one}"))
    async with watching(quick, operator) as stream:
        assert [each["name"] for each in (await frame_of(stream))["interfaces"]] == ["wg0"]
        await bind(quick.sentra, operator, Binding("operator", f"interface:{two}"))
        assert [each["name"] for each in (await until(stream, "snapshot"))["interfaces"]] == ["wg1"]
        await bind(quick.sentra, operator, Binding("viewer"))
        assert len((await until(stream, "snapshot"))["interfaces"]) == 2
        await bind(quick.sentra, operator)
        assert await close_code(stream) == 4403


def test_rights_that_change_count_within_5_seconds() -> None:
    assert 2 * StreamLimits().session_check_seconds + StreamLimits().shortest_pause_seconds < 5


async def test_who_comes_back_with_other_rights_starts_over(quick: Served):
    _, one, two = await two_interfaces(quick)
    operator = await someone(quick.sentra, Binding("operator", f"interface:{one}"))
    async with watching(quick, operator) as stream:
        first = await frame_of(stream)
    query = f"?epoch={first['epoch']}&sequence={first['sequence']}"
    async with watching(quick, operator, query) as stream:
        assert (await frame_of(stream))["type"] == "diff"
    await bind(quick.sentra, operator, Binding("operator", f"interface:{two}"))
    async with watching(quick, operator, query) as stream:
        assert [each["name"] for each in (await frame_of(stream))["interfaces"]] == ["wg1"]


async def test_readers_of_equal_sight_have_one_epoch_and_so_one_frame(quick: Served):
    _, one, two = await two_interfaces(quick)
    people = [await someone(quick.sentra, Binding("viewer", f"interface:{each}")) for each in (one, one, two)]
    seen = []
    for who in people:
        async with watching(quick, who) as stream:
            seen.append(await frame_of(stream))
    assert seen[0]["epoch"] == seen[1]["epoch"] != seen[2]["epoch"]
    assert seen[0]["interfaces"] == seen[1]["interfaces"]


async def test_a_reader_who_sees_a_part_ends_where_the_server_is(quick: Served):
    owner, one, _ = await two_interfaces(quick)
    member = await someone(quick.sentra, Binding("member"))
    await create_peer(owner, one, public_key=key(3), owner_id=member.user_id)
    reader = StreamReader()
    async with watching(quick, member) as stream:
        for sequence in range(2, 60):
            numbers = [number for number in range(1, 8) if (number + sequence) % 3 or number == 3]
            gone = tuple(key(number) for number in range(1, 8) if number not in numbers)
            peers = [a_peer(number, rx_bytes=sequence * number) for number in numbers]
            quick.sentra.bus.publish(an_event(a_change(*peers, clock=1000 * sequence, removed=gone), sequence=sequence))
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            while True:
                reader.take(await stream.recv())
                if [each["rx_bytes"] for each in reader.peers.values()] == [59 * 3]:
                    break
