"""What every driver does when it configures: wireguard-go in network namespaces, the module in a virtual machine."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sentra.core.addresses import sort_prefixes
from sentra.core.errors import ApplyFailed, InterfaceMissing, InterfaceUnreadable
from sentra.core.interfaces import DeviceSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from tests.drivers.configuration import LISTEN_PORT, PRIVATE_KEY, key, preshared_key
from tests.drivers.interfaces import HAS_MODULE, run, until
from tests.drivers.specs import (
    PUBLIC_KEY,
    SECRET_KEY,
    a_spec,
    device,
    every_kind,
    patch_between,
    reconcile,
    secret,
    take_back,
)
from tests.scale import scaled

SIZES = [0, 1, 1_000, pytest.param(10_000, marks=pytest.mark.skipif(HAS_MODULE, reason="emulated"))]


@pytest.mark.parametrize("count", SIZES)
def test_what_was_applied_is_what_is_read_and_what_wg_shows_field_by_field(driver, interface, count):
    wanted = device(*map(every_kind, range(count)))
    driver.apply(interface.name, patch_between(driver.read_spec(interface.name), wanted), SECRET_KEY)
    running = driver.read_spec(interface.name)
    assert running == wanted
    head, shown = interface.dump()
    assert head == [PRIVATE_KEY, PUBLIC_KEY, str(wanted.listen_port), hex(wanted.fwmark)]
    assert {
        name: (sort_prefixes(peer.allowed_ips), peer.persistent_keepalive, peer.endpoint)
        for name, peer in shown.items()
    } == {name: (peer.allowed_ips, peer.persistent_keepalive, peer.endpoint) for name, peer in wanted.peers.items()}
    lines = run("wg", "show", interface.name, "preshared-keys").splitlines()
    assert dict(line.split("\t") for line in lines) == {
        key(number): preshared_key(number) if every_kind(number).preshared_key else "(none)" for number in range(count)
    }


def test_R6_what_was_applied_needs_no_further_patch_and_an_empty_one_sends_nothing(driver, interface):
    wanted = device(*map(every_kind, range(600)))
    reconcile(driver, interface.name, wanted)
    for _ in range(scaled(3, 1_000)):
        patch = patch_between(driver.read_spec(interface.name), wanted)
        assert not patch
        driver.apply("sctmissing", patch, SECRET_KEY)  # who asked the interface anything would not find it


def test_what_is_gone_from_a_spec_is_gone_from_the_interface(driver, interface):
    whole = a_spec(
        1, "10.0.0.1/32", "fd00::1/128", preshared_key=secret(1), persistent_keepalive=25, endpoint="192.0.2.1:5"
    )
    reconcile(driver, interface.name, device(whole))
    bare = a_spec(1)
    running = reconcile(driver, interface.name, device(bare, fwmark=0))
    assert running == device(replace(bare, endpoint="192.0.2.1:5"), fwmark=0)
    _, shown = interface.dump()
    assert not shown[key(1)].has_preshared_key
    assert shown[key(1)].persistent_keepalive == 0
    assert shown[key(1)].allowed_ips == ()


def test_peers_that_a_patch_does_not_name_stay_and_a_removed_one_may_be_gone_already(driver, interface):
    reconcile(driver, interface.name, device(*map(every_kind, range(10))))
    before = driver.read_spec(interface.name).peers
    driver.apply(interface.name, DevicePatch(remove=(key(3), key(777)), put=(a_spec(50, "10.9.0.1/32"),)), None)
    after = driver.read_spec(interface.name)
    kept = {name: peer for name, peer in before.items() if name != key(3)}
    assert after.peers == kept | {key(50): a_spec(50, "10.9.0.1/32")}
    assert (after.public_key, after.listen_port) == (PUBLIC_KEY, LISTEN_PORT)


def test_a_key_that_is_removed_and_put_in_one_patch_is_a_new_peer(driver, interface):
    reconcile(driver, interface.name, device(a_spec(1, "10.0.0.1/32", endpoint="192.0.2.1:5")))
    driver.apply(interface.name, DevicePatch(remove=(key(1),), put=(a_spec(1, "10.0.0.2/32"),)), None)
    assert driver.read_spec(interface.name).peers == {key(1): a_spec(1, "10.0.0.2/32")}


@pytest.mark.parametrize("prefix", ["10.0.0.5/32", "fd00:5::/64", "::/0"])
def test_R9_allowed_ips_that_peers_pass_on_in_one_patch_end_where_they_are_wanted(driver, interface, prefix):
    """Scaled: a ring of three, in every order; each also takes over a prefix of the peer that goes."""
    rest = [f"10.1.0.{number}/32" for number in range(4)]
    for order in permutations(range(3)):
        for step in range(3):
            owners = [(number + step) % 3 for number in range(3)]
            peers = [
                a_spec(number, *sort_prefixes([rest[number]] + [prefix] * (not owners[number]))) for number in order
            ]
            driver.apply(interface.name, DevicePatch(remove=(key(9),), put=tuple(peers)), None)
            assert driver.read_spec(interface.name).peers == {peer.public_key: peer for peer in peers}
        driver.apply(interface.name, DevicePatch(put=(a_spec(9, prefix),)), None)
        assert driver.read_spec(interface.name).peers[key(9)].allowed_ips == (prefix,)


PREFIXES = [
    *(f"10.0.0.{number}/32" for number in range(6)),
    *("10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::/8", "fd00::1/128", "::10.0.0.0/104"),
]


@st.composite
def devices(draw) -> DeviceSpec:
    """Up to five peers that share out the prefixes, with and without everything else."""
    owners = draw(st.lists(st.integers(0, 6), min_size=len(PREFIXES), max_size=len(PREFIXES)))
    peers = []
    for number in draw(st.permutations(range(5)))[: draw(st.integers(0, 5))]:
        own = [prefix for prefix, owner in zip(PREFIXES, owners, strict=True) if owner == number]
        keepalive, preshared = draw(st.sampled_from([0, 1, 65535])), draw(st.sampled_from([None, secret(1), secret(2)]))
        canonical = sort_prefixes(prefix.replace("::10.0.0.0", "::a00:0") for prefix in own)
        peers.append(a_spec(number, *canonical, preshared_key=preshared, persistent_keepalive=keepalive))
    return device(*peers, fwmark=draw(st.sampled_from([0, 7, 2**32 - 1])))


@given(st.data())
@settings(
    max_examples=scaled(3 if HAS_MODULE else 60, 2_000),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_R9_after_any_apply_what_is_read_back_is_what_was_wanted(driver, interface, data):
    """Scaled: each example goes on where the one before it ended, whatever it was."""
    for wanted in data.draw(st.lists(devices(), min_size=1, max_size=4)):
        assert reconcile(driver, interface.name, wanted) == wanted


@pytest.mark.parametrize("count", [600, 2_900])
def test_a_peer_with_many_allowed_ips_has_them_all_and_loses_what_it_no_longer_wants(driver, interface, count):
    many = sort_prefixes(
        f"10.{number >> 8}.{number & 255}.0/24" if number % 2 else f"fd00:{number + 1:x}::/64"
        for number in range(count)
    )
    around = [a_spec(1, "172.16.0.1/32"), a_spec(3, "172.16.0.3/32")]
    for allowed_ips in (many, many[: count // 2], many, (), many[1::2]):
        peer = a_spec(2, *allowed_ips, preshared_key=secret(2), persistent_keepalive=25)
        assert reconcile(driver, interface.name, device(around[0], peer, around[1])).peers[key(2)] == peer
    assert [driver.read_spec(interface.name).peers[peer.public_key] for peer in around] == around


def test_tunnels_and_endpoints_stay_while_everything_around_them_and_of_them_is_put(driver, maker):
    """The peer roamed: its spec wants no endpoint, or the one that it had first."""
    one, other = maker.make(driver.name), maker.make(driver.name)
    for number, iface in enumerate((one, other)):
        driver.apply(iface.name, DevicePatch(True, 41_910 + number), secret(number))
        iface.up()
    to_one, to_other = (driver.read_spec(iface.name).public_key for iface in (one, other))
    driver.apply(other.name, DevicePatch(put=(replace(a_spec(0, "10.77.0.1/32"), public_key=to_one),)), None)
    tunnel = replace(a_spec(0, "10.77.0.2/32", persistent_keepalive=1), public_key=to_other)
    driver.apply(one.name, DevicePatch(put=(replace(tunnel, endpoint="127.0.0.1:41911"),)), None)
    ends = ((one.name, to_other), (other.name, to_one))
    until(lambda: all(driver.read_status(name).peers[peer].latest_handshake for name, peer in ends), seconds=60)
    before, back = driver.read_status(one.name).peers[to_other], driver.read_status(other.name).peers[to_one]
    assert back.endpoint == "127.0.0.1:41910"
    for turn in range(3):
        changed = replace(tunnel, persistent_keepalive=7 + turn, allowed_ips=("10.77.0.2/32", f"10.78.{turn}.0/24"))
        crowd = tuple(a_spec(number, f"10.1.{turn}.{number}/32", preshared_key=secret(turn)) for number in range(1, 90))
        driver.apply(one.name, DevicePatch(fwmark=turn, remove=(key(90),), put=(*crowd, changed)), None)
        driver.apply(other.name, DevicePatch(put=(replace(a_spec(0, f"10.79.{turn}.0/24"), public_key=to_one),)), None)
        driver.apply(one.name, DevicePatch(remove=tuple(peer.public_key for peer in crowd), put=(a_spec(90),)), None)
    after, back_after = driver.read_status(one.name).peers[to_other], driver.read_status(other.name).peers[to_one]
    assert after.endpoint == before.endpoint
    assert back_after.endpoint == back.endpoint
    assert after.latest_handshake == before.latest_handshake > 0
    assert back_after.latest_handshake == back.latest_handshake > 0
    assert after.rx_bytes >= before.rx_bytes > 0
    assert after.tx_bytes >= before.tx_bytes > 0
    assert after.persistent_keepalive == 9


def test_the_private_key_is_read_set_and_taken_away(driver, interface):
    assert driver.read_private_key(interface.name) is None
    driver.apply(interface.name, DevicePatch(set_private_key=True), SECRET_KEY)
    assert driver.read_private_key(interface.name) == SECRET_KEY
    driver.apply(interface.name, DevicePatch(fwmark=1), secret(5))
    assert driver.read_private_key(interface.name) == SECRET_KEY
    driver.apply(interface.name, DevicePatch(set_private_key=True), None)
    assert driver.read_private_key(interface.name) is None
    assert driver.read_spec(interface.name).public_key is None


def refused(number: int):
    """A peer that every implementation refuses: of an IPv4 address there are not so many bits."""
    return a_spec(number, "10.200.0.1/33")


COUNT = scaled(1_000, 10_000)
PLACES = [1, 2, COUNT // 2, COUNT - 1, COUNT]


@pytest.mark.parametrize("place", PLACES[::2] if HAS_MODULE else PLACES)
def test_R11_a_patch_that_is_refused_at_any_peer_names_it_and_can_be_taken_back(driver, interface, place):
    """Scaled: a thousand peers. The patch removes peers, changes others, moves their allowed IPs and makes new ones."""
    quarter = COUNT // 4
    reconcile(driver, interface.name, device(*(a_spec(number, ip(number)) for number in range(COUNT // 2))))
    before = driver.read_spec(interface.name)
    changed = [a_spec(number, ip(number + 1), persistent_keepalive=5) for number in range(quarter, COUNT // 2 - 1)]
    new = [a_spec(COUNT + number, f"10.99.{number >> 8}.{number & 255}/32") for number in range(COUNT - len(changed))]
    put = [*changed, *new]
    put[place - 1] = refused(7_000_000)
    patch = DevicePatch(fwmark=3, remove=tuple(key(number) for number in range(quarter)), put=tuple(put))
    with pytest.raises(ApplyFailed, match="refuses the peer") as failure:
        driver.apply(interface.name, patch, None)
    assert failure.value.public_key == key(7_000_000)
    assert failure.value.interface == interface.name
    assert key(7_000_000) in str(failure.value)
    assert key(0) not in driver.read_spec(interface.name).peers, "nothing was applied before the failure"
    assert take_back(driver, interface.name, patch, before) == before


def ip(number: int) -> str:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32"


def test_R11_a_full_apply_is_what_was_wanted_and_one_edit_changes_one_peer(driver, interface):
    """Scaled: a thousand peers. How long it takes is measured by `make bench` and `make bench-kernel` (P6)."""
    wanted = device(*(every_kind(number) for number in range(COUNT)))
    assert reconcile(driver, interface.name, wanted) == wanted
    before = driver.read_spec(interface.name).peers
    assert not patch_between(driver.read_spec(interface.name), wanted)
    edited = a_spec(7, "10.99.0.1/32")
    driver.apply(interface.name, DevicePatch(put=(edited,)), None)
    after = driver.read_spec(interface.name).peers
    assert {public_key for public_key in after if after[public_key] != before.get(public_key)} == {edited.public_key}


def test_what_cannot_be_written_at_all_is_told_before_anything_is_written(driver, interface):
    reconcile(driver, interface.name, device(a_spec(1, "10.0.0.1/32")))
    before = driver.read_spec(interface.name)
    for wrong in (
        a_spec(2, endpoint="vpn.example.org:51820"),
        a_spec(2, endpoint="192.0.2.1:51820\nremove=true"),
        a_spec(2, "10.0.0.1/32\npublic_key="),
        a_spec(2, persistent_keepalive=65536),
        replace(a_spec(2), public_key="not a key"),
        a_spec(2, preshared_key=Secret(b"short")),
    ):
        with pytest.raises(ApplyFailed, match="was left as it is") as failure:
            driver.apply(interface.name, DevicePatch(fwmark=1, remove=(key(1),), put=(a_spec(3), wrong)), None)
        assert failure.value.public_key == wrong.public_key
    assert driver.read_spec(interface.name) == before


def test_R13_a_listen_port_that_is_taken_is_told_and_the_old_one_comes_back(driver, interface, maker):
    """wireguard-go lets go of its old port before it tries the new one; taking the patch back gets it again."""
    busy = maker.make(driver.name)
    for number, iface in enumerate((interface, busy)):
        driver.apply(iface.name, DevicePatch(True, 41_920 + number), secret(number))
        iface.up()
    before = driver.read_spec(interface.name)
    patch = DevicePatch(listen_port=41_921, put=(a_spec(1, "10.0.0.1/32"),))
    with pytest.raises(ApplyFailed, match="cannot listen on port 41921: another program does already") as failure:
        driver.apply(interface.name, patch, None)
    assert failure.value.public_key is None
    assert driver.read_spec(interface.name).peers == {}
    assert take_back(driver, interface.name, patch, before) == before
    assert ":41920 " in run(*interface.inside, "ss", "-Hlun")


def test_no_interface_is_a_missing_interface(driver):
    for act in (
        driver.read_spec,
        driver.read_private_key,
        lambda name: driver.apply(name, DevicePatch(fwmark=1), None),
    ):
        with pytest.raises(InterfaceMissing, match="sctmissing"):
            act("sctmissing")


def test_an_interface_that_goes_away_while_it_is_configured_is_missing(driver, interface):
    run(*interface.inside, "ip", "link", "del", interface.name)
    patch = DevicePatch(put=tuple(map(every_kind, range(600))))

    def is_missing() -> bool:
        try:
            driver.apply(interface.name, patch, None)
        except InterfaceMissing:
            return True
        except ApplyFailed:
            return False
        return False

    until(is_missing)


def test_without_the_privilege_it_is_said_which_one_is_missing(driver, interface):
    said = as_nobody(lambda: driver.apply(interface.name, DevicePatch(fwmark=1), None))
    assert said.startswith("ApplyFailed")
    assert ("CAP_NET_ADMIN" if driver.name == "netlink" else "run Sentra as root") in said


def as_nobody(act) -> str:
    """What an act says that fails in a process of its own, without privileges."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(65534)
            act()
        except Exception as error:  # noqa: BLE001
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        return said.read()


