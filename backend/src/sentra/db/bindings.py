"""Role bindings at rest."""

from collections.abc import Sequence
from typing import Any

from tortoise import fields
from tortoise.models import Model

from sentra.core.access import Binding, Role


class BindingRow(Model):
    """A row of `role_bindings`."""

    id = fields.IntField(primary_key=True)
    role = fields.CharField(max_length=20)
    scope = fields.CharField(max_length=80)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="bindings", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "role_bindings"
        unique_together = (("user_id", "scope"),)


async def bindings_of(user_id: str) -> tuple[Binding, ...]:
    """Give the bindings of a user, that of everything first."""
    return (await all_bindings([user_id])).get(user_id, ())


async def all_bindings(user_ids: Sequence[str] | None = None) -> dict[str, tuple[Binding, ...]]:
    """Give the bindings of some users or of all, by user id."""
    query = BindingRow.all() if user_ids is None else BindingRow.filter(user_id__in=list(user_ids))
    found: dict[str, tuple[Binding, ...]] = {}
    for row in await query.order_by("scope", "id"):
        found[row.user_id] = (*found.get(row.user_id, ()), Binding(_role(row.role), row.scope))
    return found


async def replace_bindings(user_id: str, bindings: Sequence[Binding]) -> None:
    """Store what a user is bound to from now on, instead of what was stored. Call it in a transaction."""
    await BindingRow.filter(user_id=user_id).delete()
    await BindingRow.bulk_create([BindingRow(user_id=user_id, role=each.role, scope=each.scope) for each in bindings])


async def remove_bindings_to(scope: str) -> tuple[str, ...]:
    """Remove every binding to something that is gone; give whose they were."""
    rows = await BindingRow.filter(scope=scope).values_list("user_id", flat=True)
    await BindingRow.filter(scope=scope).delete()
    return tuple(str(row) for row in rows)


def _role(text: str) -> Role:
    return text  # type: ignore[return-value] # a role that no version knows is in no policy, and so may do nothing
