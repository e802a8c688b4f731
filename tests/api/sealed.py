"""A state folder full of sealed secrets, and what is found in it by whoever only has the files."""

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sentra.core.secrets import Secret
from sentra.services.key_files import KEY_BYTES
from sentra.services.master_keys import MasterKey
from sentra.services.sealing import Place, Sealing, heads_of

_IN_DOCUMENT = re.compile(r'"(?:preshared|private)_sealed":\s*"([^"]+)"')
PROVIDER = Place("identity_providers", "secret_sealed", "p" * 32)


def sealed_columns(database: Path) -> set[tuple[str, str]]:
    """Give every column whose name says that it holds ciphertexts."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            (table, row[1])
            for table in tables
            for row in connection.execute(f'PRAGMA table_info("{table}")')
            if row[1].endswith("sealed")
        }


def ciphertexts(database: Path) -> Iterator[tuple[Place, bytes]]:
    """Give everything in a database that is sealed, each time it is there, and where it opens."""
    with closing(sqlite3.connect(database)) as connection:
        for table, column in sorted(sealed_columns(database)):
            key = "user_id" if table == "totp_seeds" else "id"
            for row_id, sealed in connection.execute(f'SELECT "{key}", "{column}" FROM "{table}"').fetchall():  # noqa: S608
                if sealed is not None:
                    yield Place(table, column, row_id), sealed
        for before, after in connection.execute("SELECT before, after FROM revisions").fetchall():
            for text in (before, after):
                assert text.count('_sealed": "') + text.count('_sealed":"') == len(_IN_DOCUMENT.findall(text))
                yield from _of_documents(text)


def _of_documents(text: str) -> Iterator[tuple[Place, bytes]]:
    for peer_id, peer in json.loads(text)["peers"].items():
        for column in ("preshared_sealed", "private_sealed"):
            if peer and peer.get(column):
                yield Place("peers", column, peer_id), base64.b64decode(peer[column])


def opened_by(key: bytes, database: Path) -> int:
    """Give how many ciphertexts of a database a key opens, whatever they say about their key."""
    cipher, key_id = AESGCM(key), MasterKey(key).id.hex()
    count = 0
    for place, sealed in ciphertexts(database):
        start = 21 if sealed[0] == 1 else 53
        name = f"|{sealed[21:start].hex()}" if start > 21 else ""
        bound = f"{place.table}|{place.column}|{place.row_id}|{key_id}{name}".encode()
        try:
            cipher.decrypt(sealed[9:21], sealed[start:], bound)
        except InvalidTag:
            continue
        count += 1
    return count


def secrets_in(folder: Path) -> list[tuple[Place, Secret]]:
    """Give every stored secret, in order, by the keys of a state folder. Raises SealBroken."""
    sealing = Sealing(folder / "master-key")
    return [(place, sealing.unseal(sealed, place)) for place, sealed in ciphertexts(folder / "sentra.db")]


def traces(key: bytes, folder: Path) -> list[str]:
    """Give which files still have a key, or anything that says to be sealed with it."""
    assert len(key) == KEY_BYTES
    heads = heads_of(MasterKey(key))
    looked_for = (key, base64.b64encode(key)[:-2], key.hex().encode(), *heads, *map(base64.b64encode, heads))
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(each in file.read_bytes() for each in looked_for)]


def add_provider_secret(database: Path, sealing: Sealing, secret: bytes) -> None:
    """Add an identity provider with a secret, whatever else its table has."""
    with closing(sqlite3.connect(database)) as connection, connection:
        columns = connection.execute('PRAGMA table_info("identity_providers")').fetchall()
        values = {row[1]: {"JSON": "[]", "INT": 0}.get(row[2], "x") for row in columns if row[3]}
        values |= {"id": PROVIDER.row_id, PROVIDER.column: sealing.seal(Secret(secret), PROVIDER)}
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO identity_providers ({names}) VALUES ({marks})", list(values.values()))  # noqa: S608
