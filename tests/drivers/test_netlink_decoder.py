"""The decoder of kernel dumps, fed by an independent encoder."""

import contextlib
import random
from base64 import b64decode, b64encode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.status import PeerStatus
from sentra.wireguard.device_dump import DumpDecoder
from sentra.wireguard.device_peer import read_peer
from sentra.wireguard.device_shape import shape_of
from sentra.wireguard.genl import Malformed, Message, messages
from tests.drivers import netlink_bytes as wire
from tests.drivers.netlink_peers import devices, keys, peers, prefixes
from tests.scale import scaled


def received(datagrams: list[bytes]) -> list[Message]:
    buffers = [bytearray(datagram) for datagram in datagrams]
    return [one for buffer in buffers for one in messages(buffer, 0, len(buffer)) if one.kind == wire.FAMILY]


def read(datagrams: list[bytes], decoder: DumpDecoder | None = None):
    decoder = decoder or DumpDecoder("wg0")
    return decoder.decode(received(datagrams)), decoder


def key(number: int) -> str:
    return b64encode(number.to_bytes(32, "big")).decode()


def a_peer(number: int = 1, **fields) -> PeerStatus:
    known = {"endpoint": "192.0.2.1:51820", "allowed_ips": (f"10.0.{number >> 8}.{number & 255}/32",), "rx_bytes": 5}
    return PeerStatus(key(number), **{**known, **fields})


def the_peers(sample) -> list[PeerStatus]:
    assert all(public_key == peer.public_key for public_key, peer in sample.peers.items())
    return list(sample.peers.values())


def test_a_device_without_peers_keys_or_port_is_read():
    sample, _ = read([wire.device_message() + wire.done()])
    assert sample.peers == {}
    assert (sample.interface.public_key, sample.interface.listen_port, sample.interface.fwmark) == (None, 0, 0)
    assert (sample.interface.name, sample.interface.driver, sample.interface.up) == ("wg0", "netlink", True)


def test_the_device_says_its_public_key_port_and_fwmark():
    sample, _ = read([wire.device_message(device=wire.device(listen_port=4242, fwmark=0xCAFE0001)) + wire.done()])
    assert sample.interface.public_key == b64encode(bytes(range(32))).decode()
    assert (sample.interface.listen_port, sample.interface.fwmark) == (4242, 0xCAFE0001)


@settings(deadline=None, max_examples=50)
@given(devices, st.integers(1, 10))
def test_what_is_encoded_is_decoded(device, per_message):
    sample, _ = read(wire.dump(device, per_message))
    assert the_peers(sample) == device


@settings(deadline=None, max_examples=50)
@given(devices, st.integers())
def test_order_and_unknown_attributes_do_not_matter(device, seed):
    dice = random.Random(seed)  # noqa: S311
    sample, _ = read([wire.device_message(b"".join(wire.in_any_order(peer, dice) for peer in device)) + wire.done()])
    assert the_peers(sample) == device


@settings(deadline=None, max_examples=50)
@given(st.lists(prefixes(), min_size=1, max_size=30).map(tuple), st.data())
def test_a_peer_split_over_messages_is_one_peer(ips, data):
    before, peer, after = a_peer(1), a_peer(2, allowed_ips=ips), a_peer(3)
    cuts = data.draw(st.lists(st.integers(0, len(ips)), min_size=1, max_size=4))
    parts = wire.in_parts(peer, cuts)
    datagrams = [wire.device_message(wire.whole(before) + parts[0], wire.device())]
    datagrams += [wire.device_message(part) for part in parts[1:-1]]
    datagrams += [wire.device_message(parts[-1] + wire.whole(after)) + wire.done()]
    sample, decoder = read(datagrams)
    assert the_peers(sample) == [before, peer, after]
    again, _ = read(datagrams, decoder)
    assert [one is other for one, other in zip(the_peers(sample), the_peers(again), strict=True)] == [True] * 3


