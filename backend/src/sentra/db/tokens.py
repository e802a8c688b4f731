"""Tokens of programs at rest: digests, never the tokens."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class TokenFamilyRow(Model):
    """A row of `token_families`."""

    id = fields.CharField(max_length=32, primary_key=True)
    auth_epoch = fields.IntField()
    created_at = fields.FloatField()
    expires_at = fields.FloatField(db_index=True)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="token_families", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "token_families"
        indexes = (("user_id",),)


class RefreshTokenRow(Model):
    """A row of `refresh_tokens`."""

    token_digest = fields.CharField(max_length=64, primary_key=True)
    expires_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    family: Any = fields.ForeignKeyField("models.TokenFamilyRow", related_name="tokens", on_delete=fields.CASCADE)
    family_id: str

    class Meta:
        table = "refresh_tokens"
        indexes = (("family_id",),)


class ApiTokenRow(Model):
    """A row of `api_tokens`."""

    id = fields.CharField(max_length=32, primary_key=True)
    token_digest = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=60)
    actions: Any = fields.JSONField()
    scope = fields.CharField(max_length=80)
    created_at = fields.FloatField()
    expires_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    used_from = fields.CharField(max_length=64)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="api_tokens", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "api_tokens"
        indexes = (("user_id",),)
