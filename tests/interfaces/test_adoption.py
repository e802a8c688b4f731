"""What runs already is taken over: nothing is written, nobody is lost."""

from typing import Any

import pytest
from msgspec.structs import replace

from sentra.app import Sentra
from sentra.core.agents import FoundInterface
from sentra.core.drift import compare, find_unmanaged
from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec
from sentra.core.keys import key_bytes
from sentra.core.peers import PeerSpec
from sentra.core.plan import InterfacePatch, plan
from sentra.core.secrets import Secret
from sentra.settings import Settings
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, errors_of
from tests.browser import Browser
from tests.interfaces.conftest import INTERFACES
from tests.interfaces.node import FakeNode
from tests.state import decided

LAPTOP, SITE, PHONE = some_key(), some_key(), some_key()
SECRET = some_key()
FILE = f"""[Interface]
# the office
Address = 10.8.0.1/24, fd00:8::1/64
ListenPort = 51820
PrivateKey =
PostUp = iptables -A FORWARD -i %i -j ACCEPT

# laptop of Ann
[Peer]
PublicKey = {LAPTOP}
PresharedKey =
AllowedIPs = 10.8.0.2/32, fd00:8::2/128

[Peer]
# Name = site
PublicKey = {SITE}
AllowedIPs = 10.8.0.3/32, 192.168.9.0/24
Endpoint = 198.51.100.7:51820
PersistentKeepalive = 25
"""


def office(**changed: Any) -> FoundInterface:
    peers = (
        PeerSpec(LAPTOP, ("10.8.0.2/32", "fd00:8::2/128"), Secret(key_bytes(SECRET)), 0, "203.0.113.77:4711"),
        PeerSpec(SITE, ("10.8.0.3/32", "192.168.9.0/24"), None, 25, "198.51.100.7:51820"),
        PeerSpec(PHONE, ("10.8.0.4/32",)),
    )
    spec = InterfaceSpec(
        "wg0",
        DeviceSpec(some_key(), 51820, 0x10, {peer.public_key: peer for peer in peers}),
        LinkSpec(up=True, mtu=1420, addresses=("10.8.0.1/24", "fd00:8::1/64")),
    )
    values = {"name": "wg0", "driver": "netlink", "spec": spec, "file": "/etc/wireguard/wg0.conf", "file_text": FILE}
    return FoundInterface(**values | changed)


@pytest.fixture(autouse=True)
def running(node: FakeNode) -> FoundInterface:
    node.interfaces["wg0"] = office()
    return node.interfaces["wg0"]


async def adopt(owner: Browser, **changed: Any) -> Any:
    return await owner.post(f"{INTERFACES}/adopt", {"name": "wg0", **changed})


async def test_what_runs_unmanaged_is_found(owner: Browser, agent: FakeAgent, running: FoundInterface):
    (found,) = (await owner.get(f"{INTERFACES}/found?node=local")).json["items"]
    assert found == {
        "name": "wg0",
        "driver": "netlink",
        "public_key": running.spec.device.public_key,
        "listen_port": 51820,
        "addresses": ["10.8.0.1/24", "fd00:8::1/64"],
        "peer_count": 3,
        "file": "/etc/wireguard/wg0.conf",
        "hooks": ["PostUp = iptables -A FORWARD -i %i -j ACCEPT"],
        "warnings": found["warnings"],
    }
    assert (await adopt(owner)).status == 201
    assert (await owner.get(f"{INTERFACES}/found")).json["items"] == []


@pytest.mark.parametrize("is_left", [True, False])
async def test_what_another_database_managed_is_found_and_told_of(
    owner: Browser, agent: FakeAgent, node: FakeNode, *, is_left: bool
):
    node.interfaces["wg0"] = office(file=None, file_text=None, is_left=is_left)
    (found,) = (await owner.get(f"{INTERFACES}/found?node=local")).json["items"]
    assert any("in another database" in warning for warning in found["warnings"]) == is_left


