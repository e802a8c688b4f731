"""The in-memory event bus: bounded and conflating, so that nobody waits for a slow subscriber."""

import asyncio

from sentra.core.events import SnapshotWanted, StatusEvent, Watched
from sentra.live.bus import InMemoryEventBus
from sentra.live.watchers import Watchers
from tests.live.world import a_change, a_peer, an_event


async def test_a_slow_subscriber_finds_one_merged_event_per_node() -> None:
    bus = InMemoryEventBus()
    with bus.subscribe(StatusEvent) as events:
        bus.publish(an_event(a_change(a_peer(1), a_peer(2))))
        for sequence in range(2, 1000):
            bus.publish(an_event(a_change(a_peer(1, rx_bytes=sequence), clock=sequence), sequence=sequence))
        bus.publish(an_event(a_change(a_peer(3)), node="berlin"))
        first, second = await anext(events), await anext(events)
    assert (first.node, first.sequence, first.full) == ("local", 999, True)
    assert {peer.public_key: peer.rx_bytes for peer in first.interfaces["wg0"].upserted}[a_peer(1).public_key] == 999
    assert len(first.interfaces["wg0"].upserted) == 2
    assert second.node == "berlin"


async def test_an_event_reaches_every_subscriber_of_its_kind_and_no_other() -> None:
    bus = InMemoryEventBus()
    with bus.subscribe(Watched) as one, bus.subscribe(Watched) as another, bus.subscribe(SnapshotWanted) as other_kind:
        bus.publish(Watched(watched=True))
        assert (await anext(one)).watched
        assert (await anext(another)).watched
        waiting = asyncio.ensure_future(anext(other_kind))
        await asyncio.sleep(0)
        assert not waiting.done()
        bus.publish(SnapshotWanted("local"))
        assert (await waiting).node == "local"


async def test_who_left_gets_nothing_more() -> None:
    bus = InMemoryEventBus()
    with bus.subscribe(Watched) as events:
        pass
    bus.publish(Watched(watched=True))
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_watchers_say_when_the_first_comes_and_the_last_has_gone() -> None:
    bus = InMemoryEventBus()
    watchers = Watchers(bus)
    with bus.subscribe(Watched) as events:
        with watchers.watching():
            assert (await anext(events)).watched
            with watchers.watching():
                pass
            waiting = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0)
            assert not waiting.done()
        assert not (await waiting).watched