def edit(draw, device: list[PeerStatus]) -> list[PeerStatus]:
    """What a few seconds may do to a device: peers go, come, move, change."""
    edited = []
    everyone = draw(st.sampled_from([None, None, "counted"]))
    for peer in device:
        fate = everyone or draw(st.sampled_from(["same", "same", "same", "gone", "counted", "changed"]))
        if fate == "same":
            edited.append(peer)
        elif fate == "counted":
            edited.append(msgspec.structs.replace(peer, rx_bytes=draw(st.integers(0, 2**64 - 1))))
        elif fate == "changed":
            edited.append(msgspec.structs.replace(draw(peers), public_key=peer.public_key))
    if draw(st.booleans()):
        edited = draw(st.permutations(edited))
    names = {peer.public_key for peer in device}
    return edited + [peer for peer in draw(devices) if peer.public_key not in names]


@st.composite
def encoded(draw, device: list[PeerStatus]) -> list[bytes]:
    """A dump of the device, cut into messages anywhere, also within peers, with some peers in another layout."""
    dice = random.Random(draw(st.integers()))  # noqa: S311
    strange = draw(st.booleans())
    datagrams, peers_so_far = [], b""
    for peer in device:
        cuts = draw(st.lists(st.integers(0, len(peer.allowed_ips)), max_size=2)) if dice.random() < 0.3 else []
        parts = [wire.in_any_order(peer, dice)] if strange and dice.random() < 0.2 else wire.in_parts(peer, cuts)
        for part in parts[:-1]:
            datagrams.append(wire.device_message(peers_so_far + part))
            peers_so_far = b""
        peers_so_far += parts[-1]
        if dice.random() < 0.2:
            datagrams.append(wire.device_message(peers_so_far))
            peers_so_far = b""
    return [*datagrams, wire.device_message(peers_so_far) + wire.done()]


@settings(deadline=None, max_examples=scaled(50, 100))
@given(st.data())
def test_every_dump_of_a_series_is_read_as_if_it_were_the_first(data):
    decoder, seen = None, {}
    device = data.draw(devices)
    for _ in range(data.draw(st.integers(2, 4))):
        datagrams = data.draw(encoded(device))
        sample, decoder = read(datagrams, decoder)
        assert sample.peers == {peer.public_key: peer for peer in device}
        for public_key, peer in sample.peers.items():
            assert public_key not in seen or seen[public_key] != peer or seen[public_key] is peer
        seen = dict(sample.peers)
        device = edit(data.draw, device)


def test_a_changed_peer_is_new_and_its_neighbours_are_the_same_objects():
    device = [a_peer(number) for number in range(100)]
    first, decoder = read(wire.dump(device))
    device[50] = msgspec.structs.replace(device[50], tx_bytes=77, endpoint="[2001:db8::1]:1")
    second, _ = read(wire.dump(device), decoder)
    assert the_peers(second) == device
    assert [
        number for number in range(100) if second.peers[key(number)] is not first.peers[key(number)]
    ] == [50]  # fmt: skip


def test_a_dump_without_changes_gives_the_very_same_objects():
    datagrams = wire.dump([a_peer(number) for number in range(300)])
    first, decoder = read(datagrams)
    second, _ = read(datagrams, decoder)
    assert all(second.peers[public_key] is peer for public_key, peer in first.peers.items())


def test_a_sample_once_given_is_never_altered_by_later_reads():
    device = [a_peer(number) for number in range(20)]
    first, decoder = read(wire.dump(device))
    kept = dict(first.peers)
    read(wire.dump([msgspec.structs.replace(device[3], rx_bytes=9), *device[5:], a_peer(99)]), decoder)
    read(wire.dump([*device[:3], msgspec.structs.replace(device[3], rx_bytes=9), *device[4:]]), decoder)
    assert first.peers == kept


