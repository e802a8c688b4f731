"""The reconciler: what people decided is what runs, and what they did by hand is theirs until they say otherwise."""

import asyncio
import logging

import pytest
from msgspec.structs import replace

from sentra.agent import owner_files
from sentra.core.drift import LAST_GENERATION, Drift
from sentra.core.plan import DevicePatch, LinkPatch
from sentra.core.secrets import Secret
from tests.agent.node import Node, a_spec, a_wanted, address, with_device, with_link, with_peers
from tests.agent.steps import in_steps
from tests.live.world import key
from tests.scale import scaled


async def test_a_decided_interface_comes_to_be_with_its_peers(node: Node) -> None:
    report = await node.change(a_wanted(a_spec(1), a_spec(2, preshared_key=Secret(b"p" * 32))))
    assert (report.applied, report.error, report.drift) == (True, None, ())
    assert report.public_key == node.wg0.device().public_key == node.keys.read("i0").public
    assert set(node.wg0.peers) == {key(1), key(2)}
    assert node.wg0.link.up
    assert node.names.names == ("wg0",)


async def test_R6_a_second_reconcile_sends_nothing(node: Node) -> None:
    await node.change(a_wanted(*(a_spec(number) for number in range(1, 50))))
    sent = node.kernel.sent
    for _ in range(scaled(50, 1000)):
        await node.look()
    await node.tell()
    assert node.kernel.sent == sent


async def test_an_edit_touches_one_peer_and_no_session(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2), a_spec(3)))
    sessions = dict(node.wg0.sessions)
    report = await node.change(with_peers(node.wanted, a_spec(1), a_spec(2, persistent_keepalive=25), a_spec(3)))
    assert report.applied
    assert node.wg0.peers[key(2)].persistent_keepalive == 25
    assert node.wg0.sessions == sessions


async def test_a_deleted_peer_goes_and_the_others_stay(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2)))
    session = node.wg0.sessions[key(1)]
    await node.change(with_peers(node.wanted, a_spec(1), owned=frozenset({key(2)})))
    assert node.wg0.sessions == {key(1): session}


