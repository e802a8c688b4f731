"""Names and addresses that look like another one's: in lists and in the audit nobody passes for somebody else."""

from typing import Any

import pytest

from sentra.services.oidc_admission import vouched_email
from tests.api.people_forms import change, find, id_of, invite, join, user_form
from tests.browser import Browser

HIDDEN = ["a\u202eb", "a\u2028b", "\u200b", "a\u200bb", "\u2066Ann", "\u00ad", "a\x85b", "\ufeffAnn"]


def names_of(errors: Any) -> list[str]:
    return [each["field"] for each in errors]


@pytest.mark.parametrize("name", HIDDEN)
async def test_S57_no_name_hides_anything(owner: Browser, name: str):
    bob = await join(owner)
    answers = (
        await owner.post("/api/v1/users", user_form("carol@example.com", name=name)),
        await change(owner, await id_of(owner), name=name),
        await bob.request("PATCH", "/api/v1/profile", json={"name": name}),
        await owner.post("/api/v1/tokens", {"name": name, "actions": ["status:read"]}),
    )
    for answer in answers:
        assert (answer.status, names_of(answer.json["errors"])) == (422, ["name"])


@pytest.mark.parametrize("name", ["Ann", "Zoë Ångström", "علی\u200cرضا", "👩\u200d💻", "李雷"])
async def test_names_are_as_people_write_them(owner: Browser, name: str):
    await invite(owner, "carol@example.com", name=name)
    assert (await find(owner, "carol@example.com"))["name"] == name


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\u202e", "\u00ad", "\u2060"])
async def test_S57_no_address_hides_anything(owner: Browser, hidden: str):
    email = f"ann{hidden}@example.com"
    answer = await owner.post("/api/v1/users", user_form(email, name="Ann"))
    assert (answer.status, names_of(answer.json["errors"])) == (422, ["email"])
    assert vouched_email({"email": email, "email_verified": True}) is None


@pytest.mark.parametrize(
    ("email", "known"),
    [
        ("Ann@Example.com", "ann@example.com"),
        ("zoë@example.com", "zoë@example.com"),
        ("mi\u212ae@example.com", None),
        ("stra\u00dfe@example.com", None),
        ("\u017fam@example.com", None),
        ("o\ufb03ce@example.com", None),
    ],
)
def test_S57_an_address_that_folds_into_another_one_is_vouched_for_by_nobody(email: str, known: str | None):
    assert vouched_email({"email": email, "email_verified": True}) == known
