"""Use cases of many peers at once: all of them or none, one revision."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Action, Actor
from sentra.core.errors import FieldError, Invalid, WrongValue
from sentra.core.names import checked_line, checked_tags
from sentra.core.peers import MOST_AT_ONCE, Peer
from sentra.db.peers import find_peers
from sentra.services.changes import Changes
from sentra.services.outcomes import Made, Outcome
from sentra.services.peer_allowance import as_own
from sentra.services.peer_fields import PeerFields
from sentra.services.peer_making import PeerMaking
from sentra.services.peer_states import PeerState, PeerStates, resource_of, resource_of_peer
from sentra.services.peers import names_for, refusals

_NAMED = 3
"""How many peers a line of the history names."""


class BatchChange(Struct, frozen=True, kw_only=True):
    """What is said of many peers; what is left out stays."""

    enabled: bool | UnsetType = UNSET
    disabled_reason: str | UnsetType | None = UNSET
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()
    expires_at: datetime | UnsetType | None = UNSET


class BatchResult(Struct, frozen=True):
    """What became of a change of many peers; `states` are empty where they are gone, or nothing was done."""

    outcome: Outcome
    states: Sequence[PeerState] = ()


class PeerBatches:
    """Changes many peers of one interface."""

    def __init__(self, access: Access, changes: Changes, making: PeerMaking, states: PeerStates) -> None:
        self._access = access
        self._changes = changes
        self._making = making
        self._states = states

    async def create(
        self, actor: Actor, interface_id: str, said: Sequence[PeerFields], *, dry_run: bool = False
    ) -> BatchResult:
        """Make peers. Raises Invalid with everything that is wrong at `peers.N`, Conflict, NotFound."""
        self._access.require(actor, "peer:create")
        _require_some("peers", said)
        own = actor.user_id
        async with self._changes.change(actor, "peer:create", interface_id, owner_id=own, dry_run=dry_run) as change:
            if not self._access.may_all(actor, "peer:create", resource_of(change.interface)):
                said = await as_own(own, said, "peers")
            with names_for(sees_all=self._access.may_all(actor, "peer:read", resource_of(change.interface))):
                peers = await self._making.make(change.interface, said, place="peers")
            change.describe("peers-created", f"Created {names_of(peers)}")
            with refusals():
                await change.add_peers(peers)
        return self._result(actor, change, peers, dry_run=dry_run)

    async def update(
        self, actor: Actor, interface_id: str, ids: Sequence[str], said: BatchChange, *, dry_run: bool = False
    ) -> BatchResult:
        """Change peers alike. Raises Invalid with every id and field that is wrong, Conflict, NotFound."""
        self._access.require(actor, "peer:update")
        _require_some("ids", ids)
        own = actor.user_id
        async with self._changes.change(actor, "peer:update", interface_id, owner_id=own, dry_run=dry_run) as change:
            said, errors = _checked(said)
            before, missing = await self._chosen(actor, "peer:update", change, ids)
            after = [_changed(peer, said) for peer in before]
            errors += [*missing, *_out_of_time(ids, after, change.moment, said), *_too_many_tags(ids, after)]
            if errors:
                raise Invalid(*errors)
            change.describe("peers-updated", f"{_verb(said)} {names_of(after)}")
            await change.replace_peers(list(zip(before, after, strict=True)))
        return self._result(actor, change, after, dry_run=dry_run)

    async def delete(
        self, actor: Actor, interface_id: str, ids: Sequence[str], *, dry_run: bool = False
    ) -> BatchResult:
        """Remove peers for good. Raises Invalid with every id that is wrong, Conflict, NotFound."""
        self._access.require(actor, "peer:delete")
        _require_some("ids", ids)
        own = actor.user_id
        async with self._changes.change(actor, "peer:delete", interface_id, owner_id=own, dry_run=dry_run) as change:
            peers, missing = await self._chosen(actor, "peer:delete", change, ids)
            if missing:
                raise Invalid(*missing)
            change.describe("peers-deleted", f"Deleted {names_of(peers)}")
            await change.remove_peers(peers)
        return BatchResult(change.outcome)

    async def _chosen(
        self, actor: Actor, action: Action, change: Made, ids: Sequence[str]
    ) -> tuple[list[Peer], list[FieldError]]:
        """Give the peers of an interface that were chosen, each once, and say which are none that the actor sees."""
        interface = change.interface
        seen = {
            peer_id: peer
            for peer_id, peer in (await find_peers(ids)).items()
            if peer.interface_id == interface.id
            and self._access.may(actor, "peer:read", resource_of_peer(interface, peer))
        }
        missing = [
            FieldError(f"ids.{number}", "no-peer", "There is no such peer on this interface.")
            for number, peer_id in enumerate(ids)
            if peer_id not in seen
        ]
        chosen = [seen[peer_id] for peer_id in dict.fromkeys(ids) if peer_id in seen]
        for peer in chosen:
            self._access.authorise(actor, action, resource_of_peer(interface, peer))
        return chosen, missing

    def _result(self, actor: Actor, change: Made, peers: Sequence[Peer], *, dry_run: bool) -> BatchResult:
        if dry_run:
            return BatchResult(change.outcome)
        stored = [change.peers_after.get(peer.id) or peer for peer in peers]
        return BatchResult(change.outcome, self._states.of(actor, change.interface, stored))


def _require_some(field: str, those: Sequence[object]) -> None:
    if not 1 <= len(those) <= MOST_AT_ONCE:
        raise Invalid(FieldError(field, "count", f"Choose 1 to {MOST_AT_ONCE} at once."))


def _checked(said: BatchChange) -> tuple[BatchChange, list[FieldError]]:
    errors: list[FieldError] = []
    for field in ("add_tags", "remove_tags"):
        try:
            said = replace(said, **{field: checked_tags(getattr(said, field))})
        except WrongValue as error:
            errors.append(error.at(f"change.{field}"))
            said = replace(said, **{field: ()})
    if isinstance(said.disabled_reason, str):
        try:
            said = replace(said, disabled_reason=checked_line(said.disabled_reason) or None)
        except WrongValue as error:
            errors.append(error.at("change.disabled_reason"))
    if isinstance(said.expires_at, datetime):
        said = replace(said, expires_at=said.expires_at.astimezone(UTC).replace(microsecond=0))
    return said, errors


def _changed(peer: Peer, said: BatchChange) -> Peer:
    dropped = frozenset(said.remove_tags)
    kept = [tag for tag in peer.tags if tag not in dropped]
    after = replace(peer, tags=tuple(dict.fromkeys([*kept, *said.add_tags])))
    if said.enabled is not UNSET:
        after = replace(after, enabled=said.enabled)
    if said.disabled_reason is not UNSET:
        after = replace(after, disabled_reason=said.disabled_reason)
    if said.expires_at is not UNSET:
        after = replace(after, expires_at=said.expires_at)
    return replace(after, disabled_reason=None) if after.enabled else after


def _out_of_time(ids: Sequence[str], after: Sequence[Peer], now: datetime, said: BatchChange) -> list[FieldError]:
    """Say which peers would be enabled although their time is over."""
    late = {peer.id: peer for peer in after if peer.enabled and peer.expires_at is not None and peer.expires_at <= now}
    if late and said.expires_at is not UNSET:
        return [FieldError("change.expires_at", "past", "This time is over. Choose a later one.")]
    return [
        FieldError(f"ids.{number}", "past", f"The time of {late[peer_id].name} is over. Choose a later one too.")
        for number, peer_id in enumerate(ids)
        if peer_id in late
    ]


def _too_many_tags(ids: Sequence[str], after: Sequence[Peer]) -> list[FieldError]:
    errors = []
    numbers = {peer_id: number for number, peer_id in enumerate(ids)}
    for peer in after:
        try:
            checked_tags(peer.tags)
        except WrongValue as error:
            errors.append(error.at(f"ids.{numbers[peer.id]}"))
    return errors


def _verb(said: BatchChange) -> str:
    if said.enabled is UNSET:
        return "Changed"
    return "Enabled" if said.enabled else "Disabled"


def names_of(peers: Sequence[Peer]) -> str:
    """Name peers in a line of the history, and count those that it has no room for."""
    names = ", ".join(peer.name for peer in peers[:_NAMED])
    more = len(peers) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
