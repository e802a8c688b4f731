"""Differences that somebody does not want to see, at rest."""

from collections.abc import Iterable
from typing import Any

from tortoise import fields
from tortoise.models import Model


class IgnoredDriftRow(Model):
    """A row of `ignored_drift`."""

    id = fields.IntField(primary_key=True)
    drift_id = fields.CharField(max_length=32)
    interface: Any = fields.ForeignKeyField(
        "models.InterfaceRow", related_name="ignored_drift", on_delete=fields.CASCADE
    )
    interface_id: str

    class Meta:
        table = "ignored_drift"
        unique_together = (("interface_id", "drift_id"),)


async def ignored_drift(interface_id: str) -> frozenset[str]:
    """Return what is ignored of an interface."""
    rows = await IgnoredDriftRow.filter(interface_id=interface_id).values_list("drift_id", flat=True)
    return frozenset(str(drift_id) for drift_id in rows)


async def all_ignored_drift() -> frozenset[tuple[str, str]]:
    """Return pairs of interface and difference."""
    rows = await IgnoredDriftRow.all().values_list("interface_id", "drift_id")
    return frozenset((str(interface_id), str(drift_id)) for interface_id, drift_id in rows)


async def replace_ignored_drift(interface_id: str, drift_ids: Iterable[str]) -> None:
    """Ignore these differences and no others. Call it in a transaction."""
    await IgnoredDriftRow.filter(interface_id=interface_id).delete()
    await IgnoredDriftRow.bulk_create(
        [IgnoredDriftRow(interface_id=interface_id, drift_id=drift_id) for drift_id in drift_ids]
    )
