"""What should run of the peers of an interface, for whoever tells an agent."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.addresses import sort_prefixes
from sentra.core.clock import Clock
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.db.peers import SpecRow, count_peers_of, data_version, spec_rows, spec_rows_of
from sentra.services.sealing import Place, SealBroken, Sealing
from sentra.services.touched import Touched

log = logging.getLogger(__name__)


class WantedPeers(Struct, frozen=True):
    """The peers that an interface should have, by public key; the keys of those that it should not, which are disabled
    or expired; and of those whose preshared key cannot be opened. Nobody may connect without it, so these are not put
    on an interface; and what runs of them stays, because a lost key of this server ends no tunnel."""

    specs: Mapping[str, PeerSpec]
    unwanted: frozenset[str]
    unreadable: frozenset[str] = frozenset()


class _Kept(Struct):
    """What was read of an interface's peers, and what it hangs on: the generation, the time until one expires (and
    no earlier one), and that nobody has written past it, as far as the database and the number of peers tell."""

    generation: int
    data_version: int
    read_at: datetime
    until: datetime | None
    keys: dict[str, str]
    wanted: WantedPeers


class PeerSpecs:
    """Reads specs of peers, quickly where there are many. Opens each preshared key once, and remembers it by its
    row and ciphertext for as long as both are there: what another row holds does not open here.

    What was read is kept: of a newer generation only those peers are read again that it was about. Whenever anything
    else may have changed, all of them are.
    """

    def __init__(self, sealing: Sealing, clock: Clock, touched: Touched | None = None) -> None:
        self._sealing = sealing
        self._clock = clock
        self._touched = touched or Touched()
        self._kept: dict[str, _Kept] = {}
        self._opened: dict[str, dict[str, tuple[bytes, Secret]]] = {}
        self._broken: frozenset[str] = frozenset()

    async def wanted(self, interface_id: str, generation: int) -> WantedPeers:
        """Give what should run of an interface's peers. Read its generation first, then call this."""
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        kept = await self._renewed(interface_id, generation, now)
        if kept is None or kept.data_version != await data_version():
            kept = await self._read_all(interface_id, generation, now)
        self._kept[interface_id] = kept
        return kept.wanted

    def forget(self, interface_id: str) -> None:
        """Drop what is remembered of an interface that was deleted."""
        self._kept.pop(interface_id, None)
        self._opened.pop(interface_id, None)
        self._touched.forget(interface_id)

    async def _read_all(self, interface_id: str, generation: int, now: datetime) -> _Kept:
        written = await data_version()
        rows = await spec_rows(interface_id)
        nothing = _Kept(generation, written, now, None, {}, WantedPeers({}, frozenset()))
        found = self._with(nothing, interface_id, rows, now)
        opened = self._opened.get(interface_id, {})
        for peer_id in opened.keys() - found.keys.keys():
            del opened[peer_id]
        return found

    async def _renewed(self, interface_id: str, generation: int, now: datetime) -> _Kept | None:
        """Give what was kept with what changed since; None where nobody can tell."""
        kept = self._kept.get(interface_id)
        if kept is None or kept.wanted.unreadable or now < kept.read_at or (kept.until and kept.until <= now):
            return None
        peer_ids = self._touched.between(interface_id, kept.generation, generation)
        if peer_ids is None:
            return None
        rows = await spec_rows_of(interface_id, peer_ids) if peer_ids else []
        if await count_peers_of(interface_id) != len(kept.keys.keys() - peer_ids) + len(rows):
            return None
        dropped = {kept.keys[each] for each in peer_ids if each in kept.keys}
        specs = dict(kept.wanted.specs)
        for key in dropped:
            specs.pop(key, None)
        rest = replace(
            kept,
            generation=generation,
            read_at=now,
            keys={peer_id: key for peer_id, key in kept.keys.items() if peer_id not in peer_ids},
            wanted=WantedPeers(specs, kept.wanted.unwanted - dropped),
        )
        return self._with(rest, interface_id, rows, now)

    def _with(self, kept: _Kept, interface_id: str, rows: Iterable[SpecRow], now: datetime) -> _Kept:
        """Give what is kept with these peers besides."""
        opened = self._opened.setdefault(interface_id, {})
        keys, specs = dict(kept.keys), dict(kept.wanted.specs)
        unwanted, broken, until = set[str](), set[str](), kept.until
        for row in rows:
            keys[row.peer_id] = row.public_key
            if not row.enabled or (row.expires_at and row.expires_at <= now):
                unwanted.add(row.public_key)
                continue
            if row.expires_at:
                until = min(row.expires_at, until or row.expires_at)
            preshared_key = self._preshared_key(row, opened)
            if row.preshared_sealed is not None and preshared_key is None:
                broken.add(row.public_key)
                continue
            specs[row.public_key] = PeerSpec(
                row.public_key, sort_prefixes(row.allowed_ips), preshared_key, row.persistent_keepalive, row.endpoint
            )
        wanted = WantedPeers(specs, kept.wanted.unwanted | unwanted, frozenset(broken))
        return replace(kept, until=until, keys=keys, wanted=wanted)

    def _preshared_key(self, row: SpecRow, opened: dict[str, tuple[bytes, Secret]]) -> Secret | None:
        if row.preshared_sealed is None:
            opened.pop(row.peer_id, None)
            return None
        sealed, known = opened.get(row.peer_id, (b"", None))
        if known is not None and sealed == row.preshared_sealed:
            return known
        secret = self._open(row.peer_id, row.preshared_sealed)
        if secret is not None:
            opened[row.peer_id] = row.preshared_sealed, secret
        return secret

    def _open(self, peer_id: str, sealed: bytes) -> Secret | None:
        try:
            return self._sealing.unseal(sealed, Place("peers", "preshared_sealed", peer_id))
        except SealBroken as error:
            if peer_id not in self._broken:
                log.error("the preshared key of a peer cannot be opened: %s", error, extra={"peer": peer_id})  # noqa: TRY400
                self._broken |= {peer_id}
            return None
