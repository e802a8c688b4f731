"""A request with a key is carried out exactly once, also where the process ended in the middle of it."""

from typing import Any

import pytest

from sentra.services import changes, repeats
from tests.api.agent import some_key, with_agent
from tests.api.peer_forms import create_interface, interface_form, peer_form
from tests.browser import Browser
from tests.conftest import Opened, set_up
from tests.interfaces.conftest import INTERFACES, LIMITS
from tests.interfaces.node import FakeNode

KEY: dict[str, str | None] = {"Idempotency-Key": "5f2c"}
FILE = f"[Interface]\nAddress = 10.9.0.1/24\n[Peer]\nPublicKey = {some_key()}\nAllowedIPs = 10.9.0.2/32\n"
BATCH = {"peers": [peer_form("a"), peer_form("b")]}


class Crashed(BaseException):
    """Ends whatever it is raised in, as the end of a process does: nothing that clears up is done."""


async def crash(*_: Any, **__: Any) -> None:
    raise Crashed


REQUESTS = [
    ("", interface_form(name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)),
    ("/import", {"name": "wg1", "text": FILE}),
    ("/{id}/peers", peer_form("laptop")),
    ("/{id}/peers/batch", BATCH),
]


async def counts(browser: Browser) -> tuple[int, int]:
    """Give how many interfaces there are, and how many peers they have."""
    items = (await browser.get(INTERFACES)).json["items"]
    return len(items), sum(item["peer_count"] for item in items)


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize(("path", "form"), REQUESTS, ids=["interface", "import", "peer", "batch"])
async def test_R1_a_request_that_comes_again_after_a_crash_is_carried_out_once(
    opened: Opened,
    node: FakeNode,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    path: str,
    form: dict[str, Any],
):
    async with opened(look=node, node_keys=node, change_limits=LIMITS) as sentra, with_agent(sentra):
        owner = await set_up(sentra)
        path = INTERFACES + path.format(id=await create_interface(owner))
        before = await counts(owner)
        with monkeypatch.context() as patch, pytest.raises(Crashed):
            patch.setattr(*((changes, "add_revision") if where == "before" else (repeats, "remember_answer")), crash)
            await owner.post(path, form, headers=KEY)
        assert (await counts(owner) == before) is (where == "before")
    async with opened(look=node, node_keys=node, change_limits=LIMITS) as sentra, with_agent(sentra):
        browser = Browser(sentra.asgi)
        await browser.sign_in()
        other = {**form, "node": "other"} if "name" in form else {"peers": [peer_form("c")]}
        assert (await browser.post(path, other, headers=KEY)).status == 422
        answers = [await browser.post(path, form, headers=KEY) for _ in range(2)]
        assert [answer.status for answer in answers] == [201, 201], answers[0].json
        assert answers[0].json == answers[1].json
        made = answers[0].json
        after = await counts(browser)
        assert (after[0] - before[0], after[1] - before[1]) == {
            "interface": (1, 0),
            "import": (1, 1),
            "peer": (0, 1),
            "batch": (0, 2),
        }[kind_of(made)]
        assert (await browser.post(path, other, headers=KEY)).status == 422


def kind_of(answer: dict[str, Any]) -> str:
    """Tell an answer by what it has."""
    if "report" in answer:
        assert [peer["addresses"] for peer in answer["report"]["peers"]] == [["10.9.0.2/32"]]
        assert answer["report"]["interface"]["name"] == answer["interface"]["name"] == "wg1"
        return "import"
    if "interface" in answer:
        assert answer["interface"]["name"] == "wg1"
        return "interface"
    if "peer" in answer:
        assert answer["peer"]["name"] == "laptop"
        return "peer"
    assert [peer["name"] for peer in answer["peers"]] == ["a", "b"]
    return "batch"
