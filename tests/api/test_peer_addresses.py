"""An address belongs to one peer of an interface, and rests when it was given up."""

import asyncio
import ipaddress
import random
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace
from tortoise.exceptions import IntegrityError

from sentra.app import Sentra
from sentra.core.events import InterfaceChange, StatusEvent
from sentra.core.peers import Peer
from sentra.core.status import InterfaceStatus, PeerStatus
from sentra.db.database import transaction
from sentra.db.peers import PeerPrefixRow, PeerRefused, add_peers, find_peer, owners_of
from sentra.services.peer_checks import refused
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer, errors_of, messages_of, peer_form, post_peer
from tests.browser import Browser
from tests.scale import scaled
from tests.turned_clock import TurnedClock

pytestmark = pytest.mark.usefixtures("agent")

DAY = 24 * 60 * 60


@pytest.fixture
async def interface_id(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner)


async def test_R9_of_100_parallel_creates_of_one_address_exactly_one_wins(owner: Browser, interface_id: str):
    answers = await asyncio.gather(
        *(post_peer(owner, interface_id, f"peer{number}", addresses=["10.8.0.77"]) for number in range(100))
    )
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [201] + [422] * 99
    (winner,) = [answer.json["peer"]["name"] for answer in answers if answer.status == 201]
    for answer in answers:
        if answer.status == 422:
            assert messages_of(answer) == {"addresses.0": f"10.8.0.77/32 belongs to {winner}."}


async def test_R9_100_parallel_creates_get_100_addresses(owner: Browser, agent: FakeAgent, interface_id: str):
    answers = await asyncio.gather(*(post_peer(owner, interface_id, f"peer{number}") for number in range(100)))
    assert {answer.status for answer in answers} == {201}
    addresses = [address for answer in answers for address in answer.json["peer"]["addresses"]]
    assert len(set(addresses)) == 200
    assert sorted(address for address in addresses if "." in address) == sorted(
        f"10.8.0.{number}/32" for number in range(2, 102)
    )
    await agent.look(interface_id)
    running = agent.running[interface_id].spec.device.peers
    assert sorted(address for spec in running.values() for address in spec.allowed_ips) == sorted(addresses)


async def test_R9_parallel_changes_to_one_address_have_one_winner(owner: Browser, interface_id: str):
    peers = [await create_peer(owner, interface_id, f"peer{number}") for number in range(20)]
    answers = await asyncio.gather(
        *(owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"addresses": ["10.8.0.200"]}) for peer in peers)
    )
    assert sorted(answer.status for answer in answers) == [200] + [422] * 19


def random_prefix(generator: random.Random) -> str:
    if generator.random() < 0.5:
        length = generator.choice((24, 25, 26, 28, 30, 32))
        address = (172 << 24) + (16 << 16) + generator.randrange(1 << 10)
        return str(ipaddress.ip_network((address, length), strict=False))
    length = generator.choice((112, 116, 120, 124, 128))
    address = (0xFD << 120) + generator.randrange(1 << 18)
    return str(ipaddress.ip_network((address, length), strict=False))


async def test_R9_random_overlaps_are_all_refused_by_the_service(owner: Browser, interface_id: str):
    generator = random.Random(9)  # noqa: S311 - the same prefixes in every run
    has: dict[str, str] = {}
    path = f"/api/v1/interfaces/{interface_id}/peers"
    overlapping = 0
    for number in range(scaled(150, 2000)):
        prefix = random_prefix(generator)
        network: Any = ipaddress.ip_network(prefix)
        owners = [
            name
            for other, name in has.items()
            if (it := ipaddress.ip_network(other)).version == network.version and network.overlaps(it)
        ]
        form = peer_form(f"peer{number}", addresses=[], routes=[prefix])
        answer = await owner.post(path + "?dry_run=true" if owners else path, form)
        if owners:
            overlapping += 1
            assert errors_of(answer) == {"routes.0": "address-taken"}
            assert any(answer.json["errors"][0]["message"].endswith(f" belongs to {name}.") for name in owners)
        else:
            assert answer.status == 201, answer.json
            has[prefix] = form["name"]
    assert overlapping > 20


async def written(peer: Peer) -> PeerRefused | None:
    """Write a peer in a transaction of its own; give why it was refused."""
    try:
        async with transaction():
            await add_peers([peer])
    except PeerRefused as error:
        return error
    return None


