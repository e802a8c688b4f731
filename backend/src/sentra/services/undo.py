"""Takes back what a revision did, as long as nobody has changed the same since."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from sentra.core.agents import Taken
from sentra.core.errors import Conflict
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.db.peers import PeerRefused, find_peers
from sentra.db.revisions import Revision
from sentra.services.change import Change
from sentra.services.clashes import clashes_of_changed
from sentra.services.documents import Document, changed_fields, interface_document, peer_document, peer_of
from sentra.services.interface_fields import raise_if_any
from sentra.services.peer_checks import refused

_WHOLE: Final = frozenset({"interface-created", "interface-adopted", "interface-imported"})
_HANDED_OUT: Final = frozenset({"given_revision"})
"""Says what a peer was given, not what was decided about it."""


async def undo_in(change: Change, revision: Revision, *, because: str = "") -> None:
    """Bring back what was before a revision. Raises Conflict, which names what changed since, and Invalid where
    something else has taken the place meanwhile."""
    if revision.undone_by is not None:
        raise Conflict("This was undone already.")
    if revision.what in _WHOLE:
        raise Conflict("Delete the interface instead: this is how it came to be.")
    if not _has_documents(revision):
        raise Conflict("There is nothing in it to undo.")
    change.undoes = revision.id
    change.describe("undone", f"Undid: {revision.summary}{because}")
    current = await find_peers([*revision.before["peers"], *revision.after["peers"]])
    changed = [*_interface_since(change.interface, revision), *_peers_since(current, revision)]
    if changed:
        raise Conflict(f"Changed since: {', '.join(changed)}. Undo the newer revisions first.")
    await _restore_interface(change, revision)
    try:
        await _restore_peers(change, revision, current)
    except PeerRefused as error:
        raise refused(error) from error


def _has_documents(revision: Revision) -> bool:
    return any(documents["interface"] or documents["peers"] for documents in (revision.before, revision.after))


def _interface_since(interface: Interface, revision: Revision) -> Iterator[str]:
    before, after = revision.before["interface"], revision.after["interface"]
    now = interface_document(interface) or {}
    for field in changed_fields(before, after):
        if now.get(field) != after[field]:
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
            fields = changed_fields(before, after)
            yield from (
                f"{field.replace('_', ' ')} of {name}"
                for field in fields
                if now.get(field) != after.get(field) and field not in _HANDED_OUT
            )


async def _restore_interface(change: Change, revision: Revision) -> None:
    before, after = revision.before["interface"], revision.after["interface"]
    fields = {field: before[field] for field in changed_fields(before, after)}
    if fields:
        restored = _with(change.interface, fields, Interface)
        raise_if_any(await clashes_of_changed(change.interface, restored, Taken()))
        await change.write_interface(restored)


async def _restore_peers(change: Change, revision: Revision, current: Mapping[str, Peer]) -> None:
    removed, replaced, added = [], [], []
    for peer_id, before, after in _peers(revision):
        now = current.get(peer_id)
        if before is None and now is not None:
            removed.append(now)
        elif now is None and before is not None:
            added.append(replace(peer_of(before), version=1))
        elif now is not None and before is not None:
            fields = {field: before[field] for field in changed_fields(before, after) if field not in _HANDED_OUT}
            replaced.append((now, _with(now, fields, Peer)))
    await change.remove_peers(removed)
    await change.replace_peers(replaced)
    await change.add_peers(added)


def _peers(revision: Revision) -> Iterator[tuple[str, Document | None, Document | None]]:
    before, after = revision.before["peers"], revision.after["peers"]
    for peer_id in dict.fromkeys((*before, *after)):
        yield peer_id, before.get(peer_id), after.get(peer_id)


def _with(whole: Any, fields: Mapping[str, Any], kind: Any) -> Any:  # noqa: ANN401 - an Interface or a Peer
    return msgspec.convert({**msgspec.to_builtins(whole), **fields}, kind)
