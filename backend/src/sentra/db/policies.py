"""What applies to everybody, by name."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class PolicyRow(Model):
    """A row of `policies`."""

    name = fields.CharField(max_length=40, primary_key=True)
    value: Any = fields.JSONField()

    class Meta:
        table = "policies"


async def read_policy(name: str) -> object:
    """Give the value of a policy, None where nobody has decided."""
    row = await PolicyRow.get_or_none(name=name)
    return row.value if row else None


async def write_policy(name: str, value: object) -> None:
    """Store the value of a policy."""
    await PolicyRow.update_or_create(defaults={"value": value}, name=name)
