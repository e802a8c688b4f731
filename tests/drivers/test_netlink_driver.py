"""The netlink driver and a kernel that says what it never says on a good day: scripted answers on a stand-in socket."""

import contextlib
import errno
import random
import socket
from struct import unpack_from

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.errors import InterfaceMissing, InterfaceUnreadable
from sentra.core.status import PeerStatus, Sample
from sentra.wireguard.netlink import NetlinkDriver, connect
from tests.drivers import netlink_bytes as wire
from tests.drivers.netlink_peers import devices
from tests.drivers.test_netlink_decoder import a_peer
from tests.scale import scaled

KERNEL, STRANGER = 0, 999
DEVICE = [a_peer(number) for number in range(3)]


class Socket:
    """Answers the question about the family, then plays a script of datagrams; an OSError in it is raised."""

    def __init__(self, script, family_answer=None) -> None:
        self._answers = []
        self._script = script
        self._family_answer = [wire.family_answer()] if family_answer is None else family_answer
        self.asked: list[bytes] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def getsockname(self):
        return wire.PORT, 0

    def sendto(self, request, address):
        assert address == (KERNEL, 0)
        self.asked.append(request)
        self._answers = list(self._family_answer if len(self.asked) == 1 else self._script)

    def recvfrom_into(self, buffer):
        assert len(buffer) >= 32 * 1024
        if not self._answers:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        answer = self._answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        datagram, sender = answer if isinstance(answer, tuple) else (answer, (KERNEL, 0))
        buffer[: len(datagram)] = datagram
        return len(datagram), sender


def driver_of(*scripts, **options) -> NetlinkDriver:
    """A driver whose n-th try meets the n-th script, and the last one from then on."""
    tries = iter(scripts)
    latest = scripts[-1]
    return NetlinkDriver(lambda: Socket(next(tries, latest), **options), retry_pauses=(0, 0, 0), answer_seconds=0.5)


def good() -> list[bytes]:
    return wire.dump(DEVICE)


def interrupted() -> list[bytes]:
    return [wire.device_message(wire.whole(a_peer(77)), flags=wire.MULTI | wire.DUMP_INTR) + wire.done()]


def peers_of(driver: NetlinkDriver) -> list:
    return list(driver.read_status("lo").peers.values())


def test_the_request_is_a_dump_of_the_named_device():
    sockets = []

    def make():
        sockets.append(Socket(good()))
        return sockets[-1]

    NetlinkDriver(make).read_status("wg0")
    _, request = sockets[0].asked
    length, kind, flags, _, _, command, version = unpack_from("=IHHIIBB", request)
    assert (length, kind, flags, command, version) == (len(request), wire.FAMILY, 0x1 | 0x300, 0, 1)
    assert request[20:] == wire.attribute(2, b"wg0\0")
    assert sockets[0].closed


def test_a_dump_may_end_in_a_datagram_of_its_own():
    datagrams = [wire.device_message(b"".join(map(wire.whole, DEVICE)), wire.device()), wire.done()]
    assert peers_of(driver_of(datagrams)) == DEVICE


def test_messages_for_others_and_from_others_are_passed_over():
    foreign = wire.device_message(wire.whole(a_peer(66)))
    noise = [
        (foreign, (STRANGER, 0)),
        wire.message(foreign[16:], sequence=1),
        wire.message(foreign[16:], port=4),
        wire.message(foreign[16:], kind=wire.FAMILY + 1),
        wire.message(b"", kind=1),
        b"",
        wire.message(b"\0\0\0\0", kind=wire.DONE, sequence=7),
    ]
    assert peers_of(driver_of(noise + good())) == DEVICE


def test_R12_a_dump_that_was_interrupted_is_read_again():
    assert peers_of(driver_of(interrupted(), interrupted(), interrupted(), good())) == DEVICE


def test_R12_an_interruption_that_only_the_last_message_tells_of_counts():
    late = [wire.device_message(wire.whole(a_peer(77))), wire.done(wire.MULTI | wire.DUMP_INTR)]
    assert peers_of(driver_of(late, good())) == DEVICE


def test_R12_after_three_repetitions_the_interface_is_unreadable_and_nothing_inconsistent_is_published():
    tries = []
    script = interrupted()
    driver = NetlinkDriver(lambda: tries.append(1) or Socket(script), retry_pauses=(0, 0, 0))
    with pytest.raises(InterfaceUnreadable, match="lo was configured while it was read, 4 times in a row"):
        driver.read_status("lo")
    assert len(tries) == 4


def test_a_read_that_failed_does_not_spoil_the_next_one():
    driver = driver_of(good(), [wire.error(errno.EIO)], good())
    first = peers_of(driver)
    with pytest.raises(InterfaceUnreadable):
        driver.read_status("lo")
    assert all(one is other for one, other in zip(first, peers_of(driver), strict=True))


