"""The way to the internet, with real packets: a peer's side, this node, and a server that sees who comes."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sentra.core.errors import NetworkRefused
from sentra.network import masquerade as module
from sentra.network.masquerade import Masquerade, forward_warning, masquerade_sentences
from tests.network.namespaces import Namespace, join, namespace

pytestmark = pytest.mark.wireguard

V4, V6 = "10.8.0.0/24", "fd00:8::/64"
FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
SERVERS = ("198.51.100.2", "2001:db8::2")
NODE = ("198.51.100.1", "2001:db8::1")


class Lab:
    """`peers` behind wg0 of `node`, and `internet`, which knows no way back to the peers' networks."""

    def __init__(self, peers: Namespace, node: Namespace, internet: Namespace, memory: Path) -> None:
        self.peers, self.node, self.internet = peers, node, internet
        self.memory = memory
        self.masquerade = Masquerade(memory)
        # A new namespace has the forwarding of the first one, which is on where Docker runs.
        for name in FORWARDING:
            node.run("sysctl", "-q", "-w", f"{name}=0")
        # What wg0 is made of is all the same to the packet filter; a cable is up at once.
        join(node, "wg0", peers, "uplink")
        join(node, "out0", internet, "net0")
        for place, name, addresses in (
            (node, "wg0", ("10.8.0.1/24", "fd00:8::1/64")),
            (peers, "uplink", ("10.8.0.2/24", "fd00:8::2/64")),
            (node, "out0", (f"{NODE[0]}/24", f"{NODE[1]}/64")),
            (internet, "net0", (f"{SERVERS[0]}/24", f"{SERVERS[1]}/64")),
        ):
            for address in addresses:
                place.run("ip", "address", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
        peers.run("ip", "route", "add", "default", "via", "10.8.0.1")
        peers.run("ip", "route", "add", "default", "via", "fd00:8::1")

    def set(self, *networks: str, interface: str = "wg0") -> None:
        self.node.do(lambda: self.masquerade.set(interface, networks))

    def read(self) -> tuple[str, ...]:
        return self.node.do(lambda: self.masquerade.read("wg0"))

    def forwarding(self) -> tuple[str, str]:
        return self.node.sysctl(FORWARDING[0]), self.node.sysctl(FORWARDING[1])

    def rules(self) -> str:
        return self.node.run("nft", "list", "ruleset")

    def seen(self, server: str) -> str | None:
        """Ask the server who asks, from a peer; None where no answer comes."""
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        listening = self.internet.inside(lambda: socket.socket(family, socket.SOCK_DGRAM))
        asking = self.peers.inside(lambda: socket.socket(family, socket.SOCK_DGRAM))
        with listening, asking:
            listening.bind((server, 0))
            for each in (listening, asking):
                each.settimeout(0.5)
            asking.sendto(b"who am I?", listening.getsockname()[:2])
            try:
                _, sender = listening.recvfrom(100)
                listening.sendto(sender[0].encode(), sender)
                return asking.recv(100).decode()
            except TimeoutError:
                return None


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with ExitStack() as stack:
        yield Lab(*(stack.enter_context(namespace()) for _ in range(3)), tmp_path / "memory")


def test_peers_reach_a_server_under_the_nodes_address_until_it_is_taken_away(lab: Lab) -> None:
    before = lab.forwarding()
    assert [lab.seen(server) for server in SERVERS] == [None, None]
    lab.set(V4, V6)
    assert [lab.seen(server) for server in SERVERS] == list(NODE)
    assert lab.read() == (V4, V6)
    lab.set()
    assert lab.rules() == ""
    assert lab.read() == ()
    assert lab.forwarding() == before == ("0", "0")
    assert [lab.seen(server) for server in SERVERS] == [None, None]


def test_networks_that_are_not_named_are_not_masqueraded(lab: Lab) -> None:
    lab.set("10.9.0.0/24")
    lab.internet.run("ip", "route", "add", V4, "via", NODE[0])
    assert lab.seen(SERVERS[0]) == "10.8.0.2"
    lab.set(V4)
    assert lab.seen(SERVERS[0]) == NODE[0]


def test_every_kind_of_network_is_read_back_as_it_was_set(lab: Lab) -> None:
    networks = ("10.0.0.0/8", "10.8.0.7/32", "10.128.0.0/9", "172.16.0.0/12", "fd00::/8", "fd00:8::/61", "fd00::1/128")
    lab.set(*networks, *networks)
    assert set(lab.read()) == set(networks)
    lab.set("10.8.0.7/32", interface="w=g+0.1-a_b")
    assert lab.node.do(lambda: lab.masquerade.read("w=g+0.1-a_b")) == ("10.8.0.7/32",)
    assert set(lab.read()) == set(networks)


def test_without_an_ipv6_network_ipv6_forwarding_is_left_alone(lab: Lab) -> None:
    lab.set(V4)
    assert lab.forwarding() == ("1", "0")
    lab.set(V4, V6)
    assert lab.forwarding() == ("1", "1")
    lab.set(V4)
    assert lab.forwarding() == ("1", "0")


def test_forwarding_goes_off_with_the_last_masquerade_and_stays_where_it_was_on_before(lab: Lab) -> None:
    lab.node.run("sysctl", "-q", "-w", f"{FORWARDING[1]}=1")
    lab.set(V4, V6)
    lab.set("10.9.0.0/24", "fd00:9::/64", interface="wg1")
    lab.set()
    assert lab.forwarding() == ("1", "1")
    lab.set(interface="wg1")
    assert lab.forwarding() == ("0", "1")


def test_what_was_before_is_remembered_over_restarts_by_the_owner_alone(lab: Lab) -> None:
    lab.set(V4)
    assert lab.memory.stat().st_mode & 0o777 == 0o600
    for _ in range(2):
        lab.masquerade = Masquerade(lab.memory)
        lab.set(V4, V6)
    lab.set()
    assert lab.forwarding() == ("0", "0")


def test_what_was_before_the_last_boot_is_forgotten(lab: Lab) -> None:
    lab.node.run("sysctl", "-q", "-w", f"{FORWARDING[0]}=1")
    lab.memory.write_text(json.dumps({"boot_id": "another", "before": {"net/ipv4/ip_forward": "0"}}))
    lab.set(V4)
    lab.set()
    assert lab.forwarding()[0] == "1"


def test_forwarding_stays_on_where_somebody_else_has_come_to_need_it(lab: Lab) -> None:
    lab.set(V4, V6)
    lab.node.run("nft", "add table ip other; add chain ip other post { type nat hook postrouting priority 100; }")
    lab.node.run("nft", "add rule ip other post ip saddr 172.17.0.0/16 masquerade")
    lab.set()
    assert lab.forwarding() == ("1", "0")
    assert "172.17.0.0/16" in lab.rules()


def test_a_masquerade_that_forwarding_was_taken_from_by_hand_is_not_told_as_one(lab: Lab) -> None:
    lab.set(V4, V6)
    lab.node.run("sysctl", "-q", "-w", f"{FORWARDING[0]}=0")
    assert lab.read() == (V6,)
    lab.set(V4, V6)
    assert lab.read() == (V4, V6)
    lab.node.run("nft", "flush", "chain", "inet", "sentra_wg0", "postrouting")
    assert lab.read() == ()


def test_a_default_route_that_was_advertised_survives(lab: Lab) -> None:
    lab.node.run("sysctl", "-q", "-w", "net.ipv6.conf.out0.accept_ra=1")
    lab.internet.run("ip", "address", "add", "fe80::2/64", "dev", "net0", "nodad")
    lab.internet.inside(lambda: advertise("net0", "fe80::2"))
    until(lambda: "proto ra" in lab.node.run("ip", "-6", "route", "show", "default"))
    lab.set(V6)
    assert "proto ra" in lab.node.run("ip", "-6", "route", "show", "default")
    assert lab.node.sysctl("net.ipv6.conf.out0.accept_ra") == "2"
    lab.set()
    assert "proto ra" in lab.node.run("ip", "-6", "route", "show", "default")
    assert lab.node.sysctl("net.ipv6.conf.out0.accept_ra") == "1"
    assert lab.forwarding() == ("0", "0")


def test_connections_through_the_tunnel_use_segments_that_fit_it(lab: Lab) -> None:
    lab.node.run("ip", "link", "set", "wg0", "mtu", "1380")
    lab.set(V4)
    listening = lab.internet.inside(lambda: socket.create_server((SERVERS[0], 0)))
    connecting = lab.peers.inside(socket.socket)
    with listening, connecting:
        listening.settimeout(5)
        connecting.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1380 - 40


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }",
            "ip filter, chain FORWARD",
        ),
        (
            "add chain ip filter last { type filter hook forward priority 0; };"
            "add rule ip filter last counter reject with icmp type admin-prohibited",
            "chain last",
        ),
        ("add chain ip filter open { type filter hook forward priority 0; }; add rule ip filter open counter", None),
        (
            "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; };"
            'add rule ip filter FORWARD iifname "wg0" accept',
            None,
        ),
    ],
    ids=["policy", "last rule", "open", "allowed"],
)
def test_a_firewall_in_the_way_is_named_and_left_alone(lab: Lab, rules: str, said: str | None) -> None:
    lab.node.run("nft", f"add table ip filter; {rules}")
    before = lab.rules()
    warning = lab.node.do(lambda: forward_warning("wg0", (V4,)))
    assert (said is None) == (warning is None)
    assert said is None or said in (warning or "")
    assert lab.node.do(lambda: forward_warning("wg0", (V6,))) is None
    lab.set(V4)
    lab.set()
    assert lab.rules() == before


