"""The userspace driver against answers that no implementation gives on a good day. The good ones: test_contract.py."""

import contextlib
import itertools
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.errors import InterfaceMissing, InterfaceUnreadable
from sentra.wireguard.uapi import UapiDriver, _spans

KEY = "aa" * 32
ANSWER = (
    f"private_key={KEY}\nlisten_port=51820\nfwmark=7\n"
    f"public_key={'01' * 32}\npreshared_key={'00' * 32}\nendpoint=[2001:db8::1]:51820\n"
    "last_handshake_time_sec=5\nlast_handshake_time_nsec=6\ntx_bytes=8\nrx_bytes=9\n"
    "persistent_keepalive_interval=25\nallowed_ip=10.0.0.2/32\nallowed_ip=fd00::2/128\nprotocol_version=1\n"
    f"public_key={'02' * 32}\npreshared_key={'0b' * 32}\nprotocol_version=1\nerrno=0\n\n"
).encode()


@contextlib.contextmanager
def answering(*answers: bytes | None) -> Iterator[UapiDriver]:
    """A socket that gives these answers, one a connection; None hangs."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/wg0.sock")
        listener.listen()
        held: list[socket.socket] = []

        def serve() -> None:
            for answer in answers:
                with contextlib.suppress(OSError):
                    connection, _ = listener.accept()
                    held.append(connection)
                    connection.recv(64)
                    if answer is not None:
                        connection.sendall(answer)
                        connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield UapiDriver(Path(folder), timeout_seconds=0.2)
        thread.join(5)
        for connection in held:
            connection.close()


def test_an_answer_is_decoded_field_by_field() -> None:
    with answering(ANSWER) as driver:
        sample = driver.read_status("wg0")
    assert (sample.interface.listen_port, sample.interface.fwmark, sample.interface.up) == (51820, 7, True)
    first, second = sample.peers.values()
    assert first.endpoint == "[2001:db8::1]:51820"
    assert first.allowed_ips == ("10.0.0.2/32", "fd00::2/128")
    assert (first.latest_handshake, first.rx_bytes, first.tx_bytes, first.persistent_keepalive) == (5, 9, 8, 25)
    assert (first.has_preshared_key, second.has_preshared_key) == (False, True)
    assert second.endpoint is None


def test_no_key_of_the_answer_but_public_ones_is_in_the_sample() -> None:
    with answering(ANSWER) as driver:
        text = repr(driver.read_status("wg0"))
    assert KEY not in text
    assert "0b0b" not in text


def test_peers_that_did_not_change_are_the_same_objects() -> None:
    changed = ANSWER.replace(b"rx_bytes=9", b"rx_bytes=10")
    with answering(ANSWER, changed) as driver:
        before, after = (list(driver.read_status("wg0").peers.values()) for _ in range(2))
    assert after[0].rx_bytes == 10
    assert after[1] is before[1]


@given(st.lists(st.integers(0, len(ANSWER)), max_size=20))
@settings(max_examples=100, deadline=None)
def test_an_answer_may_arrive_in_any_parts(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(ANSWER)]
    parts = [ANSWER[start:end] for start, end in itertools.pairwise(places)]
    assert list(_spans(parts)) == list(_spans([ANSWER]))


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_whatever_answers_a_read_ends_in_a_sample_or_in_a_sentence(noise: bytes) -> None:
    with answering(noise + b"\n\n") as driver, contextlib.suppress(InterfaceUnreadable):
        driver.read_status("wg0")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"errno=-13\n\n", "not WireGuard's"),
        (b"", "hung up"),
        (ANSWER[:100], "hung up"),
        (None, "did not answer within 0.2 s"),
        (ANSWER.replace(b"rx_bytes=9", b"rx_bytes=many"), "not WireGuard's"),
        (ANSWER.replace(b"0101", b"zz01"), "not WireGuard's"),
    ],
)
def test_a_bad_answer_is_told_in_a_sentence(answer: bytes | None, said: str) -> None:
    with answering(answer) as driver, pytest.raises(InterfaceUnreadable, match=said):
        driver.read_status("wg0")


def test_a_socket_without_anybody_behind_it_is_a_missing_interface(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "wg0.sock"))
    driver = UapiDriver(tmp_path)
    assert driver.has_socket("wg0")
    with pytest.raises(InterfaceMissing, match="nothing answers there"):
        driver.read_status("wg0")
    with pytest.raises(InterfaceMissing, match="does not exist"):
        driver.read_status("wg1")


def test_the_timeout_bounds_the_whole_answer_and_not_each_part_of_it() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/wg0.sock")
        listener.listen()
        stop = threading.Event()

        def dribble() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                while not stop.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=dribble)
        thread.start()
        with pytest.raises(InterfaceUnreadable, match=r"did not answer within 0\.2 s"):
            UapiDriver(Path(folder), timeout_seconds=0.2).read_status("wg0")
        stop.set()
        thread.join(5)
