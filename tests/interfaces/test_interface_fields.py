"""S53 at the form of an interface: every boundary has its verdict, and every wrong field is told at once."""

import os
import random
from typing import Any

import pytest

from sentra.core.agents import Taken
from sentra.db.interfaces import list_interfaces
from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface, errors_of, interface_form
from tests.browser import Browser
from tests.interfaces.conftest import INTERFACES
from tests.interfaces.node import FakeNode
from tests.scale import scaled

RIGHT: list[tuple[str, Any, Any]] = [
    ("name", "w", "w"),
    ("name", "a234567890_=+.-", "a234567890_=+.-"),
    ("addresses", ["10.0.0.1/8"], ["10.0.0.1/8"]),
    ("addresses", ["10.8.0.1"], ["10.8.0.1/32"]),
    ("addresses", ["10.8.0.0/31"], ["10.8.0.0/31"]),
    ("addresses", ["FD00:0:0:0::1/64"], ["fd00::1/64"]),
    ("addresses", ["10.8.0.1/24", "10.8.0.1/24"], ["10.8.0.1/24"]),
    ("pools", ["10.8.0.128/25"], ["10.8.0.128/25"]),
    ("pools", [], []),
    ("listen_port", 0, 0),
    ("listen_port", 65535, 65535),
    ("fwmark", 0xFFFFFFFF, 0xFFFFFFFF),
    ("mtu", 1280, 1280),
    ("mtu", 65535, 65535),
    ("dns", ["9.9.9.9", "Corp.Example.", "2620:FE::9"], ["9.9.9.9", "corp.example", "2620:fe::9"]),
    ("table", "off", "off"),
    ("table", "4294967295", "4294967295"),
    ("public_host", "2001:DB8::1", "2001:db8::1"),
    ("public_host", "", ""),
    ("public_port", 443, 443),
    ("drift_mode", "enforce", "enforce"),
    ("unmanaged", "remove", "remove"),
    ("server_keys", True, True),
    ("masquerade", True, True),
]
WRONG: list[tuple[str, Any, str]] = [
    ("name", "", "name"),
    ("name", "a23456789012345b", "name"),
    ("name", "wg 0", "name"),
    ("name", "wg/0", "name"),
    ("name", "../x", "name"),
    ("name", ".", "name"),
    ("name", "-wg0", "name"),
    ("name", "wg0\n", "name"),
    ("name", "wg0;reboot", "name"),
    ("name", "wé0", "name"),
    ("name", "all", "name"),
    ("name", "default", "name"),
    ("name", 7, "name"),
    ("addresses", [], "addresses"),
    ("addresses", ["10.8.0.0/24"], "addresses.0"),
    ("addresses", ["10.8.0.255/24"], "addresses.0"),
    ("addresses", ["10.8.0.1/33"], "addresses.0"),
    ("addresses", ["10.8.0.01/24"], "addresses.0"),
    ("addresses", ["010.8.0.1/24"], "addresses.0"),
    ("addresses", ["10.8.0.1/024"], "addresses.0"),
    ("addresses", ["10.8.1/24"], "addresses.0"),
    ("addresses", ["0.0.0.0/0"], "addresses.0"),
    ("addresses", ["10.8.0.1/0"], "addresses.0"),
    ("addresses", ["224.0.0.1/4"], "addresses.0"),
    ("addresses", ["127.0.0.1/8"], "addresses.0"),
    ("addresses", ["::ffff:10.8.0.1/120"], "addresses.0"),
    ("addresses", ["fe80::1%eth0/64"], "addresses.0"),
    ("addresses", ["10.8.0.1/24 "], "addresses.0"),
    ("addresses", ["10.9.0.1/24", "10.9.0.2/25"], "addresses.1"),
    ("addresses", [None], "addresses.0"),
    ("addresses", "10.8.0.1/24", "addresses"),
    ("addresses", [f"10.{number}.0.1/24" for number in range(17)], "addresses"),
    ("pools", ["10.8.0.1/24"], "pools.0"),
    ("pools", ["0.0.0.0/0"], "pools.0"),
    ("pools", ["10.8.0.0/24", "10.8.0.0/25"], "pools.1"),
    ("listen_port", -1, "listen_port"),
    ("listen_port", 65536, "listen_port"),
    ("listen_port", 2**70, "listen_port"),
    ("listen_port", "51820", "listen_port"),
    ("listen_port", 51820.0, "listen_port"),
    ("listen_port", True, "listen_port"),
    ("fwmark", -1, "fwmark"),
    ("fwmark", 2**32, "fwmark"),
    ("mtu", 575, "mtu"),
    ("mtu", 1279, "mtu"),  # with an IPv6 address
    ("mtu", 65536, "mtu"),
    ("dns", ["not a host"], "dns.0"),
    ("dns", ["9.9.9.9", "9.9.9"], "dns.1"),
    ("dns", ["9.9.9.9\nPostUp=reboot"], "dns.0"),
    ("dns", [f"9.9.9.{number}" for number in range(17)], "dns"),
    ("table", "main", "table"),
    ("table", "-1", "table"),
    ("table", "4294967296", "table"),
    ("table", "0", "table"),
    ("table", "１", "table"),
    ("public_host", "vpn example", "public_host"),
    ("public_host", "vpn.example\n[Peer]", "public_host"),
    ("public_host", "https://vpn.example", "public_host"),
    ("public_host", "a" * 254, "public_host"),
    ("public_port", 65536, "public_port"),
    ("drift_mode", "Warn", "drift_mode"),
    ("unmanaged", "", "unmanaged"),
    ("masquerade", 1, "masquerade"),
    ("server_keys", "yes", "server_keys"),
    ("hooks", [], "hooks"),
]