@pytest.mark.parametrize("lost", [OSError(errno.ENOBUFS, "No buffer space available"), wire.message(b"", wire.OVERRUN)])
def test_an_answer_of_which_the_kernel_dropped_a_part_is_asked_for_again(lost):
    assert peers_of(driver_of([good()[0][:0], lost], good())) == DEVICE


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        (errno.ENODEV, InterfaceMissing, "There is no interface lo here."),
        (errno.EOPNOTSUPP, InterfaceUnreadable, "not a WireGuard interface"),
        (errno.EPERM, InterfaceUnreadable, "CAP_NET_ADMIN"),
        (errno.EIO, InterfaceUnreadable, "Input/output error"),
    ],
)
@pytest.mark.parametrize("ending", [wire.error, lambda code: wire.done(error=code)])
def test_what_the_kernel_refuses_is_explained(code, error, sentence, ending):
    with pytest.raises(error, match=sentence):
        driver_of([ending(code)]).read_status("lo")


def test_a_missing_module_is_told_where_the_interface_exists():
    driver = driver_of(good(), family_answer=[wire.error(errno.ENOENT, sequence=1)])
    with pytest.raises(InterfaceUnreadable, match="WireGuard module is not loaded"):
        driver.read_status("lo")


def test_a_missing_module_and_no_interface_is_a_missing_interface():
    driver = driver_of(good(), family_answer=[wire.error(errno.ENOENT, sequence=1)])
    with pytest.raises(InterfaceMissing):
        driver.read_status("sctnone")


def test_a_module_that_was_loaded_anew_under_another_number_is_found():
    families = iter([wire.FAMILY, wire.FAMILY + 5])

    def make():
        family = next(families)
        script = (
            [one.replace(b"\x21\x00", bytes([family, 0]), 1) for one in good()] if family != wire.FAMILY else good()
        )
        return Socket(script, family_answer=[wire.family_answer(family)])

    driver = NetlinkDriver(make)
    assert peers_of(driver) == peers_of(driver) == DEVICE


@pytest.mark.parametrize("silence", [[], good()[:0], [wire.device_message(wire.whole(a_peer(1)))]])
def test_a_kernel_that_does_not_finish_its_answer_is_unreadable(silence):
    with pytest.raises(InterfaceUnreadable, match="did not answer in time"):
        driver_of(silence).read_status("lo")


def test_endless_messages_for_others_end_in_time():
    class Endless(Socket):
        def recvfrom_into(self, buffer):
            if len(self.asked) > 1:
                self._answers = [(good()[0], (STRANGER, 0))]
            return super().recvfrom_into(buffer)

    driver = NetlinkDriver(lambda: Endless([]), answer_seconds=0.05)
    with pytest.raises(InterfaceUnreadable, match="did not answer in time"):
        driver.read_status("lo")


@pytest.mark.parametrize("name", ["", "x" * 16, "wg0\0", "a/b", "wg 0", "-"])
def test_a_name_that_no_interface_can_have_is_a_missing_interface(name):
    with pytest.raises(InterfaceMissing):
        NetlinkDriver().read_status(name)


def test_an_interface_of_another_kind_is_unreadable():
    with pytest.raises(InterfaceUnreadable, match="lo cannot be read"):
        NetlinkDriver().read_status("lo")


def test_forgotten_interfaces_are_read_anew():
    driver = driver_of(good())
    first = peers_of(driver)
    driver.forget("lo")
    driver.forget("lo")
    second = peers_of(driver)
    assert first == second
    assert not any(one is other for one, other in zip(first, second, strict=True))


def test_waiting_for_the_kernel_is_bounded():
    with connect() as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16) == (5).to_bytes(8, "little") + bytes(8)


@settings(deadline=None, max_examples=scaled(80, 150))
@given(devices, st.data())
def test_whatever_the_kernel_sends_a_read_ends_in_a_sample_or_in_a_sentence(device, data):
    datagrams = wire.dump(device, per_message=3)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(datagrams) - 1))
        piece = bytearray(datagrams[place]) or bytearray(1)
        piece[data.draw(st.integers(0, len(piece) - 1))] = data.draw(st.integers(0, 255))
        datagrams[place] = bytes(piece[: data.draw(st.integers(0, len(piece)) | st.just(len(piece)))])
    datagrams += data.draw(st.lists(st.binary(max_size=60), max_size=2))
    driver = driver_of(wire.dump(device), datagrams)
    driver.read_status("lo")
    try:
        driver.read_status("lo")
    except (InterfaceUnreadable, InterfaceMissing) as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017


