"""Revisions at rest: what changed of an interface and its peers, by whom, when; whole documents before and after."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from tortoise import fields
from tortoise.models import Model

Documents = Mapping[str, Any]
"""`{"interface": DOCUMENT | None, "peers": {ID: DOCUMENT}}`: of what changed; absent or None for what was not there."""


class Revision(Struct, frozen=True):
    """One change that somebody decided. `made_at` is Unix seconds; `what` a code such as `peer-created`.

    The documents hold sealed secrets: nobody shows them as they are.
    """

    id: int
    interface_id: str
    what: str
    summary: str
    actor_id: str
    actor_name: str
    before: Documents
    after: Documents
    made_at: float
    undone_by: int | None = None


class RevisionRow(Model):
    """A row of `revisions`; outlives its interface."""

    id = fields.IntField(primary_key=True)
    interface_id = fields.CharField(max_length=32)
    what = fields.CharField(max_length=40)
    summary = fields.CharField(max_length=300)
    actor_id = fields.CharField(max_length=64)
    actor_name = fields.CharField(max_length=254)
    before: Any = fields.JSONField()
    after: Any = fields.JSONField()
    undone_by = fields.IntField(null=True)
    made_at = fields.FloatField()

    class Meta:
        table = "revisions"
        indexes = (("interface_id",),)

    def to_revision(self) -> Revision:
        return Revision(
            id=self.id,
            interface_id=self.interface_id,
            what=self.what,
            summary=self.summary,
            actor_id=self.actor_id,
            actor_name=self.actor_name,
            before=self.before,
            after=self.after,
            made_at=self.made_at,
            undone_by=self.undone_by,
        )


class RevisionPeerRow(Model):
    """A row of `revision_peers`: a peer that a revision is about."""

    id = fields.IntField(primary_key=True)
    peer_id = fields.CharField(max_length=32)
    revision: Any = fields.ForeignKeyField("models.RevisionRow", related_name="peers", on_delete=fields.CASCADE)
    revision_id: int

    class Meta:
        table = "revision_peers"
        unique_together = (("peer_id", "revision_id"),)
        indexes = (("revision_id",),)


async def add_revision(revision: Revision, peer_ids: Iterable[str]) -> int:
    """Store a revision (its `id` is not looked at) and which peers it is about; return its id."""
    row = await RevisionRow.create(
        interface_id=revision.interface_id,
        what=revision.what,
        summary=revision.summary[:300],
        actor_id=revision.actor_id,
        actor_name=revision.actor_name,
        before=revision.before,
        after=revision.after,
        made_at=revision.made_at,
    )
    await RevisionPeerRow.bulk_create([RevisionPeerRow(peer_id=peer_id, revision_id=row.id) for peer_id in peer_ids])
    return row.id


async def find_revision(interface_id: str, revision_id: int) -> Revision | None:
    """Return one revision of an interface."""
    row = await RevisionRow.get_or_none(id=revision_id, interface_id=interface_id)
    return row.to_revision() if row else None


async def list_revisions(
    interface_id: str, *, peer_id: str | None, before_id: int | None, limit: int
) -> Sequence[Revision]:
    """Return the newest revisions of an interface, or of one of its peers; those older than `before_id`."""
    rows = RevisionRow.filter(interface_id=interface_id)
    if peer_id is not None:
        rows = rows.filter(peers__peer_id=peer_id)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return [row.to_revision() for row in await rows.order_by("-id").limit(limit)]


async def mark_undone(revision_id: int, *, by: int) -> bool:
    """Say which revision undid this one; False if it was undone before. What this one undid counts again."""
    await RevisionRow.filter(undone_by=revision_id).update(undone_by=None)
    return bool(await RevisionRow.filter(id=revision_id, undone_by=None).update(undone_by=by))
