"""Specs out of what implementations answer, by both drivers, and what `apply` makes of bad answers. The good ones on
real interfaces: test_contract_apply.py."""

import contextlib
import errno
import random
from base64 import b64decode
from ipaddress import ip_network
from struct import unpack_from

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.addresses import sort_prefixes
from sentra.core.errors import ApplyFailed, InterfaceMissing, InterfaceUnreadable
from sentra.core.interfaces import DeviceSpec
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.wireguard.netlink import NetlinkDriver
from tests.drivers import netlink_bytes as wire
from tests.drivers.netlink_peers import devices
from tests.drivers.specs import a_spec
from tests.drivers.test_netlink_decoder import a_peer
from tests.drivers.test_netlink_driver import STRANGER, Socket, driver_of
from tests.drivers.test_uapi import ANSWER, KEY, answering

PATCH = DevicePatch(fwmark=1, put=tuple(map(a_spec, range(300))))


def spec_of(peer) -> PeerSpec:
    preshared_key = Secret(wire.PRESHARED_KEY) if peer.has_preshared_key else None
    allowed_ips = sort_prefixes(str(ip_network(ip)) for ip in peer.allowed_ips)
    return PeerSpec(peer.public_key, allowed_ips, preshared_key, peer.persistent_keepalive, peer.endpoint)


@settings(deadline=None)
@given(devices, st.integers(1, 4))
def test_a_dump_is_read_as_the_spec_that_it_tells_of(peers, per_message):
    spec = driver_of(wire.dump(peers, per_message)).read_spec("lo")
    assert spec.peers == {peer.public_key: spec_of(peer) for peer in peers}
    assert (spec.listen_port, spec.fwmark, b64decode(spec.public_key)) == (51820, 0, bytes(range(32)))


def test_a_peer_that_was_split_over_messages_is_one_peer():
    ips = tuple(f"10.{number}.0.0/16" for number in range(9, 0, -1))
    peer = a_peer(5, allowed_ips=ips, has_preshared_key=True, persistent_keepalive=7)
    first, second, third = wire.in_parts(peer, [3, 7])
    script = [wire.device_message(wire.whole(a_peer(1)) + first, wire.device())]
    script += [wire.device_message(second), wire.device_message(third + wire.whole(a_peer(9))), wire.done()]
    peers = driver_of(script).read_spec("lo").peers
    assert list(peers.values()) == [spec_of(one) for one in (a_peer(1), peer, a_peer(9))]
    assert peers[peer.public_key].allowed_ips == tuple(reversed(ips))


def test_allowed_ips_are_spelled_as_specs_spell_them_and_not_as_inet_ntop():
    peer = a_peer(1, allowed_ips=("::10.0.0.0/104", "::ffff:0.0.0.0/96", "10.0.0.0/8", "::/0"))
    assert "::10.0.0.0/104" in driver_of(wire.dump([peer])).read_status("lo").peers[peer.public_key].allowed_ips
    spec = driver_of(wire.dump([peer])).read_spec("lo").peers[peer.public_key]
    assert spec.allowed_ips == ("10.0.0.0/8", "::/0", "::a00:0/104", "::ffff:0:0/96")


@given(st.randoms(use_true_random=False))
def test_another_order_of_attributes_says_the_same(dice: random.Random):
    peer = a_peer(3, has_preshared_key=True, allowed_ips=("10.0.0.1/32", "fd00::1/128"))
    script = [wire.device_message(wire.in_any_order(peer, dice), wire.device()), wire.done()]
    assert driver_of(script).read_spec("lo").peers == {peer.public_key: spec_of(peer)}


def test_the_private_key_is_given_out_only_where_it_is_asked_for():
    driver = driver_of(wire.dump([a_peer(1)]))
    assert driver.read_private_key("lo") == Secret(wire.PRIVATE_KEY)
    assert "hidden" not in repr(driver.read_spec("lo"))
    without = [wire.device_message(b"", wire.attribute(6, b"\1\0")), wire.done()]
    assert driver_of(without).read_private_key("lo") is None
    assert driver_of(without).read_spec("lo") == DeviceSpec(None, 1)