async def test_a_stopped_interface_is_away_and_comes_back_whole(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    public_key = node.report.public_key
    report = await node.change(replace(node.wanted, started=False))
    assert (report.applied, node.kernel.interfaces, node.names.names) == (True, {}, ())
    report = await node.change(replace(node.wanted, started=True))
    assert (report.applied, report.public_key, set(node.wg0.peers)) == (True, public_key, {key(1)})


async def test_a_deleted_interface_leaves_nothing_behind(node: Node) -> None:
    await node.change(replace_masquerade(a_wanted(a_spec(1))))
    assert node.kernel.masquerades == {"wg0": ("10.0.0.0/24",)}
    report = await node.change(None)
    assert (report.applied, report.generation) == (True, LAST_GENERATION)
    assert (node.kernel.interfaces, node.kernel.masquerades, node.names.names) == ({}, {}, ())
    files = [str(path.relative_to(node.folder)) for path in node.folder.rglob("*") if path.is_file()]
    assert sorted(path.partition(".")[0] for path in files) == ["applied/digest-key", "keys/deleted/i0"]


async def test_a_name_is_free_for_the_next_interface_as_soon_as_the_last_is_deleted(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    node.decide(None)
    report = await node.change(a_wanted(a_spec(2), interface_id="i1"), "i1")
    assert (report.applied, set(node.wg0.peers)) == (True, {key(2)})


async def test_a_foreign_interface_is_not_touched(node: Node) -> None:
    theirs = node.kernel.add("wg0")
    theirs.listen_port, theirs.private_key = 7, node.keys.make("theirs").private
    node.kernel.add("eth0", foreign=True)
    sent = node.kernel.sent
    report = await node.change(a_wanted(a_spec(1)))
    assert "not this interface" in (report.error or "")
    report = await node.change(a_wanted(a_spec(1), name="eth0", interface_id="i1"), "i1")
    assert "no WireGuard interface" in (report.error or "")
    await node.change(None, "i1")
    await node.change(None)
    assert (node.kernel.sent, node.wg0.listen_port, "eth0" in node.kernel.interfaces) == (sent, 7, True)


async def test_another_interface_in_the_place_of_a_stopped_one_is_left_alone(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    await node.change(replace(node.wanted, started=False))
    node.kernel.add("wg0").private_key = node.keys.make("theirs").private
    node.kernel.put(node.wg0, a_spec(9))
    await node.look()
    assert "did not make it" in (node.report.error or "")
    assert "not this interface" in ((await node.change(replace(node.wanted, started=True))).error or "")
    await node.change(None)
    assert set(node.wg0.peers) == {key(9)}


async def test_R7_an_interface_that_vanished_is_rebuilt_with_all_peers(node: Node) -> None:
    await node.change(a_wanted(*(a_spec(number) for number in range(1, 1001))))
    public_key = node.report.public_key
    del node.kernel.interfaces["wg0"]
    node.links._tell("wg0")
    await node.settle()
    assert (node.report.applied, len(node.wg0.peers), node.report.public_key) == (True, 1000, public_key)


async def test_R8_a_change_by_hand_is_shown_and_stays_until_it_is_restored(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2), a_spec(3)))
    node.kernel.remove(node.wg0, key(1))
    node.kernel.put(node.wg0, a_spec(2, allowed_ips=("192.0.2.0/24",)))
    node.kernel.put(node.wg0, a_spec(9))
    node.wg0.listen_port = 4
    await node.look()
    assert node.report.applied
    assert set(node.report.drift) == {
        Drift("peer", "missing", key(1)),
        Drift("peer", "changed", key(2), "allowed_ips", address(2), "192.0.2.0/24"),
        Drift("interface", "changed", "", "listen_port", "51820", "4"),
    }
    assert [peer.public_key for peer in node.report.unmanaged] == [key(9)]
    await node.tell(restore=True, only=frozenset({f"peer {key(1)}"}))
    assert {drift.concerns for drift in node.report.drift} == {f"peer {key(2)}", "interface listen_port"}
    session = node.wg0.sessions[key(9)]
    report = await node.tell(restore=True)
    assert (report.drift, node.wg0.listen_port, node.wg0.sessions[key(9)]) == ((), 51820, session)


async def test_R8_a_change_by_hand_stays_through_decisions_about_others_and_through_restarts(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2)))
    node.kernel.put(node.wg0, a_spec(1, persistent_keepalive=9))
    await node.change(with_peers(node.wanted, a_spec(1), a_spec(2, persistent_keepalive=25), a_spec(3)))
    await node.stop()
    node.decide(with_peers(node.wanted, a_spec(1), a_spec(2, persistent_keepalive=26), a_spec(3)))
    node.kernel.put(node.wg0, a_spec(3, persistent_keepalive=7))
    await node.start()
    await node.settle()
    keepalives = [node.wg0.peers[key(number)].persistent_keepalive for number in (1, 2, 3)]
    assert keepalives == [9, 26, 7]
    assert {drift.key for drift in node.report.drift} == {key(1), key(3)}
    await node.change(with_peers(node.wanted, a_spec(1, persistent_keepalive=1), *list(peers(node))[1:]))
    assert node.wg0.peers[key(1)].persistent_keepalive == 1
    assert {drift.key for drift in node.report.drift} == {key(3)}


async def test_R8_enforce_undoes_at_once_and_keeps_unmanaged_peers(node: Node) -> None:
    await node.change(replace(a_wanted(a_spec(1)), drift_mode="enforce"))
    node.kernel.put(node.wg0, a_spec(1, persistent_keepalive=9))
    node.kernel.put(node.wg0, a_spec(2))
    node.wg0.link = replace(node.wg0.link, addresses=("10.0.0.1/24", "192.0.2.1/32"))
    await node.look()
    assert (node.report.drift, node.wg0.peers[key(1)].persistent_keepalive) == ((), 0)
    assert node.wg0.link.addresses == ("10.0.0.1/24",)
    assert key(2) in node.wg0.peers
    await node.change(replace(node.wanted, unmanaged="remove"))
    assert set(node.wg0.peers) == {key(1)}


