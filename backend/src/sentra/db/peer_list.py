"""One page of the peers of an interface: filtered and sorted by the database, continued where the page before ended."""

from typing import Final

from msgspec import Struct

from sentra.core.peers import Peer
from sentra.db.peers import select_peers, select_values

_FIRST_ADDRESS: Final = (
    'COALESCE((SELECT MIN(x."family" || x."first") FROM "peer_prefixes" x WHERE x."peer_id" = p."id"), \'\')'
)
SORTS: Final = {
    "name": 'LOWER(p."name")',
    "address": _FIRST_ADDRESS,
    "created_at": 'p."created_at"',
    "expires_at": "COALESCE(p.\"expires_at\", '9999')",
    "enabled": 'p."enabled"',
    "public_key": 'p."public_key"',
}
"""What peers can be sorted by, as SQL that is never NULL."""


class PeerFilter(Struct, frozen=True):
    """Which peers are looked for. `q` is a part of a name, key, address, route or of the notes, in any case."""

    q: str = ""
    tag: str = ""
    enabled: bool | None = None
    given: bool = False
    """Only peers that were given a config file."""
    owner_id: str | None = None
    """Only peers of this user."""


class Position(Struct, frozen=True):
    """Where a page ended: what it is sorted by, and the id of its last peer."""

    value: str | int
    peer_id: str


async def page_of_peers(
    interface_id: str, wanted: PeerFilter, *, sort: str, descending: bool, after: Position | None, limit: int
) -> list[Peer]:
    """Give at most `limit` peers that come after a position; `sort` is one of SORTS. Equal ones are in order of id."""
    where, values = _where(interface_id, wanted)
    by = SORTS[sort]
    if after is not None:
        where += f' AND ({by}, p."id") {"<" if descending else ">"} (?, ?)'
        values += [after.value, after.peer_id]
    order = "DESC" if descending else "ASC"
    return await select_peers(f'WHERE {where} ORDER BY {by} {order}, p."id" {order} LIMIT ?', [*values, limit])


async def position_of(peer: Peer, sort: str) -> Position:
    """Give the position right after a peer."""
    (row,) = await select_values(f'SELECT {SORTS[sort]} FROM "peers" p WHERE p."id" = ?', [peer.id])  # noqa: S608
    return Position(row[0], peer.id)


async def count_peers(interface_id: str, wanted: PeerFilter) -> int:
    """Give how many peers there are of that kind."""
    where, values = _where(interface_id, wanted)
    (row,) = await select_values(f'SELECT COUNT(*) FROM "peers" p WHERE {where}', values)  # noqa: S608
    return int(row[0])


def _where(interface_id: str, wanted: PeerFilter) -> tuple[str, list[object]]:
    where, values = 'p."interface_id" = ?', list[object]([interface_id])
    conditions: list[tuple[str, list[object]]] = []
    if wanted.q:
        part = f"%{_escaped(wanted.q)}%"
        columns = ("name", "public_key", "addresses", "routes", "notes", "tags")
        either = " OR ".join(f"p.\"{column}\" LIKE ? ESCAPE '\\'" for column in columns)
        conditions.append((f"({either})", [part] * len(columns)))
    if wanted.tag:
        conditions.append(('EXISTS (SELECT 1 FROM json_each(p."tags") t WHERE t."value" = ?)', [wanted.tag]))
    if wanted.enabled is not None:
        conditions.append(('p."enabled" = ?', [int(wanted.enabled)]))
    if wanted.owner_id is not None:
        conditions.append(('p."owner_id" = ?', [wanted.owner_id]))
    if wanted.given:
        conditions.append(('p."given_revision" IS NOT NULL', []))
    for condition, more in conditions:
        where += f" AND {condition}"
        values += more
    return where, values


def _escaped(text: str) -> str:
    """Give a text as LIKE finds it, in a column that holds JSON too: there what is not ASCII may be written `\\u…`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
