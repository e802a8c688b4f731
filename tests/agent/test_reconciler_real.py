"""The reconciler on real interfaces: the kernel's where it has WireGuard, else wireguard-go's."""

import asyncio
import os
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sentra.agent.found import LocalNodeLook
from sentra.agent.local_machine import LocalMachine
from sentra.agent.reconciler import Reconciler
from sentra.agent.watched_names import WatchedNames
from sentra.core.agents import DeletedInterface
from sentra.core.clock import SystemClock
from sentra.core.drift import InterfaceReport, SpecChanged
from sentra.core.interfaces import WantedInterface
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.live.bus import InMemoryEventBus
from sentra.network.links import Links
from sentra.network.masquerade import Masquerade
from sentra.network.resolver import Resolver
from sentra.wireguard.netlink import NetlinkDriver
from sentra.wireguard.uapi import UapiDriver
from tests.agent.node import Source, a_spec, a_wanted, with_device, with_link, with_peers
from tests.live.world import key
from tests.network.namespaces import Namespace, namespace, unique
from tests.scale import scaled

pytestmark = pytest.mark.wireguard


class CountingMachine(LocalMachine):
    """The real machine, and how often it was changed."""

    changes = 0

    async def apply_device(self, name: str, patch: DevicePatch, private_key: Secret | None) -> None:
        self.changes += 1
        await super().apply_device(name, patch, private_key)


