"""Specs that are read again and again, by both drivers: as if each read were the first, and quickly."""

import random
from base64 import b64decode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.errors import InterfaceUnreadable
from sentra.core.interfaces import DeviceSpec
from sentra.core.secrets import Secret
from sentra.wireguard import device_spec, uapi_spec
from sentra.wireguard.netlink import NetlinkDriver
from sentra.wireguard.spec_reading import SpecReading
from tests.drivers import netlink_bytes as wire
from tests.drivers.netlink_peers import devices, peers
from tests.drivers.test_netlink_decoder import a_peer, edit, encoded
from tests.drivers.test_netlink_driver import Socket, driver_of
from tests.drivers.test_read_spec import spec_of
from tests.drivers.test_uapi import ANSWER, answering
from tests.scale import scaled

SECRETS = ("0b" * 32, "aa" * 32, "\\x0b\\x0b", "b'\\xc8", repr(wire.PRESHARED_KEY)[2:-1])


def series(*scripts: list[bytes]) -> NetlinkDriver:
    """A driver whose n-th read meets the n-th script."""
    tries = iter(scripts)
    return NetlinkDriver(lambda: Socket(next(tries)), retry_pauses=(), answer_seconds=0.5)


@settings(deadline=None, max_examples=scaled(50, 500))
@given(st.data())
def test_each_dump_of_a_series_says_what_it_would_alone(data):
    device, reading = data.draw(devices), None
    for _ in range(data.draw(st.integers(2, 4))):
        before = reading.device.peers if reading else {}
        reading = series(data.draw(encoded(device))).follow_spec("lo", reading)
        assert reading.device.peers == {peer.public_key: spec_of(peer) for peer in device}
        for key, spec in reading.device.peers.items():
            assert before.get(key) != spec or before[key] is spec
        device = edit(data.draw, device)


