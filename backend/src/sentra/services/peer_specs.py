"""What should run of the peers of an interface, for whoever tells an agent."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from sentra.core.addresses import sort_prefixes
from sentra.core.clock import Clock
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.db.peers import spec_rows, unwanted_keys
from sentra.services.sealing import Place, SealBroken, Sealing

log = logging.getLogger(__name__)


class WantedPeers(Struct, frozen=True):
    """The peers that an interface should have, by public key; the keys of those that it should not, which are disabled
    or expired; and of those whose preshared key cannot be opened. Nobody may connect without it, so these are not put
    on an interface; and what runs of them stays, because a lost key of this server ends no tunnel."""

    specs: Mapping[str, PeerSpec]
    unwanted: frozenset[str]
    unreadable: frozenset[str] = frozenset()


class PeerSpecs:
    """Reads specs of peers, quickly where there are many. Opens each preshared key once, and remembers it by its
    row and ciphertext for as long as both are there: what another row holds does not open here."""

    def __init__(self, sealing: Sealing, clock: Clock) -> None:
        self._sealing = sealing
        self._clock = clock
        self._opened: dict[str, dict[tuple[str, bytes], Secret]] = {}
        self._broken: frozenset[str] = frozenset()

    async def wanted(self, interface_id: str) -> WantedPeers:
        """Give what should run of an interface's peers."""
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        rows = await spec_rows(interface_id, now)
        unwanted = await unwanted_keys(interface_id, now)
        known, opened = self._opened.get(interface_id, {}), dict[tuple[str, bytes], Secret]()
        specs: dict[str, PeerSpec] = {}
        broken: set[str] = set()
        for peer_id, public_key, allowed_ips, sealed, persistent_keepalive, endpoint in rows:
            preshared_key = None
            if sealed is not None:
                preshared_key = known.get((peer_id, sealed)) or self._open(peer_id, sealed)
                if preshared_key is None:
                    broken.add(public_key)
                    continue
                opened[peer_id, sealed] = preshared_key
            specs[public_key] = PeerSpec(
                public_key, sort_prefixes(allowed_ips), preshared_key, persistent_keepalive, endpoint
            )
        self._opened[interface_id] = opened
        return WantedPeers(specs, unwanted - broken, frozenset(broken))

    def forget(self, interface_id: str) -> None:
        """Drop what is remembered of an interface that was deleted."""
        self._opened.pop(interface_id, None)

    def _open(self, peer_id: str, sealed: bytes) -> Secret | None:
        try:
            return self._sealing.unseal(sealed, Place("peers", "preshared_sealed", peer_id))
        except SealBroken as error:
            if peer_id not in self._broken:
                log.error("the preshared key of a peer cannot be opened: %s", error, extra={"peer": peer_id})  # noqa: TRY400
                self._broken |= {peer_id}
            return None
