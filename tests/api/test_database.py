"""The database file: made, migrated, and refused rather than repaired."""

import os
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tortoise import Tortoise

from sentra.app import Sentra
from sentra.core.errors import SentraError
from sentra.db.migrations import DatabaseRefused, Migration, prepare_database, shipped_migrations
from sentra.settings import Settings
from tests.browser import Browser
from tests.conftest import Opened, set_up
from tests.state import decided

FIRST = Migration(1, "first", "CREATE TABLE a (\n    id INTEGER PRIMARY KEY,\n    b INT REFERENCES a(id)\n);\n")
SECOND = Migration(
    2,
    "second",
    "CREATE TABLE b (id INTEGER);\n"
    "CREATE TRIGGER keep BEFORE DELETE ON b BEGIN\n    SELECT 1;\n    SELECT RAISE(ABORT, 'kept');\nEND;\n",
)
FAILS = Migration(3, "fails", "CREATE TABLE c (id INTEGER);\nINSERT INTO nothing VALUES (1);\n")
BREAKS = Migration(3, "breaks", "INSERT INTO a VALUES (1, 7);\n")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "sentra.db"


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    finally:
        connection.close()


def test_a_new_database_is_private_and_marked(database: Path):
    prepare_database(database)
    assert {"users", "sessions", "setup_links", "sign_in_limits", "migrations"} <= tables(database)
    for file in (database, database.with_name("instance")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not (database.parent / "backups").exists()
    before = database.read_bytes()
    prepare_database(database)
    assert database.read_bytes() == before


async def test_every_file_of_the_state_folder_is_private(opened: Opened, settings: Settings):
    async with opened() as sentra:
        await set_up(sentra)
        await sentra.setup.create_setup_link()
        found = list(settings.state_dir.rglob("*"))
        assert {"sentra.db", "sentra.db-wal", "instance"} <= {file.name for file in found}
        for file in found:
            # The folder of the certificates belongs to the edge, which lets Caddy's group in.
            if "tls" not in file.parts and "caddy" not in file.name:
                assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


async def test_what_was_acknowledged_is_on_the_disk(opened: Opened):
    from tortoise import Tortoise

    async with opened():
        connection = Tortoise.get_connection("default")
        pragmas = {
            name: (await connection.execute_query_dict(f"PRAGMA {name}"))[0]
            for name in ("synchronous", "foreign_keys", "journal_mode", "busy_timeout")
        }
    assert [next(iter(row.values())) for row in pragmas.values()] == [2, 1, "wal", 5000]


def test_an_upgrade_leaves_a_copy_of_what_was_before(database: Path):
    prepare_database(database, (FIRST,))
    connection = sqlite3.connect(database)
    connection.execute("INSERT INTO a VALUES (1, NULL)")
    connection.commit()
    connection.close()
    prepare_database(database, (FIRST, SECOND))
    assert {"a", "b"} <= tables(database)
    (copy,) = (database.parent / "backups").iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert tables(copy) == {"a", "migrations"}
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT * FROM a").fetchall() == [(1, None)]
    connection.close()


@pytest.mark.parametrize("wrong", [FAILS, BREAKS])
def test_a_step_that_fails_changes_nothing(database: Path, wrong: Migration):
    prepare_database(database, (FIRST, SECOND))
    before = decided(database)
    with pytest.raises(DatabaseRefused):
        prepare_database(database, (FIRST, SECOND, wrong))
    assert decided(database) == before
    prepare_database(database, (FIRST, SECOND))


def test_migrators_side_by_side_apply_each_step_once(database: Path):
    for attempt in range(40):
        raced = database.with_name(str(attempt)) / database.name
        raced.parent.mkdir()
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _, path=raced: prepare_database(path, (FIRST, SECOND)), range(6)))
        connection = sqlite3.connect(raced)
        assert connection.execute("SELECT number FROM migrations").fetchall() == [(1,), (2,)]
        connection.close()


def refused(database: Path, steps: tuple[Migration, ...] | None = None) -> DatabaseRefused:
    with pytest.raises(DatabaseRefused) as refusal:
        prepare_database(database, steps)
    assert refusal.value.hint
    assert isinstance(refusal.value, SentraError)
    return refusal.value


def test_R19_a_newer_database_is_refused(database: Path):
    prepare_database(database, (FIRST, SECOND))
    before = database.read_bytes()
    assert "newer" in str(refused(database, (FIRST,)))
    assert database.read_bytes() == before


def test_R19_a_database_that_was_migrated_otherwise_is_refused(database: Path):
    prepare_database(database, (FIRST,))
    assert "other steps" in str(refused(database, (Migration(1, "first", FIRST.sql + "\n"),)))


def test_R19_a_missing_database_is_refused(database: Path):
    prepare_database(database)
    database.unlink()
    assert "missing" in str(refused(database))
    assert not database.exists()


def test_R19_an_emptied_database_is_refused(database: Path):
    prepare_database(database)
    database.write_bytes(b"")
    assert "damaged" in str(refused(database))


def test_R19_a_database_that_others_can_read_is_refused(database: Path):
    prepare_database(database)
    for mode in (0o644, 0o640, 0o660, 0o606):
        database.chmod(mode)
        assert "chmod 600" in refused(database).hint
    database.chmod(0o600)
    prepare_database(database)


def test_R19_a_file_that_is_no_database_is_refused(database: Path):
    for content in (b"no database at all" * 100, os.urandom(8192), b"SQLite format 3\x00" + b"\x00" * 4080):
        database.write_bytes(content)
        database.chmod(0o600)
        assert "damaged" in str(refused(database))
        assert database.read_bytes() == content


