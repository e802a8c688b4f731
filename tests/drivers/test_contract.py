"""What every driver does, on real interfaces: wireguard-go in network namespaces, the module in a virtual machine."""

import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec
import pytest

from sentra.core.errors import InterfaceMissing, InterfaceUnreadable
from sentra.core.status import InterfaceStatus, PeerStatus
from sentra.wireguard.netlink import NetlinkDriver, connect
from sentra.wireguard.uapi import UapiDriver
from tests.drivers.configuration import (
    FWMARK,
    LISTEN_PORT,
    PRIVATE_KEY,
    a_peer,
    configuration,
    key,
    preshared_key,
    section,
)
from tests.drivers.interfaces import run, until

SIZES = [0, 1, 1_000, 10_000]


def changed(before, after) -> list[str]:
    """The keys of peers that are not the same object in both samples, or only in one."""
    keys = [*before.peers, *(name for name in after.peers if name not in before.peers)]
    return sorted(name for name in keys if before.peers.get(name) is not after.peers.get(name))


def test_an_interface_that_was_never_configured_has_no_key_and_no_peers(driver, interface):
    sample = driver.read_status(interface.name)
    assert sample.interface == InterfaceStatus(interface.name, driver.name, None, sample.interface.listen_port, up=True)
    assert sample.peers == {}


@pytest.mark.parametrize("count", SIZES)
def test_a_sample_is_what_was_configured_and_what_wg_shows_field_by_field(driver, interface, count):
    wanted = configuration(count)
    interface.configure(wanted.text)
    sample = driver.read_status(interface.name)
    head, shown = interface.dump()
    assert head == [PRIVATE_KEY, sample.interface.public_key, str(LISTEN_PORT), hex(FWMARK)]
    assert sample.interface == InterfaceStatus(interface.name, driver.name, head[1], LISTEN_PORT, FWMARK, up=True)
    assert sample.peers == shown
    assert {name: sorted_ips(peer) for name, peer in shown.items()} == {
        name: sorted_ips(peer) for name, peer in wanted.peers.items()
    }
    assert changed(sample, driver.read_status(interface.name)) == []


def sorted_ips(peer: PeerStatus) -> PeerStatus:
    """WireGuard keeps no order of allowed IPs, and gives a peer's in that of its own list."""
    return msgspec.structs.replace(peer, allowed_ips=tuple(sorted(peer.allowed_ips)))


@pytest.mark.kernel
@pytest.mark.wireguard
def test_both_drivers_say_the_same_of_equal_configurations(maker):
    wanted = configuration(1_000)
    samples = []
    for driver in (UapiDriver(), NetlinkDriver()):
        interface = maker.make(driver.name)
        interface.configure(wanted.text.replace(str(LISTEN_PORT), str(LISTEN_PORT + len(samples))))
        samples.append(driver.read_status(interface.name))
    uapi, netlink = ({name: sorted_ips(peer) for name, peer in sample.peers.items()} for sample in samples)
    assert uapi == netlink
    assert samples[0].interface.public_key == samples[1].interface.public_key
    assert samples[0].interface.fwmark == samples[1].interface.fwmark


def test_one_changed_peer_is_one_new_object(driver, interface):
    interface.configure(configuration(300).text)
    before = driver.read_status(interface.name)
    interface.set("peer", key(150), "persistent-keepalive", "77")
    after = driver.read_status(interface.name)
    assert changed(before, after) == [key(150)]
    assert after.peers[key(150)] == msgspec.structs.replace(before.peers[key(150)], persistent_keepalive=77)


def test_a_peer_that_moved_or_got_other_allowed_ips_is_seen(driver, interface):
    interface.configure(configuration(300).text)
    before = driver.read_status(interface.name)
    interface.set("peer", key(9), "endpoint", "[2001:db8::99]:9", "peer", key(20), "allowed-ips", "10.99.0.0/16,::/0")
    after = driver.read_status(interface.name)
    assert changed(before, after) == [key(9), key(20)]
    assert after.peers[key(9)].endpoint == "[2001:db8::99]:9"
    assert sorted(after.peers[key(20)].allowed_ips) == ["10.99.0.0/16", "::/0"]


