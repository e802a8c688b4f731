"""What is taken down and what is not: only what the source says was deleted, wherever the agent is killed in it."""

import logging
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from sentra.agent import owner_files
from sentra.core.agents import DeletedInterface
from sentra.core.drift import LAST_GENERATION
from sentra.core.interfaces import WantedInterface
from sentra.core.secrets import Secret
from tests.agent.node import Node, a_spec, a_wanted, with_device, with_peers
from tests.agent.steps import in_steps
from tests.live.world import key

NETWORKS = ("10.0.0.0/24",)


def an_office(**fields: object) -> WantedInterface:
    """An interface with peers and a masquerade."""
    wanted = a_wanted(a_spec(1), a_spec(2), **fields)
    return replace(wanted, spec=replace(wanted.spec, masquerade=NETWORKS))


@dataclass
class Database:
    """What a source had at some time."""

    wanted: Mapping[str, WantedInterface] = field(default_factory=dict)
    deleted: Mapping[str, DeletedInterface] = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node) -> "Database":
        return cls(dict(node.source.wanted), dict(node.source.deleted))

    async def put_back(self, node: Node, *, restart: bool) -> None:
        """Put this in the place of what the source has now, and let the agent look."""
        if restart:
            await node.stop()
        node.source.wanted, node.source.deleted = dict(self.wanted), dict(self.deleted)
        if restart:
            await node.start()
            await node.settle()
        else:
            await node.look()


def trash(node: Node) -> list[str]:
    return sorted(path.name.partition(".")[0] for path in (node.folder / "keys" / "deleted").glob("*"))


@pytest.mark.parametrize("restart", [True, False])
async def test_an_interface_that_an_older_database_does_not_know_runs_on(
    node: Node, caplog: pytest.LogCaptureFixture, restart: bool
) -> None:
    caplog.set_level(logging.WARNING)
    older = Database.of(node)
    await node.change(an_office())
    newer, private_key = Database.of(node), node.keys.read("i0")
    sessions, sent = dict(node.wg0.sessions), node.kernel.sent
    await older.put_back(node, restart=restart)
    for _ in range(3):
        await node.look()
        await node.tell_and_wait("i0")
    assert (node.wg0.sessions, node.kernel.masquerades, node.kernel.sent) == (sessions, {"wg0": NETWORKS}, sent)
    assert (node.keys.read("i0"), trash(node)) == (private_key, [])
    assert (node.reconciler.managed_names, node.reconciler.left_names) == (frozenset(), {"wg0"})
    assert caplog.text.count("in another database") == 1
    await newer.put_back(node, restart=restart)
    assert (node.report.applied, node.kernel.sent, node.wg0.sessions) == (True, sent, sessions)
    assert (node.reconciler.managed_names, node.reconciler.left_names) == ({"wg0"}, frozenset())
    assert node.names.names == ("wg0",)


async def test_an_interface_of_another_database_is_taken_over_with_its_key_and_then_nobody_elses(node: Node) -> None:
    older = Database.of(node)
    await node.change(an_office())
    public_key, sessions, sent = node.report.public_key, dict(node.wg0.sessions), node.kernel.sent
    await older.put_back(node, restart=True)
    adopted = with_device(an_office(interface_id="i1"), public_key=public_key)
    report = await node.change(adopted, "i1")
    assert (report.applied, report.public_key, report.drift) == (True, public_key, ())
    assert (node.wg0.sessions, node.kernel.sent) == (sessions, sent)
    assert (node.reconciler.managed_names, node.reconciler.left_names) == ({"wg0"}, frozenset())
    # The link is the new one's now, whatever becomes of the old one.
    node.source.deleted["i0"] = DeletedInterface("i0", "wg0", "warn")
    await node.tell("i0")
    await node.stop()
    await node.start()
    await node.settle()
    assert (node.wg0.sessions, node.kernel.masquerades, trash(node)) == (sessions, {"wg0": NETWORKS}, ["i0"])
    await node.change(None, "i1")
    assert (node.kernel.interfaces, node.kernel.masquerades) == ({}, {})


