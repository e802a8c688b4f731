"""Interfaces are made and deleted for real; every other link is out of reach."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyroute2 import AsyncIPRoute

from lab.wireguard import SOCKETS, kernel_has_wireguard
from sentra.core.errors import ForeignLink, InterfaceExists, InterfaceMissing, NetworkRefused, SentraError
from sentra.core.interfaces import LinkSpec
from sentra.core.plan import LinkPatch
from sentra.network import userspace
from sentra.network.interfaces import create_interface, delete_interface, find_interface
from sentra.network.link_specs import apply_link, read_link_spec
from tests.network.namespaces import Namespace, namespace, unique
from tests.scale import scaled

pytestmark = pytest.mark.wireguard

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "backend" / "src"
DRIVER = "netlink" if kernel_has_wireguard() else "uapi"
userspace_only = pytest.mark.skipif(kernel_has_wireguard(), reason="this kernel has WireGuard itself")


def processes(name: str) -> list[int]:
    found = subprocess.run(["pgrep", "-f", f"wireguard-go {name}$"], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_interface_is_made_without_any_configuration_and_deleted_with_all_that_carries_it(here: Namespace) -> None:
    name = unique("scw")
    assert here.do(lambda: create_interface(name)) == DRIVER
    assert here.do(lambda: read_link_spec(name)) == LinkSpec(mtu=1420)
    assert f"interface: {name}" in here.run("wg", "show", name)
    here.do(lambda: delete_interface(name))
    assert name not in here.run("ip", "link")
    assert not processes(name)
    assert not (SOCKETS / f"{name}.sock").exists()
    with pytest.raises(InterfaceMissing):
        here.do(lambda: delete_interface(name))


def test_a_name_that_is_taken_is_refused_and_told_by_whom(here: Namespace) -> None:
    name, cable = unique("scw"), unique("scv")
    here.do(lambda: create_interface(name))
    here.run("ip", "link", "add", cable, "type", "veth", "peer", "name", f"{cable}y")
    with pytest.raises(InterfaceExists, match="a WireGuard interface") as ours:
        here.do(lambda: create_interface(name))
    with pytest.raises(InterfaceExists, match="not WireGuard") as others:
        here.do(lambda: create_interface(cable))
    assert (ours.value.is_wireguard, others.value.is_wireguard) == (True, False)


@userspace_only
def test_a_name_that_userspace_wireguard_has_in_another_namespace_is_refused(here: Namespace) -> None:
    name = unique("scw")
    with namespace() as elsewhere:
        elsewhere.do(lambda: create_interface(name))
        with pytest.raises(InterfaceExists, match="another network namespace"):
            here.do(lambda: create_interface(name))
        assert processes(name)


@userspace_only
def test_a_socket_that_a_killed_wireguard_left_behind_is_no_obstacle(here: Namespace) -> None:
    name = unique("scw")
    here.do(lambda: create_interface(name))
    os.kill(processes(name)[0], signal.SIGKILL)
    until(lambda: name not in here.run("ip", "link"))
    assert (SOCKETS / f"{name}.sock").exists()
    assert here.do(lambda: create_interface(name)) == "uapi"


def test_R7_an_interface_that_was_deleted_by_hand_can_be_made_again_at_once(here: Namespace) -> None:
    name = unique("scw")

    async def delete_and_make() -> None:
        async with AsyncIPRoute() as kernel:
            for _ in range(10):
                await create_interface(name)
                await kernel.link("del", ifname=name)
        await create_interface(name)

    here.do(delete_and_make)
    assert f"interface: {name}" in here.run("wg", "show", name)


@userspace_only
def test_a_wireguard_that_is_about_to_end_is_waited_for(here: Namespace) -> None:
    name = unique("scw")
    path = SOCKETS / f"{name}.sock"
    SOCKETS.mkdir(exist_ok=True)

    def answer_once() -> None:
        with ending, ending.accept()[0] as asking:
            path.unlink()
            asking.recv(100)
            asking.send(b"errno=0\n\n")

    with socket.socket(socket.AF_UNIX) as ending, ThreadPoolExecutor(1) as thread:
        ending.bind(str(path))
        ending.listen()
        answered = thread.submit(answer_once)
        assert here.do(lambda: create_interface(name)) == "uapi"
        answered.result()


@userspace_only
def test_without_module_and_without_wireguard_go_it_says_what_to_install(
    here: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(userspace, "find_program", lambda _: None)
    with pytest.raises(NetworkRefused, match="Install the package wireguard-go"):
        here.do(lambda: create_interface(unique("scw")))


@userspace_only
@pytest.mark.parametrize("deadly", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_outlives_who_started_it_and_takes_nothing_of_it_along(here: Namespace, deadly: signal.Signals) -> None:
    name = unique("scw")
    program = (
        "import asyncio, os, signal\nfrom sentra.network.interfaces import create_interface\n"
        f"pipe = os.pipe2(0)\nasyncio.run(create_interface({name!r}))\n"
        "print(os.readlink(f'/proc/self/fd/{pipe[0]}'), flush=True)\nsignal.pause()\n"
    )
    starter = subprocess.Popen(
        ["ip", "netns", "exec", here.name, sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "JWT_SECRET": "canary"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert starter.stdout
    with starter, starter.stdout:
        pipe = starter.stdout.readline().decode().strip()
        ours = {pipe, str(Path(f"/proc/{starter.pid}/fd/1").readlink())}
        os.killpg(starter.pid, deadly)
        starter.wait(10)
    (survivor,) = processes(name)
    assert f"interface: {name}" in here.run("wg", "show", name)
    assert os.getsid(survivor) not in {starter.pid, os.getsid(0)}
    assert b"canary" not in Path(f"/proc/{survivor}/environ").read_bytes()
    opened = [str(handle.readlink()) for handle in Path(f"/proc/{survivor}/fd").iterdir()]
    assert pipe.startswith("pipe:")
    assert not ours.intersection(opened)
    assert opened.count("/dev/null") == 3
    here.do(lambda: delete_interface(name))


@pytest.fixture
def foreign(here: Namespace) -> Iterator[list[str]]:
    """Links that are none of Sentra's business; for one of them a stale socket lies about."""
    tun = unique("scf")
    here.run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable1")
    here.run("ip", "link", "add", "bridge0", "type", "bridge")
    for name in ("tap0", tun):
        here.run("ip", "tuntap", "add", "dev", name, "mode", "tun" if name == tun else "tap")
    SOCKETS.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(SOCKETS / f"{tun}.sock"))
    yield ["lo", "cable", "cable1", "bridge0", "tap0", tun]
    (SOCKETS / f"{tun}.sock").unlink()