async def test_R8_observe_writes_nothing_at_all(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2)))
    await node.change(replace(node.wanted, drift_mode="observe", owned=frozenset({key(5)}), unmanaged="remove"))
    sent = node.kernel.sent
    node.kernel.put(node.wg0, a_spec(1, persistent_keepalive=9))
    node.kernel.put(node.wg0, a_spec(5))
    report = await node.change(with_peers(node.wanted, a_spec(1), a_spec(2, persistent_keepalive=3)))
    assert (report.applied, report.error) == (False, "wg0 is only observed: nothing is written to it.")
    assert {drift.key for drift in report.drift} == {key(1), key(2), key(5)}
    await node.tell(restore=True)
    await node.change(replace(node.wanted, started=False))
    assert node.kernel.sent == sent
    await node.change(replace(node.wanted, started=True, drift_mode="warn", unmanaged="keep"))
    assert [drift.key for drift in node.report.drift] == [key(1)]
    assert (node.wg0.peers[key(2)].persistent_keepalive, key(5) in node.wg0.peers) == (3, False)


async def test_a_tombstoned_peer_that_comes_back_is_removed_at_once(node: Node) -> None:
    await node.change(replace(a_wanted(a_spec(1)), owned=frozenset({key(7)})))
    node.kernel.put(node.wg0, a_spec(7))
    await node.look()
    assert set(node.wg0.peers) == {key(1)}


async def test_R9_readback_is_what_was_wanted_or_the_change_is_taken_back(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2)))
    node.machine.loses = {key(4)}
    report = await node.change(with_peers(node.wanted, a_spec(1), a_spec(2), a_spec(3), a_spec(4)))
    assert not report.applied
    assert key(4) in (report.error or "")
    assert set(node.wg0.peers) == {key(1), key(2)}
    node.machine.loses = set()
    await node.look()
    assert (node.report.applied, len(node.wg0.peers)) == (True, 4)


async def test_R9_an_address_that_moves_between_peers_ends_where_it_was_decided(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2), a_spec(3)))
    swapped = (
        a_spec(1, allowed_ips=(address(2),)),
        a_spec(2, allowed_ips=(address(3),)),
        a_spec(3, allowed_ips=(address(1),)),
    )
    report = await node.change(with_peers(node.wanted, *swapped))
    assert (report.applied, node.wg0.peers) == (True, {peer.public_key: peer for peer in swapped})


async def test_R10_a_removal_precedes_the_addition_that_takes_its_address(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2)))
    order: list[tuple[int, int]] = []
    apply = node.machine.apply_device

    async def watched(name: str, patch: DevicePatch, private_key: Secret | None) -> None:
        order.append((len(patch.remove), len(patch.put)))
        await apply(name, patch, private_key)

    node.machine.apply_device = watched
    await node.change(
        with_peers(node.wanted, a_spec(1), a_spec(9, allowed_ips=(address(2),)), owned=frozenset({key(2)}))
    )
    assert order == [(1, 1)]
    assert set(node.wg0.peers) == {key(1), key(9)}


@pytest.mark.parametrize("number", [1, 2, 50, 99, 100])
async def test_R11_a_refused_peer_leaves_the_state_before_and_is_named(node: Node, number: int) -> None:
    count = scaled(100, 10_000)
    number = number if count == 100 else {50: 5000, 99: 9999, 100: 10_000}.get(number, number)
    await node.change(a_wanted(*(a_spec(each) for each in range(1, count + 1))))
    for each, peer in node.wg0.peers.items():
        node.wg0.peers[each] = replace(peer, endpoint="192.0.2.9:5")
    before, sessions = dict(node.wg0.peers), dict(node.wg0.sessions)
    edited = [a_spec(each, allowed_ips=(address(each % count + 1),)) for each in range(1, count + 1)]
    node.kernel.poison = {edited[number - 1]}
    report = await node.change(with_peers(node.wanted, *edited))
    assert not report.applied
    assert key(number) in (report.error or "")
    node.kernel.poison = set()
    assert (node.wg0.peers, node.wg0.sessions) == (before, sessions)