async def test_killed_after_a_take_over_the_link_goes_with_neither_of_the_two(node: Node) -> None:
    await node.change(an_office())
    record = node.folder / "applied" / "i0.json"
    before = record.read_bytes()
    adopted = with_device(an_office(interface_id="i1"), public_key=node.report.public_key)
    await Database().put_back(node, restart=True)
    await node.change(adopted, "i1")
    assert not record.exists()
    sessions = dict(node.wg0.sessions)
    await node.stop()
    record.write_bytes(before)
    node.source.deleted["i0"] = DeletedInterface("i0", "wg0", "warn")
    await node.start()
    await node.settle()
    await node.look()
    assert (node.wg0.sessions, node.kernel.masquerades) == (sessions, {"wg0": NETWORKS})
    assert not record.exists()


async def test_another_interface_does_not_get_the_link_of_one_that_is_left(node: Node) -> None:
    await node.change(an_office())
    sessions, sent = dict(node.wg0.sessions), node.kernel.sent
    await Database().put_back(node, restart=True)
    report = await node.change(a_wanted(a_spec(3), interface_id="i1"), "i1")
    assert "not this interface" in (report.error or "")
    assert (node.wg0.sessions, node.kernel.sent) == (sessions, sent)
    await node.change(None, "i1")
    assert (node.wg0.sessions, node.kernel.sent) == (sessions, sent)


@pytest.mark.parametrize("restart", [True, False])
async def test_a_generation_that_is_lower_than_before_is_what_was_decided(node: Node, restart: bool) -> None:
    await node.change(an_office())
    older = Database.of(node)
    for keepalive in range(1, 6):
        await node.change(with_peers(node.wanted, a_spec(1, persistent_keepalive=keepalive), a_spec(2)))
    assert node.report.generation == 6
    await older.put_back(node, restart=restart)
    assert (node.report.generation, node.report.applied, node.report.drift) == (1, True, ())
    assert node.wg0.peers[key(1)].persistent_keepalive == 0
    sent = node.kernel.sent
    await node.look()
    assert node.kernel.sent == sent
    report = await node.change(with_peers(node.wanted, a_spec(1, persistent_keepalive=9), a_spec(2)))
    assert (report.generation, report.applied, node.wg0.peers[key(1)].persistent_keepalive) == (2, True, 9)


async def test_a_peer_that_nobody_says_was_removed_is_unmanaged_and_keeps_its_session(node: Node) -> None:
    """As after an older database was put back, or where a stored secret of the peer cannot be opened any more."""
    await node.change(an_office())
    older = Database.of(node)
    await node.change(with_peers(node.wanted, a_spec(1), a_spec(2), a_spec(3)))
    sessions, sent = dict(node.wg0.sessions), node.kernel.sent
    await older.put_back(node, restart=True)
    assert (node.report.applied, node.report.drift, node.wg0.sessions, node.kernel.sent) == (True, (), sessions, sent)
    assert [peer.public_key for peer in node.report.unmanaged] == [key(3)]
    await node.change(with_peers(node.wanted, a_spec(1), owned=frozenset({key(2), key(3)})))
    assert set(node.wg0.peers) == {key(1)}


async def test_an_interface_that_an_older_database_has_again_comes_back_with_its_key(node: Node) -> None:
    await node.change(an_office())
    public_key = node.report.public_key
    node.decide(with_device(node.wanted, public_key=public_key))
    older = Database.of(node)
    await node.change(None)
    assert (node.kernel.interfaces, trash(node)) == ({}, ["i0"])
    await older.put_back(node, restart=True)
    assert (node.report.applied, node.report.public_key, trash(node)) == (True, public_key, [])
    assert node.wg0.device().public_key == public_key


async def test_the_key_of_what_was_deleted_goes_to_the_trash_and_that_of_what_nobody_knows_stays(node: Node) -> None:
    await node.stop()
    for interface_id in ("gone", "unknown", "i0"):
        node.keys.make(interface_id)
    node.source.deleted["gone"] = DeletedInterface("gone", "wg7", "warn")
    await node.start()
    await node.settle()
    assert (node.keys.ids(), trash(node)) == ({"unknown", "i0"}, ["gone"])


async def test_of_what_was_only_observed_a_deletion_touches_nothing(node: Node) -> None:
    await node.change(an_office())
    await node.change(replace(node.wanted, drift_mode="observe"))
    sessions, sent, private_key = dict(node.wg0.sessions), node.kernel.sent, node.keys.read("i0")
    report = await node.change(None)
    assert (report.applied, report.generation) == (True, LAST_GENERATION)
    assert (node.wg0.sessions, node.kernel.masquerades, node.kernel.sent) == (sessions, {"wg0": NETWORKS}, sent)
    assert (node.keys.read("i0"), trash(node), node.names.names) == (private_key, [], ())
    assert (node.reconciler.managed_names, node.reconciler.left_names) == (frozenset(), frozenset())
    adopted = with_device(an_office(interface_id="i1"), public_key=private_key.public)
    report = await node.change(adopted, "i1")
    assert (report.applied, report.public_key, node.kernel.sent) == (True, private_key.public, sent)


