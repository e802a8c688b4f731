"""Changes made by hand: shown, undone, made the decision, or not shown any more."""

from typing import Any

import pytest

from sentra.app import Sentra
from sentra.core.agents import FoundInterface, LinkNetwork, Taken
from sentra.core.drift import Drift, UnmanagedPeer
from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec
from sentra.core.keys import key_bytes
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.settings import Settings
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer, errors_of, messages_of
from tests.browser import Answer, Browser
from tests.interfaces.conftest import INTERFACES
from tests.interfaces.node import FakeNode
from tests.state import decided
from tests.turned_clock import TurnedClock

STRANGER = some_key()
SECRET = some_key()


class World:
    """An interface with two peers that somebody changed by hand."""

    def __init__(self, owner: Browser, agent: FakeAgent, made: str, one: dict[str, Any], other: dict[str, Any]) -> None:
        self.owner, self.agent, self.made, self.one, self.other = owner, agent, made, one, other

    async def get(self) -> dict[str, Any]:
        view: dict[str, Any] = (await self.owner.get(f"{INTERFACES}/{self.made}/drift")).json
        return view

    async def post(self, verb: str, **chosen: Any) -> Answer:
        return await self.owner.post(f"{INTERFACES}/{self.made}/drift/{verb}", chosen)

    async def view(self) -> dict[str, Any]:
        view: dict[str, Any] = (await self.owner.get(f"{INTERFACES}/{self.made}")).json
        return view


@pytest.fixture
async def world(owner: Browser, agent: FakeAgent, node: FakeNode) -> World:
    made = await create_interface(owner)
    one, other = await create_peer(owner, made, "one"), await create_peer(owner, made, "other")
    peers = (
        PeerSpec(one["public_key"], ("10.8.0.50/32", "192.168.9.0/24"), Secret(key_bytes(SECRET)), 17),
        PeerSpec(STRANGER, ("10.8.0.60/32",), Secret(key_bytes(SECRET)), 0, "203.0.113.9:1000"),
    )
    node.interfaces["wg0"] = FoundInterface(
        "wg0",
        "netlink",
        InterfaceSpec(
            "wg0",
            DeviceSpec(agent.keys[made], 51999, 0, {peer.public_key: peer for peer in peers}),
            LinkSpec(up=True, mtu=1400, addresses=("10.8.0.1/24", "10.77.0.1/24")),
        ),
    )
    agent.drift = (
        Drift("interface", "changed", "", "listen_port", "51820", "51999"),
        Drift("peer", "changed", one["public_key"], "allowed_ips", "10.8.0.2/32", "10.8.0.50/32, 192.168.9.0/24"),
        Drift("peer", "changed", one["public_key"], "preshared_key", "not set", "set"),
        Drift("peer", "changed", one["public_key"], "persistent_keepalive", "0", "17"),
        Drift("peer", "missing", other["public_key"]),
        Drift("address", "missing", "fd00:8::1/64"),
        Drift("address", "extra", "10.77.0.1/24"),
    )
    agent.unmanaged = (UnmanagedPeer(STRANGER, ("10.8.0.60/32",), "203.0.113.9:1000", 0, has_preshared_key=True),)
    await agent.look(made)
    return World(owner, agent, made, one, other)


async def test_what_differs_is_shown(world: World):
    found = await world.get()
    assert (found["mode"], len(found["items"])) == ("warn", 7)
    port, allowed_ips, *_, missing, _, _ = found["items"]
    assert (port["subject"], port["wanted"], port["running"]) == ("interface", "51820", "51999")
    assert (allowed_ips["peer_name"], missing["peer_name"], missing["kind"]) == ("one", "other", "missing")
    assert [peer["public_key"] for peer in found["unmanaged"]] == [STRANGER]
    view = await world.view()
    assert (view["drift_count"], view["unmanaged_count"]) == (7, 1)


async def test_restore_asks_the_agent_to_undo_what_was_chosen(world: World):
    ids = [item["id"] for item in (await world.get())["items"]]
    answer = await world.post("restore", items=[ids[0], ids[4]])
    assert answer.status == 200
    assert answer.json["plan"]["operations"] == [
        "Set the listen port of the interface back to 51820.",
        "Put back the peer other.",
    ]
    heard = world.agent.heard[-1]
    assert (heard.restore, heard.only) == (
        True,
        {"interface listen_port", f"peer {world.other['public_key']}"},
    )
    assert world.agent.running[world.made].owned == frozenset()