async def test_R11_one_refused_peer_holds_up_the_others_no_longer_than_a_retry(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    node.kernel.poison = {a_spec(2)}
    await node.change(with_peers(node.wanted, a_spec(1), a_spec(2), a_spec(3)))
    assert set(node.wg0.peers) == {key(1)}
    await node.change(with_peers(node.wanted, *peers(node), a_spec(4)))
    assert set(node.wg0.peers) == {key(1), key(3), key(4)}
    assert (node.report.applied, node.report.drift) == (False, ())
    node.kernel.poison = set()
    for _ in range(3):
        await node.look()
    assert (node.report.applied, len(node.wg0.peers)) == (True, 4)


async def test_R11_ten_thousand_peers_do_not_hold_the_event_loop(node: Node) -> None:
    wanted = a_wanted(*(a_spec(number) for number in range(1, 10_001)))
    await node.change(wanted)
    held = 0.0
    ended = asyncio.Event()

    async def watch() -> None:
        nonlocal held
        loop = asyncio.get_running_loop()
        while not ended.is_set():
            before = loop.time()
            await asyncio.sleep(0)
            held = max(held, loop.time() - before)

    watcher = asyncio.create_task(watch())
    started = asyncio.get_running_loop().time()
    await node.look()
    looked = asyncio.get_running_loop().time() - started
    ended.set()
    await watcher
    assert looked < 1.0
    # The machine in memory copies its peers in the event loop; the real one reads in a worker thread.
    assert held < 0.1


async def test_R13_a_busy_port_leaves_the_old_one_and_the_peers_are_applied(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    session = node.wg0.sessions[key(1)]
    node.kernel.routing_ports = {53}
    report = await node.change(with_device(with_peers(node.wanted, a_spec(1), a_spec(2)), listen_port=53))
    assert (report.applied, report.error) == (False, "port 53 is in use")
    assert (node.wg0.listen_port, node.wg0.sessions[key(1)], key(2) in node.wg0.peers) == (51820, session, True)
    assert report.drift == ()
    report = await node.change(with_device(node.wanted, listen_port=51820))
    assert (report.applied, report.error) == (True, None)


async def test_R13_a_new_interface_whose_port_is_busy_does_not_come_to_be(node: Node) -> None:
    node.kernel.routing_ports = {51820}
    report = await node.change(a_wanted(a_spec(1)))
    assert "port 51820 is in use" in (report.error or "")
    assert node.kernel.interfaces == {}
    node.kernel.routing_ports = set()
    await node.look()
    assert node.report.applied


async def test_a_failure_is_tried_again_later_and_later_and_logged_once(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    await node.change(a_wanted(a_spec(1)))
    node.kernel.poison = {a_spec(2)}
    await node.change(with_peers(node.wanted, a_spec(1), a_spec(2)))
    tries = []
    for _ in range(24):
        before = node.kernel.sent
        await node.look()
        tries.append(node.kernel.sent > before)
    assert sum(tries) == 4
    assert caplog.text.count("is not as decided") == 1


async def test_R14_a_name_that_is_not_resolved_holds_up_nobody(node: Node) -> None:
    node.machine.resolving.clear()
    started = asyncio.get_running_loop().time()
    report = await node.change(a_wanted(a_spec(1, endpoint="vpn.example.org:51820"), a_spec(2)))
    assert asyncio.get_running_loop().time() - started < 1
    assert (report.applied, set(node.wg0.peers)) == (True, {key(1), key(2)})
    assert [(each.public_key, each.endpoint) for each in report.unresolved] == [(key(1), "vpn.example.org:51820")]
    node.machine.names["vpn.example.org"] = ("192.0.2.7", "2001:db8::7")
    node.machine.resolving.set()
    async with asyncio.timeout(5):
        while node.report.unresolved:
            await asyncio.sleep(0.001)
    assert node.wg0.peers[key(1)].endpoint == "192.0.2.7:51820"


async def test_R14_a_name_that_does_not_exist_is_asked_for_again_with_pauses(node: Node) -> None:
    asked = []

    async def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        raise OSError("NXDOMAIN")

    node.reconciler._around.endpoints._resolve = resolve
    report = await node.change(a_wanted(a_spec(1, endpoint="no.example.org:1"), a_spec(2)))
    assert "NXDOMAIN" in report.unresolved[0].reason
    for _ in range(120):
        await node.look()
    assert 4 <= len(asked) <= 9


async def test_an_endpoint_that_roamed_is_no_drift_and_one_that_was_set_is(node: Node) -> None:
    await node.change(a_wanted(a_spec(1), a_spec(2, endpoint="192.0.2.2:51820")))
    for number in (1, 2):
        node.wg0.peers[key(number)] = replace(node.wg0.peers[key(number)], endpoint="198.51.100.1:9")
    await node.look()
    assert [(drift.key, drift.field) for drift in node.report.drift] == [(key(2), "endpoint")]


async def test_wg_quick_keeps_its_link_and_sentra_sees_to_the_peers(node: Node) -> None:
    adopted = node.kernel.add("wg0")
    adopted.private_key = node.keys.make("elsewhere").private
    adopted.listen_port, adopted.link = 51820, replace(adopted.link, up=True, addresses=("10.9.0.1/24",))
    node.kernel.put(adopted, a_spec(1))
    session = adopted.sessions[key(1)]
    sent = node.kernel.sent
    wanted = with_device(a_wanted(a_spec(1), brought_up_by="wg-quick"), public_key=adopted.device().public_key)
    report = await node.change(wanted)
    assert (report.applied, report.drift, node.kernel.sent) == (True, (), sent)
    assert node.keys.read("i0").public == wanted.spec.device.public_key
    await node.change(with_peers(node.wanted, a_spec(1), a_spec(2)))
    assert (set(node.wg0.peers), node.wg0.sessions[key(1)]) == ({key(1), key(2)}, session)
    assert node.wg0.link.addresses == ("10.9.0.1/24",)
    assert "wg-quick down" in ((await node.change(replace(node.wanted, started=False))).error or "")
    await node.change(replace(node.wanted, started=True))
    gone = node.kernel.interfaces.pop("wg0")
    await node.look()
    assert "wg-quick brings it up" in (node.report.error or "")
    # A reboot: the file is older than what was decided since.
    again = node.kernel.add("wg0")
    again.private_key, again.listen_port, again.link = gone.private_key, 51820, gone.link
    node.kernel.put(again, a_spec(1, persistent_keepalive=3))
    await node.look()
    assert (set(again.peers), again.peers[key(1)].persistent_keepalive) == ({key(1), key(2)}, 0)
    await node.change(None)
    assert "wg0" in node.kernel.interfaces


async def test_an_adopted_interface_whose_key_is_another_is_not_touched(node: Node) -> None:
    node.kernel.add("wg0").private_key = node.keys.make("elsewhere").private
    report = await node.change(with_device(a_wanted(a_spec(1), brought_up_by="wg-quick"), public_key=key(3)))
    assert "private key" in (report.error or "")
    assert node.wg0.peers == {}


async def test_routes_and_addresses_follow_decisions_and_not_hands(node: Node) -> None:
    await node.change(with_link(a_wanted(a_spec(1)), routes=("192.168.7.0/24",)))
    node.kernel.connect(node.wg0, LinkPatch(add_addresses=("192.0.2.1/32",)))
    await node.change(with_link(node.wanted, addresses=("10.0.0.1/24", "10.7.0.1/24"), routes=("192.168.8.0/24",)))
    assert node.wg0.link.addresses == ("10.0.0.1/24", "192.0.2.1/32", "10.7.0.1/24")
    assert node.wg0.link.routes == ("192.168.8.0/24",)
    assert node.report.drift == (Drift("address", "extra", "192.0.2.1/32"),)
    await node.change(with_link(node.wanted, table=1234))
    assert (node.wg0.link.routes, node.wg0.link.table) == (("192.168.8.0/24",), 1234)


async def test_nothing_is_taken_for_deleted_while_the_database_is_away(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    await node.change(a_wanted(a_spec(1)))
    node.source.fails = True
    for _ in range(3):
        await node.look()
    await node.tell()
    assert key(1) in node.wg0.peers
    del node.kernel.interfaces["wg0"]
    await node.look()
    assert key(1) in node.wg0.peers
    node.source.fails = False
    await node.change(with_peers(node.wanted, a_spec(1), a_spec(2)))
    assert key(2) in node.wg0.peers


async def test_nothing_is_brought_down_because_the_agent_ends(node: Node) -> None:
    await node.change(replace_masquerade(a_wanted(a_spec(1))))
    sent = node.kernel.sent
    await node.stop()
    assert node.kernel.sent == sent
    await node.start()
    await node.settle()
    assert (node.kernel.sent, node.report.applied) == (sent, True)


async def test_R3_killed_at_any_point_it_ends_where_it_was_decided(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step between a commit and the report, for every kind of change, on disk too."""
    for function in ("write", "move", "delete"):
        monkeypatch.setattr(owner_files, function, in_steps(node, function))
    points = 0
    for number, (before, after) in enumerate(_changes()):
        point, was_killed = 0, True
        while was_killed:
            point += 1
            interface_id, name = f"i{number}x{point}", "wg0"
            if before is not None:
                await node.change(replace(before, id=interface_id), interface_id)
            node.machine.steps.clear()
            node.machine.killed_at = point
            node.decide(after and replace(after, id=interface_id), interface_id)
            await node.tell_and_wait(interface_id)
            was_killed = node.was_killed
            points += was_killed
            await node.stop()
            sessions = dict(node.kernel.interfaces[name].sessions) if name in node.kernel.interfaces else {}
            await node.start()
            await node.settle()
            running = node.kernel.interfaces.get(name)
            assert (running is not None) == (after is not None and after.started)
            if running is not None and after is not None:
                assert node.reports[interface_id].applied, (number, point, node.reports[interface_id])
                assert running.peers == after.spec.device.peers
                assert running.link.addresses == after.spec.link.addresses
                kept = sessions.keys() & running.peers.keys()
                assert {each: running.sessions[each] for each in kept} == {each: sessions[each] for each in kept}
            assert node.kernel.masquerades.get(name, ()) == (after.spec.masquerade if after and after.started else ())
            await node.change(None, interface_id)
            assert (node.kernel.interfaces, node.kernel.masquerades) == ({}, {})
            assert not node.keys.ids()
    assert points >= 60


async def test_R3_a_link_that_was_made_before_the_agent_was_killed_is_no_orphan(node: Node) -> None:
    node.machine.killed_at = 3
    node.decide(a_wanted(a_spec(1)))
    await node.tell_and_wait("i0")
    assert node.machine.steps[-1] == "created wg0"
    await node.stop()
    node.decide(None)
    await node.start()
    await node.settle()
    assert node.kernel.interfaces == {}


def _changes() -> list[tuple[object, object]]:
    small = replace_masquerade(a_wanted(a_spec(1), a_spec(2)))
    edited = with_peers(small, a_spec(1, persistent_keepalive=25), a_spec(3), owned=frozenset({key(2)}))
    moved = with_device(with_link(edited, addresses=("10.0.0.2/24",), routes=("192.168.0.0/16",)), listen_port=51999)
    return [(None, small), (small, edited), (small, moved), (small, None), (small, replace(small, started=False))]


def replace_masquerade(wanted: object) -> object:
    return replace(wanted, spec=replace(wanted.spec, masquerade=("10.0.0.0/24",)))


def peers(node: Node) -> list[object]:
    return list(node.wanted.spec.device.peers.values())
