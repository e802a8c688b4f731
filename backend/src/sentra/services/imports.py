"""Use cases of importing: the text of a wg-quick file becomes an interface and its peers."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Actor, Resource
from sentra.core.agents import NodeKeys, NodeLook
from sentra.core.change_plan import ChangePlan
from sentra.core.clock import Clock
from sentra.core.errors import FieldError, Invalid
from sentra.core.interfaces import Interface
from sentra.core.wgconf.configuration import Configuration
from sentra.core.wgconf.findings import Hook, Ignored, Problem
from sentra.core.wgconf.parse import Parsed, parse
from sentra.db.interfaces import find_interface, list_interfaces
from sentra.services.adoption import DEFAULT_ROUTE_TABLE
from sentra.services.changes import Changes
from sentra.services.clashes import clashes_of_new, taken_on
from sentra.services.found_peers import has_default_route, said_of
from sentra.services.import_lines import told
from sentra.services.interface_fields import InterfaceFields, apply_fields, raise_if_any
from sentra.services.interfaces import InterfaceResult, Interfaces, blank, own_networks
from sentra.services.key_pairs import public_key_of
from sentra.services.outcomes import Made, Outcome
from sentra.services.peer_fields import PeerFields
from sentra.services.peer_making import PeerMaking
from sentra.services.peers import refusals


class ImportReport(Struct, frozen=True):
    """What a file says and what becomes of it. `interface` is what would be made; hooks are never stored or run."""

    interface: Interface
    peers: Sequence[PeerFields]
    hooks: tuple[Hook, ...]
    ignored: tuple[Ignored, ...]
    errors: tuple[Problem, ...]


class ImportResult(Struct, frozen=True):
    """What became of an import."""

    report: ImportReport
    result: InterfaceResult


class Imports:
    """Makes interfaces of files."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        changes: Changes,
        interfaces: Interfaces,
        making: PeerMaking,
        look: NodeLook,
        keys: NodeKeys,
    ) -> None:
        self._clock = clock
        self._access = access
        self._changes = changes
        self._interfaces = interfaces
        self._making = making
        self._look = look
        self._keys = keys

    async def import_text(
        self, actor: Actor, node: str, name: str, text: str, *, public_host: str = "", dry_run: bool = False
    ) -> ImportResult:
        """Make what a file says. Its private key goes to the node and nowhere else.

        In a dry run a file that is wrong, or that clashes with itself or with others, is only reported on; otherwise
        Invalid names each line.
        """
        self._access.authorise(actor, "interface:import", Resource(node=node))
        parsed = parse(text)
        new, errors = _interface(blank(node, self._clock.now()), parsed.configuration, name, public_host)
        said = said_of(new, [peer.spec for peer in parsed.configuration.peers], _names(parsed.configuration))
        report = ImportReport(new, said, parsed.hooks, parsed.ignored, parsed.problems)
        try:
            if dry_run and parsed.problems:
                raise_if_any(errors)
                return _only_reported(report)
            raise_if_any([*errors, *_wrong_lines(parsed)])
            new = await self._with_key(new, parsed.configuration, dry_run=dry_run)
            return ImportResult(report, await self._create_or_drop(actor, new, said, dry_run=dry_run))
        except Invalid as error:
            wrong = told(parsed, said, error.errors)
            if dry_run and wrong.is_of_the_file:
                return _only_reported(replace(report, errors=wrong.problems))
            raise Invalid(*wrong.fields) from error

    async def _with_key(self, new: Interface, configuration: Configuration, *, dry_run: bool) -> Interface:
        secret = configuration.interface.private_key
        if secret is None:
            return new
        public_key = public_key_of(secret) if dry_run else await self._keys.put(new.node, new.id, secret)
        return replace(new, public_key=public_key)

    async def _create_or_drop(
        self, actor: Actor, new: Interface, said: Sequence[PeerFields], *, dry_run: bool
    ) -> InterfaceResult:
        try:
            return await self._create(actor, new, said, dry_run=dry_run)
        except BaseException:
            has_put = not dry_run and new.public_key is not None
            if has_put and await find_interface(new.id) is None:  # a request cancelled later has made it all the same
                await self._keys.drop(new.node, new.id)
            raise

    async def _create(
        self, actor: Actor, new: Interface, said: Sequence[PeerFields], *, dry_run: bool
    ) -> InterfaceResult:
        taken = await taken_on(self._look, new.node)

        async def check() -> None:
            raise_if_any([*await clashes_of_new(new, taken), *await _clashes_of_key(new)])

        async with self._changes.create(actor, "interface:import", new, check=check, dry_run=dry_run) as change:
            await self._add_peers(change, said)
            change.describe("interface-imported", f"Imported {new.name} with {len(said)} peers")
        return await self._interfaces.result(actor, change, dry_run=dry_run)

    async def _add_peers(self, change: Made, said: Sequence[PeerFields]) -> None:
        peers = await self._making.make(change.interface, said, place="peers", found=True)
        with refusals():
            await change.add_peers(peers)


def _interface(
    new: Interface, configuration: Configuration, name: str, public_host: str
) -> tuple[Interface, list[FieldError]]:
    file = configuration.interface
    table = file.table
    if table == "auto" and has_default_route(peer.spec for peer in configuration.peers):
        table = str(file.fwmark or DEFAULT_ROUTE_TABLE)
    new = replace(
        new,
        listen_port=file.listen_port,
        fwmark=file.fwmark,
        mtu=file.mtu,
        addresses=file.addresses,
        pools=own_networks(file.addresses),
        dns=file.dns,
        table=table,
    )
    return apply_fields(new, InterfaceFields(name=name, public_host=public_host))


def _only_reported(report: ImportReport) -> ImportResult:
    return ImportResult(report, InterfaceResult(Outcome(ChangePlan())))


async def _clashes_of_key(new: Interface) -> list[FieldError]:
    """Say which interface has the private key of a file: of two that share one, peers reach the wrong one."""
    if new.public_key is None:
        return []
    others = [other for other in await list_interfaces() if other.public_key == new.public_key]
    return [
        FieldError("public_key", "key-taken", f"{other.name} on {other.node} has this private key; each has its own.")
        for other in others[:1]
    ]


def _wrong_lines(parsed: Parsed) -> list[FieldError]:
    return [FieldError("text", "line", f"Line {problem.line}: {problem.message}") for problem in parsed.problems]


def _names(configuration: Configuration) -> dict[str, str]:
    return {peer.spec.public_key: peer.name for peer in configuration.peers}