@pytest.mark.parametrize("routes", [("192.168.9.0/24",), ()])
async def test_routes_that_sentra_made_once_are_kept_and_those_of_others_are_theirs(
    owner: Browser, agent: FakeAgent, node: FakeNode, routes: tuple[str, ...]
):
    running = office(file=None, file_text=None).spec
    running = replace(running, link=replace(running.link, routes=routes))
    node.interfaces["wg0"] = office(file=None, file_text=None, spec=running)
    answer = await adopt(owner)
    assert (answer.status, answer.json["plan"]["operations"]) == (201, [])
    assert answer.json["interface"]["table"] == ("auto" if routes else "off")
    assert agent.running[answer.json["interface"]["id"]].spec.link.routes == routes


@pytest.mark.parametrize("unmanaged", ["adopt", "keep"])
@pytest.mark.parametrize("filed", [True, False])
async def test_adoption_writes_nothing(
    owner: Browser, agent: FakeAgent, node: FakeNode, running: FoundInterface, unmanaged: str, *, filed: bool
):
    if not filed:
        running = node.interfaces["wg0"] = office(file=None, file_text=None)
    answer = await adopt(owner, unmanaged=unmanaged)
    assert answer.status == 201, answer.json
    assert answer.json["plan"]["operations"] == []
    assert answer.json["plan"]["firewall"] == []
    assert answer.json["confirm"] is None
    made = answer.json["interface"]
    assert made["brought_up_by"] == ("wg-quick" if filed else "sentra")
    assert (made["public_key"], made["listen_port"], made["fwmark"]) == (running.spec.device.public_key, 51820, 16)
    assert made["pools"] == ["10.8.0.0/24", "fd00:8::/64"]
    wanted = agent.running[made["id"]]
    link = running.spec.link if filed else wanted.spec.link  # of wg-quick's link nothing is ours
    assert plan(InterfaceSpec("wg0", wanted.spec.device, link), running.spec, wanted.owned) == InterfacePatch(
        link=plan(running.spec, running.spec, frozenset()).link
    )
    assert find_unmanaged(wanted.spec.device, running.spec.device, wanted.owned) == (
        () if unmanaged == "adopt" else find_unmanaged(DeviceSpec(), running.spec.device, frozenset())
    )
    assert compare(InterfaceSpec("wg0", wanted.spec.device, running.spec.link), running.spec, wanted.owned) == ()


async def test_peers_that_run_become_peers(owner: Browser, agent: FakeAgent, settings: Settings):
    made = (await adopt(owner)).json["interface"]
    items = (await owner.get(f"{INTERFACES}/{made['id']}/peers")).json["items"]
    peers = {peer["public_key"]: peer for peer in items}
    laptop, site, phone = peers[LAPTOP], peers[SITE], peers[PHONE]
    assert (laptop["name"], site["name"], phone["name"]) == ("laptop of Ann", "site", PHONE[:8])
    assert laptop["addresses"] == ["10.8.0.2/32", "fd00:8::2/128"]
    assert (laptop["has_preshared_key"], site["has_preshared_key"]) == (True, False)
    assert (site["addresses"], site["routes"]) == (["10.8.0.3/32"], ["192.168.9.0/24"])
    assert (site["persistent_keepalive"], site["endpoint"]) == (25, "198.51.100.7:51820")
    assert laptop["endpoint"] is None  # it roams
    spec = agent.running[made["id"]].spec.device.peers
    assert spec[LAPTOP].preshared_key == Secret(key_bytes(SECRET))
    files = [settings.database, settings.database.with_name("sentra.db-wal")]
    assert not any(key_bytes(SECRET) in file.read_bytes() for file in files)


