"""The record of who did what: a chain of entries, each with a MAC over itself and the one before it."""

import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from sentra.core.access import Action, Actor
from sentra.core.audit import NOTHING, AuditEntry, Outcome, Subject
from sentra.core.clock import Clock
from sentra.core.errors import SentraError
from sentra.db.audit import append_audit_entry, audit_entries_after, audit_head
from sentra.services.key_files import SealBroken, kept_key

_BATCH: Final = 1000
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class Head(Struct, frozen=True):
    """The newest entry of the chain: its number, and its MAC in hex."""

    id: int
    mac: str


class Broken(SentraError):
    """The chain is not as it was written, from the entry of this number on."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Entry {number} of the audit is missing, or not as it was written.")
        self.number = number


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
            actor_name=_shown(actor.email or actor.name, 254),
            actor_kind=actor.kind,
            address=actor.address[:64],
            action=action[:40],
            outcome=outcome,
            subject_kind=subject.kind[:20],
            subject_id=subject.id[:64],
            subject_name=_shown(subject.name, 254),
            summary=_shown(summary, 300),
            detail=dict(detail or {}),
            count=count,
            mac="",
        )
        await append_audit_entry(replace(entry, mac=self._mac(entry, last_mac)))

    async def check(self, noted: Head | None = None) -> Head:
        """Go through the whole chain and give its head. Raises Broken for the first entry that is not as it was
        written, or is missing.

        `noted` is a head that somebody wrote down before: a chain that was put back to before it is told by that.
        """
        number, mac = 0, ""
        found = noted is None or noted.id == 0
        while entries := await audit_entries_after(number, _BATCH):
            for entry in entries:
                if entry.id != number + 1 or not hmac.compare_digest(entry.mac, self._mac(entry, mac)):
                    raise Broken(number + 1)
                number, mac = entry.id, entry.mac
                found = found or (noted is not None and (number, mac) == (noted.id, noted.mac))
        if await audit_head() != (number, mac):
            raise Broken(number + 1)
        if not found and noted is not None:
            raise Broken(min(noted.id, number + 1))
        return Head(number, mac)

    def _mac(self, entry: AuditEntry, before: str) -> str:
        if self._key is None:
            try:
                # Entries without their key are a chain that nobody can go on with: it is put back, or nothing changes.
                self._key = kept_key(self._key_file, make=entry.id == 1)
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                raise SealBroken(
                    f"The key of the audit in {self._key_file.name} cannot be used: {reason}. "
                    "Put it back from a backup; nothing is changed without a record."
                ) from error
        said = _encoder.encode([before, {**asdict(entry), "mac": ""}])
        return hmac.digest(self._key, said, "sha256").hex()


def _shown(text: str, at_most: int) -> str:
    """Give a text that can be stored and shown in one line: without half a character of another encoding."""
    return text[:at_most].encode("utf-8", "replace").decode("utf-8")