async def test_restore_of_everything_leaves_unmanaged_peers(world: World):
    answer = await world.post("restore")
    assert answer.status == 200
    assert world.agent.heard[-1].restore is True
    assert len(world.agent.heard[-1].only) == 5  # three fields of one peer are written as one
    assert world.agent.running[world.made].owned == frozenset()


async def test_unmanaged_peers_go_where_they_are_chosen(world: World):
    answer = await world.post("restore", unmanaged=[STRANGER])
    assert answer.json["plan"]["operations"] == [f"Remove the unmanaged peer {STRANGER[:8]}…."]
    assert world.agent.running[world.made].owned == {STRANGER}
    assert world.agent.heard[-1].restore is False


async def test_what_is_only_observed_is_not_restored(world: World, owner: Browser):
    await owner.request("PATCH", f"{INTERFACES}/{world.made}", json={"drift_mode": "observe"})
    assert (await world.post("restore")).status == 409


async def test_adopt_makes_all_of_it_the_decision(world: World, owner: Browser):
    answer = await world.post("adopt")
    assert answer.status == 200, answer.json
    assert answer.json["plan"]["operations"] == [
        "The pool fd00:8::/64 stays, in no network of wg0 any more: peers go on getting addresses from it."
    ]
    assert answer.json["confirm"] is None
    view = answer.json["interface"]
    assert (view["listen_port"], view["addresses"]) == (51999, ["10.8.0.1/24", "10.77.0.1/24"])
    peers = {peer["name"]: peer for peer in (await owner.get(f"{INTERFACES}/{world.made}/peers")).json["items"]}
    one, other, stranger = peers["one"], peers["other"], peers[STRANGER[:8]]
    assert (one["addresses"], one["routes"]) == (["10.8.0.50/32"], ["192.168.9.0/24"])
    assert (one["persistent_keepalive"], one["has_preshared_key"]) == (17, True)
    assert (other["enabled"], other["disabled_reason"]) == (False, "Taken off by hand.")
    assert (stranger["addresses"], stranger["endpoint"]) == (["10.8.0.60/32"], None)
    spec = world.agent.running[world.made].spec.device.peers
    assert set(spec) == {one["public_key"], STRANGER}
    assert spec[STRANGER].preshared_key == Secret(key_bytes(SECRET))
    newest = (await owner.get(f"{INTERFACES}/{world.made}/revisions")).json["items"][0]
    assert newest["what"] == "drift-adopted"
    assert (await owner.post(f"{INTERFACES}/{world.made}/revisions/{newest['id']}/undo", {})).status == 200
    assert (await world.view())["listen_port"] == 51820


async def test_adopt_takes_only_what_was_chosen(world: World, owner: Browser):
    ids = [item["id"] for item in (await world.get())["items"]]
    view = (await world.post("adopt", items=[ids[0]])).json["interface"]
    assert (view["listen_port"], view["addresses"], view["peer_count"]) == (
        51999,
        ["10.8.0.1/24", "fd00:8::1/64"],
        2,
    )


async def test_what_cannot_be_adopted_is_told(world: World):
    world.agent.drift = (
        Drift("interface", "changed", "", "public_key", "a", "b"),
        Drift("route", "extra", "192.168.77.0/24"),
    )
    world.agent.unmanaged = ()
    await world.agent.look(world.made)
    answer = await world.post("adopt")
    assert errors_of(answer) == {"items": "not-adoptable"}
    assert len(answer.json["errors"]) == 2
    chosen = [item["id"] for item in (await world.get())["items"]]
    assert errors_of(await world.post("adopt", items=chosen)) == {
        "items.0": "not-adoptable",
        "items.1": "not-adoptable",
    }