async def test_what_was_observed_last_is_not_touched_though_the_agent_was_away_when_that_was_chosen(node: Node) -> None:
    await node.change(an_office())
    sent = node.kernel.sent
    await node.stop()
    node.decide(replace(node.wanted, drift_mode="observe"))
    node.decide(None)
    await node.start()
    await node.settle()
    assert (set(node.wg0.peers), node.kernel.masquerades, node.kernel.sent) == (
        {key(1), key(2)},
        {"wg0": NETWORKS},
        sent,
    )
    del node.kernel.interfaces["wg0"]
    await node.stop()
    await node.start()
    await node.settle()
    assert (node.keys.ids(), trash(node)) == (frozenset(), ["i0"])


@pytest.mark.parametrize("ends", ["vanished", "foreign", "another"])
async def test_the_key_of_what_was_only_observed_goes_where_no_link_uses_it(node: Node, ends: str) -> None:
    await node.change(an_office())
    await node.change(replace(node.wanted, drift_mode="observe"))
    if ends == "another":
        node.wg0.private_key = Secret(b"k" * 32)
    else:
        del node.kernel.interfaces["wg0"]
        if ends == "foreign":
            node.kernel.add("wg0", foreign=True)
    await node.change(None)
    assert (node.keys.ids(), trash(node)) == (frozenset(), ["i0"])


@pytest.mark.parametrize("mode", ["warn", "enforce", "observe"])
@pytest.mark.parametrize("by", ["sentra", "wg-quick"])
async def test_R3_killed_while_it_is_taken_down_it_ends_as_if_it_had_not_been(
    node: Node, monkeypatch: pytest.MonkeyPatch, mode: str, by: str
) -> None:
    """A kill before and after each step, on the disk too, and once more at each step of what is left after that."""
    for function in ("write", "move", "delete"):
        monkeypatch.setattr(owner_files, function, in_steps(node, function))
    stays, points, point, was_killed = mode == "observe" or by == "wg-quick", 0, 0, True
    while was_killed:
        point += 1
        interface_id = f"i{point}"
        await node.change(an_office(interface_id=interface_id), interface_id)
        wanted = replace(node.source.wanted[interface_id], drift_mode=mode, brought_up_by=by)
        await node.change(wanted, interface_id)
        node.machine.steps.clear()
        node.machine.killed_at = point
        node.decide(None, interface_id)
        await node.tell_and_wait(interface_id)
        was_killed = node.was_killed
        points += was_killed
        await node.stop()
        await node.start()
        node.machine.killed_at = len(node.machine.steps) + 1 + point % 3
        await node.settle()
        await node.stop()
        await node.start()
        await node.settle()
        assert ("wg0" in node.kernel.interfaces) == stays
        assert node.kernel.masquerades == ({"wg0": NETWORKS} if mode == "observe" else {})
        assert node.keys.ids() == ({interface_id} if mode == "observe" else frozenset())
        assert sorted(path.stem for path in (node.folder / "applied").iterdir()) == ["digest-key"]
        assert (interface_id in trash(node)) == (mode != "observe")
        node.kernel.interfaces.clear()
        node.kernel.masquerades.clear()
        if mode == "observe":
            (node.folder / "keys" / f"{interface_id}.key").unlink()
    assert points >= (3 if mode == "observe" else 6)


async def test_S66_a_folder_that_older_versions_left_open_is_shut(tmp_path: Path) -> None:
    folder = tmp_path / "agent"
    folder.mkdir()
    folder.chmod(0o755)
    node = Node(folder)
    await node.start()
    await node.settle()
    await node.change(a_wanted(a_spec(1)))
    await node.stop()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()} == {0o700}


async def test_old_keys_are_removed_while_the_agent_runs_and_only_now_and_then(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied = 0

    def empty_trash() -> None:
        nonlocal emptied
        emptied += 1
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(node.reconciler.keys, "empty_trash", empty_trash)
    await node.reconciler._empty_trash()
    assert emptied == 0
    node.clock.seconds += 7 * 3600
    for _ in range(3):
        await node.reconciler._empty_trash()
    assert emptied == 1