@settings(deadline=None, max_examples=scaled(50, 500))
@given(st.lists(devices, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_each_answer_of_a_series_says_what_it_would_alone(series, dice):
    reading = SpecReading(DeviceSpec())
    for device in series:
        dice.shuffle(device)
        before = reading.device.peers
        reading = uapi_spec.follow_spec(b"", iter([lines(peer, dice) for peer in device]), reading)
        assert reading.device.peers == {peer.public_key: spec_of(peer) for peer in device}
        for key, spec in reading.device.peers.items():
            assert before.get(key) != spec or before[key] is spec


def lines(peer, dice: random.Random) -> bytes:
    """A peer as a userspace implementation writes it: the counters together, or as another one might."""
    told = [f"preshared_key={(wire.PRESHARED_KEY if peer.has_preshared_key else bytes(32)).hex()}"]
    told += [f"endpoint={peer.endpoint}"] if peer.endpoint else []
    counters = [
        f"last_handshake_time_sec={peer.latest_handshake}",
        "last_handshake_time_nsec=7",
        f"tx_bytes={peer.tx_bytes}",
        f"rx_bytes={peer.rx_bytes}",
    ]
    rest = [f"persistent_keepalive_interval={peer.persistent_keepalive}"]
    rest += [f"allowed_ip={prefix}" for prefix in peer.allowed_ips]
    parts = [told, counters, rest]
    if dice.random() < 0.3:
        parts = [*told, *counters, *rest]
        dice.shuffle(parts)
        parts = [parts]
    return "\n".join([b64decode(peer.public_key).hex(), *(line for part in parts for line in part)]).encode()


@pytest.mark.parametrize("counted", [{"rx_bytes": 1}, {"tx_bytes": 2**64 - 1}, {"latest_handshake": 9}])
def test_counters_are_nothing_that_is_configured(counted, monkeypatch):
    peer = a_peer(1, endpoint="192.0.2.1:5", allowed_ips=("10.0.0.1/32",), has_preshared_key=True)
    other = msgspec.structs.replace(peer, **counted)
    driver = series(wire.dump([peer, a_peer(2)]), wire.dump([other, a_peer(2)]))
    first = driver.follow_spec("lo", None)
    monkeypatch.setattr(device_spec, "read_peer", lambda _: pytest.fail("a peer was decoded once more"))
    assert driver.follow_spec("lo", first).device is first.device


def test_counters_of_a_userspace_implementation_are_nothing_that_is_configured(monkeypatch):
    counted = ANSWER.replace(b"rx_bytes=9", b"rx_bytes=10").replace(b"time_sec=5", b"time_sec=77")
    with answering(ANSWER, counted) as driver:
        first = driver.follow_spec("wg0", None)
        monkeypatch.setattr(uapi_spec, "_peer", lambda _: pytest.fail("a peer was decoded once more"))
        assert driver.follow_spec("wg0", first).device is first.device


@pytest.mark.parametrize(
    "changed",
    [
        {"persistent_keepalive": 26},
        {"endpoint": "192.0.2.2:5"},
        {"endpoint": None},
        {"allowed_ips": ("10.0.0.2/32",)},
        {"has_preshared_key": False},
    ],
)
def test_what_is_configured_is_seen_however_little_differs(changed):
    peer = a_peer(1, endpoint="192.0.2.1:5", allowed_ips=("10.0.0.1/32",), has_preshared_key=True)
    other = msgspec.structs.replace(peer, rx_bytes=5, **changed)
    driver = series(wire.dump([peer, a_peer(2)]), wire.dump([other, a_peer(2)]))
    first = driver.follow_spec("lo", None)
    second = driver.follow_spec("lo", first)
    assert second.device.peers[peer.public_key] == spec_of(other)
    assert second.device.peers[a_peer(2).public_key] is first.device.peers[a_peer(2).public_key]


def test_another_preshared_key_is_seen():
    def dump(preshared_key: bytes) -> list[bytes]:
        return [wire.device_message(wire.whole(a_peer(1), preshared_key=preshared_key)), wire.done()]

    driver = series(dump(bytes(range(32))), dump(bytes(range(1, 33))))
    first = driver.follow_spec("lo", None)
    (peer,) = driver.follow_spec("lo", first).device.peers.values()
    assert peer.preshared_key == Secret(bytes(range(1, 33)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"rx_bytes=9\npersistent_keepalive_interval=25", b"rx_bytes=9\npersistent_keepalive_interval=26"),
        (b"preshared_key=00", b"preshared_key=01"),
        (b"10.0.0.2/32", b"10.0.0.3/32"),
        (b"endpoint=[2001:db8::1]:51820\n", b""),
        (b"listen_port=51820", b"listen_port=51821"),
        (b"fwmark=7\n", b""),
        (b"0b" * 32, b"0c" * 32),
    ],
)
def test_a_userspace_implementation_that_says_anything_else_is_heard(before, after):
    changed = ANSWER.replace(before, after, 1)
    with answering(ANSWER, changed, changed) as driver:
        first = driver.follow_spec("wg0", None)
        second = driver.follow_spec("wg0", first)
        assert second.device == driver.read_spec("wg0") != first.device


@given(peers, st.data())
@settings(deadline=None, max_examples=scaled(50, 300))
def test_no_byte_of_a_peer_is_passed_over_that_says_what_is_configured(peer, data):
    raw = wire.whole(peer)
    changed = bytearray(raw)
    changed[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    scripts = [[wire.device_message(each), wire.done()] for each in (raw, bytes(changed))]

    def told(last: SpecReading | None) -> object:
        try:
            return series(scripts[1]).follow_spec("lo", last).device
        except InterfaceUnreadable as error:
            return str(error)

    assert told(series(scripts[0]).follow_spec("lo", None)) == told(None)


def test_the_driver_remembers_nothing():
    driver = driver_of(wire.dump([a_peer(1)]))
    one, other = (driver.follow_spec("lo", None).device.peers[a_peer(1).public_key] for _ in range(2))
    assert one == other
    assert one is not other


def test_no_secret_is_shown_by_a_reading():
    with answering(ANSWER) as driver:
        readings = [driver.follow_spec("wg0", None)]
    readings.append(driver_of(wire.dump([a_peer(1, has_preshared_key=True)])).follow_spec("lo", None))
    shown = " ".join(
        map(repr, (*readings, *(dict(reading.known) and [*reading.known.values()] for reading in readings)))
    )
    assert "KnownPeer" in shown
    assert not [secret for secret in SECRETS if secret in shown]