async def test_peers_that_nobody_wants_go_only_by_choice(owner: Browser, agent: FakeAgent):
    preview = await owner.post(f"{INTERFACES}/adopt?dry_run=true", {"name": "wg0", "unmanaged": "remove"})
    assert sum("Remove the peer" in line for line in preview.json["plan"]["operations"]) == 3
    made = (await adopt(owner, unmanaged="remove")).json["interface"]
    assert made["unmanaged"] == "remove"
    assert agent.running[made["id"]].unmanaged == "remove"
    assert made["peer_count"] == 0


async def test_a_dry_run_of_adopting_changes_nothing(
    sentra: Sentra, owner: Browser, agent: FakeAgent, settings: Settings
):
    before = decided(settings.database)
    answer = await owner.post(f"{INTERFACES}/adopt?dry_run=true", {"name": "wg0"})
    assert (answer.status, answer.json["interface"]) == (200, None)
    assert decided(settings.database) == before
    assert agent.told == []


async def test_only_what_runs_unmanaged_can_be_adopted(owner: Browser, agent: FakeAgent):
    for name in ("eth0", "wg9", "", "../wg0"):
        assert errors_of(await adopt(owner, name=name)) == {"name": "not-found"}
    assert (await adopt(owner)).status == 201
    assert errors_of(await adopt(owner)) == {
        "name": "name-taken",
        "listen_port": "port-taken",
        "addresses.0": "network-taken",
        "addresses.1": "network-taken",
        "pools.0": "network-taken",
        "pools.1": "network-taken",
    }


async def test_handed_over_it_is_brought_up_by_sentra(owner: Browser, agent: FakeAgent):
    made = (await adopt(owner)).json["interface"]
    preview = await owner.post(f"{INTERFACES}/{made['id']}/hand-over?dry_run=true", {})
    assert "wg-quick" in preview.json["plan"]["files"][0]
    answer = await owner.post(f"{INTERFACES}/{made['id']}/hand-over", {})
    assert answer.json["interface"]["brought_up_by"] == "sentra"
    assert agent.running[made["id"]].brought_up_by == "sentra"


async def test_a_way_to_everywhere_stays_where_wg_quick_put_it(owner: Browser, agent: FakeAgent, node: FakeNode):
    exit_peer = PeerSpec(SITE, ("0.0.0.0/0", "::/0"), None, 25, "198.51.100.7:51820")
    spec = InterfaceSpec(
        "wg0", DeviceSpec(some_key(), 40000, 51820, {SITE: exit_peer}), LinkSpec(up=True, addresses=("10.66.0.2/32",))
    )
    text = f"[Interface]\nAddress = 10.66.0.2/32\n[Peer]\nPublicKey = {SITE}\nAllowedIPs = 0.0.0.0/0, ::/0\n"
    node.interfaces["wg0"] = office(spec=spec, file_text=text)
    made = (await adopt(owner)).json["interface"]
    assert made["table"] == "51820"
    assert agent.running[made["id"]].spec.device.peers[SITE].allowed_ips == ("0.0.0.0/0", "::/0")


async def test_deleting_an_adopted_interface_says_that_it_goes_on(owner: Browser, agent: FakeAgent):
    made = (await adopt(owner)).json["interface"]
    await owner.request("PATCH", f"{INTERFACES}/{made['id']}", json={"masquerade": True})
    inside = Browser(owner.app, "10.8.0.2")
    await inside.sign_in()
    answer = await inside.request("DELETE", f"{INTERFACES}/{made['id']}")
    assert answer.json["confirm"] is None
    assert answer.json["plan"]["operations"] == ["wg0 goes on as it runs; Sentra lets go of it."]
    assert answer.json["plan"]["firewall"] == ["Remove the masquerade of wg0."]
    assert (await adopt(owner)).status == 201


async def test_two_interfaces_do_not_share_a_network(owner: Browser, agent: FakeAgent):
    await create_interface(owner, name="wg1", listen_port=51821)
    assert set(errors_of(await adopt(owner))) == {"addresses.0", "addresses.1", "pools.0", "pools.1"}
