"""P6: 10,000 peers onto an empty interface, and one more on top, by Sentra's driver and by `wg`."""

import gc
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager
from struct import pack

from bench.table import ratios, show, timed
from sentra.core.interfaces import DeviceSpec, InterfaceSpec
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch, plan
from sentra.core.secrets import Secret
from sentra.wireguard.driver import Driver

PRIVATE_KEY = bytes([8, *range(1, 31), 64])


def measure(driver: Driver, empty: Callable[[], AbstractContextManager[str]], peers: int, rounds: int) -> None:
    """Print the rows of P6. `empty` makes an interface without settings, gives its name and takes it away."""
    wanted = tuple(map(spec, range(peers)))
    applied, tool, one, one_by_tool, again = [], [], [], [], []
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(text(wanted))
        file.flush()
        for number in range(rounds):
            gc.collect()
            with empty() as name:
                tool.append(timed(lambda: run("wg", "setconf", name, file.name)))
            with empty() as name:
                patch = DevicePatch(True, 0, 0, (), wanted)
                applied.append(timed(lambda: driver.apply(name, patch, Secret(PRIVATE_KEY))))  # noqa: B023
                more = spec(peers + number)
                one.append(timed(lambda: driver.apply(name, DevicePatch(put=(more,)), None)) * 1000)  # noqa: B023
                one_by_tool.append(timed(lambda: add_by_tool(name, peers + rounds + number)) * 1000)  # noqa: B023
                again.append(timed(lambda: reconcile(driver, name)))
    show("P6", f"{peers} peers onto an empty interface, to `wg setconf`", ratios(applied, tool), "≤ 0.5 ×")
    show("", "… `wg setconf`", [seconds * 1000 for seconds in tool], "what users run", "ms")
    show("", "one more peer on top, driver to WireGuard", one, "≤ 50 ms on UAPI or native kernel", "ms")
    show("", "… `wg set`", one_by_tool, "what users run", "ms")
    show("", "read all back and plan, to `wg setconf`", ratios(again, tool), "")


def reconcile(driver: Driver, name: str) -> None:
    """Read what runs and plan towards it: the cost of finding that there is nothing to do."""
    device: DeviceSpec = driver.read_spec(name)
    assert not plan(InterfaceSpec(name, device), InterfaceSpec(name, device), device.peers.keys())


def add_by_tool(name: str, number: int) -> None:
    """Do the same by `wg set`."""
    peer = spec(number)
    run("wg", "set", name, "peer", peer.public_key, "allowed-ips", ",".join(peer.allowed_ips))


def spec(number: int) -> PeerSpec:
    """A peer with all that it can have, but for keepalives: they would make handshakes to nowhere."""
    return PeerSpec(
        b64encode(pack("<Q", number + 1) + bytes(range(24))).decode(),
        (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32",),
        Secret(pack("<Q", number + 1) * 4),
        0,
        f"192.0.2.{number % 250 + 1}:51820",
    )


def text(peers: tuple[PeerSpec, ...]) -> str:
    """The same for `wg setconf`."""
    sections = [f"[Interface]\nPrivateKey = {b64encode(PRIVATE_KEY).decode()}\n"]
    for peer in peers:
        preshared_key = peer.preshared_key.reveal() if peer.preshared_key else b""
        sections.append(
            f"[Peer]\nPublicKey = {peer.public_key}\nPresharedKey = {b64encode(preshared_key).decode()}\n"
            f"Endpoint = {peer.endpoint}\nAllowedIPs = {','.join(peer.allowed_ips)}\n"
        )
    return "".join(sections)


def run(*command: str) -> None:
    """Run a command."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
