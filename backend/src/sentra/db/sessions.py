"""Sessions at rest: the digest of a cookie, never the cookie."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from tortoise import fields
from tortoise.exceptions import OperationalError
from tortoise.models import Model

from sentra.core.users import Session
from sentra.db.database import transaction

log = logging.getLogger(__name__)


class SessionRow(Model):
    """A row of `sessions`; `id` is the SHA-256 of the secret in the cookie."""

    id = fields.CharField(max_length=64, primary_key=True)
    auth_epoch = fields.IntField()
    created_at = fields.FloatField()
    seen_at = fields.FloatField()
    address = fields.CharField(max_length=64)
    user_agent = fields.CharField(max_length=255)
    amr = fields.CharField(max_length=40)
    proved_at = fields.FloatField()
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="sessions", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "sessions"
        indexes = (("user_id",),)

    def to_session(self) -> Session:
        return Session(
            id=self.id,
            user_id=self.user_id,
            auth_epoch=self.auth_epoch,
            created_at=self.created_at,
            seen_at=self.seen_at,
            address=self.address,
            user_agent=self.user_agent,
            amr=tuple(self.amr.split()),
            proved_at=self.proved_at,
        )


async def find_session(session_id: str) -> Session | None:
    """Return a session."""
    row = await SessionRow.get_or_none(id=session_id)
    return row.to_session() if row else None


async def session_ids_of(user_id: str) -> tuple[str, ...]:
    """Give which sessions a user has."""
    return tuple(str(row) for row in await SessionRow.filter(user_id=user_id).values_list("id", flat=True))


async def last_seen(user_ids: Collection[str]) -> Mapping[str, float]:
    """Give when each of these users last used one of the sessions that they have; who has none is left out."""
    rows = await SessionRow.filter(user_id__in=list(user_ids)).order_by("seen_at").values_list("user_id", "seen_at")
    return {str(user_id): float(seen_at) for user_id, seen_at in rows}


async def start_session(session: Session, *, at_most: int, instead_of: str | None) -> tuple[str, ...]:
    """Add a session, end the one it replaces and the least recently used ones above `at_most`; return who ended.

    Call it in a transaction.
    """
    ended = [] if instead_of is None else [instead_of]
    await SessionRow.filter(id__in=ended).delete()
    rows = (
        await SessionRow.filter(user_id=session.user_id).order_by("seen_at", "created_at").values_list("id", flat=True)
    )
    surplus = [str(row) for row in rows[: max(0, len(rows) + 1 - at_most)]]
    await SessionRow.filter(id__in=surplus).delete()
    await SessionRow.create(
        id=session.id,
        user_id=session.user_id,
        auth_epoch=session.auth_epoch,
        created_at=session.created_at,
        seen_at=session.seen_at,
        address=session.address,
        user_agent=session.user_agent,
        amr=" ".join(session.amr),
        proved_at=session.proved_at,
    )
    return (*ended, *surplus)


async def end_session(session_id: str) -> bool:
    """Remove a session; False if there was none."""
    return bool(await SessionRow.filter(id=session_id).delete())


async def end_sessions_of(user_id: str) -> tuple[str, ...]:
    """Remove every session of a user; return which."""
    async with transaction():
        rows = await SessionRow.filter(user_id=user_id).values_list("id", flat=True)
        await SessionRow.filter(user_id=user_id).delete()
    return tuple(str(row) for row in rows)


async def mark_seen(seen: dict[str, float]) -> None:
    """Store when sessions were last used. A database that cannot be written is no reason to refuse who only reads."""
    try:
        for session_id, seen_at in seen.items():
            await SessionRow.filter(id=session_id).update(seen_at=seen_at)
    except OperationalError as error:
        log.warning("when sessions were last used could not be stored: %s", error)


async def remove_expired(*, seen_before: float, created_before: float) -> None:
    """Remove the sessions that nobody can use any more."""
    await SessionRow.filter(seen_at__lte=seen_before).delete()
    await SessionRow.filter(created_at__lte=created_before).delete()
