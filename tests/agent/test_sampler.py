"""The sampler: what it publishes, at which pace, and what it does when something cannot be read."""

import asyncio
import logging
import threading

import pytest

from sentra.core.errors import InterfaceUnreadable
from sentra.core.events import SnapshotWanted, Watched
from sentra.live.cache import StatusCache
from tests.agent.world import Machine
from tests.live.world import a_peer, key


async def test_the_first_event_is_full_and_later_ones_name_what_changed() -> None:
    machine = Machine("wg0")
    machine.driver.set("wg0", a_peer(1), a_peer(2))
    first = await machine.tick()
    assert first.full
    assert len(first.interfaces["wg0"].upserted) == 2

    machine.driver.set("wg0", a_peer(1), a_peer(2, rx_bytes=9), a_peer(3))
    second = await machine.tick()
    assert not second.full
    assert [peer.public_key for peer in second.interfaces["wg0"].upserted] == [key(2), key(3)]

    machine.driver.set("wg0", a_peer(2, rx_bytes=9), a_peer(3))
    third = await machine.tick()
    assert third.interfaces["wg0"].removed == (key(1),)


async def test_an_interface_becomes_quiet_with_one_last_clock_and_then_silence() -> None:
    machine = Machine("wg0")
    machine.driver.set("wg0", a_peer(1))
    await machine.tick()
    machine.driver.set("wg0", a_peer(1, rx_bytes=9))
    moved = (await machine.tick()).interfaces["wg0"]
    last = (await machine.tick()).interfaces["wg0"]
    assert (last.clock - moved.clock, last.upserted) == (1000, ())
    assert (await machine.tick()).interfaces == {}


async def test_an_interface_that_does_not_exist_is_said_to_be_missing_and_heals() -> None:
    machine = Machine()
    missing = (await machine.tick()).interfaces["wg0"].interface
    assert missing.error == "wg0 does not exist on this node"
    assert not missing.up

    machine.links.add("wg0")
    machine.driver.set("wg0", a_peer(1))
    healed = (await machine.tick()).interfaces["wg0"]
    assert healed.interface.error is None
    assert len(healed.upserted) == 1


async def test_a_deleted_interface_loses_its_peers() -> None:
    machine = Machine("wg0")
    machine.driver.set("wg0", a_peer(1))
    await machine.tick()
    machine.links.remove("wg0")
    gone = (await machine.tick()).interfaces["wg0"]
    assert gone.removed == (key(1),)
    assert gone.interface.error == "wg0 does not exist on this node"


async def test_an_unreadable_interface_keeps_its_last_peers_and_never_looks_healthy() -> None:
    machine = Machine("wg0")
    machine.driver.set("wg0", a_peer(1))
    await machine.tick()
    machine.driver.answers["wg0"] = InterfaceUnreadable("wg0 needs CAP_NET_ADMIN")
    broken = (await machine.tick()).interfaces["wg0"]
    assert (broken.interface.error, broken.removed) == ("wg0 needs CAP_NET_ADMIN", ())
    assert broken.interface.listen_port == 51820


async def test_a_failure_is_logged_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    machine = Machine("wg0")
    machine.driver.answers["wg0"] = InterfaceUnreadable("wg0 is shy")
    for _ in range(5):
        await machine.tick()
    machine.driver.set("wg0", a_peer(1))
    for _ in range(5):
        await machine.tick()
    assert [record.getMessage() for record in caplog.records] == [
        "cannot read an interface: wg0 is shy",
        "wg0 can be read again",
    ]


async def test_a_defect_in_a_driver_costs_one_interface_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine("wg0", "wg1", watch=("wg0", "wg1"))
    machine.driver.answers["wg0"] = ZeroDivisionError("a defect")
    machine.driver.set("wg1", a_peer(1))
    event = await machine.tick()
    assert event.interfaces["wg0"].interface.error
    assert len(event.interfaces["wg1"].upserted) == 1
    await machine.tick()
    assert caplog.text.count("ZeroDivisionError: a defect") == 1


async def test_an_interface_that_hangs_does_not_slow_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentra.agent.sampler.READ_DEADLINE_SECONDS", 0.05)
    machine = Machine("wg0", "wg1", watch=("wg0", "wg1"))
    machine.driver.set("wg0", a_peer(1))
    machine.driver.set("wg1", a_peer(2))
    machine.driver.blocked["wg0"] = threading.Event()
    try:
        event = await machine.tick()
        assert "has not answered" in (event.interfaces["wg0"].interface.error or "")
        assert len(event.interfaces["wg1"].upserted) == 1
        await machine.tick()
        assert machine.driver.reads.count("wg0") == 1
    finally:
        machine.driver.blocked.pop("wg0").set()
    await machine.until(machine.sampler._watches["wg0"].pending.done)
    healed = (await machine.tick()).interfaces["wg0"]
    assert (healed.interface.error, len(healed.upserted)) == (None, 1)


async def test_a_change_after_a_quiet_stretch_lies_in_its_own_second() -> None:
    machine = Machine("wg0")
    machine.driver.set("wg0", a_peer(1))
    for _ in range(300):
        await machine.tick()
    machine.driver.set("wg0", a_peer(1, rx_bytes=1_000_000))
    burst = (await machine.tick()).interfaces["wg0"]
    assert burst.previous_clock == burst.clock - 1000


