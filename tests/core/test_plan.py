"""The plan, held against a model of what the kernel does with a patch."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sentra.core.drift import compare
from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec
from sentra.core.peers import PeerSpec
from sentra.core.plan import InterfacePatch, aim, plan, undo, unmet
from sentra.core.secrets import Secret
from tests.agent.kernel import Interface, Kernel
from tests.agent.node import a_spec
from tests.live.world import key
from tests.scale import scaled

PREFIXES = ("10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32", "10.0.0.0/24", "fd00::1/128")
ADDRESSES = ("10.0.0.254/24", "10.1.0.254/24", "fd00::254/64")
ROUTES = ("192.168.1.0/24", "192.168.2.0/24")
examples = settings(max_examples=scaled(120, 20_000), deadline=None)


@st.composite
def devices(draw: st.DrawFn) -> DeviceSpec:
    """A device whose peers share no prefix, as the kernel has it and the services see to it."""
    owners = draw(st.lists(st.integers(0, 4), min_size=len(PREFIXES), max_size=len(PREFIXES)))
    peers = {}
    for number in draw(st.sets(st.integers(1, 4))):
        prefixes = tuple(prefix for prefix, owner in zip(PREFIXES, owners, strict=True) if owner == number)
        secret = draw(st.sampled_from((None, Secret(b"a" * 32), Secret(b"b" * 32))))
        endpoint = draw(st.sampled_from((None, "192.0.2.1:1", "192.0.2.2:2")))
        peers[key(number)] = PeerSpec(key(number), prefixes, secret, draw(st.integers(0, 2)), endpoint)
    return DeviceSpec(None, draw(st.integers(1, 3)), draw(st.integers(0, 2)), peers)


@st.composite
def specs(draw: st.DrawFn) -> InterfaceSpec:
    link = LinkSpec(
        draw(st.booleans()),
        draw(st.sampled_from((1380, 1420))),
        tuple(sorted(draw(st.sets(st.sampled_from(ADDRESSES))))),
        tuple(sorted(draw(st.sets(st.sampled_from(ROUTES), min_size=1)))),
        draw(st.sampled_from((0, 7))),
    )
    return InterfaceSpec("wg0", draw(devices()), link, draw(st.sampled_from(((), ("10.0.0.0/24",)))))


class Applied:
    """A kernel that runs a spec, and takes patches."""

    def __init__(self, spec: InterfaceSpec) -> None:
        self.kernel, self.masquerade = Kernel(), spec.masquerade
        self.interface = Interface("x", listen_port=spec.device.listen_port, fwmark=spec.device.fwmark, link=spec.link)
        for peer in spec.device.peers.values():
            self.kernel.put(self.interface, peer)

    def take(self, patch: InterfacePatch, steps: int = 1000) -> "Applied":
        """Do what a patch says, as far as `steps` go."""
        for number, _ in enumerate(self.kernel.configure(self.interface, patch.device)):
            if number == steps:
                return self
        self.kernel.connect(self.interface, patch.link)
        if patch.masquerade is not None:
            self.masquerade = patch.masquerade
        return self

    @property
    def spec(self) -> InterfaceSpec:
        link = self.interface.link
        link = replace(link, addresses=tuple(sorted(link.addresses)), routes=tuple(sorted(link.routes)))
        return InterfaceSpec("wg0", self.interface.device(), link, self.masquerade)


@examples
@given(specs(), specs())
def test_R9_what_was_planned_runs_as_wanted(wanted: InterfaceSpec, running: InterfaceSpec) -> None:
    owned = running.device.peers.keys() - wanted.device.peers.keys()
    patch = plan(wanted, running, owned)
    after = Applied(running).take(patch).spec
    assert compare(wanted, after, owned) == ()
    assert unmet(patch, after) == ()
    assert not plan(wanted, after, owned)


@examples
@given(specs(), specs())
def test_R6_nothing_is_planned_where_nothing_differs_and_something_where_it_does(
    wanted: InterfaceSpec, running: InterfaceSpec
) -> None:
    owned = running.device.peers.keys() - wanted.device.peers.keys()
    assert bool(plan(wanted, running, owned)) == bool(compare(wanted, running, owned))


@examples
@given(specs(), specs())
def test_peers_that_are_neither_wanted_nor_owned_stay(wanted: InterfaceSpec, running: InterfaceSpec) -> None:
    after = Applied(running).take(plan(wanted, running, frozenset())).spec
    assert running.device.peers.keys() <= after.device.peers.keys()


@examples
@given(specs(), specs(), st.integers(0, 8))
def test_R11_what_was_done_of_a_patch_can_be_taken_back_wherever_it_stopped(
    wanted: InterfaceSpec, running: InterfaceSpec, steps: int
) -> None:
    patch = plan(wanted, running, running.device.peers.keys() - wanted.device.peers.keys())
    applied = Applied(running).take(patch, steps)
    back = undo(patch, running, applied.spec)
    restored = applied.take(back).spec
    assert [drift for drift in compare(running, restored, frozenset()) if drift.concerns != "interface up"] == []
    assert restored.link.up == running.link.up
    assert restored.device.peers.keys() == running.device.peers.keys()
    assert {spec.public_key for spec in back.device.put} <= running.device.peers.keys()


@examples
@given(specs(), specs(), st.sets(st.integers(0, 20)))
def test_only_what_may_be_written_is_written(wanted: InterfaceSpec, running: InterfaceSpec, chosen: set[int]) -> None:
    differences = compare(wanted, running, frozenset())
    concerns = sorted({drift.concerns for drift in differences})
    may = {each for number, each in enumerate(concerns) if number in chosen and not each.startswith("route")}
    patch = plan(aim(wanted, running, lambda what: what in may), running, frozenset())
    assert {f"peer {spec.public_key}" for spec in patch.device.put} == {each for each in may if each.startswith("peer")}
    assert (patch.device.listen_port is not None) == ("interface listen_port" in may)
    assert (patch.masquerade is not None) == ("masquerade" in may)
    moved = {f"address {each}" for each in (*patch.link.add_addresses, *patch.link.remove_addresses)}
    assert moved == {each for each in may if each.startswith("address")}
    assert patch.link.add_routes == patch.link.remove_routes == ()


def test_an_undo_leaves_the_endpoints_of_others_alone() -> None:
    before = DeviceSpec(None, 1, 0, {key(1): a_spec(1, endpoint="192.0.2.1:1"), key(2): a_spec(2)})
    wanted = replace(before, peers={key(1): a_spec(1), key(2): a_spec(2, allowed_ips=a_spec(1).allowed_ips)})
    patch = plan(InterfaceSpec("wg0", wanted), InterfaceSpec("wg0", before), frozenset())
    roamed = replace(before, peers={key(1): a_spec(1, allowed_ips=(), endpoint="192.0.2.9:9"), **patch_of(patch)})
    back = undo(patch, InterfaceSpec("wg0", before), InterfaceSpec("wg0", roamed))
    assert set(back.device.put) == {a_spec(1), a_spec(2)}


def patch_of(patch: InterfacePatch) -> dict[str, PeerSpec]:
    return {spec.public_key: spec for spec in patch.device.put}
