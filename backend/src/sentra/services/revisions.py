"""Use cases of revisions: what changed, by whom, when; and taking it back."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.errors import FieldError, Invalid, NotFound
from sentra.db.revisions import Documents, Revision, find_revision, list_revisions
from sentra.services.changes import Changes
from sentra.services.documents import FieldChange, field_changes
from sentra.services.interfaces import InterfaceResult, Interfaces, existing
from sentra.services.peer_states import resource_of
from sentra.services.sealed_peers import SealedPeers
from sentra.services.undo import undo_in

_MOST_CHANGES: Final = 200


class RevisionPage(Struct, frozen=True):
    """Some revisions, the newest first; `next_cursor` leads to the older ones."""

    revisions: Sequence[Revision]
    next_cursor: str | None


class RevisionHistory:
    """Reads and undoes revisions."""

    def __init__(self, access: Access, changes: Changes, interfaces: Interfaces, sealed: SealedPeers) -> None:
        self._access = access
        self._changes = changes
        self._interfaces = interfaces
        self._sealed = sealed

    async def list(
        self, actor: Actor, interface_id: str, *, peer_id: str | None, cursor: str | None, limit: int
    ) -> RevisionPage:
        """Give revisions of an interface and its peers, or of one peer. Raises NotFound, and Invalid for a cursor that
        is none."""
        self._access.authorise(actor, "interface:inspect", resource_of(await existing(interface_id)))
        if cursor is not None and not _is_number(cursor):
            raise Invalid(FieldError("cursor", "cursor", "This is no cursor of this list."))
        found = await list_revisions(
            interface_id, peer_id=peer_id, before_id=int(cursor) if cursor else None, limit=limit + 1
        )
        more = str(found[limit - 1].id) if len(found) > limit else None
        return RevisionPage(found[:limit], more)

    async def undo(
        self, actor: Actor, interface_id: str, revision_id: str, *, dry_run: bool = False
    ) -> InterfaceResult:
        """Bring back what was before a revision, as a revision of its own. Raises Conflict for what changed since."""
        self._access.require(actor, "interface:update")
        async with self._changes.change(actor, "interface:update", interface_id, dry_run=dry_run) as change:
            revision = await find_revision(interface_id, int(revision_id)) if _is_number(revision_id) else None
            if revision is None:
                raise NotFound("There is no such revision of this interface.")
            await undo_in(change, revision, self._sealed)
        return await self._interfaces.result(actor, change, dry_run=dry_run)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


def only_peer(revision: Revision) -> str | None:
    """Give the one peer that a revision is about."""
    peers = {*revision.before["peers"], *revision.after["peers"]}
    return next(iter(peers)) if len(peers) == 1 else None


def told_changes(revision: Revision) -> list[FieldChange]:
    """Give what a person may read of a revision: no secrets, and of many peers each field with the peer's name."""
    before, after = revision.before, revision.after
    alone = only_peer(revision) is not None
    changes = field_changes(before["interface"], after["interface"])
    for peer_id in dict.fromkeys((*before["peers"], *after["peers"])):
        if len(changes) >= _MOST_CHANGES:
            break
        changes += _of_peer(peer_id, before, after, alone=alone)
    return changes[:_MOST_CHANGES]


def _of_peer(peer_id: str, before: Documents, after: Documents, *, alone: bool) -> Iterable[FieldChange]:
    old, new = before["peers"].get(peer_id), after["peers"].get(peer_id)
    prefix = "" if alone else f"{(new or old)['name']}: "
    return [FieldChange(prefix + each.field, each.before, each.after) for each in field_changes(old, new)]