def test_R12_a_spec_is_read_again_when_it_was_interrupted():
    marked = [wire.device_message(wire.whole(a_peer(7)), flags=wire.MULTI | wire.DUMP_INTR) + wire.done()]
    assert driver_of(marked, wire.dump([a_peer(1)])).read_spec("lo").peers == {a_peer(1).public_key: spec_of(a_peer(1))}
    with pytest.raises(InterfaceUnreadable, match="4 times in a row"):
        driver_of(marked).read_spec("lo")


@settings(deadline=None, max_examples=100)
@given(devices, st.data())
def test_whatever_the_kernel_sends_ends_in_a_spec_or_in_a_sentence(device, data):
    datagrams = wire.dump(device, per_message=3)
    for _ in range(data.draw(st.integers(1, 3))):
        piece = bytearray(datagrams[0]) or bytearray(1)
        piece[data.draw(st.integers(0, len(piece) - 1))] = data.draw(st.integers(0, 255))
        datagrams[0] = bytes(piece)
    for read in (driver_of(datagrams).read_spec, driver_of(datagrams).read_private_key):
        with contextlib.suppress(InterfaceUnreadable, InterfaceMissing):
            read("lo")


class Taking(Socket):
    """Acknowledges messages, or answers the n-th as the script says."""

    def __init__(self, answers=None) -> None:
        super().__init__([])
        self.answers = answers or {}

    def sendto(self, request, address):
        super().sendto(request, address)
        if len(self.asked) > 1:
            answer = self.answers.get(len(self.asked) - 1, wire.error(0))
            self._answers = list(answer) if isinstance(answer, list) else [answer]


def taking(**options) -> tuple[NetlinkDriver, Taking]:
    sock = Taking(**options)
    return NetlinkDriver(lambda: sock, answer_seconds=0.2), sock


def test_each_message_is_acknowledged_before_the_next_is_sent():
    noise = [(wire.error(22), (STRANGER, 0)), wire.error(22, sequence=1), wire.error(0)]
    driver, sock = taking(answers={2: noise})
    driver.apply("lo", PATCH, None)
    assert len(sock.asked) == 1 + 1 + 2
    for message in sock.asked[1:]:
        length, kind, flags, _, _, command, version = wire_header(message)
        assert (length, kind, flags, command, version) == (len(message), wire.FAMILY, 0x1 | 0x4, 1, 1)
        assert message[20:28] == wire.attribute(2, b"lo\0")
    assert sock.closed


def wire_header(message: bytes) -> tuple:
    return unpack_from("=IHHIIBB", message)


def test_R6_an_empty_patch_sends_nothing():
    driver, sock = taking()
    driver.apply("lo", DevicePatch(), None)
    assert sock.asked == []


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (wire.error(errno.ENODEV), InterfaceMissing, "There is no interface lo here"),
        (wire.error(errno.EPERM), ApplyFailed, "CAP_NET_ADMIN"),
        (wire.error(errno.EOPNOTSUPP), ApplyFailed, "lo cannot be configured: it is not a WireGuard interface"),
        ([], ApplyFailed, "did not answer in time"),
        (OSError(errno.ENOBUFS, "No buffer space available"), ApplyFailed, "answer to a change of lo was lost"),
        (wire.message(b"", wire.OVERRUN), ApplyFailed, "answer to a change of lo was lost"),
        (wire.message(b"\0", wire.ERROR), ApplyFailed, "answer to a change of lo was lost"),
    ],
)
def test_what_ends_an_apply_is_told_in_a_sentence_and_nothing_is_sent_again(answer, error, sentence):
    driver, sock = taking(answers={2: answer})
    with pytest.raises(error, match=sentence) as failure:
        driver.apply("lo", PATCH, None)
    assert getattr(failure.value, "public_key", None) is None
    assert len(sock.asked) == 3


