"""Link state, MTU, addresses and routes are applied and read back; what others made there stays."""

import asyncio
import ctypes

import pytest

from sentra.core.errors import NetworkRefused
from sentra.core.interfaces import InterfaceSpec, LinkSpec
from sentra.core.plan import LinkPatch, plan
from sentra.network.interfaces import create_interface
from sentra.network.link_specs import apply_link, read_link_spec
from tests.network.namespaces import Namespace, join, namespace, unique

pytestmark = pytest.mark.wireguard

ADDRESSES = ("10.8.0.1/24", "10.8.0.9/24", "fd00:8::1/64")
ROUTES = ("10.9.0.0/24", "192.168.7.0/28", "fd00:9::/64")


class Interface:
    """A new WireGuard interface in a namespace, and the two functions under test."""

    def __init__(self, here: Namespace) -> None:
        self.here = here
        self.name = unique("scw")
        here.do(lambda: create_interface(self.name))

    def apply(self, **fields: object) -> None:
        self.here.do(lambda: apply_link(self.name, LinkPatch(**fields)))

    def read(self, table: int = 0) -> LinkSpec:
        return self.here.do(lambda: read_link_spec(self.name, table))


@pytest.fixture
def interface(here: Namespace) -> Interface:
    return Interface(here)


def test_what_is_applied_is_read_back_and_applied_again_changes_nothing(interface: Interface) -> None:
    wanted = LinkSpec(up=True, mtu=1380, addresses=ADDRESSES, routes=ROUTES)
    for _ in range(2):
        interface.apply(up=True, mtu=1380, add_addresses=ADDRESSES, add_routes=ROUTES)
        assert interface.read() == wanted
    patch = plan(
        InterfaceSpec(interface.name, link=wanted), InterfaceSpec(interface.name, link=interface.read()), set()
    )
    assert not patch
    for _ in range(2):
        interface.apply(remove_addresses=ADDRESSES[2:], remove_routes=ROUTES[1:])
        assert interface.read() == LinkSpec(True, 1380, ADDRESSES[:2], ROUTES[:1])


def test_routes_of_a_numbered_table_may_be_default_routes_and_stay_in_it(interface: Interface) -> None:
    everything = ("0.0.0.0/0", "::/0")
    interface.apply(up=True, add_routes=everything, table=51820)
    assert interface.read(51820).routes == everything
    assert interface.read().routes == ()
    assert "default" not in interface.here.run("ip", "route")
    interface.apply(add_routes=ROUTES, remove_routes=everything, remove_table=51820)
    assert interface.read(51820).routes == ()
    assert interface.read().routes == ROUTES


def test_only_routes_that_sentra_made_are_told_and_removed(interface: Interface) -> None:
    interface.apply(up=True, add_addresses=("10.8.0.1/24",))
    for route in ("10.30.0.0/24", "fd00:30::/64"):
        interface.here.run("ip", "route", "add", route, "dev", interface.name)
    assert interface.read().routes == ()
    interface.apply(remove_routes=("10.30.0.0/24", "fd00:30::/64", "10.8.0.0/24"))
    left = interface.here.run("ip", "route") + interface.here.run("ip", "-6", "route")
    assert all(route in left for route in ("10.30.0.0/24", "fd00:30::/64", "10.8.0.0/24"))


def test_a_route_into_another_link_is_never_replaced(interface: Interface) -> None:
    with namespace() as other:
        join(interface.here, "cable", other, "cable")
        interface.here.run("ip", "route", "add", "10.30.0.0/24", "dev", "cable")
        before = interface.here.run("ip", "-d", "route")
        interface.apply(up=True)
        with pytest.raises(NetworkRefused, match=r"10\.30\.0\.0/24: another link has a route for it"):
            interface.apply(add_routes=("10.30.0.0/24",))
        # One into this interface that stands beside it does not make the other's ours either.
        interface.here.run("ip", "route", "add", "10.30.0.0/24", "dev", interface.name, "metric", "50")
        with pytest.raises(NetworkRefused, match="another link"):
            interface.apply(add_routes=("10.30.0.0/24",))
        interface.here.run("ip", "route", "del", "10.30.0.0/24", "dev", interface.name)
        assert interface.here.run("ip", "-d", "route") == before


