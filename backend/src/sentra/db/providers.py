"""Identity providers at rest, and who of them is which user."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class ProviderRow(Model):
    """A row of `identity_providers`."""

    id = fields.CharField(max_length=32, primary_key=True)
    name = fields.CharField(max_length=60, unique=True)
    issuer = fields.CharField(max_length=300)
    client_id = fields.CharField(max_length=200)
    secret_sealed = fields.BinaryField(null=True)
    scopes = fields.CharField(max_length=200)
    claim = fields.CharField(max_length=60)
    grants: Any = fields.JSONField()
    admits_new = fields.BooleanField()
    enabled = fields.BooleanField()
    version = fields.IntField()

    class Meta:
        table = "identity_providers"


class IdentityRow(Model):
    """A row of `identities`."""

    id = fields.IntField(primary_key=True)
    subject = fields.CharField(max_length=255)
    provider: Any = fields.ForeignKeyField("models.ProviderRow", related_name="identities", on_delete=fields.CASCADE)
    provider_id: str
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="identities", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "identities"
        unique_together = (("provider_id", "subject"),)
        indexes = (("user_id",),)