async def test_R19_a_damaged_database_is_refused(opened: Opened, settings: Settings, tmp_path: Path):
    async with opened() as sentra:
        await set_up(sentra)
        for number in range(40):
            await Browser(sentra.asgi, f"198.51.100.{number}").sign_in(f"user{number}@example.com", "wrong")
    whole = settings.database.read_bytes()
    folder = tmp_path / "damaged"
    folder.mkdir(mode=0o700)
    for seed in range(60):
        generator = random.Random(seed)  # noqa: S311
        content = bytearray(whole)
        for _ in range(100):
            content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        damaged = folder / f"{seed}.db"
        damaged.write_bytes(content)
        damaged.chmod(0o600)
        with pytest.raises(DatabaseRefused):
            prepare_database(damaged)
        assert damaged.read_bytes() == content


def test_R19_the_command_ends_with_a_hint(tmp_path: Path):
    state = tmp_path / "state"
    environ = {"PATH": os.environ["PATH"], "SENTRA_STATE_DIR": str(state), "PORT": "0"}
    settings = Settings.load(dict(environ))
    prepare_database(settings.database)
    content = bytearray(settings.database.read_bytes())
    content[100:200] = os.urandom(100)
    settings.database.write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-m", "sentra", "serve"], env=environ, capture_output=True, text=True, check=False, timeout=20
    )
    assert run.returncode != 0
    assert "damaged" in run.stderr
    assert "backups" in run.stderr
    assert "Traceback" not in run.stderr


FULL = Migration(2, "full", "PRAGMA max_page_count = 1;\nCREATE TABLE c (id INTEGER);\n")
"""A step for which there is no space."""


def test_on_a_full_disk_nothing_is_called_damaged_and_nothing_half_made_stays(database: Path):
    for steps in ((FULL,), (FIRST, FULL)):
        said = str(refused(database, steps))
        assert "no space left" in said
        assert "damaged" not in said
        assert list(database.parent.iterdir()) == []
    prepare_database(database, (FIRST,))


def test_on_a_full_disk_a_database_stays_as_it_was(database: Path):
    prepare_database(database, (FIRST,))
    before = decided(database)
    assert "no space left" in str(refused(database, (FIRST, FULL)))
    assert decided(database) == before
    assert database.with_name("instance").exists()
    prepare_database(database, (FIRST, SECOND))


def test_a_file_that_cannot_be_written_is_not_called_damaged(database: Path):
    limited = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from sentra.db.migrations import DatabaseRefused, prepare_database\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "try:\n    prepare_database(Path(sys.argv[1]))\n"
        "except DatabaseRefused as refusal:\n    print(refusal)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", limited, str(database)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "cannot be opened, read or written" in run.stdout
    assert list(database.parent.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for a few pages."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path, *, leave: int) -> Path:
    room = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * (room.f_bavail * room.f_frsize - leave))
    return ballast


@pytest.mark.wireguard
@pytest.mark.parametrize("pages", range(12))
def test_R17_a_start_on_a_full_disk_asks_for_space(small_disk: Path, pages: int):
    ballast = fill(small_disk, leave=pages * 4096)
    assert "no space left" in str(refused(small_disk / "sentra.db"))
    assert list(small_disk.iterdir()) == [ballast]
    ballast.unlink()
    prepare_database(small_disk / "sentra.db")


@pytest.mark.wireguard
def test_R17_no_half_of_a_copy_is_left(small_disk: Path):
    database = small_disk / "sentra.db"
    prepare_database(database, (FIRST,))
    ballast = fill(small_disk, leave=4096)
    assert "no space left" in str(refused(database, (FIRST, SECOND)))
    assert list((small_disk / "backups").iterdir()) == []
    ballast.unlink()
    prepare_database(database, (FIRST, SECOND))


async def test_R17_where_nothing_can_be_stored_reading_goes_on(sentra: Sentra, owner: Browser):
    async def limit_pages(count: int) -> None:
        await Tortoise.get_connection("default").execute_query(f"PRAGMA max_page_count = {count}")

    await limit_pages(1)  # SQLite takes it as: no more than there are
    answers = [
        await Browser(sentra.asgi, f"198.51.100.{number}").sign_in(f"user{number}@example.com") for number in range(250)
    ]
    refusals = [answer for answer in answers if answer.status != 401]
    assert refusals
    for refusal in refusals:
        assert refusal.status == 503
        assert "full" in refusal.json["detail"]
        assert int(refusal.headers["Retry-After"]) <= 6
    assert (await owner.get("/api/v1/status")).status == 200
    await limit_pages(1 << 30)
    assert (await Browser(sentra.asgi, "203.0.113.1").sign_in()).status == 200


async def test_R18_a_database_that_is_locked_is_worth_another_try(sentra: Sentra, owner: Browser, settings: Settings):
    await Tortoise.get_connection("default").execute_query("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(settings.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    refusals = [await Browser(sentra.asgi, "198.51.100.1").sign_in(), await owner.sign_out()]
    for refusal in refusals:
        assert refusal.status == 503
        assert "another program" in refusal.json["detail"].lower()
        assert int(refusal.headers["Retry-After"]) <= 6
    other.execute("ROLLBACK")
    other.close()
    assert (await Browser(sentra.asgi, "198.51.100.1").sign_in()).status == 200


def test_the_shipped_migrations_end_their_statements():
    for step in shipped_migrations():
        assert sqlite3.complete_statement(step.sql)