def test_peers_that_go_and_come_are_seen_and_the_rest_stay_the_same_objects(driver, interface):
    interface.configure(configuration(300).text)
    before = driver.read_status(interface.name)
    interface.set("peer", key(0), "remove", "peer", key(150), "remove", "peer", key(5), "remove")
    interface.set("peer", key(9999), "allowed-ips", "10.200.0.1/32")
    after = driver.read_status(interface.name)
    assert changed(before, after) == sorted([key(0), key(5), key(150), key(9999)])
    assert after.peers[key(9999)] == PeerStatus(key(9999), allowed_ips=("10.200.0.1/32",))
    interface.set("peer", key(150), "allowed-ips", "10.200.0.2/32")
    assert changed(after, driver.read_status(interface.name)) == [key(150)]


def test_a_removed_preshared_key_is_seen_and_another_one_looks_the_same(driver, interface, tmp_path):
    interface.configure(configuration(10).text)
    before = driver.read_status(interface.name)
    other = tmp_path / "preshared"
    other.write_text(preshared_key(4444))
    interface.set("peer", key(5), "preshared-key", "/dev/null", "peer", key(0), "preshared-key", str(other))
    after = driver.read_status(interface.name)
    assert after.peers == {
        **before.peers,
        key(5): msgspec.structs.replace(before.peers[key(5)], has_preshared_key=False),
    }
    assert (before.peers[key(5)].has_preshared_key, after.peers[key(5)].has_preshared_key) == (True, False)


def test_a_peer_whose_many_allowed_ips_shrink_and_grow_is_followed(driver, interface):
    interface.configure(configuration(600).text)
    for count in (1500, 3, 2600, 0, 1170):
        ips = [f"10.{100 + number // 256}.{number % 256}.0/24" for number in range(count)]
        interface.set("peer", key(505), "allowed-ips", ",".join(ips))
        sample = driver.read_status(interface.name)
        assert sorted(sample.peers[key(505)].allowed_ips) == sorted(ips)
        assert sample.peers == interface.dump()[1]


def test_handshakes_and_transfer_are_what_wg_shows(driver, maker):
    one, other = maker.make(driver.name), maker.make(driver.name)
    for number, iface in enumerate((one, other)):
        iface.configure(f"[Interface]\nPrivateKey = {preshared_key(number)}\nListenPort = {41_900 + number}\n")
        iface.up()
    public = [driver.read_status(iface.name).interface.public_key for iface in (one, other)]
    other.set("peer", public[0], "allowed-ips", "10.77.0.1/32")
    one.set(
        "peer", public[1], "endpoint", "127.0.0.1:41901", "allowed-ips", "10.77.0.2/32", "persistent-keepalive", "1"
    )
    until(lambda: driver.read_status(one.name).peers[public[1]].rx_bytes, seconds=60)
    for iface, peer in ((one, public[1]), (other, public[0])):
        earlier, seen, later = iface.dump()[1][peer], driver.read_status(iface.name).peers[peer], iface.dump()[1][peer]
        assert 0 < earlier.latest_handshake <= seen.latest_handshake <= later.latest_handshake
        assert 0 < earlier.rx_bytes <= seen.rx_bytes <= later.rx_bytes
        assert 0 < earlier.tx_bytes <= seen.tx_bytes <= later.tx_bytes
    assert driver.read_status(other.name).peers[public[0]].endpoint == "127.0.0.1:41900"


def test_a_missing_interface_is_missing(driver):
    with pytest.raises(InterfaceMissing, match="sctmissing"):
        driver.read_status("sctmissing")


def test_an_interface_that_went_away_is_missing_and_a_new_one_of_its_name_starts_anew(driver, maker):
    interface = maker.make(driver.name)
    interface.configure(configuration(3).text)
    assert len(driver.read_status(interface.name).peers) == 3
    run(*interface.inside, "ip", "link", "del", interface.name)
    until(lambda: not_there(driver, interface.name))
    again = maker.make(driver.name, interface.name)
    again.configure(configuration(2).text)
    assert driver.read_status(interface.name).peers == again.dump()[1]


def not_there(driver, name: str) -> bool:
    try:
        driver.read_status(name)
    except InterfaceMissing:
        return True
    except InterfaceUnreadable:
        return False
    return False


def test_no_secret_leaves_the_driver(driver, interface):
    interface.configure(configuration(60).text)
    sample = driver.read_status(interface.name)
    shown = repr(sample).encode() + msgspec.json.encode(sample) + msgspec.msgpack.encode(sample)
    assert sum(peer.has_preshared_key for peer in sample.peers.values()) == 24
    secrets = [PRIVATE_KEY, *(preshared_key(number) for number in range(60))]
    for secret in secrets:
        raw = b64decode(secret)
        for form in (raw, secret.encode(), raw.hex().encode(), repr(raw)[2:-1].encode()):
            assert form not in shown


