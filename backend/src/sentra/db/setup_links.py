"""Setup links at rest: the digest of a token, never the token."""

from tortoise import fields
from tortoise.models import Model

from sentra.db.database import transaction


class SetupLinkRow(Model):
    """A row of `setup_links`."""

    token_digest = fields.CharField(max_length=64, primary_key=True)
    expires_at = fields.FloatField()
    used_at = fields.FloatField(null=True)

    class Meta:
        table = "setup_links"


async def replace_setup_link(token_digest: str, *, expires_at: float) -> None:
    """Store a new link; the ones before it are no longer valid."""
    async with transaction():
        await SetupLinkRow.all().delete()
        await SetupLinkRow.create(token_digest=token_digest, expires_at=expires_at, used_at=None)


async def is_valid_setup_link(token_digest: str, *, now: float) -> bool:
    """Tell whether a link could be spent now."""
    return await SetupLinkRow.filter(token_digest=token_digest, used_at=None, expires_at__gt=now).exists()
