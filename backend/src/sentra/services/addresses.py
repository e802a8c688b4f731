"""Use cases of addresses: how full the pools are, what is kept back, who has which."""

import secrets
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.address_pools import PoolUsage, usage_of
from sentra.core.addresses import canonical_address, canonical_prefix, host_of, overlaps
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import FieldError, Invalid, NotFound, WrongValue
from sentra.core.interfaces import Interface
from sentra.core.names import checked_line
from sentra.db.addresses import (
    ReleasedAddress,
    Reservation,
    add_reservation,
    find_reservation,
    remove_reservation,
    reservations_of,
    resting_addresses,
)
from sentra.db.database import transaction
from sentra.db.peers import owners_of, prefixes_of
from sentra.services.audit import Audit
from sentra.services.peer_claims import REST_SECONDS, taken
from sentra.services.peer_states import resource_of
from sentra.services.peers import interface_of

Owner = Literal["peer", "interface", "reservation", "resting", "nobody"]


class RestingAddress(Struct, frozen=True):
    """What a peer gave up, and when somebody else may have it (Unix seconds)."""

    address: str
    peer_name: str
    free_at: float


class AddressBook(Struct, frozen=True):
    """The addresses of an interface."""

    pools: Sequence[PoolUsage]
    reservations: Sequence[Reservation]
    resting: Sequence[RestingAddress]


class AddressOwner(Struct, frozen=True):
    """Who has an address, and by which prefix; one that rests has the name of who gave it up."""

    address: str
    owner: Owner
    peer_id: str | None = None
    peer_name: str | None = None
    prefix: str | None = None
    note: str = ""


class Addresses:
    """Reads and reserves addresses."""

    def __init__(self, access: Access, clock: Clock, audit: Audit, *, rest_seconds: float = REST_SECONDS) -> None:
        self._access = access
        self._clock = clock
        self._audit = audit
        self._rest_seconds = rest_seconds

    async def book(self, actor: Actor, interface_id: str) -> AddressBook:
        """Give the pools of an interface, and what of them nobody gets. Raises NotFound."""
        interface = await interface_of(interface_id)
        self._access.authorise(actor, "interface:inspect", resource_of(interface))
        reservations = await reservations_of(interface_id)
        resting = await self._resting(interface_id)
        used = await prefixes_of(interface_id)
        kept = [each.address for each in reservations]
        rests = [each.address for each in resting]
        return AddressBook(
            pools=[usage_of(pool, used, kept, rests, interface.addresses) for pool in interface.pools],
            reservations=reservations,
            resting=[
                RestingAddress(each.address, each.peer_name, each.released_at + self._rest_seconds) for each in resting
            ],
        )

    async def owner(self, actor: Actor, interface_id: str, address: str) -> AddressOwner:
        """Tell who has an address. Raises NotFound, and Invalid for what is no address."""
        interface = await interface_of(interface_id)
        self._access.authorise(actor, "interface:inspect", resource_of(interface))
        try:
            found = canonical_address(address)
        except WrongValue as error:
            raise Invalid(error.at("address")) from error
        return await self._owner(interface, found, host_of(found))

    async def reserve(self, actor: Actor, interface_id: str, address: str, note: str) -> Reservation:
        """Keep an address or a part of a pool back. Raises NotFound, and Invalid with everything that is wrong."""
        interface = await interface_of(interface_id)
        self._access.authorise(actor, "interface:update", resource_of(interface))
        prefix, note = _checked(address, note)
        async with transaction():
            if not any(overlaps(prefix, pool) for pool in interface.pools):
                raise Invalid(FieldError("address", "no-pool", "This is in none of the interface's address pools."))
            if owners := await owners_of(interface_id, prefix):
                raise Invalid(taken("address", owners[0]))
            for own in interface.addresses:
                if overlaps(host_of(own), prefix):
                    message = f"{host_of(own)} is the interface's own address."
                    raise Invalid(FieldError("address", "address-own", message))
            for other in await reservations_of(interface_id):
                if overlaps(other.address, prefix):
                    raise Invalid(FieldError("address", "address-reserved", f"{other.address} is reserved already."))
            reservation = Reservation(secrets.token_hex(16), interface_id, prefix, note)
            await add_reservation(reservation)
            summary = f"Reserved {prefix} on {interface.name}"
            await self._audit.record(actor, "interface:update", _subject(interface), summary=summary)
        return reservation

    async def release(self, actor: Actor, interface_id: str, reservation_id: str) -> None:
        """End a reservation. Raises NotFound."""
        interface = await interface_of(interface_id)
        self._access.authorise(actor, "interface:update", resource_of(interface))
        reservation = await find_reservation(reservation_id)
        if reservation is None or reservation.interface_id != interface_id:
            raise NotFound("There is no such reservation.")
        async with transaction():
            await remove_reservation(reservation_id)
            summary = f"Released {reservation.address} on {interface.name}"
            await self._audit.record(actor, "interface:update", _subject(interface), summary=summary)

    async def _owner(self, interface: Interface, address: str, prefix: str) -> AddressOwner:
        if any(host_of(own) == prefix for own in interface.addresses):
            return AddressOwner(address, "interface", prefix=prefix)
        for owner in await owners_of(interface.id, prefix):
            return AddressOwner(address, "peer", owner.peer_id, owner.peer_name, owner.prefix)
        for reservation in await reservations_of(interface.id):
            if overlaps(reservation.address, prefix):
                return AddressOwner(address, "reservation", prefix=reservation.address, note=reservation.note)
        for resting in await self._resting(interface.id):
            if resting.address == prefix:
                return AddressOwner(address, "resting", peer_name=resting.peer_name, prefix=prefix)
        return AddressOwner(address, "nobody")

    async def _resting(self, interface_id: str) -> Sequence[ReleasedAddress]:
        return await resting_addresses(interface_id, self._clock.now() - self._rest_seconds)


def _checked(address: str, note: str) -> tuple[str, str]:
    errors: list[FieldError] = []
    prefix = ""
    try:
        prefix = canonical_prefix(address)
    except WrongValue as error:
        errors.append(error.at("address"))
    try:
        note = checked_line(note)
    except WrongValue as error:
        errors.append(error.at("note"))
    if errors:
        raise Invalid(*errors)
    return prefix, note


def _subject(interface: Interface) -> Subject:
    return Subject("interface", interface.id, interface.name)