@pytest.mark.parametrize(("field", "value", "kept"), RIGHT)
async def test_S53_what_is_right_is_taken(owner: Browser, agent: FakeAgent, field: str, value: Any, kept: Any):
    answer = await owner.post(INTERFACES, interface_form(**{field: value}))
    assert answer.status == 201, answer.json
    assert answer.json["interface"][field] == kept


@pytest.mark.parametrize(("field", "value", "told"), WRONG)
async def test_S53_what_is_wrong_is_told_at_its_field(
    owner: Browser, agent: FakeAgent, field: str, value: Any, told: str
):
    answer = await owner.post(INTERFACES, interface_form(**{field: value}))
    assert list(errors_of(answer)) == [told]
    assert await list_interfaces() == []
    if field not in ("name", "hooks"):
        made = await create_interface(owner)
        changed = await owner.request("PATCH", f"{INTERFACES}/{made}", json={field: value})
        if (field, value) != ("addresses", []):
            assert list(errors_of(changed)) == [told]
            assert (await owner.get(f"{INTERFACES}/{made}")).json["version"] == 1


async def test_S53_every_wrong_field_is_told_at_once(owner: Browser, agent: FakeAgent, node: FakeNode):
    node.taken_there = Taken(ports=frozenset({53}))
    form = {
        "name": "wg 0",
        "addresses": ["10.8.0.0/24", "10.9.0.1/24", "x"],
        "pools": ["10.8.0.1/24", "10.7.0.0/24"],
        "listen_port": 53,
        "fwmark": -1,
        "mtu": 1,
        "dns": ["a b"],
        "table": "main",
        "public_host": "a b",
        "public_port": 70000,
    }
    assert set(errors_of(await owner.post(INTERFACES, form))) == {
        "name",
        "addresses.0",
        "addresses.2",
        "pools.0",
        "listen_port",
        "fwmark",
        "mtu",
        "dns.0",
        "table",
        "public_host",
        "public_port",
    }


async def test_S53_a_refused_value_is_never_echoed(owner: Browser, agent: FakeAgent):
    for field in ("name", "table", "public_host"):
        answer = await owner.post(INTERFACES, interface_form(**{field: "canary canary"}))
        assert b"canary" not in answer.body
    for field in ("addresses", "pools", "dns"):
        answer = await owner.post(INTERFACES, interface_form(**{field: ["canary canary"]}))
        assert b"canary" not in answer.body


async def test_S53_of_fuzzed_names_none_reaches_another_link(owner: Browser, agent: FakeAgent, node: FakeNode):
    links = {"eth0", "lo", "docker0", "wlan0", "br-1f"}
    node.taken_there = Taken(names=frozenset(links))
    chance = random.Random(53)  # noqa: S311 - the same names each time
    seeds = [*links, "wg0", "wg-site", "../../etc", "wg0\x00", "wg0 ", "%s", "*", "wg*", "Eth0", "-f"]
    for _ in range(scaled(250, 5000)):
        name = list(chance.choice(seeds))
        for _ in range(chance.randrange(3)):
            name.insert(chance.randrange(len(name) + 1), chr(chance.choice([0, 10, 32, 42, 47, 0x2028, 0x1F600, 97])))
        answer = await owner.post(f"{INTERFACES}?dry_run=true", interface_form(name="".join(name)))
        if answer.status == 200:
            assert "".join(name) not in links
            assert 0 < len("".join(name).encode()) <= 15
            assert not set("".join(name)) & set(" /\n\x00*%")
        else:
            assert list(errors_of(answer)) == ["name"]


async def test_S53_random_bytes_are_never_an_interface(owner: Browser, agent: FakeAgent):
    for _ in range(scaled(100, 1000)):
        name = os.urandom(6).decode("latin1")
        answer = await owner.post(f"{INTERFACES}?dry_run=true", interface_form(name=name))
        assert answer.status in (200, 422)
