"""Use cases of reading the audit: page by page, newest first, and as a file of JSON lines."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor
from sentra.core.audit import AuditEntry
from sentra.core.errors import Unauthenticated
from sentra.db.audit import AuditFilter, newest_audit_entries

MOST_ENTRIES: Final = 500
"""How many entries one page has at most."""

StillValid = Callable[[Actor], Awaitable[Actor | None]]
"""Gives who is behind the credential of an actor as things stand now, None if it has ended."""

_encoder: Final = msgspec.json.Encoder()


class AuditPage(Struct, frozen=True):
    """Some entries, newest first; `next_cursor` leads to those before them, None where there are none."""

    entries: Sequence[AuditEntry]
    next_cursor: int | None


class AuditLog:
    """Shows what is on record."""

    def __init__(self, access: Access, still_valid: StillValid) -> None:
        self._access = access
        self._still_valid = still_valid

    async def page(self, actor: Actor, wanted: AuditFilter, *, cursor: int | None, limit: int) -> AuditPage:
        """Give one page of the entries of a kind."""
        self._access.authorise(actor, "audit:read", EVERYTHING)
        limit = max(1, min(limit, MOST_ENTRIES))
        found = await newest_audit_entries(wanted, before=cursor, limit=limit + 1)
        return AuditPage(found[:limit], found[limit - 1].id if len(found) > limit else None)

    def export(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[bytes]:
        """Give every entry of a kind, one JSON object to a line, newest first.

        However slowly it is read: it breaks off once the actor may not read it any more.
        """
        self._access.authorise(actor, "audit:read", EVERYTHING)
        return self._lines(actor, wanted)

    async def _lines(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[bytes]:
        before: int | None = None
        while entries := await newest_audit_entries(wanted, before=before, limit=MOST_ENTRIES):
            yield b"".join(_encoder.encode(asdict(entry)) + b"\n" for entry in entries)
            before = entries[-1].id
            now = await self._still_valid(actor)
            if now is None:
                raise Unauthenticated("Sign in first.")
            self._access.authorise(now, "audit:read", EVERYTHING)
