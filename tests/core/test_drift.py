"""Differences in words, and requests to undo them that are told as one."""

from sentra.core.drift import Drift, SpecChanged, UnmanagedPeer, compare, find_unmanaged
from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec
from sentra.core.secrets import Secret
from tests.agent.node import a_spec
from tests.live.world import key


def spec(*peers: object, mtu: int = 0, **fields: object) -> InterfaceSpec:
    device = DeviceSpec(**{"peers": {peer.public_key: peer for peer in peers}, **fields})
    return InterfaceSpec("wg0", device, LinkSpec(mtu=mtu))


def test_a_preshared_key_is_never_told() -> None:
    one, other = Secret(b"1" * 32), Secret(b"2" * 32)
    told = [
        compare(spec(a_spec(1, preshared_key=wanted)), spec(a_spec(1, preshared_key=running)), frozenset())[0]
        for wanted, running in ((one, None), (None, one), (one, other))
    ]
    assert [(drift.wanted, drift.running) for drift in told] == [
        ("set", "not set"),
        ("not set", "set"),
        ("set", "another"),
    ]


def test_peers_are_missing_extra_or_unmanaged() -> None:
    wanted, running = (
        spec(a_spec(1)),
        spec(a_spec(2), a_spec(3, preshared_key=Secret(b"x" * 32), endpoint="192.0.2.1:1")),
    )
    assert compare(wanted, running, frozenset({key(2)})) == (
        Drift("peer", "missing", key(1)),
        Drift("peer", "extra", key(2)),
    )
    assert find_unmanaged(wanted.device, running.device, frozenset({key(2)})) == (
        UnmanagedPeer(key(3), a_spec(3).allowed_ips, "192.0.2.1:1", 0, has_preshared_key=True),
    )


def test_an_endpoint_that_nobody_set_and_the_order_of_prefixes_are_no_drift() -> None:
    wanted = spec(a_spec(1, allowed_ips=("10.0.0.1/32", "10.0.0.2/32")))
    running = spec(a_spec(1, allowed_ips=("10.0.0.2/32", "10.0.0.1/32"), endpoint="192.0.2.1:1"))
    assert compare(wanted, running, frozenset()) == ()


def test_what_the_kernel_may_choose_is_no_drift() -> None:
    assert compare(spec(), spec(listen_port=4711, mtu=1420), frozenset()) == ()


def test_requests_to_restore_add_up() -> None:
    some, others, everything = (SpecChanged("n", "i", True, frozenset(only)) for only in ({"a"}, {"b"}, ()))
    plain = SpecChanged("n", "i")
    assert some.then(others).only == {"a", "b"}
    assert plain.then(some) == some.then(plain) == some
    assert some.then(everything) == everything.then(some) == everything
    assert plain.then(everything) == everything