class Fleet:
    """A device of several hundred peers, whose dump fills several blocks of memory, and what happens to it."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.made, self.layout = 500, dice.getrandbits(32)
        self.peers = [self.peer(number) for number in range(self.made)]

    def peer(self, number: int) -> PeerStatus:
        ips = tuple(f"10.{number >> 8}.{number & 255}.{place}/32" for place in range(self.dice.choice((0, 1, 1, 1, 4))))
        endpoint = self.dice.choice((None, "192.0.2.1:51820", "192.0.2.2:51820", "[2001:db8::7]:4"))
        return a_peer(number, allowed_ips=ips, endpoint=endpoint, has_preshared_key=self.dice.random() < 0.1)

    def happens(self) -> None:
        """One thing happens to peers, few or all."""
        share = self.dice.choice((0, 0.01, 0.2, 1))
        chosen = {place for place in range(len(self.peers)) if self.dice.random() < share}
        what = self.dice.choice((self.count, self.count, self.roam, self.reroute, self.come_and_go, self.move))
        what(chosen)

    def count(self, chosen: set[int]) -> None:
        for place in chosen:
            self.change(place, rx_bytes=self.dice.getrandbits(64), latest_handshake=self.dice.getrandbits(31))

    def roam(self, chosen: set[int]) -> None:
        for place in chosen:
            self.change(place, endpoint=self.dice.choice(("192.0.2.9:5", "[2001:db8::9]:5")), tx_bytes=place)

    def reroute(self, chosen: set[int]) -> None:
        for place in chosen:
            self.change(place, allowed_ips=self.peer(self.dice.randrange(1000)).allowed_ips)

    def come_and_go(self, chosen: set[int]) -> None:
        kept = [peer for place, peer in enumerate(self.peers) if place not in chosen]
        self.peers = kept + [self.peer(self.made + number) for number in range(self.dice.choice((0, 1, 200)))]
        self.made += 200

    def move(self, _: set[int]) -> None:
        self.dice.shuffle(self.peers)

    def change(self, place: int, **fields: object) -> None:
        self.peers[place] = msgspec.structs.replace(self.peers[place], **fields)

    def dump(self) -> list[bytes]:
        """Messages of any size, some of them cut within a peer, some in one datagram; often as they were last time."""
        if self.dice.random() < 0.3:
            self.layout = self.dice.getrandbits(32)
        dice = random.Random(self.layout)  # noqa: S311
        messages, nests, left = [], b"", dice.randrange(1, 150)
        for peer in self.peers:
            fate, place = dice.random(), dice.random()
            if fate < 0.05:
                begun, *rest = [wire.in_any_order(peer, dice)]
            else:
                cuts = [int(place * len(peer.allowed_ips))] if fate < 0.07 and peer.allowed_ips else []
                begun, *rest = wire.in_parts(peer, cuts)
            nests, left = nests + begun, left - 1
            if rest or not left:
                messages.append(wire.device_message(nests, b"" if messages else wire.device()))
                nests, left = b"".join(rest), dice.randrange(1, 150)
        datagrams = [b""]
        for message in [*messages, wire.device_message(nests), wire.done()]:
            if datagrams[-1] and (dice.random() < 0.8 or len(datagrams[-1]) + len(message) > 32 * 1024):
                datagrams.append(b"")
            datagrams[-1] += message
        return datagrams


def mishap(datagrams: list[bytes], dice: random.Random) -> list[bytes | OSError]:
    """An answer that ends before its time, or in nonsense."""
    begun = datagrams[: dice.randrange(len(datagrams))]
    foreign = wire.device_message(wire.whole(a_peer(7777, rx_bytes=1)) * 150)
    endings = ([wire.error(errno.EIO)], [OSError(errno.ENOBUFS, "lost")], [foreign[:-9]], interrupted())
    return [*begun, *dice.choice(((), (foreign,))), *dice.choice(endings)]


def read_in_the_end(driver: NetlinkDriver) -> Sample:
    """Read until a read succeeds."""
    while True:
        with contextlib.suppress(InterfaceUnreadable):
            return driver.read_status("lo")


@settings(deadline=None, max_examples=scaled(15, 100))
@given(st.integers(0, 2**32 - 1))
def test_every_read_says_what_is_there_whatever_came_before(seed):
    """Blocks of memory are used again and again: also by reads that fail in their midst, or are repeated."""
    dice = random.Random(seed)  # noqa: S311
    scripts: list[list[bytes | OSError]] = []
    driver = NetlinkDriver(lambda: Socket(scripts.pop(0)), retry_pauses=(0,), answer_seconds=0.5)
    fleet = Fleet(dice)
    samples: list[tuple[dict, dict]] = []
    for _ in range(6):
        mishaps = [mishap(fleet.dump(), dice) for _ in range(dice.choice((0, 0, 0, 1, 2)))]
        scripts[:] = [*mishaps, fleet.dump()]
        sample = read_in_the_end(driver)
        assert list(sample.peers.values()) == fleet.peers
        before = samples[-1][0] if samples else {}
        assert all(before[name] is peer for name, peer in sample.peers.items() if before.get(name) == peer)
        samples.append((sample.peers, dict(sample.peers)))
        fleet.happens()
    assert all(given == kept for given, kept in samples)
