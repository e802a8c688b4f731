"""Interfaces and peers as documents: what a revision keeps of them, and what it may show."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from sentra.core.interfaces import Interface
from sentra.core.peers import Peer

Document = Mapping[str, Any]

_COUNTERS: Final = frozenset({"version", "generation"})
_OF_THE_NODE: Final = frozenset({"public_key"})
"""What the node decides about an interface: nobody changes it, so nobody undoes it."""
_SEALED: Final = {"preshared_sealed": "preshared_key", "private_sealed": "private_key"}


class FieldChange(Struct, frozen=True):
    """One field that changed, as text; a secret only as `set` or `not set`."""

    field: str
    before: str | None
    after: str | None


def interface_document(interface: Interface | None) -> Document | None:
    """Give what a revision keeps of an interface."""
    if interface is None:
        return None
    document = _plain(interface)
    return {key: value for key, value in document.items() if key not in _COUNTERS | _OF_THE_NODE}


def peer_document(peer: Peer | None) -> Document | None:
    """Give what a revision keeps of a peer. Its secrets are ciphertexts that open in the row of this peer alone."""
    if peer is None:
        return None
    document = _plain(peer)
    return {key: value for key, value in document.items() if key not in _COUNTERS}


def peer_of(document: Document) -> Peer:
    """Give the peer of a document, as of its first version."""
    return msgspec.convert(document, Peer)


def as_documented(interface: Interface, document: Document) -> Interface:
    """Give an interface with what a document says of it."""
    return msgspec.convert({**msgspec.to_builtins(interface), **document}, Interface)


def changed_fields(before: Document | None, after: Document | None) -> Iterator[str]:
    """Give the fields in which two documents differ."""
    before, after = before or {}, after or {}
    for field in dict.fromkeys((*before, *after)):
        if before.get(field) != after.get(field):
            yield field


def field_changes(before: Document | None, after: Document | None) -> list[FieldChange]:
    """Give what a person may read of a change: no identifiers, no secrets."""
    return [
        FieldChange(_SEALED.get(field, field), _text(before, field), _text(after, field))
        for field in changed_fields(before, after)
        if (not field.endswith("id") and _text(before, field) != _text(after, field)) or field in _SEALED
    ]


def _plain(thing: Interface | Peer) -> dict[str, Any]:
    # Just as it comes back out of the database.
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(thing))
    return document


def _text(document: Document | None, field: str) -> str | None:
    if document is None:
        return None
    value = document.get(field)
    if field in _SEALED:
        return "not set" if value is None else "set"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)
