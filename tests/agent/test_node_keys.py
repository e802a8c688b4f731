"""The private keys of a node: made well, kept for their owner alone."""

import os
import stat
from pathlib import Path

import pytest

from sentra.agent.node_keys import TRASH_SECONDS, KeyFolder, KeyUnusable, LocalNodeKeys, key_pair
from sentra.core.errors import Conflict
from sentra.core.keys import key_text
from sentra.core.secrets import Secret


def test_a_key_is_clamped_and_read_back(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "agent" / "keys")
    made = keys.make("i0")
    raw = made.private.reveal()
    assert (raw[0] & 7, raw[31] & 128, raw[31] & 64) == (0, 0, 64)
    assert keys.read("i0") == made
    assert keys.read("i1") is None
    assert repr(made.private) == "(hidden)"


def test_the_public_key_is_that_of_rfc_7748() -> None:
    # Section 5.2: the base point times 9, once.
    expected = bytes.fromhex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
    assert key_pair(Secret((9).to_bytes(32, "little"))).public == key_text(expected)


def test_S66_a_key_is_in_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o755)
    (folder / "i0.key").write_text("somebody else's\n")
    KeyFolder(folder).keep("i0", Secret(b"k" * 32))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "i0.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["i0.key"]


def test_a_link_in_place_of_a_key_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "i0.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyUnusable):
        KeyFolder(tmp_path).read("i0")
    KeyFolder(tmp_path).make("i0")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44, b"A" * 100])
def test_a_damaged_key_is_told_of_without_its_content(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "i0.key").write_bytes(content)
    with pytest.raises(KeyUnusable, match=r"i0\.key does not hold a private key"):
        KeyFolder(tmp_path).read("i0")


@pytest.mark.parametrize("interface_id", ["../i0", "", "a/b", ".hidden", "a\0", "a" * 65])
def test_an_id_never_leads_out_of_the_folder(tmp_path: Path, interface_id: str) -> None:
    with pytest.raises(ValueError, match="an id has"):
        KeyFolder(tmp_path / "keys").keep(interface_id, Secret(b"k" * 32))


def test_S66_a_discarded_key_is_in_the_trash_for_its_owner_alone_and_goes_after_thirty_days(tmp_path: Path) -> None:
    seconds = 1_764_000_000.5
    keys, trash = KeyFolder(tmp_path, lambda: seconds), tmp_path / "deleted"
    keys.make("old")
    kept = keys.make("kept")
    keys.discard("old")
    keys.discard("missing")
    (file,) = trash.iterdir()
    assert (stat.S_IMODE(trash.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)
    os.utime(file, (0, 0))  # as a copy may have it
    (trash / "notes.key").touch()
    seconds += TRASH_SECONDS - 60
    keys.make("young")
    keys.discard("young")
    keys.empty_trash()
    assert sorted(path.name.partition(".")[0] for path in trash.iterdir()) == ["notes", "old", "young"]
    seconds += 120
    keys.empty_trash()
    assert sorted(path.name.partition(".")[0] for path in trash.iterdir()) == ["notes", "young"]
    assert (keys.read("kept"), keys.ids()) == (kept, {"kept"})


def test_S66_a_key_that_was_never_written_to_its_end_goes_too(tmp_path: Path) -> None:
    seconds = 1_764_000_000.0
    keys = KeyFolder(tmp_path, lambda: seconds)
    keys.make("i0")
    for name, age in (("old", TRASH_SECONDS + 60), ("young", TRASH_SECONDS - 60)):
        path = tmp_path / f".{name}.key.new"
        path.write_text("half a k")
        os.utime(path, (seconds - age, seconds - age))
    keys.empty_trash()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".young.key.new", "i0.key"]


def test_a_discarded_key_is_taken_back_for_the_same_interface_and_the_same_public_key(tmp_path: Path) -> None:
    seconds = 1.0
    keys = KeyFolder(tmp_path, lambda: seconds)
    first = keys.make("i0")
    keys.discard("i0")
    seconds += 1
    keys.make("i0")
    keys.discard("i0")
    assert len(list((tmp_path / "deleted").iterdir())) == 2
    assert keys.take_back("i1", first.public) is None
    assert keys.take_back("i0", key_text(b"k" * 32)) is None
    assert keys.read("i0") is None
    assert keys.take_back("i0", first.public) == first == keys.read("i0")


async def test_a_key_that_is_handed_over_replaces_no_other(tmp_path: Path) -> None:
    keys = LocalNodeKeys(KeyFolder(tmp_path))
    public = await keys.put("local", "i0", Secret(b"k" * 32))
    assert public == key_pair(Secret(b"k" * 32)).public == await keys.put("local", "i0", Secret(b"k" * 32))
    with pytest.raises(Conflict):
        await keys.put("local", "i0", Secret(b"m" * 32))
    await keys.drop("local", "i0")
    assert KeyFolder(tmp_path).read("i0") is None
    assert len(list((tmp_path / "deleted").iterdir())) == 1


def test_S66_no_folder_on_the_way_to_a_key_is_open_to_others(tmp_path: Path) -> None:
    KeyFolder(tmp_path / "state" / "agent" / "keys").make("i0")
    folders = [path for path in (tmp_path / "state").rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state", *folders)} == {0o700}
