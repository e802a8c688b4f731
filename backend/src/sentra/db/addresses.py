"""Addresses that no peer has and none may get: kept back by people, or resting after a peer gave them up."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from tortoise import fields
from tortoise.models import Model


class ReservationRow(Model):
    """A row of `reservations`: an address or prefix, canonical, that is never handed out by itself."""

    id = fields.CharField(max_length=32, primary_key=True)
    address = fields.CharField(max_length=43)
    note = fields.CharField(max_length=200)
    interface: Any = fields.ForeignKeyField(
        "models.InterfaceRow", related_name="reservations", on_delete=fields.CASCADE
    )
    interface_id: str

    class Meta:
        table = "reservations"
        unique_together = (("interface_id", "address"),)


class ReleasedAddressRow(Model):
    """A row of `released_addresses`: what a peer had until `released_at`, in Unix seconds."""

    id = fields.IntField(primary_key=True)
    address = fields.CharField(max_length=43)
    peer_name = fields.CharField(max_length=60)
    released_at = fields.FloatField()
    interface: Any = fields.ForeignKeyField(
        "models.InterfaceRow", related_name="released_addresses", on_delete=fields.CASCADE
    )
    interface_id: str

    class Meta:
        table = "released_addresses"
        unique_together = (("interface_id", "address"),)


class Reservation(Struct, frozen=True):
    """An address or prefix that is never handed out by itself."""

    id: str
    interface_id: str
    address: str
    note: str


class ReleasedAddress(Struct, frozen=True):
    """What a peer had until `released_at`, in Unix seconds."""

    address: str
    peer_name: str
    released_at: float


async def reservations_of(interface_id: str) -> list[Reservation]:
    """Give what is kept back on an interface, by its text."""
    rows = await ReservationRow.filter(interface_id=interface_id).order_by("address")
    return [_reservation(row) for row in rows]


async def find_reservation(reservation_id: str) -> Reservation | None:
    """Give a reservation; None where there is none."""
    row = await ReservationRow.get_or_none(id=reservation_id)
    return _reservation(row) if row else None


async def add_reservation(reservation: Reservation) -> None:
    """Keep an address back."""
    await ReservationRow.create(
        id=reservation.id,
        interface_id=reservation.interface_id,
        address=reservation.address,
        note=reservation.note,
    )


async def remove_reservation(reservation_id: str) -> bool:
    """Give an address free; False if it was not kept back."""
    return bool(await ReservationRow.filter(id=reservation_id).delete())


async def resting_addresses(interface_id: str, released_after: float) -> list[ReleasedAddress]:
    """Give what peers gave up after that time, newest first."""
    rows = await ReleasedAddressRow.filter(interface_id=interface_id, released_at__gt=released_after).order_by(
        "-released_at", "id"
    )
    return [ReleasedAddress(row.address, row.peer_name, row.released_at) for row in rows]


async def release_addresses(interface_id: str, released: Iterable[ReleasedAddress], *, forget_before: float) -> None:
    """Remember what peers give up, and forget what was given up before that time. Call it in a transaction."""
    await ReleasedAddressRow.filter(interface_id=interface_id, released_at__lte=forget_before).delete()
    rows = {each.address: each for each in released}
    await ReleasedAddressRow.filter(interface_id=interface_id, address__in=list(rows)).delete()
    await ReleasedAddressRow.bulk_create(
        [
            ReleasedAddressRow(
                interface_id=interface_id,
                address=each.address,
                peer_name=each.peer_name,
                released_at=each.released_at,
            )
            for each in rows.values()
        ]
    )


async def take_addresses(interface_id: str, addresses: Iterable[str]) -> None:
    """Forget that these were given up: a peer has them again. Call it in a transaction."""
    await ReleasedAddressRow.filter(interface_id=interface_id, address__in=list(addresses)).delete()


def _reservation(row: ReservationRow) -> Reservation:
    return Reservation(row.id, row.interface_id, row.address, row.note)