def test_a_name_that_nft_would_take_for_many_is_refused(lab: Lab) -> None:
    with pytest.raises(NetworkRefused, match="name of an interface"):
        lab.set(V4, interface="wg*")
    assert lab.rules() == ""


def test_what_nft_refuses_changes_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.set(V4)
    before = lab.rules()
    monkeypatch.setattr(module.ruleset, "replacing", lambda *_: b'{"nftables": [{"add": {"table": {}}}]}')
    with pytest.raises(NetworkRefused, match="nft refused the masquerade: “"):
        lab.set(V4, V6)
    assert lab.rules() == before
    assert lab.forwarding() == ("1", "0")


def test_without_nft_there_is_nothing_to_read_and_it_says_what_to_install(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_program", lambda _: None)
    assert lab.read() == ()
    lab.set()
    with pytest.raises(NetworkRefused, match="Install the package nftables"):
        lab.set(V4)
    assert lab.forwarding() == ("0", "0")


def test_the_plan_tells_of_forwarding_in_the_families_concerned() -> None:
    told = " ".join(masquerade_sentences("wg0", (V4,)))
    assert "inet sentra_wg0" in told
    assert "ip_forward" in told
    assert "IPv6" not in told
    assert "accept_ra" in " ".join(masquerade_sentences("wg0", (V6,)))
    assert "Remove" in masquerade_sentences("wg0", ())[0]


def advertise(link: str, source: str) -> None:
    """Send one router advertisement (RFC 4861, 4.2) with a lifetime of half an hour."""
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sending:
        index = socket.if_nametoindex(link)
        sending.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sending.bind((source, 0, 0, index))
        body = bytes((134, 0, 0, 0, 64, 0)) + (1800).to_bytes(2, "big") + bytes(8)
        sending.sendto(body, ("ff02::1", 0, 0, index))


def until(fact: Callable[[], object], seconds: float = 5) -> None:
    passed = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if fact():
            return
        passed.wait(0.02)
    raise AssertionError("not in time")
