"""Answers to requests that may come again, at rest."""

from msgspec import Struct
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

PENDING = 0
"""The status of a request of which nothing is kept yet."""
COMMITTED = 1
"""The status of a request whose change is kept, and whose answer nobody has yet: `answer` says which change it was."""


class Remembered(Struct, frozen=True):
    """What was answered to the first request with a key; `status` PENDING or COMMITTED where it never came to that."""

    request_digest: str
    status: int
    answer: str


class IdempotencyKeyRow(Model):
    """A row of `idempotency_keys`; `made_at` is Unix seconds."""

    key_digest = fields.CharField(max_length=64, primary_key=True)
    request_digest = fields.CharField(max_length=64)
    status = fields.IntField()
    answer = fields.TextField()
    made_at = fields.FloatField()

    class Meta:
        table = "idempotency_keys"


async def claim_key(key_digest: str, request_digest: str, *, now: float, made_after: float) -> Remembered | None:
    """Make a key this request's own and return None; or return what is remembered of an earlier one with it.

    Keys that were made until `made_after` are forgotten.
    """
    await IdempotencyKeyRow.filter(made_at__lte=made_after).delete()
    try:
        await IdempotencyKeyRow.create(
            key_digest=key_digest, request_digest=request_digest, status=PENDING, answer="", made_at=now
        )
    except IntegrityError:
        row = await IdempotencyKeyRow.get(key_digest=key_digest)
        return Remembered(row.request_digest, row.status, row.answer)
    return None


async def note_committed(key_digest: str, change: str) -> None:
    """Store which change the request that claimed a key made. Call it in the transaction of the change."""
    await IdempotencyKeyRow.filter(key_digest=key_digest).update(status=COMMITTED, answer=change)


async def remember_answer(key_digest: str, status: int, answer: str) -> None:
    """Store what was answered to the request that claimed a key."""
    await IdempotencyKeyRow.filter(key_digest=key_digest).update(status=status, answer=answer)


async def release_key(key_digest: str) -> None:
    """Forget a key whose request came to nothing, so that it can be used again."""
    await IdempotencyKeyRow.filter(key_digest=key_digest, status=PENDING).delete()
