"""What is kept of a change of an interface or of peers: a revision, and in the audit which fields became what,
without any secret."""

from collections.abc import Mapping
from typing import Any, Final

from sentra.core.audit import Subject
from sentra.core.peers import Peer
from sentra.db.revisions import Revision
from sentra.services.change import Change
from sentra.services.documents import Document, field_changes, interface_document, peer_document

_MOST_PEERS: Final = 20
"""Of how many peers an entry tells the fields. Of more it tells which they were; the revision has the rest."""


def recorded(change: Change, revision_id: int) -> tuple[Subject, Mapping[str, Any]]:
    """Give what a change is about, and what of it goes on record beside its summary."""
    interface = change.interface
    detail: dict[str, Any] = {"what": change.what, "revision": revision_id, "interface": interface.name}
    if change.unbound:
        detail["unbound"] = list(change.unbound)
    if change.before is not change.after:
        detail["fields"] = _fields(interface_document(change.before), interface_document(change.after))
    if change.before is None or change.after is None:
        return Subject("interface", interface.id, interface.name), detail  # its peers come and go with it
    ids = list(change.peers_after)
    detail["peers"] = [_peer(change.peers_before.get(each), change.peers_after[each]) for each in ids[:_MOST_PEERS]]
    if len(ids) > _MOST_PEERS:
        detail["more_peers"] = ids[_MOST_PEERS:]
    if len(ids) == 1 and change.before is change.after:
        only = detail["peers"][0]
        return Subject("peer", only["id"], only["name"]), detail
    return Subject("interface", interface.id, interface.name), detail


def _peer(before: Peer | None, after: Peer | None) -> dict[str, Any]:
    known = after or before
    return {
        "id": known.id if known else "",
        "name": known.name if known else "",
        "fields": _fields(peer_document(before), peer_document(after)),
    }


def _fields(before: Document | None, after: Document | None) -> dict[str, list[str | None]]:
    return {each.field: [each.before, each.after] for each in field_changes(before, after)}


def revision_of(change: Change) -> Revision:
    """Give the revision of a change, with whole documents; its id is still to come."""
    before = {key: peer_document(peer) for key, peer in change.peers_before.items() if peer}
    after = {key: peer_document(peer) for key, peer in change.peers_after.items() if peer}
    touched = change.before is not change.after
    if change.before is None or change.after is None:
        before, after = {}, {}  # of an interface that comes or goes the peers come and go with it
    return Revision(
        id=0,
        interface_id=change.interface.id,
        what=change.what,
        summary=change.summary,
        actor_id=change.actor.user_id,
        actor_name=change.actor.name,
        before={"interface": interface_document(change.before) if touched else None, "peers": before},
        after={"interface": interface_document(change.after) if touched else None, "peers": after},
        made_at=change.now,
    )
