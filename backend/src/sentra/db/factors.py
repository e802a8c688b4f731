"""Second factors at rest: seeds (sealed), recovery codes (digests) and passkeys (public keys)."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class TotpRow(Model):
    """A row of `totp_seeds`."""

    user: Any = fields.OneToOneField("models.UserRow", related_name="totp", on_delete=fields.CASCADE, primary_key=True)
    user_id: str
    sealed = fields.BinaryField()
    confirmed = fields.BooleanField()
    last_step = fields.IntField()
    created_at = fields.FloatField()

    class Meta:
        table = "totp_seeds"


class RecoveryCodeRow(Model):
    """A row of `recovery_codes`."""

    id = fields.IntField(primary_key=True)
    code_digest = fields.CharField(max_length=64)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="recovery_codes", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "recovery_codes"
        unique_together = (("user_id", "code_digest"),)


class PasskeyRow(Model):
    """A row of `passkeys`."""

    id = fields.CharField(max_length=32, primary_key=True)
    credential_id = fields.CharField(max_length=1400, unique=True)
    public_key = fields.BinaryField()
    sign_count = fields.BigIntField()
    name = fields.CharField(max_length=60)
    transports: Any = fields.JSONField()
    created_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="passkeys", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "passkeys"
        indexes = (("user_id",),)
