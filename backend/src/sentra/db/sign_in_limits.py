"""How often somebody has tried to sign in, kept so that a restart forgives nothing."""

from msgspec import Struct
from tortoise import fields
from tortoise.models import Model


class SignInLimit(Struct, frozen=True):
    """What is remembered under one key: an address, an account, or both.

    `free_at` is Unix seconds: when the next attempt is admitted, or (for a bucket) when it is full again.
    """

    key: str
    failures: int
    free_at: float
    changed_at: float


class SignInLimitRow(Model):
    """A row of `sign_in_limits`."""

    key = fields.CharField(max_length=160, primary_key=True)
    failures = fields.IntField()
    free_at = fields.FloatField()
    changed_at = fields.FloatField(db_index=True)

    class Meta:
        table = "sign_in_limits"


async def read_limits(keys: tuple[str, ...]) -> dict[str, SignInLimit]:
    """Return what is remembered under these keys."""
    rows = await SignInLimitRow.filter(key__in=keys)
    return {row.key: SignInLimit(row.key, row.failures, row.free_at, row.changed_at) for row in rows}


async def write_limits(limits: tuple[SignInLimit, ...]) -> None:
    """Remember these, instead of what was remembered under their keys."""
    await SignInLimitRow.bulk_create(
        [
            SignInLimitRow(key=limit.key, failures=limit.failures, free_at=limit.free_at, changed_at=limit.changed_at)
            for limit in limits
        ],
        on_conflict=["key"],
        update_fields=["failures", "free_at", "changed_at"],
    )


async def forget_limits(*, changed_before: float) -> None:
    """Remove what nobody has added to since."""
    await SignInLimitRow.filter(changed_at__lt=changed_before).delete()