def test_R11_the_kernels_refusal_names_the_peer():
    driver, _ = taking(answers={2: wire.error(errno.EINVAL), 45: wire.error(errno.ENOMEM)})
    with pytest.raises(ApplyFailed, match=r"lo refuses the peer .*: Cannot allocate memory") as failure:
        driver.apply("lo", PATCH, None)
    assert failure.value.public_key == PATCH.put[42].public_key


def test_a_refused_listen_port_is_not_a_peers_fault():
    driver, _ = taking(answers={1: wire.error(errno.EADDRINUSE)})
    with pytest.raises(ApplyFailed, match="lo cannot listen on port 51820: another program does already") as failure:
        driver.apply("lo", DevicePatch(listen_port=51820, put=PATCH.put), None)
    assert failure.value.public_key is None


def test_an_answer_of_a_userspace_implementation_is_read_field_by_field():
    with answering(ANSWER, ANSWER) as driver:
        assert driver.read_private_key("wg0") == Secret(bytes.fromhex(KEY))
        spec = driver.read_spec("wg0")
    first, second = spec.peers.values()
    assert (spec.listen_port, spec.fwmark) == (51820, 7)
    assert first.allowed_ips == ("10.0.0.2/32", "fd00::2/128")
    assert (first.endpoint, first.persistent_keepalive, first.preshared_key) == ("[2001:db8::1]:51820", 25, None)
    assert (second.endpoint, second.persistent_keepalive) == (None, 0)
    assert second.preshared_key == Secret(b"\x0b" * 32)


@given(st.binary(max_size=300))
@settings(max_examples=40, deadline=None)
def test_whatever_answers_it_ends_in_a_spec_or_in_a_sentence(noise: bytes):
    answers = [noise + b"\n\n"] * 4
    with answering(*answers) as driver:
        for act in (driver.read_spec, driver.read_private_key, driver.read_spec, driver.read_private_key):
            with contextlib.suppress(InterfaceUnreadable):
                act("wg0")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([b""], "hung up"),
        ([None], "did not answer within 0.2 s"),
        ([b"\n\n"], "not WireGuard's"),
        ([b"errno=many\n\n"], "not WireGuard's"),
        ([b"errno=-98\n\n"], "cannot listen on port 51820"),
        ([b"errno=98\n\n"], "cannot listen on port 51820"),
        ([b"errno=0\n\n", b"errno=-22\n\n", b"errno=-22\n\n"], "wg0 refuses the peer .*: Invalid argument"),
        ([b"errno=0\n\n", b"errno=-22\n\n", b"errno=0\n\n", b""], "hung up|reset by peer"),
    ],
)
def test_a_bad_answer_to_a_change_is_told_in_a_sentence(answers, said):
    patch = DevicePatch(listen_port=51820, put=(a_spec(1), a_spec(2)))
    with answering(*answers) as driver, pytest.raises(ApplyFailed, match=said):
        driver.apply("wg0", patch, None)


def test_the_answer_of_one_who_hangs_up_before_the_end_of_a_request_is_read():
    long = a_spec(1, *(f"10.{number >> 8}.{number & 255}.0/24" for number in range(60_000)))
    with answering(b"errno=-22\n\n", b"errno=-22\n\n") as driver, pytest.raises(ApplyFailed) as failure:
        driver.apply("wg0", DevicePatch(put=(long,)), None)
    assert failure.value.public_key == long.public_key


def test_no_key_is_in_the_sentence_about_a_bad_answer():
    bad = ANSWER.replace(b"0b0b", b"zz0b", 1)
    with answering(bad, ANSWER.replace(b"aaaa", b"zzaa", 1)) as driver:
        for _ in range(2):
            with pytest.raises(InterfaceUnreadable, match="not WireGuard's") as failure:
                driver.read_spec("wg0")
            assert "0b0b" not in repr(failure.value)
            assert failure.value.__cause__ is None