async def test_R9_random_overlaps_are_all_refused_by_the_database(owner: Browser, interface_id: str):
    """Whatever the services believe: rows are written as if nobody had looked before."""
    generator = random.Random(10)  # noqa: S311 - the same prefixes in every run
    template = await find_peer((await create_peer(owner, interface_id, "first"))["id"])
    assert template is not None
    has: list[Any] = []
    refusals = 0
    for number in range(scaled(300, 10_000)):
        prefix = random_prefix(generator)
        network: Any = ipaddress.ip_network(prefix)
        overlaps = any(it.version == network.version and network.overlaps(it) for it in has)
        peer = replace(
            template, id=f"{number:032x}", name=f"p{number}", public_key=some_key(), addresses=(), routes=(prefix,)
        )
        refusal = await written(peer)
        assert (refusal is not None) is overlaps, prefix
        if refusal is None:
            has.append(network)
            continue
        refusals += 1
        assert refusal.owners
        (told,) = refused(refusal).errors
        assert (told.field, told.code) == ("routes.0", "address-taken")
    assert refusals > 50


async def test_a_row_that_overlaps_cannot_be_written_at_all(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id)
    for first, last in (("0a080000", "0a0800ff"), ("0a080002", "0a080002"), ("00000000", "ffffffff")):
        with pytest.raises(IntegrityError):
            await PeerPrefixRow.create(
                family=4, first_address=first, last_address=last, prefix="x", interface_id=interface_id,
                peer_id=peer["id"],
            )  # fmt: skip


async def test_theft_and_shadowing_are_told_with_the_owner(owner: Browser, interface_id: str):
    await create_peer(owner, interface_id, "office", routes=["192.168.0.0/24", "2001:db8:1::/48"])
    answer = await post_peer(
        owner,
        interface_id,
        "thief",
        addresses=["10.8.0.2", "10.8.0.50"],
        routes=["192.168.0.128/25", "192.168.0.0/16", "2001:db8::/32", "10.9.0.0/24"],
    )
    assert messages_of(answer) == {
        "addresses.0": "10.8.0.2/32 belongs to office.",
        "routes.0": "192.168.0.0/24 belongs to office.",
        "routes.1": "192.168.0.0/24 belongs to office.",
        "routes.2": "2001:db8:1::/48 belongs to office.",
    }


async def test_the_interfaces_own_address_is_no_peers(owner: Browser, interface_id: str):
    answer = await post_peer(owner, interface_id, addresses=["10.8.0.1"], routes=["10.8.0.0/28", "fd00:8::/120"])
    assert errors_of(answer) == {
        "addresses.0": "address-own",
        "routes.0": "address-own",
        "routes.1": "address-own",
    }


async def test_a_default_route_needs_a_table_with_a_number(owner: Browser, interface_id: str):
    answer = await post_peer(owner, interface_id, routes=["0.0.0.0/0", "::/0"])
    assert errors_of(answer) == {"routes.0": "default-route", "routes.1": "default-route"}
    tabled = await create_interface(owner, name="wg1", addresses=["fd00:9::1/64"], listen_port=51821, table="1000")
    peer = await create_peer(owner, tabled, routes=["::/0"])
    assert peer["addresses"] == ["fd00:9::2/128"]
    other = await post_peer(owner, tabled, "second", addresses=["fd00:9::3"])
    assert messages_of(other) == {"addresses.0": "::/0 belongs to laptop."}


async def test_one_peer_may_have_prefixes_within_each_other(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id, routes=["192.168.0.0/16", "192.168.7.0/24", "192.168.7.9"])
    assert peer["routes"] == ["192.168.0.0/16", "192.168.7.0/24", "192.168.7.9/32"]
    assert errors_of(await post_peer(owner, interface_id, "other", routes=["192.168.7.9/32"])) == {
        "routes.0": "address-taken"
    }


async def test_R10_an_address_rests_for_a_day(owner: Browser, interface_id: str, clock: TurnedClock):
    peer = await create_peer(owner, interface_id)
    assert (await owner.request("DELETE", f"/api/v1/peers/{peer['id']}")).status == 200
    assert (await create_peer(owner, interface_id))["addresses"] == ["10.8.0.3/32", "fd00:8::3/128"]
    answer = await post_peer(owner, interface_id, "again", addresses=["10.8.0.2"])
    assert errors_of(answer) == {"addresses.0": "address-resting"}
    assert "laptop" in messages_of(answer)["addresses.0"]
    clock.advance(DAY - 1)
    await owner.sign_in()
    assert (await create_peer(owner, interface_id, "late"))["addresses"][0] == "10.8.0.4/32"
    clock.advance(1)
    assert (await create_peer(owner, interface_id, "later"))["addresses"] == ["10.8.0.2/32", "fd00:8::2/128"]