def test_a_preshared_key_that_is_set_changed_or_removed_shows_only_as_set_or_not():
    def seen(decoder, **options):
        return read([wire.device_message(wire.whole(a_peer(1), **options)) + wire.done()], decoder)

    none, decoder = seen(None)
    one, decoder = seen(decoder, preshared_key=wire.PRESHARED_KEY)
    other, decoder = seen(decoder, preshared_key=wire.PRESHARED_KEY[::-1])
    removed, _ = seen(decoder)
    assert [sample.peers[key(1)].has_preshared_key for sample in (none, one, other, removed)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert other.peers[key(1)] is one.peers[key(1)]


def test_allowed_ips_that_no_longer_fill_two_messages_are_not_remembered_from_then():
    ips = tuple(f"10.1.{number}.0/24" for number in range(20))
    split = wire.in_parts(a_peer(1, allowed_ips=ips), [12])
    sample, decoder = read([wire.device_message(split[0]), wire.device_message(split[1]) + wire.done()])
    assert sample.peers[key(1)].allowed_ips == ips
    sample, decoder = read([wire.device_message(split[0]) + wire.done()], decoder)
    assert sample.peers[key(1)].allowed_ips == ips[:12]
    sample, _ = read([wire.device_message(split[0]), wire.device_message(split[1]) + wire.done()], decoder)
    assert sample.peers[key(1)].allowed_ips == ips


def test_a_peer_that_is_no_longer_split_and_says_the_same_is_the_same_object():
    begun, rest = wire.in_parts(a_peer(1), [1])
    first, decoder = read([wire.device_message(begun), wire.device_message(rest) + wire.done()])
    second, _ = read([wire.device_message(begun) + wire.done()], decoder)
    assert same(first, second) == [True]


def test_a_link_local_endpoint_names_its_link_as_wg_does():
    nest = wire.peer_nest([*wire.details(a_peer(1, endpoint=None)), wire.attribute(4, wire.sockaddr("[fe80::1]:5", 1))])
    sample, _ = read([wire.device_message(nest) + wire.done()])
    assert sample.peers[key(1)].endpoint == "[fe80::1%lo]:5"


def test_no_secret_is_in_the_sample_or_in_what_memory_shows():
    bytes_of_it = received(wire.dump([a_peer(1, has_preshared_key=True)]))
    decoder = DumpDecoder("wg0")
    assert wire.PRIVATE_KEY in bytes_of_it[0].data
    sample = decoder.decode(bytes_of_it)
    shown = (
        (repr(sample) + repr(decoder) + repr(decoder._last)).encode()
        + msgspec.json.encode(sample)
        + msgspec.msgpack.encode(sample)
    )
    for secret in (wire.PRIVATE_KEY, wire.PRESHARED_KEY):
        for form in (secret, b64encode(secret), secret.hex().encode(), repr(secret)[2:-1].encode()):
            assert form not in shown
    assert wire.PRIVATE_KEY not in bytes_of_it[0].data
    assert all(wire.PRIVATE_KEY not in bytes(part.nest.raw) for part in decoder._last.parts)


def damaged(draw, datagrams: list[bytes]) -> list[bytes]:
    victim = draw(st.integers(0, len(datagrams) - 1))
    changed = bytearray(datagrams[victim])
    for _ in range(draw(st.integers(1, 8))):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    end = draw(st.integers(0, len(changed)) | st.just(len(changed)))
    return [*datagrams[:victim], bytes(changed[:end]), *datagrams[victim + 1 :]]


@settings(deadline=None, max_examples=scaled(80, 150))
@given(st.data())
def test_damaged_dumps_are_read_or_refused_and_never_anything_else(data):
    device = data.draw(devices)
    _, decoder = read(data.draw(encoded(device)))
    with contextlib.suppress(Malformed):
        read(damaged(data.draw, data.draw(encoded(device))), decoder)
    sample, _ = read(data.draw(encoded(device)), decoder)
    assert the_peers(sample) == device


@settings(deadline=None, max_examples=scaled(80, 150))
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_refused(payload):
    for wrapped in (
        payload,
        wire.message(payload),
        wire.device_message(payload),
        wire.device_message(wire.peer_nest([payload])),
    ):
        with contextlib.suppress(Malformed):
            read([wrapped])


@settings(deadline=None, max_examples=50)
@given(keys)
def test_public_keys_are_written_as_wg_writes_them(public_key):
    sample, _ = read([wire.device_message(wire.whole(PeerStatus(public_key))) + wire.done()])
    assert list(sample.peers) == [b64encode(b64decode(public_key)).decode()]


@pytest.mark.parametrize("size", [0, 1, 31, 33])
def test_a_key_of_another_length_is_refused(size):
    nest = wire.peer_nest([wire.attribute(1, bytes(size))])
    with pytest.raises(Malformed):
        read([wire.device_message(nest) + wire.done()])


@pytest.mark.parametrize("length", [0, 1, 3, 5, 0x7FFF, 0xFFFF])
def test_no_length_anywhere_can_mislead_the_decoder(length):
    """Every two bytes of a dump are once taken for a length and replaced."""
    peers = [a_peer(1), a_peer(2, allowed_ips=("10.0.0.0/8", "fd00::/64")), a_peer(3, endpoint=None)]
    (dump,) = wire.dump(peers)
    for strange in (False, True):
        nests = [wire.in_any_order(peer, random.Random(7)) if strange else wire.whole(peer) for peer in peers]  # noqa: S311
        dump = wire.device_message(b"".join(nests), wire.device()) + wire.done()
        for start in range(16, len(dump), 2):
            with contextlib.suppress(Malformed):
                read([dump[:start] + length.to_bytes(2, "little") + dump[start + 2 :]])


def test_an_attribute_that_claims_more_bytes_than_there_are_is_refused():
    nest = wire.whole(a_peer(1))
    for longer in (wire.message(b"\0\1\0\0\xff\0\x06\0"), wire.device_message(b"\xff\xff" + nest[2:])):
        with pytest.raises(Malformed, match="impossible length"):
            read([longer])


CHANGES = {
    "counted": {"rx_bytes": 6, "tx_bytes": 7, "latest_handshake": 1_790_000_000},
    "roamed": {"endpoint": "192.0.2.77:4"},
    "rerouted": {"allowed_ips": ("10.9.9.9/32",)},
    "moved to IPv6": {"endpoint": "[2001:db8::7]:4"},
    "keyed": {"has_preshared_key": True},
    "kept alive": {"persistent_keepalive": 25},
}


@pytest.mark.parametrize("one", CHANGES)
@pytest.mark.parametrize("other", CHANGES)
@pytest.mark.parametrize("places", [[0], [39], [0, 1, 2, 3, 4, 5], [20, 22, 24, 39]])
def test_what_changes_together_is_seen_together(one, other, places):
    device = [a_peer(number) for number in range(40)]
    first, decoder = read(wire.dump(device))
    for changes in ({**CHANGES[one], **CHANGES[other]}, CHANGES[one], {}):
        now = [a_peer(number, **changes) if number in places else a_peer(number) for number in range(40)]
        sample, _ = read(wire.dump(now), decoder)
        assert the_peers(sample) == now
        assert all(
            sample.peers[key(number)] is first.peers[key(number)] for number in range(40) if number not in places
        )


@pytest.mark.parametrize("removed", [[0], [39], [38, 39], [5], [5, 20], list(range(40))])
def test_removed_peers_are_gone_and_the_rest_stay_the_same_objects(removed):
    device = [a_peer(number) for number in range(40)]
    first, decoder = read(wire.dump(device))
    rest = [peer for number, peer in enumerate(device) if number not in removed]
    for _ in range(2):
        sample, _ = read(wire.dump(rest), decoder)
        assert the_peers(sample) == rest
        assert all(peer is first.peers[public_key] for public_key, peer in sample.peers.items())
    again, _ = read(wire.dump(device), decoder)
    assert again.peers == first.peers


def test_a_split_peer_of_which_only_the_first_part_changed_keeps_all_its_allowed_ips():
    peer = a_peer(2, allowed_ips=tuple(f"10.1.{number}.0/24" for number in range(20)))
    decoder = None
    for rx_bytes in (5, 6, 6, 7):
        peer = msgspec.structs.replace(peer, rx_bytes=rx_bytes)
        begun, rest = wire.in_parts(peer, [12])
        datagrams = [wire.device_message(wire.whole(a_peer(1)) + begun)]
        datagrams += [wire.device_message(rest + wire.whole(a_peer(3))) + wire.done()]
        sample, decoder = read(datagrams, decoder)
        assert the_peers(sample) == [a_peer(1), peer, a_peer(3)]


def counted(peer: PeerStatus, number: int) -> PeerStatus:
    return msgspec.structs.replace(
        peer, latest_handshake=1_790_000_000 + number, rx_bytes=2**64 - 1 - number, tx_bytes=number * 10**6
    )


def mixed_peers() -> list[PeerStatus]:
    """Peers of every layout, over two messages and several runs."""
    kinds = [{}, {"endpoint": None}, {"endpoint": "[2001:db8::7]:4"}, {"allowed_ips": ()}, {"has_preshared_key": True}]
    return [a_peer(number, **kinds[number * number % 7 % 5]) for number in range(300)]


def same(first, second) -> list[bool]:
    return [one is other for one, other in zip(the_peers(first), the_peers(second), strict=True)]


def test_counters_of_all_peers_are_read_and_those_that_rest_stay_the_same_objects():
    device = mixed_peers()
    before, decoder = read(wire.dump(device))
    for step in range(4):
        resting = [number % 7 == 3 or number >= 290 for number in range(300)] if step else [False] * 300
        pairs = zip(device, resting, strict=True)
        device = [peer if rests else counted(peer, step * 300 + place) for place, (peer, rests) in enumerate(pairs)]
        sample, decoder = read(wire.dump(device), decoder)
        assert the_peers(sample) == device
        assert same(before, sample) == resting
        before = sample
    assert any(part.fixed for part in decoder._last.parts)


def test_counters_that_begin_again_are_read():
    device = [counted(peer, 1) for peer in mixed_peers()]
    _, decoder = read(wire.dump(device))
    restarted = [msgspec.structs.replace(peer, latest_handshake=0, rx_bytes=0, tx_bytes=0) for peer in device]
    for now in (restarted, device, restarted):
        sample, decoder = read(wire.dump(now), decoder)
        assert the_peers(sample) == now


def test_nanoseconds_alone_change_nothing():
    def seen(nanoseconds, decoder=None):
        nests = (wire.whole(peer, nanoseconds=nanoseconds) for peer in mixed_peers())
        return read([wire.device_message(b"".join(nests)) + wire.done()], decoder)

    first, decoder = seen(1)
    for nanoseconds in (2, 999_999_999):
        sample, decoder = seen(nanoseconds, decoder)
        assert all(same(first, sample))


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "counted"])
@pytest.mark.parametrize("place", [0, 1, 63, 64, 149, 150, 299])
def test_what_else_changes_while_all_count_is_seen_and_seen_to_go(change, place):
    device = [a_peer(number) for number in range(300)]
    decoder = None
    for step in range(6):
        now = [counted(peer, step * 300 + number) for number, peer in enumerate(device)]
        if step in {2, 3}:
            now[place] = msgspec.structs.replace(now[place], **CHANGES[change])
        sample, decoder = read(wire.dump(now), decoder)
        assert the_peers(sample) == now


