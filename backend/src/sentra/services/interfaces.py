"""Use cases of interfaces: make, change, start, stop and delete them."""

import secrets
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime

from msgspec import UNSET, Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Actor, Resource
from sentra.core.addresses import network_of
from sentra.core.agents import NodeLook
from sentra.core.clock import Clock
from sentra.core.errors import FieldError, NotFound
from sentra.core.interfaces import Interface
from sentra.core.risk import author_prefix
from sentra.db.interfaces import find_interface, list_interfaces
from sentra.services.changes import Changes
from sentra.services.clashes import IsSeen, clashes_of_changed, clashes_of_new, firewall_warning, taken_on
from sentra.services.documents import changed_fields, interface_document
from sentra.services.forecasts import author_comes_through
from sentra.services.interface_fields import InterfaceFields, apply_fields, raise_if_any
from sentra.services.interface_states import InterfaceState, InterfaceStates
from sentra.services.outcomes import Made, Outcome, require_version
from sentra.services.peer_states import resource_of
from sentra.services.suggestions import free_port


class InterfaceResult(Struct, frozen=True):
    """What became of a change of an interface; `state` is None where it is gone, and of a dry run."""

    outcome: Outcome
    state: InterfaceState | None = None


class Interfaces:
    """Reads and changes interfaces. `nodes` are those that there are."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        changes: Changes,
        states: InterfaceStates,
        look: NodeLook,
        nodes: Container[str],
    ) -> None:
        self._clock = clock
        self._access = access
        self._changes = changes
        self._states = states
        self._look = look
        self._nodes = nodes

    async def list(self, actor: Actor) -> Sequence[InterfaceState]:
        """Give every interface that the actor may see, by node and name."""
        self._access.require(actor, "interface:read")
        found = [
            each for each in await list_interfaces() if self._access.may(actor, "interface:read", resource_of(each))
        ]
        return await self._states.of(actor, found)

    async def get(self, actor: Actor, interface_id: str) -> InterfaceState:
        """Give one interface. Raises NotFound."""
        found = await existing(interface_id)
        self._access.authorise(actor, "interface:read", resource_of(found))
        return (await self._states.of(actor, [found]))[0]

    async def create(self, actor: Actor, node: str, said: InterfaceFields, *, dry_run: bool = False) -> InterfaceResult:
        """Make an interface. Raises Invalid with every field that is wrong or taken."""
        self._access.authorise(actor, "interface:create", Resource(node=node))
        taken = await taken_on(self._look, node)
        new, errors = apply_fields(blank(node, self._clock.now()), said)
        if node not in self._nodes:
            errors.append(FieldError("node", "unknown-node", "There is no such node."))
        if said.listen_port is UNSET:
            new = replace(new, listen_port=free_port(await list_interfaces(node), taken))
        if said.pools is UNSET:
            new = replace(new, pools=own_networks(new.addresses))

        async def check() -> None:
            raise_if_any([*errors, *await clashes_of_new(new, taken, author_prefix(actor.address))])

        warning = await firewall_warning(self._look, new)

        async with self._changes.create(actor, "interface:create", new, check=check, dry_run=dry_run) as change:
            change.describe("interface-created", f"Created {new.name}")
            change.firewall_warning = warning
        return await self.result(actor, change, dry_run=dry_run)

    async def update(
        self, actor: Actor, interface_id: str, said: InterfaceFields, *, version: int | None, dry_run: bool = False
    ) -> InterfaceResult:
        """Change settings. Raises Invalid, ChangedMeanwhile, Conflict."""
        self._access.require(actor, "interface:update")
        found = await existing(interface_id)
        self._access.authorise(actor, "interface:update", resource_of(found))
        taken = await taken_on(self._look, found.node)
        warning = await firewall_warning(self._look, replace(found, masquerade=said.masquerade is True))
        async with self._changes.change(actor, "interface:update", interface_id, dry_run=dry_run) as change:
            before = change.interface
            require_version(before.version, version)
            after, errors = apply_fields(before, said)
            raise_if_any([*errors, *await clashes_of_changed(before, after, taken, self._is_seen_by(actor))])
            change.describe("interface-updated", _summary(before, after))
            change.firewall_warning = warning
            await change.write_interface(after)
        return await self.result(actor, change, dry_run=dry_run)

    async def start(self, actor: Actor, interface_id: str, *, dry_run: bool = False) -> InterfaceResult:
        """Let an interface run."""
        self._access.require(actor, "interface:update")
        async with self._changes.change(actor, "interface:update", interface_id, dry_run=dry_run) as change:
            change.describe("interface-started", f"Started {change.interface.name}")
            await change.write_interface(replace(change.interface, started=True))
        return await self.result(actor, change, dry_run=dry_run)

    async def stop(self, actor: Actor, interface_id: str, *, dry_run: bool = False) -> InterfaceResult:
        """Take an interface down, and keep what was decided of it."""
        self._access.require(actor, "interface:update")
        async with self._changes.change(actor, "interface:update", interface_id, dry_run=dry_run) as change:
            change.describe("interface-stopped", f"Stopped {change.interface.name}")
            await change.write_interface(replace(change.interface, started=False))
        return await self.result(actor, change, dry_run=dry_run)

    async def hand_over(self, actor: Actor, interface_id: str, *, dry_run: bool = False) -> InterfaceResult:
        """Let Sentra bring an interface up that wg-quick brought up so far."""
        self._access.require(actor, "interface:update")
        async with self._changes.change(actor, "interface:update", interface_id, dry_run=dry_run) as change:
            change.describe("interface-handed-over", f"Sentra brings {change.interface.name} up from now on")
            await change.write_interface(replace(change.interface, brought_up_by="sentra"))
        return await self.result(actor, change, dry_run=dry_run)

    async def delete(
        self, actor: Actor, interface_id: str, *, version: int | None, dry_run: bool = False
    ) -> InterfaceResult:
        """Delete an interface with its peers.

        Where its author comes through it, it is only stopped until that is confirmed: an interface that is gone
        would come back with another key.
        """
        self._access.require(actor, "interface:delete")
        async with self._changes.change(actor, "interface:delete", interface_id, dry_run=dry_run) as change:
            before = change.interface
            require_version(before.version, version)
            if _goes_down(before) and await author_comes_through(before, author_prefix(actor.address)):
                change.describe("interface-stopped", f"Stopped {before.name}, to be deleted when that is confirmed")
                change.deletes = True
                await change.write_interface(replace(before, started=False))
            else:
                change.describe("interface-deleted", f"Deleted {before.name} and its peers")
                await change.remove_interface()
        return await self.result(actor, change, dry_run=dry_run)

    def _is_seen_by(self, actor: Actor) -> IsSeen:
        return lambda other: self._access.may(actor, "interface:read", resource_of(other))

    async def result(self, by: Actor, change: Made, *, dry_run: bool) -> InterfaceResult:
        """Give what became of a change, with the interface as it is now."""
        found = None if dry_run else await find_interface(change.interface.id)
        states = await self._states.of(by, [found] if found else [])
        return InterfaceResult(change.outcome, states[0] if states else None)


def blank(node: str, now: float) -> Interface:
    """Give an interface of which nothing is said yet."""
    created_at = datetime.fromtimestamp(int(now), UTC)
    return Interface(id=secrets.token_hex(16), node=node, name="", created_at=created_at, listen_port=0)


async def existing(interface_id: str) -> Interface:
    """Give an interface. Raises NotFound."""
    found = await find_interface(interface_id)
    if found is None:
        raise NotFound("There is no such interface.")
    return found


def own_networks(addresses: Iterable[str]) -> tuple[str, ...]:
    """Give the networks of addresses, each once: where peers get their addresses if nobody says otherwise."""
    return tuple(dict.fromkeys(network_of(address) for address in addresses))


def _goes_down(interface: Interface) -> bool:
    return interface.started and interface.brought_up_by == "sentra"


def _summary(before: Interface, after: Interface) -> str:
    fields = [
        field.replace("_", " ") for field in changed_fields(interface_document(before), interface_document(after))
    ]
    return f"Changed {', '.join(fields)} of {before.name}" if fields else f"Changed nothing of {before.name}"
