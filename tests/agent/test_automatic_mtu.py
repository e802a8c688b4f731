"""An MTU that nobody chose: what the link has of itself is no drift, and what a hand makes of it is."""

import pytest
from msgspec.structs import replace

from sentra.core.drift import Drift, InterfaceReport
from sentra.core.interfaces import LinkSpec
from tests.agent.node import Node, a_spec, a_wanted, with_link, with_peers


def by_hand(node: Node, mtu: int) -> None:
    node.wg0.link = replace(node.wg0.link, mtu=mtu)


def told(report: InterfaceReport) -> list[tuple[str | None, str | None]]:
    assert {drift.concerns for drift in report.drift} <= {"interface mtu"}
    return [(drift.wanted, drift.running) for drift in report.drift]


@pytest.mark.parametrize("own", [1420, 1500, 8920])
async def test_what_a_link_has_of_itself_is_no_drift(node: Node, own: int) -> None:
    interface = node.kernel.add("wg0")
    interface.link = LinkSpec(mtu=own)
    wanted = a_wanted(a_spec(1))
    assert (await node.change(wanted)).drift == ()
    await node.look()
    assert (node.report.applied, node.report.drift, node.wg0.link.mtu) == (True, (), own)


async def test_R8_an_mtu_by_hand_is_shown_and_stays_until_it_is_restored(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    by_hand(node, 1300)
    await node.look()
    assert node.report.drift == (Drift("interface", "changed", "", "mtu", "1420", "1300"),)
    assert node.report.applied
    await node.change(with_peers(node.wanted, a_spec(1), a_spec(2)))
    await node.stop()
    await node.start()
    await node.settle()
    assert (told(node.report), node.wg0.link.mtu) == ([("1420", "1300")], 1300)
    await node.tell(restore=True, only=frozenset({"interface mtu"}))
    assert (node.report.drift, node.wg0.link.mtu) == ((), 1420)


async def test_R8_an_mtu_by_hand_is_undone_at_once_where_that_is_decided(node: Node) -> None:
    await node.change(replace(a_wanted(a_spec(1)), drift_mode="enforce"))
    by_hand(node, 1300)
    await node.look()
    assert (node.report.drift, node.wg0.link.mtu) == ((), 1420)


async def test_R8_an_mtu_by_hand_is_shown_where_nothing_is_written(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    await node.change(replace(node.wanted, drift_mode="observe"))
    sent = node.kernel.sent
    by_hand(node, 1300)
    await node.look()
    assert (told(node.report), node.kernel.sent) == ([("1420", "1300")], sent)


async def test_an_mtu_that_is_chosen_no_more_stays_and_counts_from_then_on(node: Node) -> None:
    await node.change(with_link(a_wanted(a_spec(1)), mtu=1380))
    await node.change(with_link(node.wanted, mtu=0))
    await node.look()
    assert (node.report.applied, node.report.drift, node.wg0.link.mtu) == (True, (), 1380)
    by_hand(node, 1300)
    await node.look()
    assert told(node.report) == [("1380", "1300")]
    # Who keeps it chooses it.
    await node.change(with_link(node.wanted, mtu=1300))
    assert node.report.drift == ()
    await node.change(with_link(node.wanted, mtu=0))
    assert (node.report.drift, node.wg0.link.mtu) == ((), 1300)


async def test_a_link_that_is_made_anew_has_its_own_again(node: Node) -> None:
    await node.change(a_wanted(a_spec(1)))
    by_hand(node, 1300)
    await node.change(replace(node.wanted, started=False))
    await node.change(replace(node.wanted, started=True))
    assert (node.report.drift, node.wg0.link.mtu) == ((), 1420)
    # Somebody else makes it, with another: that is not what Sentra wrote to.
    made = node.wg0
    del node.kernel.interfaces["wg0"]
    other = node.kernel.add("wg0")
    other.private_key, other.link = made.private_key, replace(made.link, mtu=1500)
    await node.look()
    assert (node.report.applied, node.report.drift, node.wg0.link.mtu) == (True, (), 1500)


async def test_the_mtu_of_wg_quick_is_its_own(node: Node) -> None:
    interface = node.kernel.add("wg0")
    interface.link = LinkSpec(up=True, mtu=1412, addresses=("10.0.0.1/24",))
    await node.change(replace(a_wanted(a_spec(1)), brought_up_by="wg-quick"))
    by_hand(node, 1300)
    await node.look()
    assert node.report.drift == ()
    # Handed over, it counts as it is then.
    by_hand(node, 1250)
    await node.change(replace(node.wanted, brought_up_by="sentra"))
    assert node.report.drift == ()
    by_hand(node, 1200)
    await node.look()
    assert told(node.report) == [("1250", "1200")]