@pytest.mark.parametrize("dry_run", [True, False])
async def test_of_all_of_it_what_cannot_be_adopted_is_left_and_named(world: World, owner: Browser, dry_run: bool):
    world.agent.drift = (
        Drift("interface", "changed", "", "public_key", "a", "b"),
        Drift("interface", "changed", "", "listen_port", "51820", "51999"),
        Drift("route", "extra", "192.168.77.0/24"),
    )
    await world.agent.look(world.made)
    path = f"{INTERFACES}/{world.made}/drift/adopt{'?dry_run=true' if dry_run else ''}"
    answer = await owner.post(path, {})
    assert answer.status == 200, answer.json
    assert answer.json["plan"]["operations"] == [
        "Left as it is: The public key cannot be adopted; restore it.",
        "Left as it is: The route to 192.168.77.0/24 cannot be adopted: give the prefix to a peer, or restore.",
    ]
    view = await world.view()
    assert (view["listen_port"], view["peer_count"]) == ((51820, 2) if dry_run else (51999, 3))
    newest = (await owner.get(f"{INTERFACES}/{world.made}/revisions")).json["items"][0]
    assert (newest["summary"] == "Kept 2 changes made by hand on wg0") is not dry_run


async def test_what_is_ignored_is_not_shown_until_it_changes(world: World):
    port, *rest = (await world.get())["items"]
    assert (await world.post("ignore", items=[port["id"]])).status == 204
    assert (await world.get())["items"] == rest
    assert (await world.view())["drift_count"] == 6
    world.agent.drift = (Drift("interface", "changed", "", "listen_port", "51820", "52000"), *world.agent.drift[1:])
    await world.agent.look(world.made)
    assert len((await world.get())["items"]) == 7


async def test_what_does_not_differ_any_more_is_told_at_its_field(world: World):
    for verb in ("restore", "adopt", "ignore"):
        assert errors_of(await world.post(verb, items=["gone"])) == {"items.0": "gone"}
    for verb in ("restore", "adopt"):
        assert errors_of(await world.post(verb, unmanaged=["gone"])) == {"unmanaged.0": "gone"}


async def test_a_dry_run_of_either_changes_nothing(world: World, settings: Settings):
    before, heard = decided(settings.database), len(world.agent.heard)
    for verb in ("restore", "adopt"):
        answer = await world.owner.post(f"{INTERFACES}/{world.made}/drift/{verb}?dry_run=true", {})
        assert answer.status == 200
    assert decided(settings.database) == before
    assert len(world.agent.heard) == heard


async def test_before_the_first_look_nothing_is_known(sentra: Sentra, owner: Browser, agent: FakeAgent):
    agent.silent = True
    made = await create_interface(owner)
    found = (await owner.get(f"{INTERFACES}/{made}/drift")).json
    assert found == {"looked_at": 0, "mode": "warn", "items": [], "unmanaged": []}
    assert (await owner.post(f"{INTERFACES}/{made}/drift/restore", {})).status == 409


class Hand:
    """Whoever changes things by hand: what runs, and how that differs."""

    def __init__(self, world: World, node: FakeNode) -> None:
        self.world, self.node = world, node

    async def sets(self, *peers: PeerSpec, addresses: tuple[str, ...] = ("10.8.0.1/24",), **link: Any) -> None:
        world = self.world
        known = {world.one["public_key"], world.other["public_key"]}
        device = DeviceSpec(None, 51820, 0, {peer.public_key: peer for peer in peers})
        spec = InterfaceSpec("wg0", device, LinkSpec(up=True, addresses=addresses, **link))
        self.node.interfaces["wg0"] = FoundInterface("wg0", "netlink", spec)
        world.agent.drift = (
            *(Drift("address", "extra", address) for address in addresses if address != "10.8.0.1/24"),
            *(Drift("peer", "changed", each.public_key, "allowed_ips") for each in peers if each.public_key in known),
        )
        world.agent.unmanaged = tuple(
            UnmanagedPeer(each.public_key, each.allowed_ips) for each in peers if each.public_key not in known
        )
        await world.agent.look(world.made)


@pytest.fixture
def hand(world: World, node: FakeNode) -> Hand:
    return Hand(world, node)


@pytest.mark.parametrize("chosen", [False, True])
async def test_adopt_gives_the_interface_no_address_of_a_peer(world: World, hand: Hand, chosen: bool):
    await hand.sets(addresses=("10.8.0.1/24", "10.77.0.1/24", "10.8.0.3/24"))
    ids = [item["id"] for item in (await world.get())["items"]]
    refused = await world.post("adopt", **({"items": ids} if chosen else {}))
    assert errors_of(refused) == {"items.1" if chosen else "items": "address-taken"}
    assert "belongs to the peer other" in messages_of(refused)["items.1" if chosen else "items"]
    assert (await world.view())["version"] == 1


