"""Use cases of one peer: find, make, change, re-key and delete it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.audit import Subject
from sentra.core.errors import Invalid, NotFound
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.db.database import transaction
from sentra.db.interfaces import find_interface
from sentra.db.peers import PeerRefused, find_peer, set_given_revision
from sentra.services.changes import Changes
from sentra.services.outcomes import Made, Outcome, require_version
from sentra.services.peer_allowance import as_own
from sentra.services.peer_checks import KEY_TAKEN, key_taken, refused
from sentra.services.peer_fields import PeerFields
from sentra.services.peer_making import PeerMaking
from sentra.services.peer_pages import PeerQuery, peer_page
from sentra.services.peer_states import PeerState, PeerStates, resource_of, resource_of_peer


class PeerResult(Struct, frozen=True):
    """What became of a change of a peer; `state` is None where it is gone, or nothing was done."""

    outcome: Outcome
    state: PeerState | None = None


class PeerList(Struct, frozen=True):
    """Some peers of an interface; `next_cursor` leads to those after them."""

    states: list[PeerState]
    next_cursor: str | None


class Peers:
    """Reads and changes peers."""

    def __init__(self, access: Access, changes: Changes, making: PeerMaking, states: PeerStates) -> None:
        self._access = access
        self._changes = changes
        self._making = making
        self._states = states

    async def list(self, actor: Actor, interface_id: str, query: PeerQuery) -> PeerList:
        """Give one page of the peers of an interface. Raises NotFound, and Invalid for a query that makes no sense."""
        interface = await interface_of(interface_id)
        resource = resource_of(interface)
        self._access.authorise(actor, "peer:read", replace(resource, owner_id=actor.user_id))
        if not self._access.may_all(actor, "peer:read", resource):
            query = replace(query, owner_id=actor.user_id)
        page = await peer_page(interface, query)
        return PeerList(self._states.of(actor, interface, page.peers), page.next_cursor)

    async def get(self, actor: Actor, peer_id: str) -> PeerState:
        """Give a peer. Raises NotFound."""
        interface, peer = await find_with_interface(peer_id)
        self._access.authorise(actor, "peer:read", resource_of_peer(interface, peer))
        return self._states.of(actor, interface, [peer])[0]

    async def create(self, actor: Actor, interface_id: str, said: PeerFields, *, dry_run: bool = False) -> PeerResult:
        """Make a peer, with the next free addresses where none are said. Raises Invalid, Conflict, NotFound."""
        self._access.require(actor, "peer:create")
        own = actor.user_id
        async with self._changes.change(actor, "peer:create", interface_id, owner_id=own, dry_run=dry_run) as change:
            if not self._access.may_all(actor, "peer:create", resource_of(change.interface)):
                (said,) = await as_own(own, [said])
            with self._names_for(actor, change.interface):
                (peer,) = await self._making.make(change.interface, [said])
            change.describe("peer-created", f"Created {peer.name}")
            with refusals():
                await change.add_peers([peer])
        return self._result(actor, change, peer, dry_run=dry_run)

    async def update(
        self, actor: Actor, peer_id: str, said: PeerFields, *, version: int | None = None, dry_run: bool = False
    ) -> PeerResult:
        """Change what is said, and leave the rest. Raises Invalid, ChangedMeanwhile, Conflict, NotFound."""
        self._access.require(actor, "peer:update")
        async with self._changes.change(
            actor, "peer:update", await _home(peer_id), peer_id=peer_id, dry_run=dry_run
        ) as change:
            before = await _peer_of(change, peer_id)
            require_version(before.version, version)
            after = await self._making.change(change.interface, before, said)
            change.describe(*_told(before, after))
            with refusals():
                await change.replace_peers([(before, after)])
        return self._result(actor, change, after, dry_run=dry_run)

    async def rekey(
        self, actor: Actor, peer_id: str, said: PeerFields, *, version: int | None = None, dry_run: bool = False
    ) -> PeerResult:
        """Swap the key pair in one step: id and addresses stay, the old key never runs again.

        Raises Invalid, ChangedMeanwhile, Conflict, NotFound.
        """
        self._access.require(actor, "peer:rekey")
        async with self._changes.change(
            actor, "peer:rekey", await _home(peer_id), peer_id=peer_id, dry_run=dry_run
        ) as change:
            before = await _peer_of(change, peer_id)
            require_version(before.version, version)
            with self._names_for(actor, change.interface):
                after = await self._making.rekey(change.interface, before, said)
            change.describe("peer-rekeyed", f"Gave {before.name} another key")
            with refusals():
                await change.replace_peers([(before, after)])
        return self._result(actor, change, after, dry_run=dry_run)

    async def delete(
        self, actor: Actor, peer_id: str, *, version: int | None = None, dry_run: bool = False
    ) -> PeerResult:
        """Remove a peer for good: its key never runs again, its addresses rest. Raises ChangedMeanwhile, NotFound."""
        self._access.require(actor, "peer:delete")
        async with self._changes.change(
            actor, "peer:delete", await _home(peer_id), peer_id=peer_id, dry_run=dry_run
        ) as change:
            peer = await _peer_of(change, peer_id)
            require_version(peer.version, version)
            change.describe("peer-deleted", f"Deleted {peer.name}")
            await change.remove_peers([peer])
        return PeerResult(change.outcome)

    async def give(self, actor: Actor, peer_id: str, revision: str) -> None:
        """Remember which revision of its config file a peer was given. Raises NotFound."""
        interface, peer = await find_with_interface(peer_id)
        self._access.authorise(actor, "peer:config", resource_of_peer(interface, peer))
        async with transaction():
            await set_given_revision(peer_id, revision)
            subject = Subject("peer", peer.id, peer.name)
            await self._changes.audit.record(actor, "peer:config", subject, summary=f"Handed out {peer.name}'s file")

    def _names_for(self, actor: Actor, interface: Interface) -> AbstractContextManager[None]:
        return names_for(sees_all=self._access.may_all(actor, "peer:read", resource_of(interface)))

    def _result(self, actor: Actor, change: Made, peer: Peer, *, dry_run: bool) -> PeerResult:
        if dry_run:
            return PeerResult(change.outcome)
        stored = change.peers_after.get(peer.id) or peer
        return PeerResult(change.outcome, self._states.of(actor, change.interface, [stored])[0])


@contextmanager
def refusals() -> Iterator[None]:
    """Translate what the database refuses to the fields that are wrong."""
    try:
        yield
    except PeerRefused as error:
        raise refused(error) from error


@contextmanager
def names_for(*, sees_all: bool) -> Iterator[None]:
    """Tell those who see no peers but their own nothing of whose a key is."""
    try:
        yield
    except Invalid as error:
        if sees_all:
            raise
        raise Invalid(*(key_taken(each.field) if each.code == KEY_TAKEN else each for each in error.errors)) from None


async def find_with_interface(peer_id: str) -> tuple[Interface, Peer]:
    """Give a peer and its interface. Raises NotFound."""
    peer = await find_peer(peer_id)
    interface = await find_interface(peer.interface_id) if peer else None
    if peer is None or interface is None:
        raise NotFound("There is no such peer.")
    return interface, peer


async def interface_of(interface_id: str) -> Interface:
    """Give an interface. Raises NotFound."""
    interface = await find_interface(interface_id)
    if interface is None:
        raise NotFound("There is no such interface.")
    return interface


async def _home(peer_id: str) -> str:
    """Give the id of a peer's interface. Raises NotFound."""
    peer = await find_peer(peer_id)
    if peer is None:
        raise NotFound("There is no such peer.")
    return peer.interface_id


async def _peer_of(change: Made, peer_id: str) -> Peer:
    """Give a peer as it is in the transaction of a change."""
    peer = await find_peer(peer_id)
    if peer is None or peer.interface_id != change.interface.id:
        raise NotFound("There is no such peer.")
    return peer


def _told(before: Peer, after: Peer) -> tuple[str, str]:
    """Give what a change of a peer is called in the history."""
    if before.enabled != after.enabled:
        what = "enabled" if after.enabled else "disabled"
        return f"peer-{what}", f"{what.capitalize()} {after.name}"
    if before.name != after.name:
        return "peer-updated", f"Renamed {before.name} to {after.name}"
    return "peer-updated", f"Changed {after.name}"
