"""WireGuard as the kernel does it, in memory: for tests whose subject is the agent. Real ones are in tests/drivers."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from sentra.agent.machine import Running, Scope
from sentra.agent.node_keys import key_pair
from sentra.core.errors import ApplyFailed, ForeignLink, SentraError
from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch, LinkPatch
from sentra.core.secrets import Secret


class Killed(BaseException):
    """The agent was killed in the middle of something."""


@dataclass
class Interface:
    """One interface. A peer that is removed and comes back has another session."""

    incarnation: str
    foreign: bool = False
    private_key: Secret | None = None
    listen_port: int = 0
    fwmark: int = 0
    peers: dict[str, PeerSpec] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """Who had an allowed IP last."""
    link: LinkSpec = field(default_factory=lambda: LinkSpec(mtu=1420))

    def device(self) -> DeviceSpec:
        public_key = key_pair(self.private_key).public if self.private_key else None
        return DeviceSpec(public_key, self.listen_port, self.fwmark, dict(self.peers))


class Kernel:
    """All interfaces of a machine, and what was done to them."""

    def __init__(self) -> None:
        self.interfaces: dict[str, Interface] = {}
        self.masquerades: dict[str, tuple[str, ...]] = {}
        self.routing_ports: set[int] = set()
        """Ports that somebody else has."""
        self.sent = 0
        """Messages that change something."""
        self.poison: set[PeerSpec] = set()
        """Peers that are refused."""
        self._numbers = itertools.count(1)

    def add(self, name: str, *, foreign: bool = False) -> Interface:
        if name in self.interfaces:
            raise SentraError(f"{name} exists already")
        self.interfaces[name] = Interface(f"boot/{next(self._numbers)}", foreign)
        return self.interfaces[name]

    def put(self, interface: Interface, spec: PeerSpec) -> None:
        """As the kernel does it: an allowed IP silently leaves whoever had it."""
        for prefix in spec.allowed_ips:
            owner = interface.peers.get(interface.owners.get(prefix, ""))
            if owner is not None and owner.public_key != spec.public_key:
                left = tuple(each for each in owner.allowed_ips if each != prefix)
                interface.peers[owner.public_key] = replace(owner, allowed_ips=left)
            interface.owners[prefix] = spec.public_key
        before = interface.peers.get(spec.public_key)
        endpoint = spec.endpoint or (before.endpoint if before else None)
        interface.peers[spec.public_key] = replace(spec, endpoint=endpoint)
        if before is None:
            interface.sessions[spec.public_key] = next(self._numbers)

    def remove(self, interface: Interface, key: str) -> None:
        interface.peers.pop(key, None)
        interface.sessions.pop(key, None)

    def configure(self, interface: Interface, patch: DevicePatch, private_key: Secret | None = None) -> Iterator[None]:
        """Do what a patch says, one peer after the other; it may be left at any of them."""
        if patch.set_private_key:
            interface.private_key = private_key
        if patch.listen_port in self.routing_ports:
            raise ApplyFailed("", f"port {patch.listen_port} is in use")
        interface.listen_port = interface.listen_port if patch.listen_port is None else patch.listen_port
        interface.fwmark = interface.fwmark if patch.fwmark is None else patch.fwmark
        yield
        for key in patch.remove:
            self.remove(interface, key)
            yield
        for spec in patch.put:
            if spec in self.poison:
                raise ApplyFailed("", f"peer {spec.public_key} was refused", spec.public_key)
            self.put(interface, spec)
            yield

    def connect(self, interface: Interface, patch: LinkPatch) -> None:
        link = interface.link
        moved = () if patch.table == patch.remove_table else link.routes
        interface.link = LinkSpec(
            up=link.up if patch.up is None else patch.up,
            mtu=link.mtu if patch.mtu is None else patch.mtu,
            addresses=_changed(link.addresses, patch.add_addresses, patch.remove_addresses),
            routes=_changed(
                tuple(each for each in link.routes if each not in moved),
                patch.add_routes,
                () if moved else patch.remove_routes,
            ),
            table=patch.table if patch.add_routes else link.table,
        )


class MemoryMachine:
    """The machine of a `Kernel`. `killed_at` is the number of the step before which the agent is killed."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.steps: list[str] = []
        self.killed_at: int | None = None
        self.names: dict[str, tuple[str, ...] | Exception] = {}
        self.resolving = asyncio.Event()
        self.resolving.set()
        self.on_change: Callable[[str], None] = lambda _: None
        self.before_apply: Callable[[], None] = lambda: None
        self.loses: set[str] = set()
        """Peers that are taken and then are not there."""

    async def read(self, name: str, scope: Scope, last: Running | None = None) -> Running | None:
        self._step(f"read {name}")
        interface = self.kernel.interfaces.get(name)
        if interface is None:
            return None
        if interface.foreign:
            raise ForeignLink(f"{name} is no WireGuard interface")
        routes = interface.link.routes if scope.table == interface.link.table else ()
        link = replace(interface.link, routes=routes, table=scope.table)
        masquerade = self.kernel.masquerades.get(name, ()) if scope.masquerade else ()
        spec = InterfaceSpec(name, interface.device(), link, masquerade)
        return Running(spec, interface.incarnation)

    async def create(self, name: str) -> None:
        self._step(f"create {name}")
        self.kernel.sent += 1
        self.kernel.add(name)
        self.on_change(name)
        self._step(f"created {name}")

    async def delete(self, name: str) -> None:
        self._step(f"delete {name}")
        self.kernel.sent += 1
        del self.kernel.interfaces[name]
        self.on_change(name)
        self._step(f"deleted {name}")

    async def apply_device(self, name: str, patch: DevicePatch, private_key: Secret | None) -> None:
        self.before_apply()
        self.kernel.sent += 1
        interface = self.kernel.interfaces[name]
        for _ in self.kernel.configure(interface, patch, private_key):
            if len(patch.put) < 20:
                self._step(f"apply {name}")
        for key in self.loses:
            self.kernel.remove(interface, key)

    async def apply_link(self, name: str, patch: LinkPatch) -> None:
        self._step(f"link {name}")
        self.kernel.sent += 1
        interface = self.kernel.interfaces[name]
        if patch.up and interface.listen_port in self.kernel.routing_ports:
            raise SentraError(f"{name} cannot be brought up: port {interface.listen_port} is in use")
        self.kernel.connect(interface, patch)
        self._step(f"linked {name}")

    async def set_masquerade(self, name: str, networks: tuple[str, ...]) -> None:
        self._step(f"masquerade {name}")
        self.kernel.sent += 1
        self.kernel.masquerades.pop(name, None)
        if networks:
            self.kernel.masquerades[name] = networks
        self._step(f"masqueraded {name}")

    async def read_private_key(self, name: str) -> Secret | None:
        return self.kernel.interfaces[name].private_key

    async def resolve(self, host: str) -> tuple[str, ...]:
        await self.resolving.wait()
        answer = self.names.get(host, SentraError(f"{host} does not exist"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _step(self, what: str) -> None:
        self.steps.append(what)
        if len(self.steps) == self.killed_at:
            raise Killed(what)


def _changed(before: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...]) -> tuple[str, ...]:
    return (*(each for each in before if each not in remove), *(each for each in add if each not in before))