@pytest.mark.parametrize("others", [{}, {"endpoint": None}], ids=["alike", "mixed"])
@pytest.mark.parametrize("offset", range(len(wire.whole(a_peer(5)))))
def test_every_byte_of_a_peer_counts_while_all_count(offset, others):
    """A bit of one peer changes while the counters of all do: it is read, or refused, as if the dump were the first."""
    device = [a_peer(number, **(others if number % 2 == 0 else {})) for number in range(8)]
    dumps = [wire.dump([counted(peer, step * 8 + n) for n, peer in enumerate(device)])[0] for step in range(3)]
    position = dumps[2].index(b64decode(key(5))) - 8 + offset
    altered = bytearray(dumps[2])
    altered[position] ^= 1
    _, decoder = read([dumps[0]])
    _, decoder = read([dumps[1]], decoder)
    assert any(part.fixed for part in decoder._last.parts)
    try:
        expected, _ = read([bytes(altered)])
    except Malformed:
        with pytest.raises(Malformed):
            read([bytes(altered)], decoder)
    else:
        sample, _ = read([bytes(altered)], decoder)
        assert sample == expected


def test_counters_in_another_order_are_read_where_they_lie():
    def nest(peer):
        *before, tx_bytes, rx_bytes, version, endpoint = wire.details(peer)
        return wire.peer_nest([*before, rx_bytes, tx_bytes, version, endpoint])

    decoder = None
    for step in range(3):
        device = [counted(a_peer(number, allowed_ips=()), step * 20 + number) for number in range(20)]
        sample, decoder = read([wire.device_message(b"".join(map(nest, device))) + wire.done()], decoder)
        assert the_peers(sample) == device


