"""Ways up and ways round: what somebody with few rights, or with an old credential, tries to get more by."""

import pytest

from sentra.app import Sentra
from tests.api.people_forms import id_of, invite, join, user_form
from tests.api.test_tokens import Program, pair
from tests.browser import Answer, Browser
from tests.turned_clock import TurnedClock

USERS = "/api/v1/users"
STEP_UP = (403, "step-up-required")


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, (answer.json or {}).get("type", "").rpartition(":")[2]


@pytest.mark.parametrize("role", ["owner", "member"])
async def test_S12_inviting_gives_roles_and_asks_for_a_fresh_proof(owner: Browser, clock: TurnedClock, role: str):
    clock.advance(300)
    assert code_of(await owner.post(USERS, user_form(role=role))) == STEP_UP
    clock.advance(-1)
    assert (await owner.post(USERS, user_form(role=role))).status == 201


async def test_S12_a_link_into_an_account_asks_for_a_fresh_proof(owner: Browser, clock: TurnedClock):
    await join(owner)
    await invite(owner, "carol@example.com", "viewer")
    bob, carol = await id_of(owner), await id_of(owner, "carol@example.com")
    clock.advance(300)
    for path in (f"{USERS}/{bob}/reset", f"{USERS}/{carol}/invite"):
        assert code_of(await owner.post(path, {})) == STEP_UP


async def test_S41_a_program_invites_nobody_and_opens_no_account(sentra: Sentra, owner: Browser):
    await join(owner)
    program = Program(sentra, (await pair(sentra)).json["access_token"])
    assert await program.status() == 200
    assert await program.status("POST", USERS, user_form("carol@example.com", "owner")) == 403
    assert await program.status("POST", f"{USERS}/{await id_of(owner)}/reset", {}) == 403
