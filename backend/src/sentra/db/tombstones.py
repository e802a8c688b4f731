"""The keys that Sentra took off an interface, so that an old file does not bring them back."""

from collections.abc import Iterable
from typing import Any

from tortoise import Tortoise, fields
from tortoise.models import Model


class TombstoneRow(Model):
    """A row of `tombstones`; `buried_at` is Unix seconds."""

    id = fields.IntField(primary_key=True)
    public_key = fields.CharField(max_length=44)
    peer_name = fields.CharField(max_length=60)
    buried_at = fields.FloatField()
    interface: Any = fields.ForeignKeyField("models.InterfaceRow", related_name="tombstones", on_delete=fields.CASCADE)
    interface_id: str

    class Meta:
        table = "tombstones"
        unique_together = (("interface_id", "public_key"),)


async def buried_keys(interface_id: str) -> frozenset[str]:
    """Return the public keys that must not run (any more)."""
    # One row, however many they are: an agent asks after every change.
    _, rows = await Tortoise.get_connection("default").execute_query(
        'SELECT GROUP_CONCAT("public_key", \' \') FROM "tombstones" WHERE "interface_id" = ?', [interface_id]
    )
    return frozenset((rows[0][0] or "").split())


async def bury(interface_id: str, peers: Iterable[tuple[str, str]], *, now: float) -> None:
    """Remember public keys, each with the name of its peer, that an interface had until now."""
    rows = [
        TombstoneRow(interface_id=interface_id, public_key=key, peer_name=name, buried_at=now) for key, name in peers
    ]
    await TombstoneRow.bulk_create(
        rows, on_conflict=["interface_id", "public_key"], update_fields=["peer_name", "buried_at"]
    )


async def dig_up(interface_id: str, public_keys: Iterable[str]) -> None:
    """Forget that these keys were taken off: they are wanted again."""
    await TombstoneRow.filter(interface_id=interface_id, public_key__in=list(public_keys)).delete()
