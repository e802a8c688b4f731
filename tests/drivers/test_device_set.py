"""The encoder of the kernel's configuration, read again by an independent decoder, and how messages are packed."""

from base64 import b64decode, b64encode
from ipaddress import ip_address, ip_network
from struct import unpack_from

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.errors import ApplyFailed
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.wireguard.apply import LARGEST_MESSAGE, MOST_PUT, MOST_REMOVED, Refused, _batches, _Part, apply_patch
from sentra.wireguard.device_set import DeviceEncoder
from sentra.wireguard.uapi_set import UapiEncoder
from tests.drivers.configuration import key, preshared_key
from tests.drivers.netlink_peers import endpoints, keys, prefixes
from tests.drivers.specs import a_spec, every_kind, secret

REMOVE_ME, REPLACE_ALLOWED_IPS, UPDATE_ONLY = 1, 2, 4

specs = st.builds(
    PeerSpec,
    keys,
    st.lists(prefixes(), max_size=4).map(tuple),
    st.none() | st.binary(min_size=32, max_size=32).filter(any).map(Secret),
    st.integers(0, 65535),
    endpoints,
)


def attributes(data: bytes) -> list[tuple[int, bool, bytes]]:
    """Type, whether it is a nest, and value of each attribute; with lengths that must be exact and padding of zeros."""
    found, start = [], 0
    while start < len(data):
        length, kind = unpack_from("=HH", data, start)
        assert 4 <= length <= len(data) - start
        end = start + (length + 3 & ~3)
        assert not any(data[start + length : end])
        found.append((kind & 0x3FFF, bool(kind & 0x8000), data[start + 4 : start + length]))
        start = end
    assert start == len(data)
    return found


def peers_of(message: bytes) -> list[dict]:
    ((kind, nested, value),) = attributes(message)
    assert (kind, nested) == (8, True)
    return [peer(one) for _, nest, one in attributes(value) if nest]


def peer(value: bytes) -> dict:
    fields = {kind: (nested, data) for kind, nested, data in attributes(value)}
    assert len(fields) == len(attributes(value))
    read = {"key": b64encode(fields.pop(1)[1]).decode(), "flags": unpack_from("=I", fields.pop(3)[1])[0]}
    names = {
        2: ("preshared_key", bytes),
        4: ("endpoint", endpoint),
        5: ("keepalive", lambda raw: unpack_from("=H", raw)[0]),
    }
    nested, allowed_ips = fields.pop(9, (True, b""))
    assert nested
    read["allowed_ips"] = [allowed_ip(one) for _, nest, one in attributes(allowed_ips) if nest]
    for kind, (nested, data) in fields.items():
        name, decode = names[kind]
        assert not nested
        read[name] = decode(data)
    return read


def allowed_ip(value: bytes) -> tuple:
    fields = {kind: data for kind, _, data in attributes(value)}
    (family,), (length,) = unpack_from("=H", fields[1]), fields[3]
    assert len(fields[2]) == {2: 4, 10: 16}[family]
    return ip_address(fields[2]), length


def endpoint(value: bytes) -> tuple:
    (family,), (port,) = unpack_from("=H", value), unpack_from("!H", value, 2)
    assert len(value) == {2: 16, 10: 28}[family]
    return ip_address(value[4:8] if family == 2 else value[8:24]), port


def messages(patch: DevicePatch, encoder=None, private_key: Secret | None = None) -> list[bytes]:
    sent: list[bytes] = []
    apply_patch("wg0", patch, private_key, encoder or DeviceEncoder(), sent.append)
    return sent


@settings(deadline=None)
@given(st.lists(specs, max_size=5, unique_by=lambda spec: spec.public_key))
def test_what_is_read_again_is_the_spec(wanted):
    sent = [one for message in messages(DevicePatch(put=tuple(wanted))) for one in peers_of(message)]
    for spec, read in zip(wanted, sent, strict=True):
        assert read == {
            "key": spec.public_key,
            "flags": REPLACE_ALLOWED_IPS,
            "preshared_key": spec.preshared_key.reveal() if spec.preshared_key else bytes(32),
            "keepalive": spec.persistent_keepalive,
            "allowed_ips": [(ip_network(ip).network_address, ip_network(ip).prefixlen) for ip in spec.allowed_ips],
            **({"endpoint": split(spec.endpoint)} if spec.endpoint else {}),
        }


def split(text: str) -> tuple:
    host, _, port = text.rpartition(":")
    return ip_address(host.strip("[]")), int(port)