def test_samples_that_are_taken_while_a_patch_is_applied_are_whole(driver, interface):
    sizes = set()
    reconcile(driver, interface.name, device())
    patch = DevicePatch(put=tuple(map(every_kind, range(scaled(300 if HAS_MODULE else 3_000, 10_000)))))
    expected = {peer.public_key: peer for peer in patch.put}
    with ThreadPoolExecutor(1) as pool:
        applying = pool.submit(driver.apply, interface.name, patch, None)
        while not applying.done():
            try:
                sample = driver.read_status(interface.name)
            except InterfaceUnreadable as refusal:
                assert "configured while it was read" in str(refusal)  # noqa: PT017
                continue
            sizes.add(len(sample.peers))
            for name, peer in sample.peers.items():
                assert peer.persistent_keepalive == expected[name].persistent_keepalive
                assert peer.has_preshared_key == (expected[name].preshared_key is not None)
        applying.result()
    assert len(driver.read_status(interface.name).peers) == len(patch.put)
    assert driver.name == "netlink" or len(sizes) > 3, "the two hardly met"


def test_no_secret_is_shown_by_what_is_read_or_by_what_failed(driver, interface, caplog):
    caplog.set_level(logging.DEBUG)
    reconcile(driver, interface.name, device(*(a_spec(number, preshared_key=secret(number)) for number in range(9))))
    shown = repr(driver.read_spec(interface.name)) + repr(driver.read_private_key(interface.name))
    patch = DevicePatch(set_private_key=True, put=(replace(refused(3), preshared_key=secret(3)),))
    with pytest.raises(ApplyFailed) as failure:
        driver.apply(interface.name, patch, SECRET_KEY)
    shown += repr(patch) + repr(failure.value) + str(failure.value) + caplog.text + repr(failure.value.__dict__)
    for hidden in (SECRET_KEY, *map(secret, range(9))):
        raw = hidden.reveal()
        for form in (raw.hex(), repr(raw)[2:-1], preshared_key(3), PRIVATE_KEY):
            assert form not in shown
    assert "(hidden)" in shown
