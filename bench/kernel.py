"""P1: what one sample of 10,000 peers costs with the real kernel module, as multiples of only receiving the dump.
P6 and R11: what it costs to configure them.

P1 bounds what comes again and again: samples in which 1 % of the peers, or every one, say something new. The first
sample of an interface, which has nothing to be compared with, is shown beside them and has no limit.

Run by tests/kernel/run.sh in the virtual machine. Figures of an emulated machine are about ten times slower than
native ones; the ratios hold. Prints and never fails: a regression is seen and explained.
"""

import argparse
import asyncio
import gc
import statistics
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from struct import pack, unpack_from

from bench import apply as configuring
from bench import reconciling
from sentra.wireguard import genl
from sentra.wireguard.netlink import NetlinkDriver, connect

INTERFACE = "sbench"
RECEIVE = "receive only"
BUDGETS = {
    RECEIVE: "the limit",
    "sample, nothing changed": "",
    "sample, 1 % changed": "≤ 2",
    "sample, every peer changed": "≤ 4",
    "sample, first of all": "once, at start",
    "wg show dump": "what users run",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--configuring-rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.configuring_rounds:
        configuring.measure(NetlinkDriver(), empty, arguments.peers, arguments.configuring_rounds)
        asyncio.run(reconciling.measure(arguments.peers, arguments.configuring_rounds))
    if not arguments.rounds:
        return
    prepare(arguments.peers)
    times = measure(arguments.peers, arguments.rounds)
    print(f"P1: {arguments.peers} peers, {arguments.rounds} interleaved rounds, as multiples of receiving alone")
    print(f"{'':28}{'median':>8}{'min':>8}{'max':>8}   {'budget':16}{'median ms':>10}")
    for name, seconds in times.items():
        ratios = [one / limit for one, limit in zip(seconds, times[RECEIVE], strict=True)]
        row = f"{statistics.median(ratios):8.2f}{min(ratios):8.2f}{max(ratios):8.2f}   {BUDGETS[name]:16}"
        print(f"{name:28}{row}{statistics.median(seconds) * 1000:10.1f}")


@contextmanager
def empty() -> Iterator[str]:
    """Make an interface for P6. It stays: taking so many peers away would take minutes."""
    name = f"sbench{time.monotonic_ns() % 10**8}"
    run("ip", "link", "add", name, "type", "wireguard")
    yield name


def measure(peers: int, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in BUDGETS}
    driver = NetlinkDriver()
    assert len(driver.read_status(INTERFACE).peers) == peers
    for number in range(-1, rounds):
        taken = {RECEIVE: timed(receive_only), "sample, nothing changed": timed(lambda: driver.read_status(INTERFACE))}
        # One such tick before the one that counts: 1 % changes at each tick, which is not so right after all did.
        change(range((number + 50) % 100, peers, 100), number + 502)
        driver.read_status(INTERFACE)
        change(range(number % 100, peers, 100), number + 2)
        taken["sample, 1 % changed"] = timed(lambda: driver.read_status(INTERFACE))
        change(range(peers), number + 1002)
        taken["sample, every peer changed"] = timed(lambda: driver.read_status(INTERFACE))
        taken["sample, first of all"] = timed(partial(NetlinkDriver().read_status, INTERFACE))
        taken["wg show dump"] = timed(lambda: run("wg", "show", INTERFACE, "dump"))
        if number >= 0:  # the first round warms up
            for name in BUDGETS:
                times[name].append(taken[name])
    return times


def timed(act: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def receive_only() -> None:
    """Ask for the dump and take it out of the kernel, looking at nothing but its end."""
    buffer = bytearray(65536)
    with connect() as sock:
        family = genl.request(0x10, 0, 1, genl.CTRL_CMD_GETFAMILY, genl.attribute(2, b"wireguard\0"))
        sock.sendto(family, (0, 0))
        size = sock.recv_into(buffer)
        for message in genl.messages(buffer, 0, size):
            number = next(
                genl.number(message.data[start:end])
                for kind, start, end in genl.command_attributes(message)
                if kind == genl.CTRL_ATTR_FAMILY_ID
            )
        name = genl.attribute(2, INTERFACE.encode() + b"\0")
        sock.sendto(genl.request(number, genl.NLM_F_DUMP, 2, 0, name), (0, 0))
        while True:
            size = sock.recv_into(buffer)
            # NLMSG_DONE is the last message of the last datagram: 16 bytes of header, 4 of error code.
            if unpack_from("=IH", buffer, size - 20) == (20, genl.NLMSG_DONE):
                return


def prepare(peers: int) -> None:
    """Make the interface. The end of the machine is its end: taking so many peers away would take minutes."""
    run("ip", "link", "add", INTERFACE, "type", "wireguard")
    configure("setconf", "".join(section(number) for number in range(peers)))


def section(number: int) -> str:
    return (
        f"{beginning(number)}PresharedKey = {key(number + 1)}\n"
        f"Endpoint = 192.0.2.{number % 250 + 1}:{number % 60000 + 1}\nPersistentKeepalive = 1\n"
    )


def beginning(number: int) -> str:
    """What is to be said of a peer whatever else is: `wg addconf` takes away the allowed IPs that it does not name."""
    return f"[Peer]\nPublicKey = {key(number)}\nAllowedIPs = 10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32\n"


def change(numbers: range, keepalive: int) -> None:
    peers = (f"{beginning(number)}PersistentKeepalive = {keepalive}\n" for number in numbers)
    configure("addconf", "".join(peers))


def configure(command: str, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(text)
        file.flush()
        run("wg", command, INTERFACE, file.name)


def key(number: int) -> str:
    return b64encode(pack("<Q", number + 1) + bytes(range(24))).decode()


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
