"""R15: a change that may cut off its author is undone after 60 s, unless a later request confirms it."""

import asyncio
import sqlite3
from typing import Any

import pytest

from sentra.app import Sentra
from sentra.core.errors import Conflict
from sentra.core.secrets import digest
from sentra.db.confirmations import list_confirmations
from sentra.services.outcomes import SENTRA
from sentra.settings import Settings
from tests.api.agent import FakeAgent, some_key, with_agent
from tests.api.peer_forms import create_interface, create_peer
from tests.browser import Answer, Browser
from tests.conftest import Opened, set_up
from tests.interfaces.conftest import INTERFACES, LIMITS
from tests.interfaces.node import FakeNode
from tests.scale import scaled
from tests.state import decided
from tests.turned_clock import TurnedClock


@pytest.fixture
async def made(owner: Browser, agent: FakeAgent) -> str:
    """An interface with a peer, of which the owner is another one."""
    made = await create_interface(owner)
    await create_peer(owner, made)
    return made


async def change(owner: Browser, made: str, **fields: Any) -> Answer:
    return await owner.request("PATCH", f"{INTERFACES}/{made}", json=fields or {"listen_port": 51899})


async def confirm(owner: Browser, made: str, answer: Answer) -> int:
    nonce = answer.json["confirm"]["nonce"]
    return (await owner.post(f"{INTERFACES}/{made}/confirm", {"nonce": nonce})).status


async def port_of(owner: Browser, made: str) -> int:
    return int((await owner.get(f"{INTERFACES}/{made}")).json["listen_port"])


async def test_R15_a_change_that_nobody_confirms_is_undone_after_60_seconds(
    sentra: Sentra, owner: Browser, made: str, agent: FakeAgent, clock: TurnedClock
):
    for number in range(scaled(5, 50)):
        answer = await change(owner, made, listen_port=51900 + number)
        assert answer.status == 200
        assert answer.json["applied"] is True
        assert answer.json["confirm"]["seconds"] == 60
        assert answer.json["plan"]["risky"]
        assert answer.json["interface"]["confirm_until"] == answer.json["confirm"]["deadline_at"]
        clock.advance(59)
        await sentra.management.confirmations.undo_overdue()
        assert agent.running[made].spec.device.listen_port == 51900 + number
        clock.advance(1)
        await sentra.management.confirmations.undo_overdue()
        assert agent.running[made].spec.device.listen_port == 51820
        view = (await owner.get(f"{INTERFACES}/{made}")).json
        assert (view["listen_port"], view["confirm_until"]) == (51820, None)
    newest = (await owner.get(f"{INTERFACES}/{made}/revisions")).json["items"][:2]
    assert newest[0]["actor_name"] == "Sentra"
    assert "nobody confirmed" in newest[0]["summary"]
    assert newest[1]["undone"] is True


