"""`/api/v1/interfaces/{id}/addresses` and its reservations."""

from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_request

from sentra.services.addresses import Addresses, AddressOwner, Owner
from sentra.web.access import current_actor, requires
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers


class PoolView(BaseModel):
    """How full an address pool is; `next` is the address that the next peer gets. IPv6 counts are large."""

    prefix: str
    size: int
    used: int
    reserved: int
    resting: int
    free: int
    next: str | None


class ReservationView(BaseModel):
    """An address, or a part of a pool, that no peer gets."""

    id: str
    address: str
    note: str


class RestingView(BaseModel):
    """An address that a peer gave up; nobody gets it before `free_at`."""

    address: str
    peer_name: str
    free_at: AwareDatetime


class AddressesView(BaseModel):
    """The addresses of an interface."""

    pools: list[PoolView]
    reservations: list[ReservationView]
    resting: list[RestingView]


class AddressPeer(BaseModel):
    """The peer that has an address."""

    id: str
    name: str


class AddressView(BaseModel):
    """Who has an address, and by which prefix; `note` says why nobody gets it."""

    address: str
    owner: Owner
    peer: AddressPeer | None
    prefix: str | None
    note: str


class ReservationCreate(BaseModel):
    """An address or prefix to keep back."""

    model_config = ConfigDict(extra="forbid")

    address: str
    note: str = ""


def addresses_blueprint(addresses: Addresses) -> Blueprint:
    """Return the routes of the addresses of an interface."""
    blueprint = Blueprint("addresses", __name__, url_prefix="/api/v1/interfaces/<interface_id>")

    @blueprint.get("/addresses")
    @requires("interface:inspect")
    @tag(["addresses"])
    @document_response(AddressesView)
    async def get_addresses(interface_id: str) -> Response:
        """How full the address pools are, and what is kept back"""
        book = await addresses.book(current_actor(), interface_id)
        view = AddressesView(
            pools=[
                PoolView(
                    prefix=pool.prefix,
                    size=pool.size,
                    used=pool.used,
                    reserved=pool.reserved,
                    resting=pool.resting,
                    free=pool.free,
                    next=pool.next,
                )
                for pool in book.pools
            ],
            reservations=[
                ReservationView(id=each.id, address=each.address, note=each.note) for each in book.reservations
            ],
            resting=[
                RestingView(
                    address=each.address,
                    peer_name=each.peer_name,
                    free_at=datetime.fromtimestamp(int(each.free_at), UTC),
                )
                for each in book.resting
            ],
        )
        return json_response(view)

    @blueprint.get("/addresses/<text:address>")
    @requires("interface:inspect")
    @tag(["addresses"])
    @document_response(AddressView)
    async def get_address(interface_id: str, address: str) -> Response:
        """Who has this address"""
        return json_response(_address_view(await addresses.owner(current_actor(), interface_id, address)))

    @blueprint.post("/reservations")
    @requires("interface:update")
    @tag(["addresses"])
    @validate_request(ReservationCreate)
    @document_response(ReservationView, 201)
    async def create_reservation(interface_id: str, data: ReservationCreate) -> Response:
        """Keep an address back"""
        made = await addresses.reserve(current_actor(), interface_id, data.address, data.note)
        return json_response(ReservationView(id=made.id, address=made.address, note=made.note), 201)

    @blueprint.delete("/reservations/<reservation_id>")
    @requires("interface:update")
    @tag(["addresses"])
    @answers(204, "The address may be given to peers again.")
    async def delete_reservation(interface_id: str, reservation_id: str) -> Response:
        """End a reservation"""
        await addresses.release(current_actor(), interface_id, reservation_id)
        return Response("", 204)

    return blueprint


def _address_view(found: AddressOwner) -> AddressView:
    peer = None
    if found.peer_id is not None and found.peer_name is not None:
        peer = AddressPeer(id=found.peer_id, name=found.peer_name)
    note = found.note or (f"{found.peer_name} gave it up." if found.owner == "resting" else "")
    return AddressView(
        address=found.address,
        owner=found.owner,
        peer=peer,
        prefix=found.prefix,
        note=note,
    )