class Agent:
    """A reconciler on the real machine of its thread's namespace. What it wrote stays when it ends."""

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder, self.source = folder, source
        self.bus, self.links, self.names = InMemoryEventBus(), Links(), WatchedNames()
        masquerade = Masquerade(folder / "forwarding.json")
        self.machine = CountingMachine(NetlinkDriver(), UapiDriver(), masquerade, Resolver())
        self.reports: list[InterfaceReport] = []
        self.reconciler = Reconciler(
            node="local",
            bus=self.bus,
            source=source,
            machine=self.machine,
            links=self.links,
            names=self.names,
            folder=folder,
            clock=SystemClock(),
            look_seconds=0.5,
        )

    async def __aenter__(self) -> "Agent":
        self._tasks = [asyncio.create_task(self._note()), asyncio.create_task(self.links.follow())]
        await asyncio.sleep(0)
        self._tasks.append(asyncio.create_task(self.reconciler.run()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def change(self, wanted: WantedInterface | None) -> InterfaceReport:
        """Decide, and wait for what the agent says about it."""
        before = self.source.wanted.get("i0")
        generation = before.generation + 1 if before else 1
        if wanted is None:
            self.source.delete("i0")
        else:
            self.source.wanted["i0"] = replace(wanted, generation=generation)
        self.bus.publish(SpecChanged("local", "i0"))
        least = generation if wanted is not None else 2**62
        return await self.reported(lambda report: report.interface_id == "i0" and report.generation >= least)

    async def reported(self, fact: Callable[[InterfaceReport], object]) -> InterfaceReport:
        await self.until(lambda: self.reports and fact(self.reports[-1]))
        return self.reports[-1]

    async def until(self, fact: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not fact():
                await asyncio.sleep(0.01)

    async def _note(self) -> None:
        with self.bus.subscribe(InterfaceReport) as reports:
            async for report in reports:
                self.reports.append(report)


@pytest.fixture
def here() -> Iterator[Namespace]:
    with namespace() as made:
        yield made


@pytest.fixture
def name() -> str:
    return unique("sca")


def in_namespace(
    here: Namespace, folder: Path, story: Callable[[Agent], Awaitable[None]], source: Source | None = None
) -> None:
    async def told() -> None:
        async with Agent(folder, source or Source()) as agent:
            await story(agent)

    here.do(told)


def shown(here: Namespace, name: str) -> list[list[str]]:
    return [line.split("\t") for line in here.run("wg", "show", name, "dump").splitlines()]


def shown_if_there(here: Namespace, name: str) -> list[list[str]]:
    """The same, and nothing of an interface that is being made."""
    try:
        return shown(here, name)
    except subprocess.CalledProcessError:
        return []


def a_real(name: str, *numbers: int) -> WantedInterface:
    wanted = a_wanted(*(a_spec(number) for number in numbers), name=name)
    return with_device(wanted, listen_port=0)


def test_an_interface_from_its_creation_to_its_end(here: Namespace, name: str, tmp_path: Path) -> None:
    async def story(agent: Agent) -> None:
        started = time.monotonic()
        report = await agent.change(with_link(a_real(name, 1, 2), mtu=1400, routes=("192.168.77.0/24",)))
        assert (report.applied, report.error, report.drift) == (True, None, ())
        assert time.monotonic() - started < 5
        assert agent.names.names == (name,)
        head, *peers = shown(here, name)
        assert head[1] == report.public_key
        assert {peer[0] for peer in peers} == {key(1), key(2)}
        assert "mtu 1400" in here.run("ip", "link", "show", name)
        assert "192.168.77.0/24" in here.run("ip", "route", "show", "proto", "171")

        wanted = agent.source.wanted["i0"]
        changed = with_peers(
            wanted,
            a_spec(1, persistent_keepalive=25),
            a_spec(3, preshared_key=Secret(b"x" * 32)),
            owned=frozenset({key(2)}),
        )
        assert (await agent.change(changed)).applied
        peers = {peer[0]: peer for peer in shown(here, name)[1:]}
        assert set(peers) == {key(1), key(3)}
        assert (peers[key(1)][7], peers[key(3)][1]) == ("25", "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=")

        # R6: a look that finds nothing sends nothing.
        changes, looks = agent.machine.changes, len(agent.reports)
        await agent.until(lambda: len(agent.reports) > looks + 2)
        assert agent.machine.changes == changes

        # R8: by hand.
        here.run("wg", "set", name, "peer", key(1), "persistent-keepalive", "7")
        here.run("wg", "set", name, "peer", key(3), "remove")
        here.run("wg", "set", name, "peer", key(9), "allowed-ips", "10.9.9.9/32")
        here.run("ip", "address", "add", "10.77.0.1/24", "dev", name)
        seen = await agent.reported(lambda report: len(report.drift) == 3 and report.unmanaged)
        assert {drift.concerns for drift in seen.drift} == {f"peer {key(1)}", f"peer {key(3)}", "address 10.77.0.1/24"}
        agent.bus.publish(SpecChanged("local", "i0", restore=True))
        await agent.reported(lambda report: not report.drift)
        assert {peer[0] for peer in shown(here, name)[1:]} == {key(1), key(3), key(9)}
        assert "10.77.0.1" not in here.run("ip", "address", "show", name)

        # A tombstone that comes back goes at once.
        here.run("wg", "set", name, "peer", key(2), "allowed-ips", "10.9.9.2/32")
        await agent.until(lambda: key(2) not in here.run("wg", "show", name, "peers"))

        # R7: the link goes.
        here.run("ip", "link", "del", name)
        await agent.until(
            lambda: (
                subprocess.run(
                    ["ip", "-n", here.name, "link", "show", name], check=False, capture_output=True
                ).returncode
                == 0
            )
        )
        await agent.reported(lambda report: report.applied and not report.drift)
        await agent.until(lambda: {peer[0] for peer in shown_if_there(here, name)[1:]} == {key(1), key(3)})
        assert shown(here, name)[0][1] == report.public_key

        gone = await agent.change(None)
        assert gone.applied
        assert name not in here.run("ip", "link")
        assert not UapiDriver().has_socket(name)
        files = [path.name.partition(".")[0] for path in agent.folder.rglob("*") if path.is_file()]
        assert sorted(files) == ["digest-key", "i0"]  # the key in the trash

    in_namespace(here, tmp_path / "agent", story)


def test_a_masquerade_comes_and_goes_with_its_interface(here: Namespace, name: str, tmp_path: Path) -> None:
    async def story(agent: Agent) -> None:
        wanted = a_real(name, 1)
        report = await agent.change(replace(wanted, spec=replace(wanted.spec, masquerade=("10.0.0.0/24",))))
        assert (report.applied, report.error, report.drift) == (True, None, ())
        assert "10.0.0.0/24" in here.run("nft", "list", "ruleset")
        assert here.sysctl("net.ipv4.ip_forward") == "1"
        here.run("nft", "flush", "ruleset")
        await agent.reported(lambda report: [drift.concerns for drift in report.drift] == ["masquerade"])
        agent.bus.publish(SpecChanged("local", "i0", restore=True))
        await agent.reported(lambda report: not report.drift)
        assert "10.0.0.0/24" in here.run("nft", "list", "ruleset")
        await agent.change(None)
        assert here.run("nft", "list", "ruleset") == ""

    in_namespace(here, tmp_path / "agent", story)


def test_S66_keys_are_the_owners_alone(
    here: Namespace, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = Secret(os.urandom(32))

    async def story(agent: Agent) -> None:
        report = await agent.change(with_peers(a_real(name), a_spec(1, preshared_key=secret)))
        assert report.applied

    caplog.set_level("DEBUG")
    in_namespace(here, tmp_path / "agent", story)
    private_key = here.run("wg", "show", name, "private-key").strip()
    files = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "agent").rglob("*")}
    assert {mode for path, mode in files.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in files.items() if path.is_dir()} == {0o700}
    kept = [path for path in files if path.is_file() and private_key in path.read_bytes().decode("latin-1")]
    assert [path.name for path in kept] == ["i0.key"]
    raw = secret.reveal()
    for path in files:
        if path.is_file():
            content = path.read_bytes()
            assert raw not in content
            assert raw.hex().encode() not in content
    assert private_key not in caplog.text
    assert raw.hex() not in caplog.text


@pytest.mark.module
def test_R5_restarts_of_the_agent_change_nothing(here: Namespace, name: str, tmp_path: Path) -> None:
    source = Source()

    async def first(agent: Agent) -> None:
        await agent.change(a_real(name, *range(1, 50)))

    async def again(agent: Agent) -> None:
        assert (await agent.reported(lambda _: True)).applied
        assert agent.machine.changes == 0

    in_namespace(here, tmp_path / "agent", first, source)
    index = here.run("cat", f"/sys/class/net/{name}/ifindex")
    for _ in range(scaled(5, 20)):
        in_namespace(here, tmp_path / "agent", again, source)
    assert here.run("cat", f"/sys/class/net/{name}/ifindex") == index


@pytest.mark.module
def test_R8_a_change_by_hand_while_the_agent_was_away_is_shown_and_a_decision_is_made(
    here: Namespace, name: str, tmp_path: Path
) -> None:
    source = Source()

    async def first(agent: Agent) -> None:
        await agent.change(a_real(name, 1, 2))

    async def again(agent: Agent) -> None:
        report = await agent.reported(lambda _: True)
        assert report.applied
        assert [drift.key for drift in report.drift] == [key(1)]
        assert {peer[0] for peer in shown(here, name)[1:]} == {key(1), key(2), key(3)}

    in_namespace(here, tmp_path / "agent", first, source)
    here.run("wg", "set", name, "peer", key(1), "persistent-keepalive", "9")
    wanted = source.wanted["i0"]
    source.wanted["i0"] = replace(with_peers(wanted, a_spec(1), a_spec(2), a_spec(3)), generation=2)
    in_namespace(here, tmp_path / "agent", again, source)


def test_R13_a_port_that_is_taken_leaves_the_old_one(here: Namespace, name: str, tmp_path: Path) -> None:
    other = unique("sca")

    async def story(agent: Agent) -> None:
        agent.source.wanted["i1"] = replace(a_real(other), id="i1")
        agent.bus.publish(SpecChanged("local", "i1"))
        await agent.reported(lambda report: report.interface_id == "i1")
        taken = int(shown(here, other)[0][2])
        assert (await agent.change(a_real(name, 1))).applied
        old = shown(here, name)[0][2]
        report = await agent.change(
            with_device(with_peers(agent.source.wanted["i0"], a_spec(1), a_spec(2)), listen_port=taken)
        )
        assert not report.applied
        assert str(taken) in (report.error or "")
        assert shown(here, name)[0][2] == old
        assert {peer[0] for peer in shown(here, name)[1:]} == {key(1), key(2)}

    in_namespace(here, tmp_path / "agent", story)


@pytest.mark.module
def test_an_adopted_interface_is_not_touched_and_its_key_is_taken_over(
    here: Namespace, name: str, tmp_path: Path
) -> None:
    text = tmp_path / f"{name}.conf"

    async def story(agent: Agent) -> None:
        await agent.machine.create(name)
        private_key = here.run("wg", "genkey").strip()
        here.run(
            "wg",
            "set",
            name,
            "private-key",
            "/dev/stdin",
            "peer",
            key(1),
            "allowed-ips",
            "10.0.0.1/32",
            text=private_key,
        )
        text.write_text(
            f"[Interface]\nPrivateKey = {private_key}\n# PrivateKey={'A' * 43}=\nPostUp = touch x\n"
            f"[Peer]\nPublicKey = {key(1)}\n"
        )
        look = LocalNodeLook(agent.machine, lambda: agent.reconciler.managed_names, tmp_path)
        found = next(each for each in await look.find("local") if each.name == name)
        assert (found.file, found.driver) == (str(text), await agent.machine.driver_name(name))
        assert (
            found.file_text
            == f"[Interface]\nPrivateKey = \n# PrivateKey=\nPostUp = touch x\n[Peer]\nPublicKey = {key(1)}\n"
        )
        index = here.run("cat", f"/sys/class/net/{name}/ifindex")
        adopted = replace(a_wanted(*found.spec.device.peers.values(), name=name), brought_up_by="wg-quick")
        report = await agent.change(with_device(adopted, public_key=found.spec.device.public_key, listen_port=0))
        assert (report.applied, report.drift, agent.machine.changes) == (True, (), 0)
        assert (tmp_path / "agent" / "keys" / "i0.key").read_text().strip() == private_key
        assert here.run("cat", f"/sys/class/net/{name}/ifindex") == index
        assert name not in [each.name for each in await look.find("local")]
        assert (await look.look_at("local", name)).spec == found.spec
        taken = await look.taken("local")
        assert name in taken.names
        await agent.change(None)
        assert name in here.run("ip", "link")

    in_namespace(here, tmp_path / "agent", story)


@pytest.mark.module
def test_an_interface_that_an_older_database_does_not_know_is_found_and_taken_over_as_it_runs(
    here: Namespace, name: str, tmp_path: Path
) -> None:
    async def story(agent: Agent) -> None:
        made = with_link(a_real(name, 1, 2), routes=("192.168.77.0/24",))
        public_key = (
            await agent.change(replace(made, spec=replace(made.spec, masquerade=("10.0.0.0/24",))))
        ).public_key
        agent.source.wanted.clear()
        await agent.until(lambda: name in agent.reconciler.left_names)
        look = LocalNodeLook(
            agent.machine, lambda: agent.reconciler.managed_names, tmp_path, lambda: agent.reconciler.left_names
        )
        index, changes = here.run("cat", f"/sys/class/net/{name}/ifindex"), agent.machine.changes
        (found,) = (each for each in await look.find("local") if each.name == name)
        assert (found.is_left, found.spec.device.public_key, set(found.spec.device.peers)) == (
            True,
            public_key,
            {key(1), key(2)},
        )
        assert (found.spec.link.routes, found.spec.masquerade) == (("192.168.77.0/24",), ("10.0.0.0/24",))
        agent.source.wanted["i1"] = replace(a_wanted(name=name, interface_id="i1"), spec=found.spec)
        agent.bus.publish(SpecChanged("local", "i1"))
        report = await agent.reported(lambda report: report.interface_id == "i1")
        assert (report.applied, report.error, report.public_key, report.drift) == (True, None, public_key, ())
        assert (here.run("cat", f"/sys/class/net/{name}/ifindex"), agent.machine.changes) == (index, changes)
        assert name not in [each.name for each in await look.find("local")]
        assert not (agent.folder / "applied" / "i0.json").exists()
        agent.source.deleted["i1"] = DeletedInterface("i1", name, "observe")
        del agent.source.wanted["i1"]
        await agent.until(lambda: name not in agent.reconciler.managed_names)
        (found,) = (each for each in await look.find("local") if each.name == name)
        assert (found.is_left, found.spec.masquerade) == (False, ("10.0.0.0/24",))

    in_namespace(here, tmp_path / "agent", story)


@pytest.mark.module
def test_R11_many_peers_are_applied_and_one_of_them_edited(here: Namespace, name: str, tmp_path: Path) -> None:
    count = scaled(1_000, 10_000)

    async def story(agent: Agent) -> None:
        specs = [a_spec(number) for number in range(1, count + 1)]
        assert (await agent.change(with_peers(a_real(name), *specs))).applied
        assert len(shown(here, name)) == count + 1
        specs[7] = replace(specs[7], persistent_keepalive=25)
        assert (await agent.change(with_peers(agent.source.wanted["i0"], *specs))).applied
        assert len(shown(here, name)) == count + 1

    in_namespace(here, tmp_path / "agent", story)
