"""Links that are good once: an invitation, a new password. Only the digest of a link's token is stored."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class LinkRow(Model):
    """A row of `one_time_links`."""

    token_digest = fields.CharField(max_length=64, primary_key=True)
    purpose = fields.CharField(max_length=10)
    expires_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="links", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "one_time_links"
        indexes = (("user_id",),)