PREFIXES = {4: "{}.{}.{}.{}/32", 6: "2001:db8:{}:{}:{}::{}/128"}


@settings(deadline=None, max_examples=50)
@given(st.sampled_from([None, 4, 6]), st.lists(st.sampled_from([4, 6]), max_size=9), st.integers(1, 100), st.randoms())
def test_peers_of_one_shape_are_read_together_as_each_alone(endpoint, families, number, dice):
    def address(version: int) -> str:
        return PREFIXES[version].format(*(dice.randrange(1, 256) for _ in range(4)))

    def written(version: int) -> str:
        host = address(version).partition("/")[0]
        return f"[{host}]:{dice.randrange(65536)}" if version == 6 else f"{host}:{dice.randrange(65536)}"

    device = [
        PeerStatus(
            b64encode(dice.randbytes(32)).decode(),
            endpoint and written(endpoint),
            tuple(map(address, families)),
            dice.getrandbits(63),
            dice.getrandbits(64),
            dice.getrandbits(64),
            dice.getrandbits(16),
            dice.random() < 0.5,
        )
        for _ in range(number)
    ]
    nests = [wire.whole(peer) for peer in device]
    shape = shape_of(nests[0])
    assert (shape is None) == (len(nests[0]) > 400)
    if shape:
        assert shape.read(b"".join(nests)) == device
    assert [read_peer(nest) for nest in nests] == device


