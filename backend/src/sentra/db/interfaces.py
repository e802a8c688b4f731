"""Interfaces at rest. Their private keys are nowhere in the database: each node keeps its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from tortoise import Tortoise, fields
from tortoise.expressions import F
from tortoise.models import Model

from sentra.core.agents import DeletedInterface
from sentra.core.interfaces import DriftMode, Interface
from sentra.core.peers import Peer
from sentra.db.peers import select_peers

_FIELDS: Final = tuple(field.name for field in msgspec.structs.fields(Interface))
_LISTS: Final = frozenset({"addresses", "pools", "dns"})


class InterfaceRow(Model):
    """A row of `interfaces`."""

    id = fields.CharField(max_length=32, primary_key=True)
    node = fields.CharField(max_length=63)
    name = fields.CharField(max_length=15)
    public_key = fields.CharField(max_length=44, null=True)
    listen_port = fields.IntField()
    fwmark = fields.IntField()
    mtu = fields.IntField()
    addresses: Any = fields.JSONField()
    pools: Any = fields.JSONField()
    dns: Any = fields.JSONField()
    table = fields.CharField(max_length=10)
    public_host = fields.CharField(max_length=253)
    public_port = fields.IntField()
    masquerade = fields.BooleanField()
    started = fields.BooleanField()
    drift_mode = fields.CharField(max_length=10)
    unmanaged = fields.CharField(max_length=10)
    brought_up_by = fields.CharField(max_length=10)
    server_keys = fields.BooleanField()
    version = fields.IntField()
    generation = fields.IntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "interfaces"
        unique_together = (("node", "name"),)

    def to_interface(self) -> Interface:
        values = {name: getattr(self, name) for name in _FIELDS}
        return Interface(**values | {name: tuple(values[name]) for name in _LISTS})


class DeletedInterfaceRow(Model):
    """A row of `deleted_interfaces`, which a trigger writes; `deleted_at` is Unix seconds."""

    id = fields.CharField(max_length=32, primary_key=True)
    node = fields.CharField(max_length=63)
    name = fields.CharField(max_length=15)
    drift_mode = fields.CharField(max_length=10)
    deleted_at = fields.FloatField()

    class Meta:
        table = "deleted_interfaces"


async def find_interface(interface_id: str) -> Interface | None:
    """Return one interface."""
    row = await InterfaceRow.get_or_none(id=interface_id)
    return row.to_interface() if row else None


async def list_interfaces(node: str | None = None) -> Sequence[Interface]:
    """Return the interfaces of a node, or of all, in the order of node and name."""
    rows = InterfaceRow.all() if node is None else InterfaceRow.filter(node=node)
    return [row.to_interface() for row in await rows.order_by("node", "name")]


async def generations(node: str) -> Mapping[str, int]:
    """Return the generation of every interface of a node, by id."""
    _, rows = await Tortoise.get_connection("default").execute_query(
        'SELECT "id", "generation" FROM "interfaces" WHERE "node" = ?', [node]
    )
    return {row[0]: row[1] for row in rows}


async def find_deleted_interface(interface_id: str, node: str) -> DeletedInterface | None:
    """Return what is remembered of an interface that was deleted on a node; None where none of this id ever was."""
    row = await DeletedInterfaceRow.get_or_none(id=interface_id, node=node)
    return DeletedInterface(row.id, row.name, cast("DriftMode", row.drift_mode)) if row else None


async def count_peers() -> Mapping[str, int]:
    """Return how many peers each interface has; those without any are left out."""
    _, rows = await Tortoise.get_connection("default").execute_query(
        'SELECT "interface_id", COUNT(*) FROM "peers" GROUP BY "interface_id"'
    )
    return {row[0]: row[1] for row in rows}


async def any_peer(interface_id: str) -> bool:
    """Tell whether an interface has a peer."""
    return bool(await select_peers('WHERE p."interface_id" = ? LIMIT 1', [interface_id]))


async def peers_given(interface_id: str) -> Sequence[Peer]:
    """Return the peers of an interface to which a config file was handed out."""
    return await select_peers('WHERE p."interface_id" = ? AND p."given_revision" IS NOT NULL', [interface_id])


async def add_interface(interface: Interface) -> None:
    """Store a new interface."""
    await InterfaceRow.create(**_columns(interface))


async def write_interface(interface: Interface) -> None:
    """Store an interface that exists, all but its generation."""
    columns = _columns(interface)
    del columns["id"], columns["generation"]
    await InterfaceRow.filter(id=interface.id).update(**columns)


async def remove_interface(interface_id: str) -> None:
    """Remove an interface with its peers and everything that hangs on it."""
    await InterfaceRow.filter(id=interface_id).delete()


async def raise_generation(interface_id: str) -> bool:
    """Count one more change of what should run; False where there is no such interface.

    As the first statement of a transaction it takes the database's one write lock, so that what is read after it
    stays true.
    """
    return bool(await InterfaceRow.filter(id=interface_id).update(generation=F("generation") + 1))


async def write_public_key(interface_id: str, public_key: str) -> bool:
    """Store the public key of the node's key; False where it is that already."""
    changed = await InterfaceRow.filter(id=interface_id, public_key=None).update(public_key=public_key)
    changed += await InterfaceRow.filter(id=interface_id).exclude(public_key=public_key).update(public_key=public_key)
    return bool(changed)


def _columns(interface: Interface) -> dict[str, Any]:
    columns: dict[str, Any] = msgspec.structs.asdict(interface)
    return columns | {name: list(columns[name]) for name in _LISTS}
