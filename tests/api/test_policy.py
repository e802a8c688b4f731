"""Before a second factor is asked for, one sees who has none."""

from sentra.app import Sentra
from tests.api.people_forms import change, id_of, invite, join
from tests.api.test_second_factors import POLICY, enrol
from tests.browser import EMAIL, Browser
from tests.turned_clock import TurnedClock


async def test_S10_who_would_be_held_back_is_told_before(sentra: Sentra, owner: Browser, clock: TurnedClock):
    bob = await join(owner, "bob@example.com", "admin")
    await join(owner, "vera@example.com", "viewer")
    await join(owner, "gone@example.com", "admin")
    await change(owner, await id_of(owner, "gone@example.com"), enabled=False)
    await invite(owner, "new@example.com", "admin")
    told = (await owner.get(POLICY)).json
    assert told == {
        "rule": "optional",
        "admins": {"count": 2, "emails": [EMAIL, "bob@example.com"]},
        "all": {"count": 3, "emails": [EMAIL, "bob@example.com", "vera@example.com"]},
    }
    await enrol(bob, clock)
    told = (await owner.get(POLICY)).json
    assert told["admins"] == {"count": 1, "emails": [EMAIL]}
    assert told["all"]["count"] == 2


async def test_of_many_who_would_be_held_back_twenty_are_named(sentra: Sentra, owner: Browser):
    for number in range(21):
        await join(owner, f"viewer{number:02}@example.com", "viewer")
    told = (await owner.get(POLICY)).json
    assert told["admins"]["count"] == 1
    assert told["all"]["count"] == 22
    assert len(told["all"]["emails"]) == 20


async def test_who_would_be_held_back_is_for_those_who_read_the_policy(owner: Browser):
    assert (await (await join(owner, "bob@example.com", "admin")).get(POLICY)).status == 200
    assert (await (await join(owner, "op@example.com", "operator")).get(POLICY)).status == 403
