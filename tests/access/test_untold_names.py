"""What is refused names nothing that whoever asks may not know of."""

from typing import Any

import pytest

from sentra.core.access import Binding
from tests.access.conftest import World
from tests.access.people import Person, someone
from tests.api.agent import some_key
from tests.api.peer_forms import errors_of, peer_form
from tests.browser import Answer

KEY_TAKEN = "Another peer of this interface has this key."


def messages(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.json
    return [each["message"] for each in answer.json["errors"]]


async def edit(person: Person, interface_id: str, said: dict[str, Any]) -> Answer:
    return await person.request("PATCH", f"/api/v1/interfaces/{interface_id}", json=said)


@pytest.mark.parametrize(
    ("said", "untold", "told"),
    [
        ({"listen_port": 51821}, "Another interface of this node has this port.", "wg1 has this port."),
        (
            {"addresses": ["10.9.0.5/16"]},
            "10.9.0.0/16 overlaps a network of another interface of this node.",
            "10.9.0.0/24 belongs to wg1.",
        ),
        (
            {"pools": ["10.9.0.0/25"]},
            "10.9.0.0/25 overlaps a network of another interface of this node.",
            "10.9.0.0/24 belongs to wg1.",
        ),
    ],
)
async def test_S31_a_clash_with_an_interface_that_is_not_seen_does_not_name_it(
    world: World, said: dict[str, Any], untold: str, told: str
):
    here = await someone(world.sentra, Binding("operator", f"interface:{world.here}"))
    everywhere = await someone(world.sentra, Binding("operator"))
    assert messages(await edit(here, world.here, said)) == [untold]
    assert messages(await edit(everywhere, world.here, said)) == [told]


async def test_S31_a_key_tells_a_member_nothing_of_whose_it_is(world: World):
    key = (await world.owner.get(f"/api/v1/peers/{world.peer_here}")).json["public_key"]
    member = await someone(world.sentra, Binding("member"))
    peers = f"/api/v1/interfaces/{world.here}/peers"
    mine = (await member.post(peers, peer_form("mine", public_key=some_key()))).json["peer"]
    tries = (
        await member.post(peers, peer_form("x", public_key=key)),
        await member.post(f"{peers}/batch", {"peers": [peer_form("x", public_key=key)]}),
        await member.post(f"/api/v1/peers/{mine['id']}/rekey", {"public_key": key}),
    )
    for answer in tries:
        assert messages(answer) == [KEY_TAKEN]
        assert list(errors_of(answer).values()) == ["key-taken"]
    assert messages(await world.owner.post(peers, peer_form("x", public_key=key))) == ["theirs has this key."]
