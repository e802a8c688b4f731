"""What is said of peers against everything else on their interface; of several peers, against each other too."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import UNSET

from sentra.core.errors import FieldError, Invalid, WrongValue
from sentra.core.interfaces import Interface
from sentra.core.link_settings import checked_mtu
from sentra.core.peers import Peer
from sentra.db.peers import PeerRefused
from sentra.db.users import is_user
from sentra.services.peer_claims import Claims, taken
from sentra.services.peer_fields import CheckedFields, PeerFields

KEY_TAKEN: Final = "key-taken"


class PeerChecks:
    """Looks at the peers of one request, in the transaction that writes them, and collects what is wrong.

    A place is where the request has a peer (`peers.3`), empty for the whole of it. `known` are id, name and public key
    of the peers that have a name or a key which is said.
    """

    def __init__(self, interface: Interface, claims: Claims, known: Iterable[tuple[str, str, str]]) -> None:
        self._interface = interface
        self._claims = claims
        self._errors: list[FieldError] = []
        self._names: dict[str, str] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        for peer_id, name, public_key in known:
            self._names[name] = peer_id
            self._keys[public_key] = (peer_id, name)

    async def look(self, place: str, checked: CheckedFields, peer: Peer | None = None) -> None:
        """Check every field that was said of a new peer, or of `peer`."""
        self._add(place, checked.errors)
        peer_id = peer.id if peer else place
        self._look_at_name(place, checked, peer_id)
        self._look_at_key(place, checked, peer_id)
        for field in ("addresses", "routes"):
            has: tuple[str, ...] = getattr(peer, field) if peer else ()
            for prefix in checked.values.get(field, ()):
                if prefix not in has:
                    await self._claim(place, prefix, checked, field, peer)
        owner_id = checked.values.get("owner_id")
        if owner_id is not None and not await is_user(owner_id):
            self._add(place, [FieldError("owner_id", "owner", "There is no such user.")])

    def require(self, place: str, said: PeerFields, *fields: str) -> None:
        """Note which of these fields were left out."""
        missing = [FieldError(field, "missing", "This is needed.") for field in fields if getattr(said, field) is UNSET]
        self._add(place, missing)

    def require_key(self, place: str, said: PeerFields) -> None:
        """Note where there is no public key and none is to be made, or both."""
        if not said.make_keys:
            self.require(place, said, "public_key")
        elif said.public_key is not UNSET:
            error = FieldError("public_key", "two-keys", "Either give a public key, or let this server make one.")
            self._add(place, [error])

    async def give_addresses(self, place: str, name: str) -> tuple[str, ...]:
        """Take the next free addresses for a peer. Look at all others of the request first."""
        given, errors = await self._claims.next_addresses(name or place)
        self._add(place, errors)
        return tuple(given)

    def look_at_whole(self, place: str, peer: Peer, now: datetime) -> None:
        """Check what only several fields together tell."""
        if peer.enabled and peer.expires_at is not None and peer.expires_at <= now:
            self._add(
                place, [FieldError("expires_at", "past", "This time is over. Choose a later one, or disable it.")]
            )
        try:
            checked_mtu(peer.mtu or 0, peer.addresses)
        except WrongValue as error:
            self._add(place, [error.at("mtu")])

    def refuse(self) -> None:
        """Raise Invalid if anything was wrong, with everything that was."""
        if self._errors:
            raise Invalid(*self._errors)

    def _look_at_name(self, place: str, checked: CheckedFields, peer_id: str) -> None:
        name = checked.values.get("name")
        if name is not None and self._names.setdefault(name, peer_id) != peer_id:
            self._add(place, [_name_taken()])

    def _look_at_key(self, place: str, checked: CheckedFields, peer_id: str) -> None:
        public_key = checked.values.get("public_key")
        if public_key is None:
            return
        if public_key == self._interface.public_key:
            message = "This is the key of the interface itself; a peer has its own."
            self._add(place, [FieldError("public_key", "key-own", message)])
            return
        owner_id, owner = self._keys.setdefault(public_key, (peer_id, checked.values.get("name") or place))
        if owner_id != peer_id:
            self._add(place, [FieldError("public_key", KEY_TAKEN, f"{owner} has this key.")])

    async def _claim(self, place: str, prefix: str, checked: CheckedFields, field: str, peer: Peer | None) -> None:
        where = checked.fields[field, prefix]
        name = checked.values.get("name") or (peer.name if peer else place)
        refusal = await self._claims.refusal(prefix, where, peer) or self._claims.claim(prefix, where, name)
        if refusal:
            self._add(place, [refusal])

    def _add(self, place: str, errors: Iterable[FieldError]) -> None:
        self._errors += [
            FieldError(f"{place}.{each.field}", each.code, each.message) if place else each for each in errors
        ]


def refused(error: PeerRefused) -> Invalid:
    """Translate what only the database noticed to the field that is wrong."""
    if error.what == "name":
        return Invalid(_name_taken())
    if error.what == "public_key":
        return Invalid(key_taken("public_key"))
    for field in ("addresses", "routes"):
        said: tuple[str, ...] = getattr(error.peer, field)
        if error.prefix in said and error.owners:
            return Invalid(taken(f"{field}.{said.index(error.prefix)}", error.owners[0]))
    return Invalid(FieldError("addresses", "address-taken", "An address of it belongs to another peer."))


def key_taken(field: str) -> FieldError:
    """Say that a key is taken, and not by whom."""
    return FieldError(field, KEY_TAKEN, "Another peer of this interface has this key.")


def _name_taken() -> FieldError:
    return FieldError("name", "name-taken", "Another peer of this interface has this name.")