async def test_R15_the_deadline_is_watched_in_the_background(opened: Opened, node: FakeNode, clock: TurnedClock):
    async with opened(look=node, change_limits=LIMITS) as sentra, with_agent(sentra) as agent:
        owner = await set_up(sentra)
        made = await create_interface(owner)
        await create_peer(owner, made)
        looked = asyncio.Event()

        async def sleep(seconds: float) -> None:
            clock.advance(seconds)
            looked.set()
            await asyncio.sleep(0)

        sentra.management.confirmations._sleep = sleep
        watching = asyncio.create_task(sentra.management.confirmations.run())
        await asyncio.sleep(0.05)
        assert not looked.is_set()  # nothing waits: nobody looks
        started = clock.now()
        await change(owner, made)
        async with asyncio.timeout(10):
            while agent.running[made].spec.device.listen_port != 51820 or clock.now() < started + 60:
                await asyncio.sleep(0.01)
        undone_at = (await owner.get(f"{INTERFACES}/{made}/revisions")).json["items"][0]["made_at"]
        made_at = (await owner.get(f"{INTERFACES}/{made}/revisions")).json["items"][1]["made_at"]
        assert seconds_between(made_at, undone_at) in (60, 61, 62)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def seconds_between(one: str, other: str) -> int:
    from datetime import datetime

    return int((datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds())


async def test_R15_a_confirmed_change_stays(sentra: Sentra, owner: Browser, made: str, clock: TurnedClock):
    answer = await change(owner, made)
    clock.advance(3)
    assert await confirm(owner, made, answer) == 204
    clock.advance(3600)
    await owner.sign_in()
    await sentra.management.confirmations.undo_overdue()
    assert await port_of(owner, made) == 51899
    assert await confirm(owner, made, answer) == 409


async def test_R15_a_confirmation_counts_from_3_seconds_after_the_change(owner: Browser, made: str, clock: TurnedClock):
    answer = await change(owner, made)
    assert await confirm(owner, made, answer) == 409
    clock.advance(2.9)
    assert await confirm(owner, made, answer) == 409
    clock.advance(0.1)
    assert await confirm(owner, made, answer) == 204


async def test_R15_a_confirmation_carries_the_nonce_of_its_change(
    sentra: Sentra, owner: Browser, made: str, clock: TurnedClock, settings: Settings
):
    answer = await change(owner, made)
    nonce = answer.json["confirm"]["nonce"]
    assert len(nonce) == 43  # 256 random bits
    clock.advance(5)
    for wrong in ("x" * 43, nonce[:-1], nonce.swapcase(), digest(nonce)):
        assert (await owner.post(f"{INTERFACES}/{made}/confirm", {"nonce": wrong})).status == 403
    with sqlite3.connect(settings.database) as connection:
        assert connection.execute("SELECT nonce_digest FROM confirmations").fetchone() == (digest(nonce),)
    assert nonce.encode() not in settings.database.read_bytes()
    assert nonce.encode() not in settings.database.with_name("sentra.db-wal").read_bytes()
    clock.advance(54.9)
    assert await confirm(owner, made, answer) == 204
    late = await change(owner, made, listen_port=51900)
    clock.advance(60)
    assert await confirm(owner, made, late) == 409


async def test_R15_meanwhile_nothing_else_of_the_interface_changes(
    owner: Browser, made: str, agent: FakeAgent, clock: TurnedClock, settings: Settings
):
    other = await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    peer = (await owner.get(f"{INTERFACES}/{made}/peers")).json["items"][0]["id"]
    answer = await change(owner, made)
    before, told = decided(settings.database), len(agent.told)
    for method, path, form in (
        ("PATCH", f"{INTERFACES}/{made}", {"listen_port": 51900}),
        ("PATCH", f"{INTERFACES}/{made}", {"mtu": 1400}),
        ("POST", f"{INTERFACES}/{made}/stop", {}),
        ("DELETE", f"{INTERFACES}/{made}", {}),
        ("POST", f"{INTERFACES}/{made}/peers", {"name": "b", "public_key": agent.keys[other]}),
        ("PATCH", f"/api/v1/peers/{peer}", {"name": "b"}),
        ("DELETE", f"/api/v1/peers/{peer}", {}),
        ("POST", f"{INTERFACES}/{made}/revisions/1/undo", {}),
    ):
        refused = await owner.request(method, path, json=form)
        assert refused.status == 409, (method, path)
        assert "wait" in refused.json["detail"]
    assert decided(settings.database) == before
    assert len(agent.told) == told
    assert (await change(owner, other, mtu=1400)).status == 200
    clock.advance(3)
    assert await confirm(owner, made, answer) == 204
    assert (await change(owner, made, mtu=1400)).status == 200


async def test_R15_a_restart_inside_the_window_forgets_nothing(opened: Opened, node: FakeNode, clock: TurnedClock):
    async with opened(look=node, change_limits=LIMITS) as sentra, with_agent(sentra):
        owner = await set_up(sentra)
        made = await create_interface(owner)
        await create_peer(owner, made)
        first = await change(owner, made)
    clock.advance(20)
    async with opened(look=node, change_limits=LIMITS) as sentra, with_agent(sentra) as agent:
        owner = Browser(sentra.asgi)
        await owner.sign_in()
        await sentra.management.confirmations.undo_overdue()
        assert await port_of(owner, made) == 51899
        assert (await change(owner, made, mtu=1400)).status == 409
        assert await confirm(owner, made, first) == 204
        assert (await change(owner, made, listen_port=51900)).status == 200
    clock.advance(90)  # away while the time was over
    async with opened(look=node, change_limits=LIMITS) as sentra, with_agent(sentra) as agent:
        watching = asyncio.create_task(sentra.management.confirmations.run())
        async with asyncio.timeout(10):
            while made not in agent.running:
                await asyncio.sleep(0.01)
        assert agent.running[made].spec.device.listen_port == 51899
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_R15_of_many_confirmations_and_undos_at_once_one_counts(
    sentra: Sentra, owner: Browser, made: str, clock: TurnedClock
):
    for number in range(scaled(10, 100)):
        before = await port_of(owner, made)
        answer = await change(owner, made, listen_port=52000 + number)
        clock.advance(59.999)
        confirmations = [confirm(owner, made, answer) for _ in range(5)]
        clock_turns = _turn(clock)
        undos = [sentra.management.confirmations.undo_overdue() for _ in range(5)]
        statuses = await asyncio.gather(*confirmations[:3], clock_turns, *undos, *confirmations[3:])
        kept = [status for status in statuses if status == 204]
        assert len(kept) <= 1
        assert await port_of(owner, made) == (52000 + number if kept else before)
        await sentra.management.confirmations.undo_overdue()
        assert await port_of(owner, made) == (52000 + number if kept else before)


async def test_R15_whoever_comes_second_changes_nothing(sentra: Sentra, owner: Browser, made: str, clock: TurnedClock):
    """Both have read that the change waits; then one is faster."""
    confirmations = sentra.management.confirmations
    answer = await change(owner, made)
    (waiting,) = await list_confirmations()
    clock.advance(59)
    assert await confirm(owner, made, answer) == 204
    await confirmations._undo(waiting)
    assert await port_of(owner, made) == 51899
    await change(owner, made, listen_port=51900)
    (waiting,) = await list_confirmations()
    clock.advance(60)
    await confirmations.undo_overdue()
    with pytest.raises(Conflict):
        await confirmations._keep(SENTRA, waiting)
    assert await port_of(owner, made) == 51899


async def _turn(clock: TurnedClock) -> None:
    clock.advance(0.001)


async def test_R15_what_cuts_off_its_author_is_risky(
    sentra: Sentra, owner: Browser, made: str, agent: FakeAgent, clock: TurnedClock
):
    """From inside the tunnel: the own peer, a stop, a deletion; from anywhere: port and addresses."""
    inside = Browser(sentra.asgi, "10.8.0.2")
    await inside.sign_in()
    peers = (await owner.get(f"{INTERFACES}/{made}/peers")).json["items"]
    own = f"/api/v1/peers/{peers[0]['id']}"
    other = f"/api/v1/peers/{(await create_peer(owner, made, 'other'))['id']}"
    home = f"{INTERFACES}/{made}"
    risky: list[tuple[Browser, str, str, dict[str, Any]]] = [
        (owner, "PATCH", home, {"listen_port": 51888}),
        (owner, "PATCH", home, {"addresses": ["10.8.0.9/24", "fd00:8::1/64"]}),
        (inside, "POST", f"{home}/stop", {}),
        (inside, "DELETE", home, {}),
        (inside, "PATCH", own, {"enabled": False}),
        (inside, "DELETE", own, {}),
        (inside, "PATCH", own, {"addresses": ["10.8.0.77/32"]}),
        (owner, "PATCH", other, {"routes": ["192.0.2.0/24"]}),
        (
            owner,
            "POST",
            f"{home}/peers",
            {"name": "thief", "public_key": some_key(), "routes": ["192.0.2.1"]},
        ),
    ]
    for browser, method, path, form in risky:
        plan = (await browser.request(method, f"{path}?dry_run=true", json=form)).json["plan"]
        assert plan["risky"], (method, path, form)
    harmless: list[tuple[Browser, str, str, dict[str, Any]]] = [
        (inside, "PATCH", home, {"mtu": 1400, "dns": ["9.9.9.9"], "masquerade": True, "drift_mode": "enforce"}),
        (owner, "POST", f"{home}/stop", {}),
        (owner, "DELETE", home, {}),
        (inside, "PATCH", own, {"name": "renamed", "notes": "x"}),
        (inside, "PATCH", other, {"enabled": False}),
        (owner, "PATCH", own, {"enabled": False}),
        (inside, "DELETE", other, {}),
    ]
    for browser, method, path, form in harmless:
        plan = (await browser.request(method, f"{path}?dry_run=true", json=form)).json["plan"]
        assert plan["risky"] == [], (method, path, form)


async def test_R15_without_any_peer_nobody_is_cut_off(owner: Browser, agent: FakeAgent):
    answer = await change(owner, await create_interface(owner))
    assert (answer.json["confirm"], answer.json["plan"]["risky"]) == (None, [])


async def test_R15_an_interface_is_deleted_under_its_author_only_when_that_is_confirmed(
    sentra: Sentra, owner: Browser, made: str, agent: FakeAgent, clock: TurnedClock
):
    inside = Browser(sentra.asgi, "10.8.0.2")
    await inside.sign_in()
    peer = (await owner.get(f"{INTERFACES}/{made}/peers")).json["items"][0]
    answer = await inside.request("DELETE", f"{INTERFACES}/{made}")
    assert answer.json["interface"]["started"] is False
    assert agent.running[made].started is False
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert agent.running[made].started is True
    assert (await owner.get(f"/api/v1/peers/{peer['id']}")).json["public_key"] == peer["public_key"]
    answer = await inside.request("DELETE", f"{INTERFACES}/{made}")
    clock.advance(4)
    assert await confirm(inside, made, answer) == 204
    assert made not in agent.running
    assert (await owner.get(f"{INTERFACES}/{made}")).status == 404
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert (await owner.get(f"{INTERFACES}/{made}")).status == 404


async def test_R15_a_deleted_peer_comes_back_as_it_was(
    sentra: Sentra, owner: Browser, agent: FakeAgent, clock: TurnedClock
):
    made = await create_interface(owner)
    peer = await create_peer(owner, made, preshared_key=some_key(), routes=["192.168.9.0/24"], notes="mine")
    before = agent.running[made].spec.device.peers
    inside = Browser(sentra.asgi, "192.168.9.7")
    await inside.sign_in()
    answer = await inside.request("DELETE", f"/api/v1/peers/{peer['id']}")
    assert answer.json["confirm"]
    assert agent.running[made].spec.device.peers == {}
    assert agent.running[made].owned == {peer["public_key"]}
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert (await owner.get(f"/api/v1/peers/{peer['id']}")).json == peer
    assert agent.running[made].spec.device.peers == before
    assert agent.running[made].owned == frozenset()


async def test_R15_an_undo_that_fails_is_tried_again(
    sentra: Sentra, owner: Browser, made: str, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch, caplog: Any
):
    await change(owner, made)
    clock.advance(60)
    with monkeypatch.context() as broken:

        async def fail(*_: object, **__: object) -> None:
            raise OSError("the disk is gone")

        broken.setattr("sentra.services.confirmations.undo_in", fail)
        await sentra.management.confirmations.undo_overdue()
        assert await port_of(owner, made) == 51899
    await sentra.management.confirmations.undo_overdue()
    assert await port_of(owner, made) == 51820
    assert "cannot be undone" in caplog.text


async def test_R15_what_waits_gets_back_what_it_had(sentra: Sentra, owner: Browser, made: str, clock: TurnedClock):
    """Nobody takes the port and the network to which the interface returns when nobody confirms."""
    await change(owner, made, listen_port=51899, addresses=["10.7.0.1/24"], pools=["10.7.0.0/24"])
    for form in (
        {"name": "wg1", "addresses": ["10.9.0.1/24"], "listen_port": 51820},
        {"name": "wg1", "addresses": ["10.8.0.1/24"], "listen_port": 51821},
    ):
        assert (await owner.post(INTERFACES, form)).status == 422
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert await port_of(owner, made) == 51820


async def test_R15_the_undo_meets_what_it_meets(
    sentra: Sentra, owner: Browser, made: str, clock: TurnedClock, settings: Settings, node: FakeNode
):
    """A port that is bound, a time that is over, another change behind its back: the change goes all the same."""
    await change(owner, made)
    (peer,) = (await owner.get(f"{INTERFACES}/{made}/peers")).json["items"]
    clock.advance(60)
    with sqlite3.connect(settings.database) as connection:
        connection.execute("UPDATE interfaces SET listen_port = 51000")
    await sentra.management.confirmations.undo_overdue()
    assert await port_of(owner, made) == 51820
    await owner.sign_in()
    path = f"/api/v1/peers/{peer['id']}"
    await owner.request("PATCH", path, json={"expires_at": "2026-09-21T14:15:00Z"})
    owner.address = "10.8.0.2"
    answer = await owner.request("PATCH", path, json={"enabled": False})
    assert answer.json["confirm"]
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert await list_confirmations() == []


async def test_R15_a_change_whose_revision_is_gone_waits_no_more(
    sentra: Sentra, owner: Browser, made: str, clock: TurnedClock, settings: Settings
):
    await change(owner, made)
    with sqlite3.connect(settings.database) as connection:
        connection.execute("DELETE FROM revision_peers")
        connection.execute("DELETE FROM revisions")
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert await list_confirmations() == []
    assert (await change(owner, made, mtu=1400)).status == 200


class Root(Browser):
    """The commands of this machine, of a root who came from somewhere."""

    def __init__(self, sentra: Sentra, comes_from: str) -> None:
        super().__init__(sentra.asgi)
        self.comes_from = comes_from
        self.token = sentra.settings.local_token_file.read_text().strip()

    def headers(self, method: str, changed: dict[str, str | None] | None = None) -> dict[str, str]:
        sent = {"Host": "localhost:8443", "Authorization": f"Bearer {self.token}", "X-Sentra-From": self.comes_from}
        return {name: value for name, value in sent.items() if value}


async def test_R15_root_who_comes_through_the_tunnel_confirms_like_anybody(
    sentra: Sentra, owner: Browser, made: str, clock: TurnedClock
):
    (peer,) = (await owner.get(f"{INTERFACES}/{made}/peers")).json["items"]
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"{INTERFACES}/{made}/stop", {}),
        ("DELETE", f"{INTERFACES}/{made}", {}),
        ("PATCH", f"/api/v1/peers/{peer['id']}", {"enabled": False}),
        ("DELETE", f"/api/v1/peers/{peer['id']}", {}),
    ]
    for comes_from, is_risky in (("10.8.0.2", True), ("::ffff:10.8.0.2", True), ("", False), ("198.51.100.7", False)):
        root = Root(sentra, comes_from)
        for method, path, form in asked:
            plan = (await root.request(method, f"{path}?dry_run=true", json=form)).json["plan"]
            assert bool(plan["risky"]) == is_risky, (comes_from, method, path)
    answer = await Root(sentra, "10.8.0.2").post(f"{INTERFACES}/{made}/stop", {})
    assert answer.json["confirm"]
    clock.advance(60)
    await sentra.management.confirmations.undo_overdue()
    assert (await owner.get(f"{INTERFACES}/{made}")).json["started"] is True
