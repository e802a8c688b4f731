"""The record of who did what: a chain of entries, each with a MAC over itself and the one before it."""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import asdict, replace

from sentra.core.access import Action, Actor
from sentra.core.audit import NOTHING, AuditEntry, Outcome, Subject
from sentra.core.clock import Clock
from sentra.db.audit import append_audit_entry, audit_entries_after, audit_head
from sentra.services.sealing import kept_key

_BATCH: Final = 1000
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class Audit:
    """Writes entries, in the transaction of what they are about: what cannot be put on record does not happen."""

    def __init__(self, clock: Clock, key_file: Path) -> None:
        self._clock = clock
        self._key_file = key_file
        self._key: bytes | None = None

    async def record(
        self,
        actor: Actor,
        action: Action,
        subject: Subject = NOTHING,
        *,
        summary: str = "",
        outcome: Outcome = "done",
        detail: Mapping[str, Any] | None = None,
        count: int = 1,
    ) -> None:
        """Add an entry. Call it in the transaction of the change; `detail` is for machines and holds no secret."""
        last_id, last_mac = await audit_head()
        entry = AuditEntry(
            id=last_id + 1,
            at=self._clock.now(),
            actor_id=actor.user_id[:64],
            actor_name=(actor.email or actor.name)[:254],
            actor_kind=actor.kind,
            address=actor.address[:64],
            action=action[:40],
            outcome=outcome,
            subject_kind=subject.kind[:20],
            subject_id=subject.id[:64],
            subject_name=subject.name[:254],
            summary=summary[:300],
            detail=dict(detail or {}),
            count=count,
            mac="",
        )
        await append_audit_entry(replace(entry, mac=self._mac(entry, last_mac)))

    async def broken_at(self) -> int | None:
        """Give the number of the first entry that is not as it was written, or is missing; None for a whole chain."""
        number, mac = 0, ""
        while entries := await audit_entries_after(number, _BATCH):
            for entry in entries:
                if entry.id != number + 1 or not hmac.compare_digest(entry.mac, self._mac(entry, mac)):
                    return number + 1
                number, mac = entry.id, entry.mac
        last_id, last_mac = await audit_head()
        return None if (last_id, last_mac) == (number, mac) else number + 1

    def _mac(self, entry: AuditEntry, before: str) -> str:
        if self._key is None:
            self._key = kept_key(self._key_file, make=True)
        said = _encoder.encode([before, {**asdict(entry), "mac": ""}])
        return hmac.digest(self._key, said, "sha256").hex()