async def test_R10_an_address_that_a_peer_changed_rests_too(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id)
    changed = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"addresses": ["10.8.0.9"]})
    assert changed.status == 200
    assert (await create_peer(owner, interface_id, "phone"))["addresses"] == ["10.8.0.3/32", "fd00:8::3/128"]
    back = await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json={"addresses": ["10.8.0.2"]})
    assert back.status == 200


def running(sentra: Sentra, *peers: PeerStatus) -> None:
    """Say that these peers run on wg0."""
    interface = InterfaceStatus(name="wg0", driver="uapi", up=True)
    event = StatusEvent(
        node="local",
        run="r",
        sequence=1,
        sampled_at=1,
        sample_seconds=1.0,
        full=True,
        interfaces={"wg0": InterfaceChange(interface, 1, None, peers)},
    )
    assert sentra.cache.apply(event)


async def test_R10_an_address_is_not_given_while_an_old_key_runs_with_it(
    sentra: Sentra, owner: Browser, interface_id: str, clock: TurnedClock
):
    peer = await create_peer(owner, interface_id)
    key = peer["public_key"]
    running(sentra, PeerStatus(public_key=key, allowed_ips=("10.8.0.2/32", "fd00:8::2/128")))
    await owner.request("DELETE", f"/api/v1/peers/{peer['id']}")
    clock.advance(2 * DAY)
    await owner.sign_in()
    assert (await create_peer(owner, interface_id))["addresses"] == ["10.8.0.3/32", "fd00:8::3/128"]
    answer = await post_peer(owner, interface_id, "again", addresses=["10.8.0.2"])
    assert errors_of(answer) == {"addresses.0": "address-running"}
    running(sentra)
    assert (await create_peer(owner, interface_id, "again"))["addresses"] == ["10.8.0.2/32", "fd00:8::2/128"]


async def test_a_pool_that_is_full_says_so(owner: Browser, interface_id: str):
    del interface_id
    small = await create_interface(owner, name="wg1", addresses=["10.9.0.1/30"], listen_port=51821)
    await create_peer(owner, small)
    assert errors_of(await post_peer(owner, small, "phone")) == {"addresses": "pool-full"}
    without = await create_interface(owner, name="wg2", addresses=["10.10.0.1/24"], pools=[], listen_port=51822)
    assert errors_of(await post_peer(owner, without, "phone")) == {"addresses": "no-pool"}
    assert (await create_peer(owner, without, "phone", addresses=[]))["addresses"] == []


async def test_a_second_pool_is_used_when_the_first_is_full(owner: Browser, interface_id: str):
    del interface_id
    two = await create_interface(
        owner, name="wg1", addresses=["10.9.0.1/30"], pools=["10.9.0.0/30", "10.9.1.0/24"], listen_port=51821
    )
    assert (await create_peer(owner, two, "one"))["addresses"] == ["10.9.0.2/32"]
    assert (await create_peer(owner, two, "two"))["addresses"] == ["10.9.1.1/32"]


async def test_owners_are_found_whatever_is_asked(owner: Browser, interface_id: str):
    await create_peer(owner, interface_id, "a", routes=["10.20.0.0/24"])
    await create_peer(owner, interface_id, "b", routes=["10.20.1.0/24", "10.20.4.0/22"])
    for prefix, names in (
        ("10.20.0.0/16", ["a", "b", "b"]),
        ("10.20.0.255/32", ["a"]),
        ("10.20.2.0/24", []),
        ("10.20.7.255/32", ["b"]),
        ("10.20.8.0/32", []),
        ("10.19.255.255/32", []),
        ("0.0.0.0/0", ["a", "b", "a", "b", "b"]),
    ):
        assert [found.peer_name for found in await owners_of(interface_id, prefix)] == names, prefix


async def test_times_are_read_as_they_were_written(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id, expires_at="2030-01-02T03:04:05+02:00")
    assert datetime.fromisoformat(peer["expires_at"]) == datetime.fromisoformat("2030-01-02T01:04:05+00:00")
