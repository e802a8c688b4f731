"""Lists of peers: filtered, sorted, page by page; and quick where there are many."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from sentra.app import Sentra
from sentra.core.clock import SystemClock
from sentra.core.peers import Peer
from sentra.core.secrets import Secret
from sentra.db.database import transaction
from sentra.db.peers import add_peers, peers_of
from sentra.services.peer_specs import PeerSpecs
from sentra.services.sealing import Place, Sealing
from sentra.settings import Settings
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer, errors_of
from tests.browser import Browser

pytestmark = pytest.mark.usefixtures("agent")

MANY = 10_000


@pytest.fixture
async def interface_id(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner)


async def names(owner: Browser, interface_id: str, query: str) -> list[str]:
    """Read every page of a list; give the names in order."""
    found, cursor = [], ""
    while True:
        answer = await owner.get(f"/api/v1/interfaces/{interface_id}/peers?{query}{cursor}")
        assert answer.status == 200, answer.json
        found += [item["name"] for item in answer.json["items"]]
        if answer.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={quote(answer.json['next_cursor'])}"


async def test_peers_are_filtered_by_the_server(owner: Browser, interface_id: str):
    laptop = await create_peer(owner, interface_id, "Laptop", tags=["home", "büro"], notes="50% off_er")
    await create_peer(owner, interface_id, "phone", tags=["home"], enabled=False)
    await create_peer(owner, interface_id, "site", routes=["192.168.7.0/24"])
    for query, expected in (
        ("", ["Laptop", "phone", "site"]),
        ("q=LAPTOP", ["Laptop"]),
        ("q=192.168.7", ["site"]),
        ("q=10.8.0.3", ["phone"]),
        (f"q={quote(laptop['public_key'])}", ["Laptop"]),
        ("q=50%25+off_", ["Laptop"]),
        ("q=%25", ["Laptop"]),
        ("q=_", ["Laptop"]),
        ("q=b%C3%BCr", ["Laptop"]),
        ("q=nothing", []),
        ("tag=home", ["Laptop", "phone"]),
        (f"tag={quote('büro')}", ["Laptop"]),
        ("tag=hom", []),
        ("enabled=false", ["phone"]),
        ("enabled=true&tag=home", ["Laptop"]),
        ("must_reimport=true", []),
    ):
        assert await names(owner, interface_id, query) == expected, query


async def test_peers_are_sorted_by_the_server_and_pages_fit_together(owner: Browser, interface_id: str):
    said = [
        ("b", {"addresses": ["10.8.0.100"]}),
        ("A", {"addresses": ["10.8.0.20"], "enabled": False}),
        ("c", {"addresses": ["10.8.0.3"], "expires_at": "2030-01-01T00:00:00Z"}),
        ("d", {"addresses": ["fd00:8::5"], "expires_at": "2029-01-01T00:00:00Z"}),
        ("e", {"addresses": []}),
    ]
    for name, changed in said:
        await create_peer(owner, interface_id, name, **changed)
    for sort, expected in (
        ("name", ["A", "b", "c", "d", "e"]),
        ("address", ["e", "c", "A", "b", "d"]),
        ("expires_at", ["d", "c"]),
        ("enabled", ["A"]),
    ):
        whole = await names(owner, interface_id, f"sort={sort}")
        assert whole[: len(expected)] == expected
        for limit in (1, 2, 3, 5, 6):
            assert await names(owner, interface_id, f"sort={sort}&limit={limit}") == whole
            assert await names(owner, interface_id, f"sort=-{sort}&limit={limit}") == whole[::-1]


async def test_a_page_goes_on_where_it_ended_while_peers_come_and_go(owner: Browser, interface_id: str):
    for name in "bdfh":
        await create_peer(owner, interface_id, name)
    path = f"/api/v1/interfaces/{interface_id}/peers?limit=2"
    first = (await owner.get(path)).json
    await owner.request("DELETE", f"/api/v1/peers/{first['items'][1]['id']}")
    for name in ("a", "e"):
        await create_peer(owner, interface_id, name)
    second = (await owner.get(f"{path}&cursor={first['next_cursor']}")).json
    assert [item["name"] for item in second["items"]] == ["e", "f"]


async def test_a_list_that_makes_no_sense_is_refused(owner: Browser, interface_id: str):
    path = f"/api/v1/interfaces/{interface_id}/peers"
    for name in "abc":
        await create_peer(owner, interface_id, name)
    cursor = (await owner.get(f"{path}?limit=1")).json["next_cursor"]
    for query, field in (
        ("sort=notes", "sort"),
        ("sort=--name", "sort"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        (f"sort=-name&cursor={cursor}", "cursor"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("enabled=perhaps", "enabled"),
        ("surplus=1", "surplus"),
    ):
        assert list(errors_of(await owner.get(f"{path}?{query}"))) == [field], query


async def add_many(interface_id: str, sealing: Sealing) -> list[Peer]:
    now = (await peers_of(interface_id))[0].created_at
    peers = [
        Peer(
            id=f"{number:032x}",
            interface_id=interface_id,
            name=f"peer {number:05}",
            public_key=some_key(),
            created_at=now,
            addresses=(f"10.64.{number >> 8}.{number & 255}/32",),
            tags=("even",) if number % 2 == 0 else (),
            preshared_sealed=sealing.seal(
                Secret(bytes(31) + b"x"), Place("peers", "preshared_sealed", f"{number:032x}")
            )
            if number % 4 == 0
            else None,
            enabled=number % 100 != 99,
            given_revision="0" if number % 1000 == 0 else None,
        )
        for number in range(MANY)
    ]
    async with transaction():
        await add_peers(peers)
    return peers


async def test_10000_peers_are_listed_and_told_to_the_agent(
    sentra: Sentra, owner: Browser, agent: FakeAgent, settings: Settings
):
    interface_id = await create_interface(owner, addresses=["10.64.255.254/16"])
    await create_peer(owner, interface_id, "zz", addresses=["10.64.200.1"])
    sealing = Sealing(settings.master_key_file)
    peers = await add_many(interface_id, sealing)
    by_address = await names(owner, interface_id, "limit=500&sort=address")
    assert by_address == [*(peer.name for peer in peers), "zz"]
    assert len(await names(owner, interface_id, "limit=500&tag=even")) == MANY // 2
    assert len(await names(owner, interface_id, "limit=500&must_reimport=true")) == 10
    await agent.look(interface_id)
    wanted = agent.running[interface_id]
    assert len(wanted.spec.device.peers) == MANY - 100 + 1
    assert len(wanted.owned) == 100
    spec = wanted.spec.device.peers[peers[4].public_key]
    assert spec.allowed_ips == peers[4].addresses
    assert spec.preshared_key == Secret(bytes(31) + b"x")


async def test_a_preshared_key_is_opened_once(owner: Browser, interface_id: str, settings: Settings):
    for name in "abc":
        await create_peer(owner, interface_id, name, preshared_key=some_key())

    class Counted(Sealing):
        opened = 0

        def unseal(self, sealed: bytes, place: Place) -> Secret:
            self.opened += 1
            return super().unseal(sealed, place)

    sealing = Counted(settings.master_key_file)
    specs = PeerSpecs(sealing, SystemClock())
    first = await specs.wanted(interface_id, 1)
    assert await specs.wanted(interface_id, 1) == first
    assert sealing.opened == 3


async def test_a_peer_whose_preshared_key_cannot_be_opened_does_not_run_without_it(
    owner: Browser, interface_id: str, settings: Settings, caplog: pytest.LogCaptureFixture
):
    whole = await create_peer(owner, interface_id, "whole")
    broken = await create_peer(owner, interface_id, "broken", preshared_key=some_key())
    settings.master_key_file.rename(settings.master_key_file.with_name("lost"))
    specs = PeerSpecs(Sealing(settings.master_key_file), SystemClock())
    for _ in range(3):
        wanted = await specs.wanted(interface_id, 1)
        assert set(wanted.specs) == {whole["public_key"]}
        assert wanted.unreadable == {broken["public_key"]}
        assert broken["public_key"] not in wanted.unwanted
    assert len([record for record in caplog.records if "preshared" in record.message]) == 1


async def test_reading_and_changing_at_once_gives_whole_peers(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id)

    async def change(number: int) -> Any:
        body = {"addresses": [f"10.8.0.{number}"], "notes": str(number)}
        return await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json=body)

    async def read() -> Any:
        return await owner.get(f"/api/v1/peers/{peer['id']}")

    answers = await asyncio.gather(*(each for number in range(10, 30) for each in (change(number), read())))
    for answer in answers:
        assert answer.status == 200
        seen = answer.json.get("peer", answer.json)
        assert seen["notes"] == "" or seen["addresses"] == [f"10.8.0.{seen['notes']}/32"]
