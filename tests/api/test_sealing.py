"""Sealed secrets open in their own row, with the key they were sealed with, and nowhere else."""

import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sentra.core.secrets import Secret
from sentra.services.sealing import KEY_ID_BYTES, NONCE_BYTES, Place, SealBroken, Sealing
from tests.scale import scaled

PLACES = [
    Place(table, column, row_id)
    for table, column, row_id in product(("peers", "users"), ("preshared_sealed", "private_sealed"), ("1", "2", "3"))
]
PLACE = PLACES[0]


@pytest.fixture
def sealing(tmp_path: Path) -> Sealing:
    return Sealing(tmp_path / "master-key")


def test_what_was_sealed_opens_in_its_place(sealing: Sealing, tmp_path: Path):
    for length in (0, 1, 32, 1000):
        secret = Secret(bytes(length))
        if length:
            assert sealing.unseal(sealing.seal(secret, PLACE), PLACE) == secret
    again = Sealing(tmp_path / "master-key")
    assert again.unseal(sealing.seal(Secret(b"x"), PLACE), PLACE) == Secret(b"x")


def test_S65_any_two_swapped_ciphertexts_fail(sealing: Sealing):
    sealed = {place: sealing.seal(Secret(bytes(32)), place) for place in PLACES}
    for own, other in product(PLACES, PLACES):
        if own == other:
            sealing.unseal(sealed[own], own)
        else:
            with pytest.raises(SealBroken):
                sealing.unseal(sealed[other], own)


def test_S65_a_place_cannot_be_spelled_as_another(sealing: Sealing):
    """The parts of the associated data are names of ours and hexadecimal ids; none holds the separator."""
    sealed = sealing.seal(Secret(b"x"), Place("peers", "private_sealed", "1"))
    for other in (Place("peers", "private_sealed|1", ""), Place("peers|private_sealed", "1", "")):
        with pytest.raises(SealBroken):
            sealing.unseal(sealed, other)


def test_S65_no_nonce_is_used_twice(sealing: Sealing):
    count = scaled(20_000, 1_000_000)
    start = 1 + KEY_ID_BYTES
    nonces = {sealing.seal(Secret(b"x"), PLACE)[start : start + NONCE_BYTES] for _ in range(count)}
    assert len(nonces) == count


def test_S65_one_changed_bit_fails(sealing: Sealing):
    sealed = sealing.seal(Secret(bytes(32)), PLACE)
    for index, bit in product(range(len(sealed)), range(8)):
        changed = bytearray(sealed)
        changed[index] ^= 1 << bit
        with pytest.raises(SealBroken):
            sealing.unseal(bytes(changed), PLACE)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            sealing.unseal(sealed[:length], PLACE)


def test_S65_another_key_is_told_by_its_id(sealing: Sealing, tmp_path: Path):
    sealed = sealing.seal(Secret(bytes(32)), PLACE)
    other = Sealing(tmp_path / "other-key")
    other.seal(Secret(b"x"), PLACE)
    with pytest.raises(SealBroken, match="another key"):
        other.unseal(sealed, PLACE)


def test_S65_the_key_id_is_part_of_what_is_authenticated(sealing: Sealing, tmp_path: Path):
    sealed = sealing.seal(Secret(b"x"), PLACE)
    start = 1 + KEY_ID_BYTES
    cipher = AESGCM((tmp_path / "master-key").read_bytes())
    bound = f"peers|preshared_sealed|1|{sealed[1:start].hex()}".encode()
    nonce, ciphertext = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    assert cipher.decrypt(nonce, ciphertext, bound) == b"x"


def test_the_key_is_made_once_at_the_first_need_in_a_private_file(tmp_path: Path):
    file = tmp_path / "master-key"
    sealing = Sealing(file)
    with pytest.raises(SealBroken):
        sealing.unseal(bytes(60), PLACE)
    assert not file.exists()
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda _: Sealing(file).seal(Secret(b"x"), PLACE), range(32)))
    assert {sealing.unseal(each, PLACE).reveal() for each in sealed} == {b"x"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("wrong", ["read by others", "cut off", "longer", "a link"])
def test_a_key_file_that_is_not_ours_alone_is_refused(tmp_path: Path, wrong: str):
    file = tmp_path / "master-key"
    Sealing(file).seal(Secret(b"x"), PLACE)
    match wrong:
        case "read by others":
            file.chmod(0o640)
        case "cut off":
            file.write_bytes(file.read_bytes()[:-1])
        case "longer":
            file.write_bytes(file.read_bytes() + b"\n")
        case _:
            file.rename(tmp_path / "moved")
            file.symlink_to(tmp_path / "moved")
    with pytest.raises(SealBroken, match="master-key"):
        Sealing(file).seal(Secret(b"x"), PLACE)