def test_a_route_that_wg_quick_made_into_the_interface_becomes_ours(interface: Interface) -> None:
    interface.apply(up=True)
    for route in ROUTES:
        interface.here.run("ip", "route", "add", route, "dev", interface.name)
    interface.apply(add_routes=ROUTES)
    assert interface.read().routes == ROUTES
    assert interface.here.run("ip", "route").count("10.9.0.0/24") == 1


def test_what_the_kernel_takes_away_with_an_address_is_put_back(interface: Interface) -> None:
    interface.apply(up=True, add_addresses=ADDRESSES, add_routes=ROUTES)
    # The second address of a network goes with its first; all IPv4 routes go with the last IPv4 address.
    interface.apply(remove_addresses=("10.8.0.1/24",))
    assert interface.read().addresses == ADDRESSES[1:]
    interface.apply(remove_addresses=("10.8.0.9/24",))
    assert interface.read() == LinkSpec(True, 1420, ADDRESSES[2:], ROUTES)


def test_the_prefix_length_of_an_address_can_be_changed(interface: Interface) -> None:
    interface.apply(up=True, add_addresses=ADDRESSES)
    wider = ("10.8.0.1/16", "10.8.0.9/24", "fd00:8::1/48")
    interface.apply(add_addresses=(wider[0], wider[2]), remove_addresses=(ADDRESSES[0], ADDRESSES[2]))
    assert interface.read().addresses == wider


def test_a_link_local_address_counts_only_where_somebody_chose_it(interface: Interface) -> None:
    interface.apply(up=True)
    interface.here.run("ip", "address", "add", "fe80::1/64", "dev", interface.name)
    assert interface.read().addresses == ("fe80::1/64",)


def test_an_interface_goes_down_and_comes_up_again(interface: Interface) -> None:
    interface.apply(up=True, add_addresses=ADDRESSES)
    interface.apply(up=False)
    assert not interface.read().up
    interface.apply(up=True, add_addresses=ADDRESSES, add_routes=ROUTES)
    assert interface.read() == LinkSpec(True, 1420, ADDRESSES, ROUTES)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mtu": 10}, "does not take the MTU 10"),
        ({"up": True, "mtu": 1200, "add_addresses": ("fd00:8::1/64",)}, "IPv6 needs an MTU of at least 1280"),
        ({"add_routes": ("10.9.0.0/24",)}, r"does not take the route 10.9.0.0/24: the interface is down"),
    ],
)
def test_a_refusal_is_a_sentence_about_what_was_refused(
    interface: Interface, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(NetworkRefused, match=said):
        interface.apply(**fields)


def test_without_the_capability_it_says_so(interface: Interface) -> None:
    # The kernel asks for the capability when the request is made, so dropping it in one thread is enough.
    def powerless() -> None:
        version_and_thread, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()  # man 2 capset
        assert ctypes.CDLL(None).capset(version_and_thread, nothing) == 0
        asyncio.run(apply_link(interface.name, LinkPatch(mtu=1300)))

    with pytest.raises(NetworkRefused, match="CAP_NET_ADMIN"):
        interface.here.inside(powerless)


def test_a_machine_without_ipv6_takes_the_rest(interface: Interface) -> None:
    interface.here.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1")
    interface.apply(up=True, add_addresses=ADDRESSES[:2])
    with pytest.raises(NetworkRefused, match="IPv6 is switched off"):
        interface.apply(add_addresses=ADDRESSES[2:])
    assert interface.read().addresses == ADDRESSES[:2]