@pytest.mark.parametrize("offset", range(len(wire.whole(a_peer(5)))))
def test_every_byte_of_a_peer_counts_where_many_are_read_together(offset):
    """A shape reads a peer with one bit changed as it is read alone, or leaves it."""
    nests = [bytearray(wire.whole(a_peer(number))) for number in range(40)]
    nests[33][offset] ^= 1
    shape = shape_of(bytes(nests[0]))
    together = shape.read(b"".join(nests))
    if together is not None:
        assert together == [read_peer(bytes(nest)) for nest in nests]


def test_a_link_local_endpoint_among_many_names_its_link():
    details = [wire.details(a_peer(number, endpoint=None)) for number in range(20)]
    scopes = [1 if number == 7 else 0 for number in range(20)]
    nests = [
        wire.peer_nest([*one, wire.attribute(4, wire.sockaddr("[fe80::1]:5", scope))])
        for one, scope in zip(details, scopes, strict=True)
    ]
    sample, _ = read([wire.device_message(b"".join(nests)) + wire.done()])
    assert [peer.endpoint for peer in the_peers(sample)] == [f"[fe80::1{'%lo' * scope}]:5" for scope in scopes]


@pytest.mark.parametrize("split", [False, True])
def test_some_peers_roam_in_every_dump_while_all_count(split):
    """Also peers next to one that is split over messages, and ones that go back to where they were."""
    device, decoder = [a_peer(number) for number in range(60)], None
    for step in range(8):
        now = [counted(peer, step * 60 + number) for number, peer in enumerate(device)] if step % 3 else device
        for place in {step % 4 * 20, 29, 30, 59} & set(range(60)):
            now = [
                *now[:place],
                msgspec.structs.replace(now[place], endpoint=f"192.0.2.{step % 2}:7"),
                *now[place + 1 :],
            ]
        begun, rest = wire.in_parts(now[30], [0] if split else [1])
        nests = [wire.whole(peer) for peer in now]
        datagrams = [wire.device_message(b"".join(nests[:30]) + begun)]
        datagrams += [wire.device_message(rest + b"".join(nests[31:])) + wire.done()]
        before = decoder._last.peers if decoder else {}
        sample, decoder = read(datagrams, decoder)
        assert the_peers(sample) == now
        assert all(before[name] is peer for name, peer in sample.peers.items() if before.get(name) == peer)
