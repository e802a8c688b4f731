"""Takes back what a revision did, as long as nobody has changed the same since."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from sentra.core.agents import Taken
from sentra.core.errors import Conflict, FieldError
from sentra.core.interfaces import Interface
from sentra.core.peers import EXPIRED, Peer
from sentra.db.peers import PeerRefused, find_peers
from sentra.db.revisions import Documents, Revision
from sentra.db.users import existing_ids
from sentra.services.change import Change
from sentra.services.clashes import clashes_of_changed
from sentra.services.documents import (
    Document,
    as_documented,
    changed_fields,
    interface_document,
    peer_document,
    peer_of,
)
from sentra.services.interface_fields import raise_if_any
from sentra.services.peer_checks import refused
from sentra.services.sealed_peers import SealedPeers

_WHOLE: Final = frozenset({"interface-created", "interface-adopted", "interface-imported"})
_HANDED_OUT: Final = frozenset({"given_revision"})
"""Says what a peer was given, not what was decided about it."""


async def undo_in(
    change: Change, revision: Revision, sealed: SealedPeers, *, because: str = "", anyway: bool = False
) -> None:
    """Bring back what was before a revision. Raises Conflict, which names what changed since, and Invalid where
    something else has taken the place meanwhile or a peer's time is over.

    With `anyway` none of that matters: what nobody confirmed has to go, whatever it meets. What was sealed with an
    earlier master key is compared, and comes back, sealed with the newest.
    """
    if revision.undone_by is not None:
        raise Conflict("This was undone already.")
    if revision.what in _WHOLE:
        raise Conflict("Delete the interface instead: this is how it came to be.")
    if not _has_documents(revision):
        raise Conflict("There is nothing in it to undo.")
    change.undoes = revision.id
    before, after = await _as_of_now(revision.before, sealed), await _as_of_now(revision.after, sealed)
    revision = replace(revision, before=before, after=after)
    change.describe("undone", f"Undid: {revision.summary}{because}")
    found = await find_peers([*before["peers"], *after["peers"]])
    current = {peer_id: sealed.renewed(peer) for peer_id, peer in found.items()}
    changed = [*_interface_since(change.interface, revision), *_peers_since(current, revision)]
    if changed and not anyway:
        raise Conflict(f"Changed since: {', '.join(changed)}. Undo the newer revisions first.")
    await _restore_interface(change, revision, anyway=anyway)
    try:
        await _restore_peers(change, revision, current, anyway=anyway)
    except PeerRefused as error:
        raise refused(error) from error


async def _as_of_now(documents: Documents, sealed: SealedPeers) -> Documents:
    """Give what a revision keeps with what no decision changed since: new ciphertexts, and owners who are gone."""
    peers = sealed.renewed_documents(documents)["peers"]
    owners = {peer["owner_id"] for peer in peers.values() if peer and peer.get("owner_id")}
    gone = owners - await existing_ids(owners)
    return {
        **documents,
        "peers": {
            key: {**peer, "owner_id": None} if peer and peer.get("owner_id") in gone else peer
            for key, peer in peers.items()
        },
    }


def _has_documents(revision: Revision) -> bool:
    return any(documents["interface"] or documents["peers"] for documents in (revision.before, revision.after))


def _interface_since(interface: Interface, revision: Revision) -> Iterator[str]:
    before, after = revision.before["interface"], revision.after["interface"]
    now = interface_document(interface) or {}
    for field in _decided_fields(before, after):
        if now.get(field) != after.get(field):
            yield f"{field.replace('_', ' ')} of {interface.name}"


def _peers_since(current: Mapping[str, Peer], revision: Revision) -> Iterator[str]:
    for peer_id, before, after in _peers(revision):
        now = peer_document(current.get(peer_id))
        name = (now or after or before or {}).get("name", "a peer")
        if after is None:
            if now is not None:
                yield f"{name} is there again"
        elif now is None:
            yield f"{name} is gone"
        else:
            yield from (
                f"{field.replace('_', ' ')} of {name}"
                for field in _decided_fields(before, after)
                if now.get(field) != after.get(field) and field not in _HANDED_OUT
            )


def _decided_fields(before: Document | None, after: Document | None) -> Iterable[str]:
    """Give the fields that a revision decided: of what came to be with it all of them, those left empty too."""
    return changed_fields(before, after) if before is not None else tuple(after or ())


async def _restore_interface(change: Change, revision: Revision, *, anyway: bool) -> None:
    before, after = revision.before["interface"], revision.after["interface"]
    fields = {field: before[field] for field in changed_fields(before, after)}
    if fields:
        restored = as_documented(change.interface, fields)
        if not anyway:
            beside = Taken(links=change.taken.links)
            raise_if_any(await clashes_of_changed(change.interface, restored, beside))
        await change.write_interface(restored)


async def _restore_peers(change: Change, revision: Revision, current: Mapping[str, Peer], *, anyway: bool) -> None:
    removed, replaced, added = [], [], []
    for peer_id, before, after in _peers(revision):
        now = current.get(peer_id)
        if before is None and now is not None:
            removed.append(now)
        elif now is None and before is not None:
            added.append(_in_its_time(replace(peer_of(before), version=1), change.moment))
        elif now is not None and before is not None:
            fields = {field: before[field] for field in changed_fields(before, after) if field not in _HANDED_OUT}
            replaced.append((now, msgspec.convert({**msgspec.to_builtins(now), **fields}, Peer)))
    if not anyway:
        raise_if_any(_over(replaced, change.moment))
    await change.remove_peers(removed)
    await change.replace_peers(replaced)
    await change.add_peers(added)


def _peers(revision: Revision) -> Iterator[tuple[str, Document | None, Document | None]]:
    before, after = revision.before["peers"], revision.after["peers"]
    for peer_id in dict.fromkeys((*before, *after)):
        yield peer_id, before.get(peer_id), after.get(peer_id)


def _over(replaced: Iterable[tuple[Peer, Peer]], moment: datetime) -> Iterator[FieldError]:
    """Say which peers would be disabled again at once: an undo gives nobody more time than was decided."""
    for now, then in replaced:
        if _is_late(then, moment) and not _is_late(now, moment):
            message = (
                f"The time of {then.name} was over at {then.expires_at:%Y-%m-%d %H:%M} UTC: it would be disabled "
                "again at once. Give it a later one, or none, and enable it."
            )
            yield FieldError("expires_at", "past", message)


def _in_its_time(peer: Peer, moment: datetime) -> Peer:
    """Give a peer that comes back as it is by now: disabled, where its time is over."""
    return replace(peer, enabled=False, disabled_reason=EXPIRED) if _is_late(peer, moment) else peer


def _is_late(peer: Peer, moment: datetime) -> bool:
    return peer.enabled and peer.expires_at is not None and peer.expires_at <= moment
