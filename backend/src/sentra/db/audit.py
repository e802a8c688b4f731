"""The audit chain at rest: appended to, never changed."""

from typing import Any, Final

from msgspec import Struct
from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from sentra.core.audit import AuditEntry

_HEAD: Final = 1


class AuditFilter(Struct, frozen=True):
    """Which entries are looked for; an empty text is every one. `q` is a part of a name, a summary or an address."""

    q: str = ""
    actor: str = ""
    action: str = ""
    outcome: str = ""
    subject: str = ""
    since: float | None = None
    until: float | None = None


class AuditRow(Model):
    """A row of `audit_entries`."""

    id = fields.BigIntField(primary_key=True, generated=False)
    at = fields.FloatField(db_index=True)
    actor_id = fields.CharField(max_length=64, db_index=True)
    actor_name = fields.CharField(max_length=254)
    actor_kind = fields.CharField(max_length=10)
    address = fields.CharField(max_length=64)
    action = fields.CharField(max_length=40)
    outcome = fields.CharField(max_length=10)
    subject_kind = fields.CharField(max_length=20)
    subject_id = fields.CharField(max_length=64, db_index=True)
    subject_name = fields.CharField(max_length=254)
    summary = fields.CharField(max_length=300)
    detail: Any = fields.JSONField()
    count = fields.IntField()
    mac = fields.CharField(max_length=64)

    class Meta:
        table = "audit_entries"

    def to_entry(self) -> AuditEntry:
        return AuditEntry(**{name: getattr(self, name) for name in AuditEntry.__struct_fields__})


class AuditHeadRow(Model):
    """The one row of `audit_heads`."""

    id = fields.IntField(primary_key=True, generated=False)
    last_id = fields.BigIntField()
    mac = fields.CharField(max_length=64)

    class Meta:
        table = "audit_heads"


async def audit_head() -> tuple[int, str]:
    """Give the number and the MAC of the newest entry; (0, "") before there is one."""
    head = await AuditHeadRow.get_or_none(id=_HEAD)
    return (head.last_id, head.mac) if head else (0, "")


async def append_audit_entry(entry: AuditEntry) -> None:
    """Add the entry that comes next. Call it in the transaction of what it is about."""
    await AuditRow.create(**{name: getattr(entry, name) for name in AuditEntry.__struct_fields__})
    if not await AuditHeadRow.filter(id=_HEAD).update(last_id=entry.id, mac=entry.mac):
        await AuditHeadRow.create(id=_HEAD, last_id=entry.id, mac=entry.mac)


async def audit_entries_after(number: int, limit: int) -> list[AuditEntry]:
    """Give the entries behind one, oldest first."""
    return [row.to_entry() for row in await AuditRow.filter(id__gt=number).order_by("id").limit(limit)]


async def newest_audit_entries(wanted: AuditFilter, *, before: int | None, limit: int) -> list[AuditEntry]:
    """Give entries of that kind with a smaller number than `before`, newest first."""
    query = AuditRow.filter(_matching(wanted)) if before is None else AuditRow.filter(_matching(wanted), id__lt=before)
    return [row.to_entry() for row in await query.order_by("-id").limit(limit)]


def _matching(wanted: AuditFilter) -> Q:
    said = {
        "actor_id": wanted.actor,
        "outcome": wanted.outcome,
        "subject_id": wanted.subject,
    }
    found = Q(**{name: value for name, value in said.items() if value})
    if wanted.action:
        # `peer` is every action on peers, `peer:create` is one.
        exact = ":" in wanted.action
        found &= Q(action=wanted.action) if exact else Q(action__startswith=f"{wanted.action}:")
    if wanted.since is not None:
        found &= Q(at__gte=wanted.since)
    if wanted.until is not None:
        found &= Q(at__lt=wanted.until)
    if wanted.q:
        columns = ("actor_name", "subject_name", "summary", "address")
        found &= Q(*(Q(**{f"{column}__icontains": wanted.q}) for column in columns), join_type="OR")
    return found