def test_settings_come_first_then_peers_to_remove_then_those_to_put():
    patch = DevicePatch(True, 51820, 0xCA6C, (key(1), key(2)), (a_spec(3),))
    device, removed, put = messages(patch, private_key=secret(9))
    assert attributes(device) == [
        (3, False, secret(9).reveal()),
        (6, False, (51820).to_bytes(2, "little")),
        (7, False, (0xCA6C).to_bytes(4, "little")),
    ]
    assert [(one["key"], one["flags"]) for one in peers_of(removed)] == [(key(1), REMOVE_ME), (key(2), REMOVE_ME)]
    assert [one["key"] for one in peers_of(put)] == [key(3)]


def test_settings_that_a_patch_leaves_alone_are_not_written_and_zeros_are():
    assert messages(DevicePatch(), private_key=secret(1)) == []
    ((kind, _, value),) = attributes(messages(DevicePatch(fwmark=0))[0])
    assert (kind, value) == (7, bytes(4))
    ((kind, _, value),) = attributes(messages(DevicePatch(set_private_key=True))[0])
    assert (kind, value) == (3, bytes(32))


def test_peers_are_batched_and_no_message_is_longer_than_an_attribute_can_be():
    patch = DevicePatch(remove=tuple(map(key, range(5_000, 5_120))), put=tuple(map(every_kind, range(2_000))))
    sent = messages(patch)
    read = [peers_of(message) for message in sent]
    assert [len(peers) for peers in read[:3]] == [MOST_REMOVED, MOST_REMOVED, 20]
    assert max(map(len, sent)) <= LARGEST_MESSAGE + 4
    assert max(len(peers) for peers in read[3:]) == MOST_PUT
    assert len(sent) < 25
    order = [one["key"] for peers in read[3:] for one in peers]
    assert list(dict.fromkeys(order)) == [spec.public_key for spec in patch.put]


@pytest.mark.parametrize("count", [0, 1, 699, 700, 701, 1_400, 5_000, 100_000])
def test_a_peer_that_does_not_fit_is_continued_without_replacing_and_made_only_once(count):
    wanted = [(ip_address((10 << 24) + number), 32) for number in range(count)]
    spec = a_spec(1, *(f"{ip}/32" for ip, _ in wanted), preshared_key=secret(1), endpoint="192.0.2.1:1")
    parts = [one for message in messages(DevicePatch(put=(a_spec(0), spec, a_spec(2)))) for one in peers_of(message)]
    first, *further = [part for part in parts if part["key"] == key(1)]
    assert first["flags"] == REPLACE_ALLOWED_IPS
    assert first["preshared_key"] == secret(1).reveal()
    assert all(set(part) == {"key", "flags", "allowed_ips"} and part["flags"] == UPDATE_ONLY for part in further)
    assert [ip for part in (first, *further) for ip in part["allowed_ips"]] == wanted


@given(st.integers(0, 2**32 - 1), st.integers(0, 65535))
def test_numbers_are_written_whole(fwmark, port):
    (message,) = messages(DevicePatch(listen_port=port, fwmark=fwmark), UapiEncoder())
    assert message == f"set=1\nfwmark={fwmark}\nlisten_port={port}\n\n".encode()


def test_a_userspace_implementation_is_told_the_same_in_lines():
    spec = a_spec(1, "10.0.0.1/32", "fd00::1/128", preshared_key=secret(1), endpoint="[fe80::1%lo]:5")
    removed, put, bare = messages(DevicePatch(remove=(key(2),), put=(spec,)), UapiEncoder()) + messages(
        DevicePatch(put=(a_spec(3, persistent_keepalive=25),)), UapiEncoder()
    )
    raw = [b64decode(key(number)).hex() for number in range(4)]
    assert removed.decode() == f"set=1\npublic_key={raw[2]}\nremove=true\n\n"
    assert put.decode() == (
        f"set=1\npublic_key={raw[1]}\npreshared_key={b64decode(preshared_key(1)).hex()}\n"
        "persistent_keepalive_interval=0\nreplace_allowed_ips=true\nendpoint=[fe80::1%lo]:5\n"
        "allowed_ip=10.0.0.1/32\nallowed_ip=fd00::1/128\n\n"
    )
    assert bare.decode() == (
        f"set=1\npublic_key={raw[3]}\npreshared_key={'0' * 64}\n"
        "persistent_keepalive_interval=25\nreplace_allowed_ips=true\n\n"
    )


