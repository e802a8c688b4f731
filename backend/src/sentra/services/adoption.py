"""Use cases of taking over what runs already: nothing is written to WireGuard, nothing is restarted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Actor, Resource
from sentra.core.agents import FoundInterface, NodeLook, Taken
from sentra.core.clock import Clock
from sentra.core.errors import FieldError, Invalid
from sentra.core.interfaces import Interface, UnmanagedMode
from sentra.core.peers import PeerSpec
from sentra.core.status import DriverName
from sentra.core.wanted import wanted_routes
from sentra.core.wgconf.configuration import Configuration
from sentra.core.wgconf.parse import Parsed, parse
from sentra.db.interfaces import list_interfaces
from sentra.services.changes import Changes
from sentra.services.clashes import clashes_of_new
from sentra.services.found_peers import has_default_route, said_of
from sentra.services.interface_fields import InterfaceFields, apply_fields, raise_if_any
from sentra.services.interfaces import InterfaceResult, Interfaces, blank, own_networks
from sentra.services.outcomes import Made
from sentra.services.peer_making import PeerMaking
from sentra.services.peers import refusals

DEFAULT_ROUTE_TABLE: Final = 51820
"""Where wg-quick puts a default route, and the mark by which WireGuard's own packets avoid it (`man wg-quick`)."""


class Found(Struct, frozen=True):
    """A running interface that is not managed. `hooks` are commands of its file, which Sentra never runs."""

    name: str
    driver: DriverName
    public_key: str | None
    listen_port: int
    addresses: tuple[str, ...]
    peer_count: int
    file: str | None
    hooks: tuple[str, ...]
    warnings: tuple[str, ...]


class Adoption:
    """Finds and takes over running interfaces."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        changes: Changes,
        interfaces: Interfaces,
        making: PeerMaking,
        look: NodeLook,
    ) -> None:
        self._clock = clock
        self._access = access
        self._changes = changes
        self._interfaces = interfaces
        self._making = making
        self._look = look

    async def found(self, actor: Actor, node: str) -> Sequence[Found]:
        """Give the interfaces that may be taken over. Raises SentraError where the node cannot be looked at."""
        self._access.authorise(actor, "interface:adopt", Resource(node=node))
        managed = {interface.name for interface in await list_interfaces(node)}
        return [_told(each) for each in await self._look.find(node) if each.name not in managed]

    async def adopt(
        self,
        actor: Actor,
        node: str,
        name: str,
        *,
        unmanaged: UnmanagedMode,
        public_host: str = "",
        dry_run: bool = False,
    ) -> InterfaceResult:
        """Take over an interface as it runs, with its peers where `unmanaged` is `adopt`. Raises Invalid."""
        self._access.authorise(actor, "interface:adopt", Resource(node=node))
        found = next((each for each in await self._look.find(node) if each.name == name), None)
        if found is None:
            raise Invalid(FieldError("name", "not-found", "No WireGuard interface of this name runs unmanaged there."))
        parsed = parse(found.file_text) if found.file_text is not None else None
        configuration = parsed.configuration if parsed else None
        new = _interface(blank(node, self._clock.now()), found, configuration, unmanaged)
        new, errors = apply_fields(new, InterfaceFields(public_host=public_host))

        async def check() -> None:
            # What it has runs already: only other managed interfaces can be in its way.
            raise_if_any([*errors, *await clashes_of_new(new, Taken())])

        async with self._changes.create(actor, "interface:adopt", new, check=check, dry_run=dry_run) as change:
            change.running = found.spec
            if unmanaged == "adopt":
                await self._adopt_peers(change, found, configuration)
            change.describe("interface-adopted", f"Took over {name} with {len(change.peers_after)} peers")
        return await self._interfaces.result(actor, change, dry_run=dry_run)

    async def _adopt_peers(self, change: Made, found: FoundInterface, configuration: Configuration | None) -> None:
        specs = [_without_roaming(spec, configuration) for spec in found.spec.device.peers.values()]
        said = said_of(change.interface, specs, _names(configuration))
        peers = await self._making.make(change.interface, said, place="peers", found=True)
        with refusals():
            await change.add_peers(peers)


def _interface(
    new: Interface, found: FoundInterface, configuration: Configuration | None, unmanaged: UnmanagedMode
) -> Interface:
    device, link = found.spec.device, found.spec.link
    file = configuration.interface if configuration else None
    new = replace(
        new,
        name=found.name,
        public_key=device.public_key,
        listen_port=device.listen_port,
        fwmark=device.fwmark,
        mtu=file.mtu if file else 0,
        addresses=link.addresses,
        pools=own_networks(link.addresses),
        table=file.table if file else "auto",
        masquerade=bool(found.spec.masquerade),
        unmanaged="remove" if unmanaged == "remove" else "keep",
        brought_up_by="wg-quick" if found.file else "sentra",
    )
    return replace(new, table=_table(new, found))


def _table(new: Interface, found: FoundInterface) -> str:
    """Choose where routes go so that nothing changes now: those that there are belong to whoever made them."""
    peers = found.spec.device.peers.values()
    if new.table.isdecimal():
        return new.table
    if has_default_route(peers):
        return str(new.fwmark or DEFAULT_ROUTE_TABLE)
    ours = found.file or found.spec.link.routes  # those that the node tells of are Sentra's
    return new.table if ours or not wanted_routes(new, peers) else "off"


def _without_roaming(spec: PeerSpec, configuration: Configuration | None) -> PeerSpec:
    """Keep an endpoint only where the file names the very one: any other is where the peer happened to be heard."""
    filed = {peer.spec.public_key: peer.spec.endpoint for peer in configuration.peers} if configuration else {}
    return spec if filed.get(spec.public_key) == spec.endpoint else replace(spec, endpoint=None)


def _names(configuration: Configuration | None) -> Mapping[str, str]:
    return {peer.spec.public_key: peer.name for peer in configuration.peers} if configuration else {}


def _told(found: FoundInterface) -> Found:
    parsed = parse(found.file_text) if found.file_text is not None else None
    return Found(
        name=found.name,
        driver=found.driver,
        public_key=found.spec.device.public_key,
        listen_port=found.spec.device.listen_port,
        addresses=found.spec.link.addresses,
        peer_count=len(found.spec.device.peers),
        file=found.file,
        hooks=tuple(hook.text for hook in parsed.hooks) if parsed else (),
        warnings=tuple(_warnings(found, parsed)),
    )


def _warnings(found: FoundInterface, parsed: Parsed | None) -> Iterator[str]:
    if found.is_left:
        yield (
            f"{found.name} was managed by Sentra, in another database than this one. Taken over, it runs on with its "
            "key; or put that database back."
        )
    if found.spec.device.public_key is None:
        yield f"{found.name} has no private key yet: adopted, it gets one."
    if not found.spec.link.addresses:
        yield f"{found.name} has no address: peers cannot get one by themselves."
    if not found.spec.link.up:
        yield f"{found.name} is down: adopted, it is brought up."
    if parsed:
        yield from (f"Line {problem.line} of its file: {problem.message}" for problem in parsed.problems)
        yield from (f"Line {ignored.line} of its file: {ignored.why}" for ignored in parsed.ignored)