async def test_an_interface_replaced_during_a_read_is_read_by_nobody_else_until_that_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sentra.agent.sampler.READ_DEADLINE_SECONDS", 0.05)
    machine = Machine("wg0", watch=("*",))
    machine.driver.set("wg0", a_peer(1), a_peer(2))
    await machine.tick()
    machine.driver.blocked["wg0"] = threading.Event()
    await machine.tick()
    machine.links.remove("wg0")
    assert (await machine.tick()).removed == ("wg0",)
    machine.links.add("wg0")
    await machine.tick()
    assert machine.driver.reads.count("wg0") == 2
    assert machine.driver.forgotten == []
    pending = machine.sampler._watches["wg0"].pending
    machine.driver.blocked.pop("wg0").set()
    await machine.until(pending.done)
    anew = await machine.tick()
    assert set(machine.driver.forgotten) == {"wg0"}
    assert len(anew.interfaces["wg0"].upserted) == 2


async def test_a_machine_that_cannot_be_looked_at_costs_its_own_numbers_only(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine("wg0")
    machine.driver.set("wg0", a_peer(1))

    def blind() -> None:
        raise OSError("no /proc here")

    machine.sampler._system = blind
    first, second = await machine.tick(), await machine.tick()
    assert first.system is None
    assert len(first.interfaces["wg0"].upserted) == 1
    assert second.sequence == 2
    assert caplog.text.count("the machine cannot be looked at") == 1


async def test_all_wireguard_links_are_watched_where_a_star_says_so() -> None:
    machine = Machine("wg0", "wg1", watch=("*",))
    machine.links.add("eth0", kind="veth")
    machine.driver.set("wg0")
    machine.driver.set("wg1")
    assert set((await machine.tick()).interfaces) == {"wg0", "wg1"}
    machine.links.remove("wg1")
    event = await machine.tick()
    assert event.removed == ("wg1",)
    assert "wg1" in machine.driver.forgotten


async def test_a_link_that_is_no_wireguard_is_said_so() -> None:
    machine = Machine(watch=("eth0",))
    machine.links.add("eth0", kind="veth")
    assert (await machine.tick()).interfaces["eth0"].interface.error == "eth0 exists and is no WireGuard interface"


async def test_the_pace_follows_who_watches() -> None:
    machine = Machine("wg0", idle_seconds=10)
    machine.driver.set("wg0")
    running = asyncio.create_task(machine.sampler.run())
    try:
        await machine.until(lambda: len(machine.events) == 1)
        assert machine.events[0].sample_seconds == 10
        machine.bus.publish(Watched(watched=True))
        await machine.until(lambda: len(machine.events) >= 2)
        assert machine.events[1].sample_seconds == 1
        machine.bus.publish(Watched(watched=False))
        await machine.until(lambda: machine.events[-1].sample_seconds == 10)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_link_event_wakes_the_sampler_at_once() -> None:
    machine = Machine(idle_seconds=60)
    running = asyncio.create_task(machine.sampler.run())
    try:
        await machine.until(lambda: len(machine.events) == 1)
        machine.driver.set("wg0", a_peer(1))
        machine.links.add("wg0")
        await machine.until(lambda: len(machine.events) == 2)
        assert machine.events[1].interfaces["wg0"].interface.error is None
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_link_that_nobody_watches_wakes_nobody() -> None:
    machine = Machine(idle_seconds=60)
    running = asyncio.create_task(machine.sampler.run())
    try:
        await machine.until(lambda: len(machine.events) == 1)
        machine.links.add("veth1", kind="veth")
        assert not machine.sampler._wake.is_set()
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_full_event_comes_on_request() -> None:
    machine = Machine("wg0", idle_seconds=60)
    machine.driver.set("wg0", a_peer(1))
    running = asyncio.create_task(machine.sampler.run())
    try:
        await machine.until(lambda: len(machine.events) == 1)
        machine.bus.publish(SnapshotWanted("local"))
        await machine.until(lambda: len(machine.events) == 2)
        assert machine.events[1].full
        assert len(machine.events[1].interfaces["wg0"].upserted) == 1
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_what_the_sampler_tells_is_what_the_cache_knows() -> None:
    machine = Machine("wg0")
    cache = StatusCache(machine.clock.monotonic)
    for peers in ((a_peer(1),), (a_peer(1, rx_bytes=5), a_peer(2)), (), (a_peer(3),)):
        machine.driver.set("wg0", *peers)
        assert cache.apply(await machine.tick())
        known = {peer.status for peer in cache.nodes["local"].interfaces["wg0"].peers.values()}
        assert known == set(peers)


async def test_an_interface_that_sentra_steers_appears_at_once_and_goes_without_an_error() -> None:
    machine = Machine("wg0")
    machine.driver.set("wg0")
    machine.driver.set("wg7", a_peer(1))
    sampling = asyncio.create_task(machine.sampler.run())
    await machine.until(lambda: machine.events)
    machine.names.keep("i7", "wg7")
    machine.links.add("wg7")
    await machine.until(lambda: "wg7" in machine.events[-1].interfaces)
    machine.links.remove("wg7")
    machine.names.drop("i7")
    await machine.until(lambda: machine.events[-1].removed == ("wg7",))
    sampling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sampling
    errors = [change.interface.error for event in machine.events for change in event.interfaces.values()]
    assert [error for error in errors if error] == []