@settings(deadline=None)
@given(
    st.tuples(*(st.text(max_size=8) for _ in range(3))),
    st.sampled_from(["192.0.2.1:5{}", "[::1{}]:5", "[fe80::1%{}]:5", "{}:5"]),
    st.sampled_from(["\n", "\nremove=true", "\n\n", "\r", "\0", ""]),
)
def test_no_text_brings_a_line_of_its_own(texts, shape, end):
    prefix, hole, public_key = texts
    spec = PeerSpec(public_key + end, (prefix + end,), endpoint=shape.format(hole + end))
    for encoder in (UapiEncoder(), DeviceEncoder()):
        with pytest.raises(ApplyFailed):
            messages(DevicePatch(put=(spec,)), encoder)
    for one in (PeerSpec(key(1), (prefix + end,)), PeerSpec(key(1), endpoint=shape.format(hole + end))):
        try:
            (message,) = messages(DevicePatch(put=(one,)), UapiEncoder())
        except ApplyFailed:
            continue
        assert message.count(b"\n") == 7
        assert b"\r" not in message
        assert b"\0" not in message


@pytest.mark.parametrize("encoder", [UapiEncoder(), DeviceEncoder()])
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (DevicePatch(listen_port=65536), "its settings cannot be written"),
        (DevicePatch(fwmark=-1), "its settings cannot be written"),
        (DevicePatch(remove=("AAAA",)), "the peer AAAA cannot be written"),
        (DevicePatch(put=(a_spec(1, "10.0.0.1"),)), "not a number from 0 to 255"),
        (DevicePatch(put=(a_spec(1, "10.0.0.1/٣"),)), "not a number from 0 to 255"),
        (DevicePatch(put=(a_spec(1, endpoint="localhost:5"),)), "not an address"),
        (DevicePatch(put=(a_spec(1, endpoint="192.0.2.1"),)), "not a"),
        (DevicePatch(put=(a_spec(1, endpoint="192.0.2.1:65536"),)), "not a number from 0 to 65535"),
        (DevicePatch(put=(a_spec(1, preshared_key=Secret(b"hidden thing")),)), "not a key of 32 bytes"),
    ],
)
def test_what_is_no_field_is_refused_before_anything_is_sent_and_not_repeated(encoder, wrong, why):
    with pytest.raises(ApplyFailed, match=why) as failure:
        messages(wrong, encoder)
    assert "wg0 was left as it is" in str(failure.value)
    assert "hidden" not in str(failure.value)
    assert "localhost" not in str(failure.value)


class Picky:
    """Takes messages and refuses those that have one peer in them, as often as it is told to."""

    def __init__(self, number: int, times: int) -> None:
        self.hated = b64decode(key(number))
        self.times = times
        self.taken: list[str] = []

    def __call__(self, message: bytes) -> None:
        if self.hated in message and self.times:
            self.times -= 1
            raise Refused(22)
        self.taken += [one["key"] for one in peers_of(message)]


@pytest.mark.parametrize("place", [0, 1, 199, 200, 201, 499])
def test_R11_the_peer_that_is_refused_is_found_and_nothing_after_it_is_sent(place):
    picky = Picky(place, times=2)
    with pytest.raises(ApplyFailed, match=r"wg0 refuses the peer .*: Invalid argument") as failure:
        apply_patch("wg0", DevicePatch(put=tuple(map(a_spec, range(500)))), None, DeviceEncoder(), picky)
    assert failure.value.public_key == key(place)
    assert picky.taken == [key(number) for number in range(place)]


def test_a_message_that_is_taken_peer_by_peer_is_no_failure():
    picky = Picky(250, times=1)
    apply_patch("wg0", DevicePatch(put=tuple(map(a_spec, range(500)))), None, DeviceEncoder(), picky)
    assert picky.taken == [key(number) for number in range(500)]


def test_a_send_that_fails_otherwise_ends_it_at_once():
    sent = []

    def lost(message: bytes) -> None:
        sent.append(message)
        if len(sent) == 2:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        apply_patch("wg0", DevicePatch(put=tuple(map(a_spec, range(900)))), None, DeviceEncoder(), lost)
    assert len(sent) == 2


def test_no_secret_is_in_the_repr_of_what_is_on_its_way():
    shown = repr(list(_batches([_Part(key(1), b"preshared secret")], 5)))
    assert key(1) in shown
    assert "secret" not in shown