@pytest.mark.parametrize(
    ("addresses", "code"),
    [
        (("10.8.0.1/24", "10.9.0.5/24"), "network-taken"),
        (("10.8.0.1/24", "192.168.7.5/24"), "network-taken"),
        (("10.8.0.1/24", "10.8.0.4/28"), "overlaps"),
        (("10.8.0.1/24", "10.66.0.0/24"), "network-address"),
    ],
)
async def test_adopt_looks_at_addresses_as_an_edit_does(
    world: World, hand: Hand, owner: Browser, clock: TurnedClock, addresses: tuple[str, ...], code: str
):
    await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    hand.node.taken_there = Taken(frozenset({"lo"}), links=(LinkNetwork("lan0", "192.168.7.0/24"),))
    clock.advance(30)
    await hand.sets(addresses=addresses)
    assert errors_of(await world.post("adopt")) == {"items": code}


async def test_adopt_gives_no_peer_what_is_the_interface_s_or_reserved(world: World, hand: Hand, owner: Browser):
    await owner.post(f"{INTERFACES}/{world.made}/reservations", {"address": "10.8.0.99"})
    one = world.one["public_key"]
    for address, code in (("10.8.0.1/32", "address-own"), ("10.8.0.99/32", "address-reserved")):
        await hand.sets(PeerSpec(one, ("10.8.0.2/32", address)))
        refused = await world.post("adopt", items=[(await world.get())["items"][0]["id"]])
        assert errors_of(refused) == {"items.0": code}
        assert messages_of(refused)["items.0"].startswith("one: ")
        await hand.sets(PeerSpec(some_key(), ("10.8.0.70/32",)), PeerSpec(STRANGER, (address,)))
        refused = await world.post("adopt")
        assert errors_of(refused) == {"unmanaged.1": code}
        assert messages_of(refused)["unmanaged.1"].startswith(STRANGER[:8])
    # Another peer's is refused at the same place.
    await hand.sets(PeerSpec(STRANGER, ("10.8.0.3/32",)))
    assert errors_of(await world.post("adopt")) == {"unmanaged.0": "address-taken"}


async def test_adopt_moves_an_address_from_peer_to_peer(world: World, hand: Hand, owner: Browser):
    one, other = world.one["public_key"], world.other["public_key"]
    await hand.sets(PeerSpec(one, ("10.8.0.2/32", "10.8.0.3/32")), PeerSpec(other, ("10.8.0.9/32",)))
    answer = await world.post("adopt")
    assert answer.status == 200, answer.json
    assert (await owner.get(f"/api/v1/peers/{world.one['id']}")).json["addresses"] == ["10.8.0.2/32", "10.8.0.3/32"]


async def test_R15_adopt_makes_no_route_that_no_packet_may_take(world: World, hand: Hand, clock: TurnedClock):
    hand.node.taken_there = Taken(
        frozenset({"lo"}),
        links=(LinkNetwork("eth0", "198.51.100.0/24", is_uplink=True),),
        gateways=("198.51.100.1/32",),
    )
    clock.advance(30)
    await hand.sets(PeerSpec(STRANGER, ("198.51.100.0/24",)))
    assert errors_of(await world.post("adopt")) == {"unmanaged.0": "network-taken"}
    await hand.sets(PeerSpec(STRANGER, ("198.51.0.0/16",)))
    answer = await world.post("adopt")
    assert "198.51.100.1" in answer.json["plan"]["risky"][0]
    assert answer.json["confirm"]


async def test_R15_adopt_of_a_route_that_is_there_already_cuts_nobody_off(world: World, hand: Hand, clock: TurnedClock):
    hand.node.taken_there = Taken(frozenset({"lo"}), gateways=("198.51.100.1/32",))
    clock.advance(30)
    await hand.sets(PeerSpec(STRANGER, ("198.51.0.0/16",)), routes=("198.51.0.0/16",))
    answer = await world.post("adopt")
    assert (answer.status, answer.json["confirm"]) == (200, None)
