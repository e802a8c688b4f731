"""What a password must be, and how it is kept."""

import random
import time

import pytest
from argon2 import PasswordHasher, extract_parameters
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from sentra.app import Sentra
from sentra.core.errors import Invalid
from sentra.db.users import UserRow
from sentra.services.passwords import Passwords, require_good_password
from tests.browser import PASSWORD, Browser
from tests.conftest import Opened, set_up

CONTEXT = ("ann.owner@example-corp.net", "Ann Owner")
CONTEXT_PASSWORDS = (
    "sentrasentrasentra", "Sentra-Sentra-2026", "wireguard2026!", "WireGuard-WireGuard", "w1r3gu4rdw1r3gu4rd",
    "ann.owner@example-corp.net", "annowner12345678", "AnnOwnerAnnOwner", "owner-ann-owner-ann", "example-corp-2026",
    "ExampleCorp!!!1234", "sentra-wireguard-1", "wireguardpassword", "passwordpassword1", "sentra123456789",
    "123456789sentra", "vpn-vpn-vpn-vpn-vpn", "ann-owner-sentra-vpn", "examplecorpwireguard", "Sentra!Password!1",
)  # fmt: skip
COMMON = FREQUENCY_LISTS["passwords"]


def is_refused(password: str) -> bool:
    try:
        require_good_password(password, field="password", context=CONTEXT)
    except Invalid:
        return True
    return False


async def test_S4_passwords_are_hashed_with_argon2id_as_the_library_advises():
    passwords = Passwords()
    try:
        stored = await passwords.hash(PASSWORD)
        assert stored.startswith("$argon2id$")
        parameters = extract_parameters(stored)
        assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (65536, 3, 4)
        assert (await passwords.check(stored, PASSWORD)).right
        assert not (await passwords.check(stored, PASSWORD + "x")).right
    finally:
        passwords.close()


async def test_S4_raised_parameters_rehash_at_the_next_sign_in(opened: Opened):
    async with opened() as sentra:
        await set_up(sentra)
        weak = (await UserRow.get()).password_hash
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    async with opened(passwords=Passwords(stronger)) as sentra:
        assert (await Browser(sentra.asgi).sign_in(password="wrong")).status == 401
        assert (await UserRow.get()).password_hash == weak
        assert (await Browser(sentra.asgi).sign_in()).status == 200
        strong = (await UserRow.get()).password_hash
        assert extract_parameters(strong).time_cost == 2
        assert (await Browser(sentra.asgi).sign_in()).status == 200
        assert (await UserRow.get()).password_hash == strong


def long_password(length: int) -> str:
    generator = random.Random(length)  # noqa: S311
    return "".join(generator.choice("abcdefghijklmnopqrstuvwxyzäöü 0123456789") for _ in range(length))


@pytest.mark.parametrize(("length", "status"), [(11, 422), (12, 201), (256, 201), (257, 422)])
async def test_S5_length_is_the_only_form_that_a_password_must_have(sentra: Sentra, length: int, status: int):
    link = await sentra.setup.create_setup_link()
    assert link is not None
    form = {
        "token": link.partition("#")[2],
        "email": "ann@example.com",
        "name": "Ann",
        "password": long_password(length),
    }
    answer = await Browser(sentra.asgi).post("/api/v1/setup", form)
    assert answer.status == status
    if status == 422:
        assert [error["field"] for error in answer.json["errors"]] == ["password"]


async def test_S5_no_character_is_cut_off(sentra: Sentra):
    password = long_password(256)
    await set_up(sentra, password=password)
    differs_at_73 = password[:72] + ("x" if password[72] != "x" else "y") + password[73:]
    for wrong in (differs_at_73, password[:255], password[:72], password + "x"):
        assert (await Browser(sentra.asgi, "192.0.2.9").sign_in(password=wrong)).status in (401, 422)
    assert (await Browser(sentra.asgi).sign_in(password=password)).status == 200


async def test_S5_a_megabyte_is_refused_at_once(stranger: Browser):
    body = b'{"email":"ann@example.com","password":"' + b"a" * 2**20 + b'"}'
    times = []
    for _ in range(3):
        started = time.perf_counter()
        answer = await stranger.request(
            "POST", "/api/v1/session", data=body, headers={"Content-Type": "application/json"}
        )
        times.append(time.perf_counter() - started)
        assert answer.status == 413
    assert min(times) < 0.1


async def test_the_same_password_from_another_keyboard_is_the_same(sentra: Sentra):
    await set_up(sentra, password="zwölf schöne Wörter")
    decomposed = "zwo\u0308lf scho\u0308ne Wo\u0308rter"
    assert (await Browser(sentra.asgi).sign_in(password=decomposed)).status == 200


def test_S6_common_passwords_are_refused():
    assert len(COMMON) >= 10_000
    sample = random.Random(6).sample(COMMON, 200)  # noqa: S311
    assert [password for password in sample if not is_refused(password)] == []


def test_S6_common_passwords_are_refused_however_they_are_dressed_up():
    sample = random.Random(7).sample([word for word in COMMON if len(word) > 5], 200)  # noqa: S311
    dressed = [f"{word.title()}{'!2026' * 3}"[: max(14, len(word) + 4)] for word in sample]
    dressed += [word * 3 for word in sample]
    assert [password for password in dressed if not is_refused(password)] == []


def test_S6_words_of_the_context_are_refused():
    assert len(CONTEXT_PASSWORDS) == 20
    assert [password for password in CONTEXT_PASSWORDS if not is_refused(password)] == []


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "abcdefghijkl", "123456789012", "987654321098", "ababababab12"])
def test_S6_runs_and_repetitions_are_refused(password: str):
    assert is_refused(password)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "tGk3-9dPw-x1Qz", "ann likes purple hippos", "vpn of the seven kingdoms"]
)
def test_S6_passwords_that_are_hard_to_guess_are_taken(password: str):
    assert not is_refused(password)


async def test_S6_the_service_refuses_what_the_form_cannot_know(owner: Browser):
    change = {"current_password": PASSWORD, "password": "ann@example.com1"}
    answer = await owner.request("PUT", "/api/v1/session/password", json=change)
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "password"
    assert answer.json["errors"][0]["code"] == "password-guessable"
