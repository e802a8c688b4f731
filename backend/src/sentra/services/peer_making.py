"""From what people say to peers as they are kept: everything that is wrong told at once, nothing written."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from sentra.core.clock import Clock
from sentra.core.errors import Conflict, FieldError, Invalid
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.core.secrets import Secret
from sentra.db.addresses import reservations_of, resting_addresses
from sentra.db.peers import peers_called
from sentra.live.cache import StatusCache
from sentra.services.key_pairs import new_key_pair
from sentra.services.peer_checks import PeerChecks
from sentra.services.peer_claims import REST_SECONDS, Claims, KeptBack, running_elsewhere
from sentra.services.peer_fields import CheckedFields, PeerFields, check_fields
from sentra.services.sealing import Place, Sealing

_KEPT: Final = frozenset(Peer.__struct_fields__)
_UNIQUE: Final = ("name", "public_key")


class PeerMaking:
    """Makes peers of what was said. Call every method in the transaction that writes what it gives."""

    def __init__(
        self, sealing: Sealing, cache: StatusCache, clock: Clock, *, rest_seconds: float = REST_SECONDS
    ) -> None:
        self._sealing = sealing
        self._cache = cache
        self._clock = clock
        self._rest_seconds = rest_seconds

    async def make(
        self, interface: Interface, said: Sequence[PeerFields], *, place: str | None = None, found: bool = False
    ) -> list[Peer]:
        """Give new peers of an interface, with the next free addresses where none are said.

        `place` is the field of the request that lists them; `found` says that they run already, with addresses that
        are taken for granted. Raises Invalid with everything that is wrong, and Conflict for keys to be made here
        where the interface does not allow it.
        """
        if any(each.make_keys for each in said):
            _require_server_keys(interface)
        checked = [check_fields(each) for each in said]
        checks = await self._checks(interface, checked, found=found)
        places = [f"{place}.{number}" if place else "" for number in range(len(said))]
        for where, each, right in zip(places, said, checked, strict=True):
            checks.require(where, each, "name")
            checks.require_key(where, each)
            await checks.look(where, right)
        peers = []
        for where, each, right in zip(places, said, checked, strict=True):
            addresses = right.values.get("addresses", ())
            if each.addresses is UNSET:
                addresses = await checks.give_addresses(where, right.values.get("name", ""))
            peers.append(self._new_peer(interface, right, addresses))
            checks.look_at_whole(where, peers[-1], self._now())
        checks.refuse()
        return [self._with_keys(peer, each, right) for peer, each, right in zip(peers, said, checked, strict=True)]

    async def change(self, interface: Interface, peer: Peer, said: PeerFields, *, found: bool = False) -> Peer:
        """Give what a peer becomes; its version stays. `found` as in `make`. Raises Invalid with everything that is
        wrong."""
        checked = check_fields(said)
        checks = await self._checks(interface, [checked], found=found)
        await checks.look("", checked, peer)
        after = replace(peer, **_kept(checked))
        if after.enabled:
            after = replace(after, disabled_reason=None)
        checks.look_at_whole("", after, self._now())
        checks.refuse()
        return self._with_preshared_key(after, checked)

    async def rekey(self, interface: Interface, peer: Peer, said: PeerFields) -> Peer:
        """Give the peer with the other key pair that was said; all but its secrets stays as it was.

        Raises Invalid and Conflict as `make`.
        """
        if said.make_keys:
            _require_server_keys(interface)
        checked = check_fields(said)
        checks = await self._checks(interface, [checked])
        checks.require_key("", said)
        await checks.look("", checked, peer)
        checks.refuse()
        if checked.values.get("public_key") == peer.public_key:
            raise Invalid(FieldError("public_key", "key-same", "The peer has this key already."))
        return self._with_keys(replace(peer, private_sealed=None, given_revision=None), said, checked)

    def _new_peer(self, interface: Interface, checked: CheckedFields, addresses: tuple[str, ...]) -> Peer:
        values = {"name": "", "public_key": "", **_kept(checked), "addresses": addresses}
        if values.get("enabled", True):
            values["disabled_reason"] = None
        return Peer(id=secrets.token_hex(16), interface_id=interface.id, created_at=self._now(), **values)

    def _with_keys(self, peer: Peer, said: PeerFields, checked: CheckedFields) -> Peer:
        if said.make_keys:
            pair = new_key_pair()
            peer = replace(
                peer, public_key=pair.public, private_sealed=self._sealed(pair.private, "private_sealed", peer)
            )
        else:
            peer = replace(peer, public_key=checked.values["public_key"])
        return self._with_preshared_key(peer, checked)

    def _with_preshared_key(self, peer: Peer, checked: CheckedFields) -> Peer:
        if "preshared_key" not in checked.values:
            return peer
        secret: Secret | None = checked.values["preshared_key"]
        return replace(
            peer, preshared_sealed=None if secret is None else self._sealed(secret, "preshared_sealed", peer)
        )

    def _sealed(self, secret: Secret, column: str, peer: Peer) -> bytes:
        return self._sealing.seal(secret, Place("peers", column, peer.id))

    async def _checks(
        self, interface: Interface, checked: Sequence[CheckedFields], *, found: bool = False
    ) -> PeerChecks:
        async def kept_back() -> KeptBack:
            return KeptBack(
                await reservations_of(interface.id),
                await resting_addresses(interface.id, self._clock.now() - self._rest_seconds),
                await running_elsewhere(interface, self._cache),
            )

        names, keys = ([each.values[field] for each in checked if field in each.values] for field in _UNIQUE)
        known = await peers_called(interface.id, names, keys)
        return PeerChecks(interface, Claims(interface, kept_back, found=found), known)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(int(self._clock.now()), UTC)


def _kept(checked: CheckedFields) -> dict[str, Any]:
    return {field: value for field, value in checked.values.items() if field in _KEPT}


def _require_server_keys(interface: Interface) -> None:
    if not interface.server_keys:
        raise Conflict(
            f"{interface.name} has no peers whose private key this server makes. Make the key pair in the browser, "
            "give a public key, or allow keys made by the server in the settings of the interface."
        )
