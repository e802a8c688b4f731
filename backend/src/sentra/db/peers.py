"""Peers at rest, and the prefixes that belong to them: one owner for each address of an interface."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from tortoise import Tortoise, fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from sentra.core.addresses import Family, overlaps, range_of, sort_prefixes
from sentra.core.peers import Peer


def _json(value: object) -> str:
    """Write text as it is, so that it is found by what people type."""
    return msgspec.json.encode(value).decode()


class PeerRow(Model):
    """A row of `peers`; the sealed columns are ciphertexts."""

    id = fields.CharField(max_length=32, primary_key=True)
    name = fields.CharField(max_length=60)
    public_key = fields.CharField(max_length=44)
    addresses: Any = fields.JSONField(encoder=_json)
    routes: Any = fields.JSONField(encoder=_json)
    client_allowed_ips: Any = fields.JSONField(encoder=_json, null=True)
    endpoint = fields.CharField(max_length=260, null=True)
    persistent_keepalive = fields.IntField()
    client_keepalive = fields.IntField(null=True)
    dns: Any = fields.JSONField(encoder=_json, null=True)
    mtu = fields.IntField(null=True)
    notes = fields.TextField()
    tags: Any = fields.JSONField(encoder=_json)
    owner_id = fields.CharField(max_length=32, null=True)
    expires_at = fields.DatetimeField(null=True)
    enabled = fields.BooleanField()
    disabled_reason = fields.CharField(max_length=200, null=True)
    preshared_sealed = fields.BinaryField(null=True)
    private_sealed = fields.BinaryField(null=True)
    given_revision = fields.CharField(max_length=64, null=True)
    version = fields.IntField()
    created_at = fields.DatetimeField()
    interface: Any = fields.ForeignKeyField("models.InterfaceRow", related_name="peers", on_delete=fields.CASCADE)
    interface_id: str

    class Meta:
        table = "peers"
        unique_together = (("interface_id", "public_key"), ("interface_id", "name"))
        indexes = (("expires_at",),)


class PeerPrefixRow(Model):
    """A row of `peer_prefixes`: a prefix that an interface routes to a peer, enabled or not.

    A trigger refuses a row that overlaps another of the same interface, whatever was checked before.
    """

    id = fields.IntField(primary_key=True)
    family = fields.IntField()
    first_address = fields.CharField(max_length=32, source_field="first")
    last_address = fields.CharField(max_length=32, source_field="last")
    prefix = fields.CharField(max_length=43)
    interface: Any = fields.ForeignKeyField("models.InterfaceRow", related_name="prefixes", on_delete=fields.CASCADE)
    interface_id: str
    peer: Any = fields.ForeignKeyField("models.PeerRow", related_name="prefixes", on_delete=fields.CASCADE)
    peer_id: str

    class Meta:
        table = "peer_prefixes"
        unique_together = (("interface_id", "family", "first_address"),)
        indexes = (("peer_id",),)


class PrefixOwner(msgspec.Struct, frozen=True):
    """Whose a prefix is."""

    prefix: str
    peer_id: str
    peer_name: str


class PeerRefused(Exception):
    """The database keeps a peer out that breaks a rule of the interface; nothing of it was written.

    `what` is `name`, `public_key` or `prefix`; of a prefix, `owners` are the peers that have it or a part of it.
    """

    def __init__(self, peer: Peer, what: str, prefix: str = "", owners: Sequence[PrefixOwner] = ()) -> None:
        super().__init__(what)
        self.peer = peer
        self.what = what
        self.prefix = prefix
        self.owners = owners


_COLUMNS: Final = Peer.__struct_fields__
_NAMES: Final = ", ".join(f'p."{column}"' for column in _COLUMNS)
_SELECT: Final = f'SELECT {_NAMES} FROM "peers" p'  # noqa: S608 - names of ours
_JSON: Final = frozenset({"addresses", "routes", "client_allowed_ips", "dns", "tags"})
_TIMES: Final = frozenset({"created_at", "expires_at"})
_decode: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_SOME: Final = 500
"""How many values one statement lists; SQLite takes 32,766."""


async def find_peer(peer_id: str) -> Peer | None:
    """Give a peer; None where there is none."""
    found = await select_peers('WHERE p."id" = ?', [peer_id])
    return found[0] if found else None


async def find_peers(peer_ids: Sequence[str]) -> dict[str, Peer]:
    """Give those of these peers that there are, by id."""
    found: dict[str, Peer] = {}
    for some in _some(list(dict.fromkeys(peer_ids))):
        marks = ", ".join("?" * len(some))
        found.update((peer.id, peer) for peer in await select_peers(f'WHERE p."id" IN ({marks})', some))
    return found


async def owned_peers() -> list[tuple[str, str, str]]:
    """Give owner, interface id and public key of every peer that is somebody's."""
    rows = await select_values(
        'SELECT "owner_id", "interface_id", "public_key" FROM "peers" WHERE "owner_id" > ?', [""]
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def peers_of(interface_id: str) -> list[Peer]:
    """Give every peer of an interface, by name."""
    return await select_peers('WHERE p."interface_id" = ? ORDER BY p."name"', [interface_id])


async def peers_to_expire(until: datetime) -> list[Peer]:
    """Give every enabled peer whose time was over at `until`."""
    return [
        peer
        for peer in await select_peers('WHERE p."expires_at" IS NOT NULL AND p."enabled" = 1', [])
        if peer.expires_at is not None and peer.expires_at <= until
    ]


async def peer_names_and_keys(interface_id: str) -> list[tuple[str, str, str]]:
    """Give id, name and public key of every peer of an interface."""
    rows = await select_values(
        'SELECT "id", "name", "public_key" FROM "peers" WHERE "interface_id" = ?', [interface_id]
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def peers_called(
    interface_id: str, names: Iterable[str], public_keys: Iterable[str]
) -> list[tuple[str, str, str]]:
    """Give id, name and public key of every peer of an interface that has one of these names or keys."""
    found: dict[str, tuple[str, str, str]] = {}
    for column, values in (("name", names), ("public_key", public_keys)):
        for some in _some(list(dict.fromkeys(values))):
            marks = ", ".join("?" * len(some))
            rows = await select_values(
                f'SELECT "id", "name", "public_key" FROM "peers" WHERE "interface_id" = ? AND "{column}" IN ({marks})',  # noqa: S608 - a name of ours
                [interface_id, *some],
            )
            found.update((row[0], (row[0], row[1], row[2])) for row in rows)
    return list(found.values())


async def public_keys_of(interface_id: str) -> frozenset[str]:
    """Give the public key of every peer of an interface. Quick for many peers: one row."""
    (row,) = await select_values(
        'SELECT GROUP_CONCAT("public_key", \' \') FROM "peers" WHERE "interface_id" = ?', [interface_id]
    )
    return frozenset((row[0] or "").split())


async def ranges_of(interface_id: str, family: Family) -> list[tuple[int, int]]:
    """Give the first and last address, as numbers, of every prefix of a family that belongs to a peer of an interface.
    Quick for many peers: one row."""
    (row,) = await select_values(
        'SELECT GROUP_CONCAT("first" || "last", \'\') FROM "peer_prefixes" WHERE "interface_id" = ? AND "family" = ?',
        [interface_id, family],
    )
    whole, size = bytes.fromhex(row[0] or ""), 4 if family == 4 else 16
    numbers = [int.from_bytes(whole[start : start + size], "big") for start in range(0, len(whole), size)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


async def prefixes_of(interface_id: str, families: Sequence[int] = (4, 6)) -> list[str]:
    """Give every prefix of some families that belongs to a peer of an interface."""
    found: list[str] = []
    for family in families:
        statement = 'SELECT "prefix" FROM "peer_prefixes" WHERE "interface_id" = ? AND "family" = ?'
        found += [row[0] for row in await select_values(statement, [interface_id, family])]
    return found


async def owners_of(interface_id: str, prefix: str) -> list[PrefixOwner]:
    """Give the peers of an interface that have a part of a canonical prefix, by address."""
    family, first, last = range_of(prefix)
    rows = await select_values(
        'SELECT x."prefix", x."peer_id", p."name" FROM "peer_prefixes" x JOIN "peers" p ON p."id" = x."peer_id" '
        'WHERE x."interface_id" = ? AND x."family" = ? AND x."first" <= ? AND x."last" >= ? AND x."first" >= COALESCE(('
        'SELECT MAX(y."first") FROM "peer_prefixes" y '
        'WHERE y."interface_id" = ? AND y."family" = ? AND y."first" <= ?), \'\') ORDER BY x."first"',
        [interface_id, family, last, first, interface_id, family, first],
    )
    return [PrefixOwner(row[0], row[1], row[2]) for row in rows]


async def add_peers(peers: Sequence[Peer]) -> None:
    """Add peers with their prefixes. Call it in a transaction. Raises PeerRefused."""
    for some in _some(peers):
        try:
            await PeerRow.bulk_create([PeerRow(**_columns(peer)) for peer in some])
        except IntegrityError as error:
            raise PeerRefused(some[0], "name" if ".name" in str(error) else "public_key") from error
    await _add_prefixes(peers)


async def replace_peers(peers: Sequence[tuple[Peer, Peer]]) -> None:
    """Store what became of peers, each given as it was and as it is. Call it in a transaction. Raises PeerRefused."""
    for before, after in peers:
        columns = _columns(after)
        old = _columns(before)
        changed = {column: value for column, value in columns.items() if value != old[column]}
        try:
            await PeerRow.filter(id=after.id).update(**changed)
        except IntegrityError as error:
            raise PeerRefused(after, "name" if ".name" in str(error) else "public_key") from error
    moved = [(before, after) for before, after in peers if set(before.allowed_ips) != set(after.allowed_ips)]
    for before, _ in moved:
        await PeerPrefixRow.filter(peer_id=before.id).delete()
    await _add_prefixes([after for _, after in moved])


async def remove_peers(peer_ids: Sequence[str]) -> None:
    """Remove peers and their prefixes. Call it in a transaction."""
    for some in _some(peer_ids):
        await PeerRow.filter(id__in=some).delete()


async def set_given_revision(peer_id: str, revision: str | None) -> bool:
    """Remember which revision of its config file a peer was given; False where there is no such peer."""
    return bool(await PeerRow.filter(id=peer_id).update(given_revision=revision))


class SpecRow(msgspec.Struct, frozen=True):
    """What an interface is to know of a peer: `allowed_ips` in no order, the preshared key sealed."""

    peer_id: str
    public_key: str
    allowed_ips: list[str]
    preshared_sealed: bytes | None
    persistent_keepalive: int
    endpoint: str | None
    enabled: bool
    expires_at: datetime | None


_SELECT_SPECS: Final = (
    'SELECT "id", "public_key", "addresses", "routes", "preshared_sealed", "persistent_keepalive", "endpoint", '
    '"enabled", "expires_at" FROM "peers" WHERE "interface_id" = ?'
)


async def spec_rows(interface_id: str) -> list[SpecRow]:
    """Give what an interface is to know of its peers. Quick for many peers: no models."""
    return [_spec_row(row) for row in await select_values(_SELECT_SPECS, [interface_id])]


async def spec_rows_of(interface_id: str, peer_ids: Iterable[str]) -> list[SpecRow]:
    """Give what an interface is to know of those of these peers that it has."""
    found: list[SpecRow] = []
    for some in _some(list(peer_ids)):
        marks = ", ".join("?" * len(some))
        rows = await select_values(f'{_SELECT_SPECS} AND "id" IN ({marks})', [interface_id, *some])
        found += [_spec_row(row) for row in rows]
    return found


async def count_peers_of(interface_id: str) -> int:
    """Give how many peers an interface has."""
    (row,) = await select_values('SELECT COUNT(*) FROM "peers" WHERE "interface_id" = ?', [interface_id])
    return int(row[0])


async def data_version() -> int:
    """Give a number that changes whenever another connection writes to the database."""
    (row,) = await select_values("PRAGMA data_version", [])
    return int(row[0])


async def select_peers(rest: str, values: Sequence[object]) -> list[Peer]:
    """Give the peers that a statement selects from `"peers" p`; `rest` is SQL of this package."""
    return [_peer(row) for row in await select_values(f"{_SELECT} {rest}", values)]


async def select_values(statement: str, values: Sequence[object]) -> Sequence[Any]:
    """Give the rows of a statement, which is SQL of this package."""
    _, rows = await Tortoise.get_connection("default").execute_query(statement, list(values))
    return rows


def _peer(row: Sequence[Any]) -> Peer:
    return Peer(**{column: _read(column, value) for column, value in zip(_COLUMNS, row, strict=True)})


def _spec_row(row: Sequence[Any]) -> SpecRow:
    expires_at = None if row[8] is None else datetime.fromisoformat(row[8])
    allowed_ips = [*_decode(row[2]), *_decode(row[3])]
    return SpecRow(row[0], row[1], allowed_ips, row[4], row[5], row[6], bool(row[7]), expires_at)


def _read(column: str, value: Any) -> Any:  # noqa: ANN401
    if value is None:
        return None
    if column in _JSON:
        return _decode(value)
    if column in _TIMES:
        return datetime.fromisoformat(value)
    return bool(value) if column == "enabled" else value


def _columns(peer: Peer) -> dict[str, Any]:
    return {column: list(value) if isinstance(value := getattr(peer, column), tuple) else value for column in _COLUMNS}


async def _add_prefixes(peers: Sequence[Peer]) -> None:
    rows = [row for peer in peers for row in _prefix_rows(peer)]
    try:
        await PeerPrefixRow.bulk_create(rows, batch_size=_SOME)
    except IntegrityError as error:
        await _tell_refusal(peers)
        raise PeerRefused(peers[0], "prefix") from error


async def _tell_refusal(peers: Sequence[Peer]) -> None:
    """Raise PeerRefused for the first prefix that cannot be added after those before it."""
    for some in _some([peer.id for peer in peers]):
        await PeerPrefixRow.filter(peer_id__in=some).delete()
    for peer in peers:
        for row in _prefix_rows(peer):
            if owners := await owners_of(peer.interface_id, row.prefix):
                raise PeerRefused(peer, "prefix", row.prefix, owners)
            await row.save()


def _prefix_rows(peer: Peer) -> Iterable[PeerPrefixRow]:
    for prefix in _outermost(peer.allowed_ips):
        family, first, last = range_of(prefix)
        yield PeerPrefixRow(
            family=family,
            first_address=first,
            last_address=last,
            prefix=prefix,
            interface_id=peer.interface_id,
            peer_id=peer.id,
        )


def _outermost(prefixes: Iterable[str]) -> list[str]:
    """Give the prefixes that lie in no other of them: those of one peer may."""
    outermost: list[str] = []
    for prefix in sort_prefixes(prefixes):  # what contains another comes before it
        if not outermost or not overlaps(outermost[-1], prefix):
            outermost.append(prefix)
    return outermost


def _some(those: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (those[start : start + _SOME] for start in range(0, len(those), _SOME))