def test_S53_other_links_can_neither_be_changed_nor_deleted(here: Namespace, foreign: list[str]) -> None:
    def state() -> tuple[str, str]:
        return here.run("ip", "-o", "address"), re.sub(r"ageing\S* \S+", "", here.run("ip", "-o", "link"))

    before = state()
    patch = LinkPatch(up=True, mtu=1300, add_addresses=("10.8.0.1/24",), add_routes=("10.9.0.0/24",))
    for name in foreign:
        for call in (lambda name=name: delete_interface(name), lambda name=name: apply_link(name, patch)):
            with pytest.raises(ForeignLink, match="does not touch it"):
                here.do(call)
    assert state() == before


def test_S53_of_fuzzed_names_only_that_of_an_own_interface_is_let_through(here: Namespace, foreign: list[str]) -> None:
    own = unique("scw")
    here.do(lambda: create_interface(own))
    chance = random.Random(53)  # noqa: S311
    names = [fuzzed(chance, [own, *foreign]) for _ in range(scaled(1_000, 5_000))]

    async def passed() -> set[str]:
        through = set()
        for name in [own, *names]:
            try:
                through.add((await find_interface(name)).name)
            except SentraError:
                continue
        return through

    assert here.do(passed) == {own}


def fuzzed(chance: random.Random, known: list[str]) -> str:
    odd = "\0\n\r /\\%:*?-.=+@é\u202e\ud800'\";$`wg0l"
    name = list(chance.choice([*known, "", ".", "..", "all", "default", "-f", "--foreground", "../wg0", "wg%d"]))
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(name) + 1)
        name[place : place + chance.randrange(2)] = chance.choice(odd) * chance.choice((1, 1, 1, 16))
    return "".join(name)


@userspace_only
def test_S51_no_program_but_wireguard_go_and_nft_is_started_and_those_by_absolute_path(
    here: Namespace, tmp_path: Path
) -> None:
    name, log = unique("scw"), tmp_path / "strace.log"
    program = f"""
import asyncio, pathlib
from sentra.network.interfaces import create_interface, delete_interface
from sentra.network.masquerade import Masquerade
async def main():
    masquerade = Masquerade(pathlib.Path({str(tmp_path / "memory")!r}))
    await create_interface({name!r})
    await masquerade.set({name!r}, ("10.8.0.0/24",))
    assert await masquerade.read({name!r}) == ("10.8.0.0/24",)
    await masquerade.set({name!r}, ())
    await delete_interface({name!r})
asyncio.run(main())
"""
    traced = ["strace", "-f", "-qq", "-e", "trace=execve,execveat", "-o", str(log), sys.executable, "-c", program]
    done = subprocess.run(
        ["ip", "netns", "exec", here.name, *traced],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    started = re.findall(r'execve\w*\("([^"]+)"', log.read_text())
    assert set(started[1:]) == {"/usr/bin/wireguard-go", "/usr/sbin/nft"}


def test_S51_one_module_alone_starts_programs() -> None:
    starting = re.compile(
        r"create_subprocess|Popen|subprocess\.(run|call|check)|os\.(system|popen|exec|spawn|posix_spawn)"
    )
    found = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if starting.search(path.read_text())}
    assert found == {"sentra/network/programs.py"}
