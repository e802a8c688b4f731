"""Links that are good once: an invitation, a new password. Only the digest of a link's token is stored."""

from collections.abc import Sequence
from typing import Any

from tortoise import fields
from tortoise.models import Model

from sentra.core.users import Link, LinkPurpose


class LinkRow(Model):
    """A row of `one_time_links`."""

    token_digest = fields.CharField(max_length=64, primary_key=True)
    purpose = fields.CharField(max_length=10)
    expires_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    made_by = fields.CharField(max_length=255, null=True)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="links", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "one_time_links"
        indexes = (("user_id",),)

    def to_link(self) -> Link:
        return Link(purpose=_purpose(self.purpose), user_id=self.user_id, expires_at=self.expires_at)


async def replace_link(link: Link, token_digest: str, *, made_by: str) -> None:
    """Store a new link; those of the same person and purpose before it end. Call it in a transaction."""
    await LinkRow.filter(user_id=link.user_id, purpose=link.purpose).delete()
    await LinkRow.create(
        token_digest=token_digest,
        purpose=link.purpose,
        expires_at=link.expires_at,
        used_at=None,
        user_id=link.user_id,
        made_by=made_by,
    )


async def find_link(token_digest: str, purpose: LinkPurpose, *, now: float) -> Link | None:
    """Give a link that could be spent now."""
    row = await LinkRow.get_or_none(token_digest=token_digest, purpose=purpose, used_at=None, expires_at__gt=now)
    return row.to_link() if row else None


async def spend_link(token_digest: str, purpose: LinkPurpose, *, now: float) -> bool:
    """Use a link up; False for one that is not good (any more). Of many at the same time one gets True."""
    return bool(
        await LinkRow.filter(token_digest=token_digest, purpose=purpose, used_at=None, expires_at__gt=now).update(
            used_at=now
        )
    )


async def remove_links_of(user_id: str) -> None:
    """Remove every link of a user that is not spent."""
    await LinkRow.filter(user_id=user_id, used_at=None).delete()


async def remove_links_by(user_id: str) -> None:
    """Remove every link that a user made and nobody spent."""
    await LinkRow.filter(made_by=user_id, used_at=None).delete()


async def open_links(user_ids: Sequence[str], purpose: LinkPurpose, *, now: float) -> dict[str, float]:
    """Give until when there is a link of this purpose that could be spent, by user id."""
    rows = await LinkRow.filter(user_id__in=list(user_ids), purpose=purpose, used_at=None, expires_at__gt=now)
    return {row.user_id: row.expires_at for row in rows}


def _purpose(text: str) -> LinkPurpose:
    return "reset" if text == "reset" else "join"
