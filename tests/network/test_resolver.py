"""Names are looked up beside each other: a resolver that is silent about one delays nobody else."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from sentra.core.errors import NetworkRefused
from sentra.network.resolver import Resolver


class Names:
    """A resolver that answers `good*`, knows nothing of `unknown*`, and is silent about the rest until released."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.released = threading.Event()

    def look_up(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host.startswith("unknown"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not host.startswith("good"):
            self.released.wait(30)
        return ("192.0.2.7", "2001:db8::7")


@pytest.fixture
def names() -> Iterator[Names]:
    made = Names()
    yield made
    made.released.set()


async def test_R14_a_black_hole_and_a_name_that_does_not_exist_delay_no_other_name(names: Names) -> None:
    resolver = Resolver(names.look_up, deadline_seconds=60)
    silent = [asyncio.create_task(resolver.resolve(f"silent{number}")) for number in range(10)]
    await asyncio.sleep(0)
    assert await resolver.resolve("good") == ("192.0.2.7", "2001:db8::7")
    with pytest.raises(NetworkRefused, match="the resolver knows no address of unknown"):
        await resolver.resolve("unknown")
    assert not any(task.done() for task in silent)
    for task in silent:
        task.cancel()
    await asyncio.wait(silent)


async def test_a_silent_name_is_asked_for_once_and_its_late_answer_is_used(names: Names) -> None:
    resolver = Resolver(names.look_up, deadline_seconds=0.05)
    for _ in range(3):
        with pytest.raises(NetworkRefused, match="did not answer"):
            await resolver.resolve("silent")
    names.released.set()
    async with asyncio.timeout(5):
        while True:
            try:
                assert await resolver.resolve("silent") == ("192.0.2.7", "2001:db8::7")
                break
            except NetworkRefused:
                continue
    assert names.asked == ["silent"]
    assert await resolver.resolve("silent")
    assert names.asked == ["silent", "silent"]


async def test_threads_that_wait_are_bounded(names: Names) -> None:
    resolver = Resolver(names.look_up, deadline_seconds=0.05, most_at_once=3)
    outcomes = await asyncio.gather(*(resolver.resolve(f"silent{n}") for n in range(20)), return_exceptions=True)
    assert len(names.asked) == 3
    assert sum("owes answers about 3 other names" in str(outcome) for outcome in outcomes) == 17


async def test_two_who_ask_for_one_name_share_the_lookup_and_one_may_leave(names: Names) -> None:
    resolver = Resolver(names.look_up, deadline_seconds=5)
    leaving, staying = (asyncio.create_task(resolver.resolve("silent")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    names.released.set()
    assert await staying == ("192.0.2.7", "2001:db8::7")
    assert names.asked == ["silent"]


async def test_this_machines_resolver_knows_localhost_and_no_nonsense() -> None:
    assert "127.0.0.1" in await Resolver().resolve("localhost")
    with pytest.raises(NetworkRefused):
        await Resolver().resolve(f"{'a' * 64}.example")


def test_the_end_of_the_program_waits_for_no_lookup(names: Names) -> None:
    async def ask() -> None:
        with pytest.raises(NetworkRefused):
            await Resolver(names.look_up, deadline_seconds=0.05).resolve("silent")

    started = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - started < 2
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "resolve silent")
