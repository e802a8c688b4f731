"""Who has which address of an interface: what a new peer may have, and the next address for one that does not say."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sentra.core.address_pools import Range, free_addresses
from sentra.core.addresses import Family, host_of, overlaps, split
from sentra.core.errors import FieldError
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.core.prefix_index import PrefixIndex
from sentra.db.addresses import ReleasedAddress, Reservation
from sentra.db.peers import PrefixOwner, owners_of, public_keys_of, ranges_of
from sentra.live.cache import StatusCache

REST_SECONDS: Final = 24 * 60 * 60
"""How long nobody gets an address after a peer gave it up."""


class KeptBack:
    """What nobody gets on one interface although no peer has it: by people, by time, or because it still runs.

    `running` are the prefixes that run under keys that are no peer's, and those keys.
    """

    def __init__(
        self,
        reserved: Sequence[Reservation],
        resting: Iterable[ReleasedAddress],
        running: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.reserved = reserved
        self.resting: Mapping[str, ReleasedAddress] = {each.address: each for each in resting}
        self.running = PrefixIndex(running)


class Claims:
    """What is taken on one interface, as of one transaction. Prefixes of peers are asked of the database, and
    `kept_back` only where an address is claimed: most changes of a peer are about others of its fields.

    With `found` only what belongs to peers counts: what asks runs already.
    """

    def __init__(
        self, interface: Interface, kept_back: Callable[[], Awaitable[KeptBack]], *, found: bool = False
    ) -> None:
        self.interface = interface
        self._look = kept_back
        self._looked: KeptBack | None = None
        self._found = found
        self._asked: PrefixIndex[str] = PrefixIndex()
        self._free: dict[Family, Iterator[str]] = {}

    async def refusal(self, prefix: str, field: str, peer: Peer | None = None) -> FieldError | None:
        """Say why a peer, a new one without `peer`, cannot have a canonical prefix, and who has it; None if it can."""
        if split(prefix)[2] == 0 and not self.interface.table.isdigit():
            return FieldError(
                field, "default-route", "A default route is possible where the interface has a table with a number."
            )
        for owner in await owners_of(self.interface.id, prefix):
            if peer is None or owner.peer_id != peer.id:
                return taken(field, owner)
        return None if self._found else self._refusal(await self._kept_back(), prefix, field, peer)

    def claim(self, prefix: str, field: str, name: str) -> FieldError | None:
        """Take a prefix for a peer of this very request; say who else in it has a part of it."""
        for other, owner in self._asked.overlapping(prefix):
            if owner != name:
                return FieldError(field, "address-taken", f"{other} is given to {owner} in the same request.")
        self._asked.add(prefix, name)
        return None

    async def next_addresses(self, name: str) -> tuple[list[str], list[FieldError]]:
        """Give the next free address of each family that the interface has a pool for, and take them.

        Claim everything that is asked for by its address first. Never gives out what is reserved, rests, or runs
        under a key that is no peer's any more.
        """
        field = "addresses"
        if not self.interface.pools:
            return [], [FieldError(field, "no-pool", "The interface has no address pool; say which address it gets.")]
        given: list[str] = []
        errors: list[FieldError] = []
        for family in sorted({split(pool)[0] for pool in self.interface.pools}):
            if family not in self._free:
                self._free[family] = await self._all_free(family)
            address = next((each for each in self._free[family] if self.claim(each, field, name) is None), None)
            if address is None:
                errors.append(FieldError(field, "pool-full", f"No IPv{family} address of the pools is free."))
            else:
                given.append(address)
        return given, errors

    async def _kept_back(self) -> KeptBack:
        if self._looked is None:
            self._looked = await self._look()
        return self._looked

    def _refusal(self, kept: KeptBack, prefix: str, field: str, peer: Peer | None) -> FieldError | None:
        if split(prefix)[2] == 0:
            return None  # a default route, in a table of its own, gives way to everything narrower
        own = [each for each in self.interface.addresses if overlaps(host_of(each), prefix)]
        if own:
            return FieldError(field, "address-own", f"{host_of(own[0])} is the interface's own address.")
        for reservation in kept.reserved:
            if overlaps(reservation.address, prefix):
                return FieldError(field, "address-reserved", _reserved(reservation))
        resting = kept.resting.get(prefix)
        if resting is not None and (peer is None or peer.name != resting.peer_name):
            return FieldError(field, "address-resting", _resting(resting))
        for running, key in kept.running.overlapping(prefix):
            return FieldError(
                field, "address-running", f"{running} still runs with the key {key}, which is no peer's here."
            )
        return None

    async def _all_free(self, family: Family) -> Iterator[str]:
        return self._one_after_another(family, await ranges_of(self.interface.id, family), await self._kept_back())

    def _one_after_another(self, family: Family, used: Sequence[Range], kept: KeptBack) -> Iterator[str]:
        others = [*(each.address for each in kept.reserved), *kept.resting]
        for pool in self.interface.pools:
            if split(pool)[0] == family:
                for address in free_addresses(pool, others, self.interface.addresses, ranges=used):
                    if not kept.running.overlapping(address):
                        yield address


async def running_elsewhere(interface: Interface, cache: StatusCache) -> list[tuple[str, str]]:
    """Give the prefixes that run on an interface, as of the newest sample, under keys that are no peer's, and those."""
    node = cache.nodes.get(interface.node)
    if node is None or interface.name not in node.interfaces:
        return []
    known = await public_keys_of(interface.id)
    running = node.interfaces.get(interface.name)
    peers = running.peers if running else {}
    return [(prefix, key) for key in peers.keys() - known for prefix in peers[key].status.allowed_ips]


def taken(field: str, owner: PrefixOwner) -> FieldError:
    """Say whose a prefix is."""
    return FieldError(field, "address-taken", f"{owner.prefix} belongs to {owner.peer_name}.")


def _reserved(reservation: Reservation) -> str:
    note = f" ({reservation.note})" if reservation.note else ""
    return f"{reservation.address} is reserved{note}. Remove the reservation to use it."


def _resting(resting: ReleasedAddress) -> str:
    since = datetime.fromtimestamp(int(resting.released_at), UTC)
    return f"{resting.address} was {resting.peer_name}'s until {since:%Y-%m-%d %H:%M} UTC, and rests for a day."
