"""Sealed secrets at rest, wherever they are: what is to be sealed anew, a little at a time.

What was sealed with which key is told by how a ciphertext begins: with one of that key's `heads`.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from tortoise import Tortoise

from sentra.core.peers import Peer
from sentra.db.peers import select_peers, select_values
from sentra.db.revisions import Documents


class SealedColumn(Struct, frozen=True):
    """A column of ciphertexts, and the one that names their rows."""

    table: str
    column: str
    row_id: str


PEER_COLUMNS: Final = (SealedColumn("peers", "preshared_sealed", "id"), SealedColumn("peers", "private_sealed", "id"))
COLUMNS: Final = (
    SealedColumn("totp_seeds", "sealed", "user_id"),
    SealedColumn("identity_providers", "secret_sealed", "id"),
)
"""Every column of ciphertexts but those of peers, of which revisions have copies."""
_WINDOW: Final = 10
"""How many revisions one statement looks through: their documents may be long."""

Heads = tuple[bytes, ...]


class SealedRevision(Struct, frozen=True):
    """What a revision keeps."""

    id: int
    before: Documents
    after: Documents


async def sealed_rows(column: SealedColumn, heads: Heads, *, after: str, limit: int) -> list[tuple[str, bytes]]:
    """Give rows whose ciphertext begins so, in order of their id, behind one."""
    rows = await select_values(
        f'SELECT "{column.row_id}", "{column.column}" FROM "{column.table}" '  # noqa: S608 - names of ours
        f'WHERE "{column.row_id}" > ? AND {_begins(column, heads)} ORDER BY "{column.row_id}" LIMIT {limit}',
        [after, *heads],
    )
    return [(row[0], bytes(row[1])) for row in rows]


async def replace_sealed(column: SealedColumn, row_id: str, sealed: bytes) -> None:
    """Store a ciphertext."""
    await _execute(
        f'UPDATE "{column.table}" SET "{column.column}" = ? WHERE "{column.row_id}" = ?',  # noqa: S608 - names of ours
        [sealed, row_id],
    )


async def sealed_peers(heads: Heads, *, after: str, limit: int) -> list[Peer]:
    """Give peers one of whose ciphertexts begins so, in order of their id, behind one."""
    begins = " OR ".join(_begins(column, heads) for column in PEER_COLUMNS)
    return await select_peers(
        f'WHERE p."id" > ? AND ({begins}) ORDER BY p."id" LIMIT {limit}', [after, *heads * len(PEER_COLUMNS)]
    )


async def replace_sealed_of(peers: Iterable[Peer]) -> None:
    """Store the ciphertexts of peers. Nothing was decided about them: their versions stay. Call it in a transaction."""
    await Tortoise.get_connection("default").execute_many(
        'UPDATE "peers" SET "preshared_sealed" = ?, "private_sealed" = ? WHERE "id" = ?',
        [[peer.preshared_sealed, peer.private_sealed, peer.id] for peer in peers],
    )


async def newest_revision() -> int:
    """Give the id of the newest revision; 0 where there is none."""
    (row,) = await select_values('SELECT max("id") FROM "revisions"', [])
    return int(row[0] or 0)


async def sealed_revisions(heads: Heads, *, after: int) -> tuple[list[int], int]:
    """Give the ids of those of the next revisions in which a ciphertext begins so, and how far they were looked
    through. The heads have to be whole characters of base64."""
    last = after + _WINDOW
    texts = [base64.b64encode(head).decode() for head in heads]
    found = " OR ".join(f'instr("{column}", ?)' for column in ("before", "after") for _ in texts)
    rows = await select_values(
        f'SELECT "id" FROM "revisions" WHERE "id" > ? AND "id" <= ? AND ({found}) ORDER BY "id"',  # noqa: S608 - names of ours
        [after, last, *texts, *texts],
    )
    return [row[0] for row in rows], last


async def find_sealed_revision(revision_id: int) -> SealedRevision | None:
    """Give what a revision keeps."""
    rows = await select_values('SELECT "id", "before", "after" FROM "revisions" WHERE "id" = ?', [revision_id])
    return next((SealedRevision(row[0], _read(row[1]), _read(row[2])) for row in rows), None)


async def replace_documents(revision: SealedRevision) -> None:
    """Store what a revision keeps."""
    await _execute(
        'UPDATE "revisions" SET "before" = ?, "after" = ? WHERE "id" = ?',
        [_written(revision.before), _written(revision.after), revision.id],
    )


async def empty_journal() -> None:
    """Leave nothing in the journal beside the database of what was overwritten in it; not while it is read."""
    await Tortoise.get_connection("default").execute_query("PRAGMA wal_checkpoint(TRUNCATE)")


def _begins(column: SealedColumn, heads: Heads) -> str:
    marks = ", ".join("?" * len(heads))
    return f'substr("{column.column}", 1, {len(heads[0])}) IN ({marks})'


async def _execute(statement: str, values: Sequence[object]) -> None:
    await Tortoise.get_connection("default").execute_query(statement, list(values))


def _read(text: str) -> Mapping[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])


def _written(documents: Documents) -> str:
    return msgspec.json.encode(documents).decode()