def test_interfaces_are_read_side_by_side(driver, maker):
    interfaces = [maker.make(driver.name) for _ in range(3)]
    for number, iface in enumerate(interfaces):
        iface.configure("".join(section_of(one) for one in range(number * 100, number * 100 + 100)))
    with ThreadPoolExecutor(3) as pool:
        for _ in range(20):
            samples = list(pool.map(lambda iface: driver.read_status(iface.name), interfaces))
            for number, sample in enumerate(samples):
                assert set(sample.peers) == {key(one) for one in range(number * 100, number * 100 + 100)}


def section_of(number: int) -> str:
    return section(number, a_peer(number))


@contextmanager
def writer(interface: str, first: str, last: str, guest: str) -> Iterator[None]:
    """Configure the interface without a pause: two peers always the same in one change, a third comes and goes."""
    script = """
        number=1
        while :; do
            number=$((number % 60000 + 2))
            wg set "$1" peer "$2" persistent-keepalive $number peer "$3" persistent-keepalive $number \
                peer "$4" persistent-keepalive 9
            wg set "$1" peer "$4" remove
        done
    """
    process = subprocess.Popen(["sh", "-c", script, "writer", interface, first, last, guest], start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_R12_no_inconsistent_sample_is_published_while_the_interface_is_configured(driver, interface):
    """First and last peer always get the same keepalive in one change, one peer comes and goes, the rest stay.

    Scaled: 100 reads of 1,500 peers.
    """
    interface.configure(configuration(1_500).text)
    first, last, guest = key(0), key(1_499), key(5_000)
    moving = {first, last, guest}
    interface.set("peer", first, "persistent-keepalive", "1", "peer", last, "persistent-keepalive", "1")
    resting = {name: peer for name, peer in driver.read_status(interface.name).peers.items() if name not in moving}
    assert len(resting) == 1_498
    states, refused = set(), 0
    with writer(interface.name, first, last, guest):
        for _ in range(100):
            try:
                peers = driver.read_status(interface.name).peers
            except InterfaceUnreadable as refusal:
                assert "configured while it was read" in str(refusal)  # noqa: PT017
                refused += 1
                continue
            assert peers[first].persistent_keepalive == peers[last].persistent_keepalive
            assert {name: peer for name, peer in peers.items() if name not in moving} == resting
            states.add((peers[first].persistent_keepalive, guest in peers))
    assert refused < 90
    assert len(states) > 3, "the interface hardly changed"


@pytest.mark.kernel
def test_R12_the_kernel_marks_dumps_during_which_the_interface_was_configured(maker):
    """Were it not so, the test above would say nothing: some of its reads must have met a mark."""
    interface = maker.make("netlink")
    interface.configure(configuration(1_500).text)
    tries = []
    driver = NetlinkDriver(lambda: tries.append(1) or connect())
    with writer(interface.name, key(0), key(1_499), key(5_000)):
        reads = 0

        def was_repeated() -> bool:
            nonlocal reads
            reads += 1
            not_there(driver, interface.name)
            return len(tries) > reads

        until(was_repeated, seconds=120)


@pytest.mark.kernel
def test_a_process_without_the_capability_is_told_which_one_it_needs(maker):
    interface = maker.make("netlink")
    read = f"from sentra.wireguard.netlink import NetlinkDriver; NetlinkDriver().read_status({interface.name!r})"
    done = subprocess.run(
        ["setpriv", "--bounding-set=-net_admin", sys.executable, "-c", read],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "InterfaceUnreadable" in done.stderr
    assert "CAP_NET_ADMIN" in done.stderr


@pytest.mark.kernel
def test_a_link_that_is_not_wireguard_is_unreadable():
    with pytest.raises(InterfaceUnreadable, match="lo cannot be read: it is not a WireGuard interface"):
        NetlinkDriver().read_status("lo")


@pytest.mark.kernel
def test_link_local_endpoints_are_written_as_wg_writes_them(maker):
    interface = maker.make("netlink")
    for number, endpoint in enumerate(["[fe80::1%lo]:5", "[2001:db8::1%1]:5", "[::ffff:192.0.2.1]:5", "[::1]:65535"]):
        interface.set("peer", key(number), "endpoint", endpoint)
    assert NetlinkDriver().read_status(interface.name).peers == interface.dump()[1]
