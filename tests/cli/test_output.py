"""Where the output goes nowhere, or to a terminal without the glyphs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from lab.wireguard import Interface, new_key

SENTRA = str(Path(sys.executable).with_name("sentra"))


def start(state: Path, *arguments: str, out: IO[bytes] | int, **variables: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {"PATH": os.environ["PATH"], "SENTRA_STATE_DIR": str(state), **variables}
    return subprocess.run(
        (SENTRA, *arguments), env=environment, stdout=out, stderr=subprocess.PIPE, check=False, timeout=60
    )


@pytest.mark.parametrize("arguments", [("status",), ("status", "--json"), ("setup-link",), ("openapi",)])
def test_a_full_disk_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = start(tmp_path / "state", *arguments, out=full)
    assert ended.returncode == 1
    assert ended.stderr.decode() == "sentra: the output cannot be written (No space left on device)\n"


@pytest.mark.parametrize("arguments", [("status",), ("openapi",)])
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = start(tmp_path / "state", *arguments, out=writer)
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_status_without_the_glyphs_has_question_marks(tmp_path: Path) -> None:
    ended = start(tmp_path, "status", "snothing0", out=subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert b"? snothing0 does not exist" in ended.stdout


@pytest.mark.wireguard
def test_a_peer_without_the_glyphs_has_a_question_mark(tmp_path: Path) -> None:
    with Interface("sclist1") as made:
        _, key = new_key()
        made.wg("peer", key)
        ended = start(tmp_path, "status", "sclist1", out=subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert f"peer: {key} ?\n".encode() in ended.stdout
