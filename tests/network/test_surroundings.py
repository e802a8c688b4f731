"""What a machine has in use, told by real links, addresses, routes and sockets."""

import socket
from collections.abc import Iterator

import pytest

from sentra.network import surroundings
from sentra.network.interfaces import create_interface
from sentra.network.surroundings import bound_ports, is_port_free, public_addresses, read_taken
from tests.network.namespaces import Namespace, join, namespace, unique

pytestmark = pytest.mark.wireguard


@pytest.fixture
def machine(here: Namespace) -> Iterator[Namespace]:
    """A machine with a link to the internet and one to a local network."""
    with namespace() as outside:
        join(here, "out0", outside, "out0")
        join(here, "lan0", outside, "lan0")
        for name, address in (
            ("lan0", "192.168.7.1/24"),
            ("lan0", "203.0.114.9/24"),
            ("out0", "10.1.2.3/16"),
            ("out0", "8.8.4.4/29"),
            ("out0", "2001:4860:1::4/64"),
        ):
            here.run("ip", "address", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
        here.run("ip", "route", "add", "default", "via", "8.8.4.1")
        here.run("ip", "route", "add", "0.0.0.0/1", "via", "8.8.4.1")
        here.run("ip", "route", "add", "default", "dev", "lan0", "table", "77")
        here.run("ip", "route", "add", "172.16.0.0/12", "dev", "lan0", "table", "77")
        here.run("ip", "route", "add", "blackhole", "10.200.0.0/16")
        here.run("ip", "route", "add", "fd00:7::/48", "dev", "lan0")
        yield here


def test_every_network_of_an_address_or_route_is_taken_and_default_routes_are_not(machine: Namespace) -> None:
    assert machine.do(read_taken).networks == (
        "8.8.4.0/29",
        "10.1.0.0/16",
        "10.200.0.0/16",
        "172.16.0.0/12",
        "192.168.7.0/24",
        "203.0.114.0/24",
        "2001:4860:1::/64",
        "fd00:7::/48",
    )


def test_public_addresses_of_the_link_to_the_internet_come_first_and_tunnels_never(machine: Namespace) -> None:
    name = unique("scw")
    machine.do(lambda: create_interface(name))
    machine.run("ip", "address", "add", "9.9.9.9/32", "dev", name)
    expected = ("8.8.4.4", "2001:4860:1::4", "203.0.114.9", "10.1.2.3", "192.168.7.1")
    assert machine.do(public_addresses) == expected


def test_of_very_many_routes_only_some_are_looked_at(machine: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "MOST_ROUTES", 3)
    routes = "\n".join(f"route add 10.77.{number}.0/24 dev lan0" for number in range(256))
    machine.run("ip", "-batch", "-", text=routes)
    assert 5 <= len(machine.do(read_taken).networks) <= 12
    assert machine.do(public_addresses)[0] == "8.8.4.4"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_R13_a_port_is_free_only_where_nobody_has_it_in_either_family(here: Namespace, family: int) -> None:
    def look() -> tuple[bool, bool, int]:
        with socket.socket(family, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
            port = taken.getsockname()[1]
            while_taken = is_port_free(port)
        return while_taken, is_port_free(port), port

    assert here.inside(look)[:2] == (False, True)


def test_the_ports_that_are_bound_are_told() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as two,
    ):
        one.bind(("127.0.0.1", 0))
        two.bind(("::1", 0))
        ports = {one.getsockname()[1], two.getsockname()[1]}
        assert ports <= bound_ports()
    assert not ports & bound_ports()


def test_all_of_it_is_told_at_once(machine: Namespace) -> None:
    taken = machine.do(read_taken)
    assert {"lo", "lan0", "out0"} <= taken.names
    assert "10.1.0.0/16" in taken.networks
    assert {(link.link, link.network, link.is_uplink) for link in taken.links} == {
        ("lan0", "192.168.7.0/24", False),
        ("lan0", "203.0.114.0/24", False),
        ("out0", "10.1.0.0/16", True),
        ("out0", "8.8.4.0/29", True),
        ("out0", "2001:4860:1::/64", True),
    }
    assert taken.gateways == ("8.8.4.1/32",)


def test_every_gateway_of_a_default_route_is_told(machine: Namespace) -> None:
    machine.run("ip", "route", "del", "default")
    hops = ("nexthop", "via", "8.8.4.2", "dev", "out0", "nexthop", "via", "192.168.7.9", "dev", "lan0")
    machine.run("ip", "route", "add", "default", *hops)
    machine.run("ip", "route", "add", "default", "via", "inet6", "2001:4860:1::9", "dev", "out0", "metric", "50")
    machine.run("ip", "-6", "route", "add", "default", "via", "2001:4860:1::1")
    taken = machine.do(read_taken)
    assert taken.gateways == ("8.8.4.2/32", "192.168.7.9/32", "2001:4860:1::1/128", "2001:4860:1::9/128")
    assert {link.link for link in taken.links if link.is_uplink} == {"out0", "lan0"}
