"""The master key is replaced while Sentra runs: everything sealed is sealed anew, and the old key opens nothing."""

import asyncio
import stat
from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from sentra.app import Sentra
from sentra.core.secrets import Secret
from sentra.db.peers import PeerRow
from sentra.db.sealed import COLUMNS, PEER_COLUMNS
from sentra.services import resealing, totp
from sentra.services.sealing import Place, SealBroken, Sealing, name_of
from sentra.settings import Settings
from tests.api.agent import FakeAgent, some_key, with_agent
from tests.api.peer_forms import create_interface, create_peer
from tests.api.people_forms import join
from tests.api.sealed import add_provider_secret, ciphertexts, opened_by, sealed_columns, secrets_in, traces
from tests.api.test_second_factors import App, enrol
from tests.browser import Browser
from tests.conftest import Opened, set_up
from tests.turned_clock import TurnedClock

ROTATE = "/api/v1/keys/master/rotate"


@pytest.fixture
async def sentra(opened: Opened) -> AsyncIterator[Sentra]:
    async with opened(resealing_grace_seconds=0) as sentra:
        yield sentra


@pytest.fixture
async def agent(sentra: Sentra) -> AsyncIterator[FakeAgent]:
    async with with_agent(sentra) as agent:
        yield agent


class Full:
    """An installation that has a secret of every kind, and a history of them."""

    def __init__(self, owner: Browser, interface_id: str, peers: list[dict[str, Any]], app: App) -> None:
        self.owner, self.interface_id, self.peers, self.app = owner, interface_id, peers, app

    async def peer(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = (await self.owner.get(f"/api/v1/peers/{self.peers[number]['id']}")).json
        return found

    async def config(self, number: int) -> bytes:
        answer = await self.owner.get(f"/api/v1/peers/{self.peers[number]['id']}/config")
        assert answer.status == 200, answer.json
        return answer.body

    async def configs(self) -> list[bytes]:
        return [await self.config(number) for number in range(len(self.peers))]

    async def revisions(self) -> list[dict[str, Any]]:
        found = (await self.owner.get(f"/api/v1/interfaces/{self.interface_id}/revisions?limit=200")).json["items"]
        return list(found)

    async def undo(self, revision: dict[str, Any]) -> int:
        path = f"/api/v1/interfaces/{self.interface_id}/revisions/{revision['id']}/undo"
        return (await self.owner.post(path, {})).status


@pytest.fixture
async def full(owner: Browser, agent: FakeAgent, settings: Settings, clock: TurnedClock) -> Full:
    del agent
    interface_id = await create_interface(owner, server_keys=True)
    peers = []
    for number in range(5):
        peers.append(await create_full_peer(owner, interface_id, f"peer {number}"))
    full = Full(owner, interface_id, peers, await enrol(owner, clock))
    for number, made in enumerate(peers):
        revision = (await full.peer(number))["config_revision"]
        assert (await owner.post(f"/api/v1/peers/{made['id']}/given", {"revision": revision})).status == 204
    sealing = Sealing(settings.master_key_file)
    add_provider_secret(settings.database, sealing, b"what the provider knows")
    return full


async def create_full_peer(owner: Browser, interface_id: str, name: str) -> dict[str, Any]:
    form = {"name": name, "make_keys": True, "preshared_key": some_key()}
    answer = await owner.post(f"/api/v1/interfaces/{interface_id}/peers", form)
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json["peer"]
    return made


def key_of(settings: Settings) -> bytes:
    return settings.master_key_file.read_bytes()


async def rotate(sentra: Sentra, owner: Browser) -> None:
    answer = await owner.post(ROTATE, {})
    assert answer.status == 202, answer.json
    assert answer.json["is_replacing"] is True
    await sentra.resealing.go_on()


async def test_S65_every_stored_secret_is_sealed_with_the_new_key(sentra: Sentra, full: Full, settings: Settings):
    old, before, configs = key_of(settings), secrets_in(settings.state_dir), await full.configs()
    kinds = {(place.table, place.column) for place, _ in before}
    assert kinds == sealed_columns(settings.database)
    assert len(before) >= 22
    assert opened_by(old, settings.database) == len(before)
    await rotate(sentra, full.owner)
    new = key_of(settings)
    assert new != old
    assert opened_by(new, settings.database) == len(before)
    assert secrets_in(settings.state_dir) == before
    assert await full.configs() == configs
    full.app.clock.advance(31)
    assert (await full.owner.post("/api/v1/session/proof", {"code": full.app.code()})).status == 204


async def test_S65_the_old_key_opens_nothing_and_is_nowhere(opened: Opened, settings: Settings, clock: TurnedClock):
    async with opened(resealing_grace_seconds=0) as sentra, with_agent(sentra):
        owner = await set_up(sentra)
        interface_id = await create_interface(owner, server_keys=True)
        for number in range(20):
            await create_full_peer(owner, interface_id, f"peer {number}")
        await enrol(owner, clock)
        old = key_of(settings)
        assert set(traces(old, settings.state_dir)) >= {"master-key", "sentra.db-wal"}
        await rotate(sentra, owner)
        assert opened_by(old, settings.database) == 0
        assert traces(old, settings.state_dir) == []
        for place, sealed in ciphertexts(settings.database):
            with pytest.raises(SealBroken):
                _with(old, settings.state_dir.parent).unseal(sealed, place)
    assert traces(old, settings.state_dir) == []
    assert {file.name for file in settings.state_dir.iterdir() if "master" in file.name} == {"master-key"}
    assert stat.S_IMODE(settings.master_key_file.stat().st_mode) == 0o600


def _with(key: bytes, folder: Path) -> Sealing:
    file = folder / "kept-elsewhere"
    file.touch(0o600)
    file.write_bytes(key)
    return Sealing(file)


def test_S65_every_column_of_ciphertexts_is_sealed_anew(full_schema: Path):
    known = {(each.table, each.column) for each in (*COLUMNS, *PEER_COLUMNS)}
    assert sealed_columns(full_schema) == known


@pytest.fixture
async def full_schema(sentra: Sentra, settings: Settings) -> Path:
    del sentra
    return settings.database


async def test_S65_any_two_swapped_ciphertexts_fail_after_a_rotation_too(
    sentra: Sentra, full: Full, settings: Settings
):
    await rotate(sentra, full.owner)
    sealing = Sealing(settings.master_key_file)
    sealed = dict(ciphertexts(settings.database))
    assert len(sealed) == 12
    for own, other in permutations(sealed, 2):
        with pytest.raises(SealBroken):
            sealing.unseal(sealed[other], own)


async def test_S65_a_swapped_ciphertext_is_not_made_good_by_a_rotation(sentra: Sentra, full: Full, settings: Settings):
    rows = dict(ciphertexts(settings.database))
    first, second = (Place("peers", "private_sealed", full.peers[number]["id"]) for number in (0, 1))
    await PeerRow.filter(id=first.row_id).update(private_sealed=rows[second])
    configs = [await full.config(number) for number in (1, 2, 3, 4)]
    await rotate(sentra, full.owner)
    assert (await full.owner.get(f"/api/v1/peers/{first.row_id}/config")).status == 503
    assert [await full.config(number) for number in (1, 2, 3, 4)] == configs
    assert (await full.owner.get("/api/v1/keys")).json["master"]["is_replacing"] is False
    detail = (await full.owner.get("/api/v1/audit?action=key:rotate")).json["items"][0]["detail"]
    assert detail["unreadable"] == 1


async def test_nobody_has_to_import_again_because_the_master_key_was_replaced(sentra: Sentra, full: Full):
    assert [(await full.peer(number))["must_reimport"] for number in range(5)] == [False] * 5
    changed = {"preshared_key": some_key()}
    assert (await full.owner.request("PATCH", f"/api/v1/peers/{full.peers[1]['id']}", json=changed)).status == 200
    before = [await full.peer(number) for number in range(5)]
    assert [peer["must_reimport"] for peer in before] == [False, True, False, False, False]
    await rotate(sentra, full.owner)
    after = [await full.peer(number) for number in range(5)]
    assert [peer["must_reimport"] for peer in after] == [False, True, False, False, False]
    assert [peer["version"] for peer in after] == [peer["version"] for peer in before]


@pytest.mark.parametrize("when", ["just begun", "peers are done", "all is done"])
async def test_S65_old_revisions_are_undone_as_before(
    sentra: Sentra, full: Full, settings: Settings, monkeypatch: pytest.MonkeyPatch, when: str
):
    configs = await full.configs()
    peer = f"/api/v1/peers/{full.peers[0]['id']}"
    assert (await full.owner.request("PATCH", peer, json={"preshared_key": some_key()})).status == 200
    assert (await full.owner.request("DELETE", f"/api/v1/peers/{full.peers[1]['id']}")).status == 200
    changes = (await full.revisions())[:2]
    if when == "just begun":
        assert (await full.owner.post(ROTATE, {})).status == 202
    elif when == "peers are done":
        with monkeypatch.context() as patch:
            patch.setattr(resealing, "find_sealed_revision", _stop)
            with pytest.raises(_Stopped):
                await rotate(sentra, full.owner)
    else:
        await rotate(sentra, full.owner)
    assert [await full.undo(change) for change in changes] == [200, 200]
    assert [await full.undo(change) for change in (await full.revisions())[:2]] == [200, 200]  # and back again
    assert [await full.undo(change) for change in changes[::-1]] == [200, 200]
    assert await full.configs() == configs
    await sentra.resealing.go_on()
    assert opened_by(key_of(settings), settings.database) == len(list(ciphertexts(settings.database)))
    assert await full.configs() == configs
    assert [(await full.peer(number))["must_reimport"] for number in range(5)] == [False] * 5


class _Stopped(Exception):
    pass


async def _stop(*_: object) -> None:
    raise _Stopped


async def test_S65_reads_and_writes_go_on_meanwhile(
    sentra: Sentra, full: Full, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(resealing, "_BATCH", 1)  # as many steps as there are rows
    old = key_of(settings)
    done = asyncio.Event()
    statuses: list[int] = []

    async def write(number: int) -> None:
        while not done.is_set():
            made = await create_full_peer(full.owner, full.interface_id, f"new {number}")
            peer = f"/api/v1/peers/{made['id']}"
            for change in ({"preshared_key": some_key()}, {"notes": "x"}):
                statuses.append((await full.owner.request("PATCH", peer, json=change)).status)
            statuses.append((await full.owner.get(f"{peer}/config")).status)
            statuses.append((await full.owner.request("DELETE", peer)).status)

    async def read(number: int) -> None:
        config = await full.config(number)
        while not done.is_set():
            assert await full.config(number) == config
            statuses.append(200)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        for number in range(2):
            tasks.create_task(write(number))
        for number in (0, 1):
            tasks.create_task(read(number))
        await asyncio.sleep(0)
        try:
            await rotate(sentra, full.owner)
        finally:
            done.set()
    assert set(statuses) == {200}
    assert len(statuses) > 20
    assert opened_by(old, settings.database) == 0
    assert traces(old, settings.state_dir) == []
    assert opened_by(key_of(settings), settings.database) == len(list(ciphertexts(settings.database)))
    await full.configs()


async def test_S65_what_was_sealed_a_moment_before_is_sealed_anew_too(
    sentra: Sentra, full: Full, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """Somebody puts an old ciphertext back between the first look and the last."""
    peer_id = full.peers[0]["id"]
    before = dict(ciphertexts(settings.database))[Place("peers", "preshared_sealed", peer_id)]

    async def put_back(_: float) -> None:
        await PeerRow.filter(id=peer_id).update(preshared_sealed=before)

    monkeypatch.setattr(sentra.resealing, "_sleep", put_back)
    old, configs = key_of(settings), await full.configs()
    await rotate(sentra, full.owner)
    assert opened_by(old, settings.database) == 0
    assert await full.configs() == configs


async def test_a_code_counts_whose_seed_is_sealed_anew_meanwhile(
    sentra: Sentra, full: Full, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
):
    clock.advance(31)
    assert (await full.owner.post(ROTATE, {})).status == 202
    read = totp.find_totp

    async def read_and_seal(user_id: str) -> Any:
        seed = await read(user_id)
        with pytest.raises(_Stopped):
            await sentra.resealing.go_on()
        return seed

    monkeypatch.setattr(sentra.resealing, "_sleep", _stop)
    monkeypatch.setattr(totp, "find_totp", read_and_seal)
    assert (await full.owner.post("/api/v1/session/proof", {"code": full.app.code()})).status == 204


async def test_one_rotation_at_a_time_by_whoever_may_and_on_record(sentra: Sentra, full: Full, clock: TurnedClock):
    admin = await join(full.owner)
    assert (await admin.post(ROTATE, {})).status == 403
    assert (await admin.get("/api/v1/keys")).status == 403
    before = (await full.owner.get("/api/v1/keys")).json
    assert before["master"] | {"id": ""} == {"id": "", "is_replacing": False, "resealed": 0}
    assert (await full.owner.post(ROTATE, {})).status == 202
    assert (await full.owner.post(ROTATE, {})).status == 409
    during = (await full.owner.get("/api/v1/keys")).json
    assert during["master"]["is_replacing"] is True
    assert during["master"]["id"] != before["master"]["id"]
    assert during["signing"] == before["signing"]
    await sentra.resealing.go_on()
    after = (await full.owner.get("/api/v1/keys")).json
    assert after["master"] == {"id": during["master"]["id"], "is_replacing": False, "resealed": 12}
    done, began, *_ = (await full.owner.get("/api/v1/audit?action=key:rotate&outcome=done")).json["items"]
    assert (began["actor_kind"], done["actor_kind"], began["summary"]) == (
        "user",
        "sentra",
        "Began to replace the master key",
    )
    assert done["subject_id"] == began["subject_id"] == after["master"]["id"]
    assert done["summary"].startswith("Sealed everything with the new master key (12 rows)")
    clock.advance(301)
    refused = await full.owner.post(ROTATE, {})
    assert (refused.status, refused.json["type"].rpartition(":")[2]) == (403, "step-up-required")


async def test_what_cannot_be_put_on_record_does_not_begin(sentra: Sentra, full: Full, settings: Settings):
    old = key_of(settings)
    settings.audit_key_file.rename(settings.state_dir / "elsewhere")
    sentra.audit._key = None
    assert (await full.owner.post(ROTATE, {})).status == 503
    (settings.state_dir / "elsewhere").rename(settings.audit_key_file)
    assert (await full.owner.get("/api/v1/keys")).json["master"]["is_replacing"] is False
    assert key_of(settings) == old
    assert not settings.master_key_file.with_name("master-key.next").exists()
    await create_peer(full.owner, full.interface_id, "later", preshared_key=some_key())
    assert opened_by(old, settings.database) == len(list(ciphertexts(settings.database)))
    await rotate(sentra, full.owner)


async def test_a_rotation_goes_on_after_a_restart(opened: Opened, settings: Settings):
    async with opened() as sentra, with_agent(sentra):
        owner = await set_up(sentra)
        interface_id = await create_interface(owner)
        await create_peer(owner, interface_id, preshared_key=some_key())
        old, before = key_of(settings), secrets_in(settings.state_dir)
        assert (await owner.post(ROTATE, {})).status == 202
    assert key_of(settings) == old
    half_made = settings.state_dir / "master-key.next.0123abcd"
    half_made.write_bytes(b"x")
    async with opened(resealing_grace_seconds=0) as sentra:
        running = asyncio.create_task(sentra.resealing.run())
        async with asyncio.timeout(20):
            while key_of(settings) == old:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait({running})
        assert opened_by(old, settings.database) == 0
        assert secrets_in(settings.state_dir) == before
    assert not half_made.exists()


def test_the_same_is_sealed_anew_as_the_same(tmp_path: Path):
    sealing, place = Sealing(tmp_path / "master-key"), Place("peers", "preshared_sealed", "1")
    sealed, other = (sealing.seal(Secret(b"x"), place) for _ in range(2))
    assert sealing.renewed(sealed, place) == sealed
    sealing.keys.make_next()
    sealing.keys.switch()
    renewed = sealing.renewed(sealed, place)
    assert renewed == sealing.renewed(sealed, place) == sealing.renewed(renewed, place)
    assert len({sealed, renewed, sealing.renewed(other, place)}) == 3
    assert sealing.unseal(renewed, place) == sealing.unseal(sealed, place) == Secret(b"x")
    with pytest.raises(SealBroken):
        sealing.renewed(sealed, Place("peers", "preshared_sealed", "2"))
    sealing.keys.finish()
    with pytest.raises(SealBroken, match="another key"):
        sealing.unseal(sealed, place)
    assert name_of(renewed) == name_of(sealed) != name_of(other)
    for index in range(len(renewed)):
        with pytest.raises(SealBroken):
            sealing.unseal(renewed[:index] + bytes([renewed[index] ^ 1]) + renewed[index + 1 :], place)
