"""The commands against a server elsewhere, over its real listener: each gets the verdict that the API gives."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest

from sentra.cli.main import run
from sentra.core.access import Binding
from sentra.core.tokens import GRANTABLE
from sentra.db.peers import PeerRow
from sentra.db.users import UserRow
from tests.access.people import Person, someone
from tests.access.test_matrix import EXPECTED, ROLES
from tests.api.agent import some_key, with_agent
from tests.api.conftest import Running
from tests.api.peer_forms import create_interface, create_peer
from tests.api.people_forms import find, invite, join
from tests.browser import PASSWORD, Browser
from tests.conftest import set_up

COMMANDS: dict[str, tuple[str, ...]] = {
    "interface list": ("interface:read",),
    "interface show wg0": ("interface:read",),
    "interface edit wg0 --mtu 1400 --dry-run": ("interface:update",),
    "interface stop wg0 --dry-run": ("interface:update",),
    "interface delete wg0 --dry-run": ("interface:delete",),
    "interface revisions wg0": ("interface:inspect",),
    "interface drift wg0": ("interface:inspect",),
    "peer list": ("peer:read",),
    "peer show laptop": ("peer:read",),
    "peer add new --public-key KEY --dry-run": ("peer:create",),
    "peer edit laptop --notes x --dry-run": ("peer:update",),
    "peer disable laptop --dry-run": ("peer:update",),
    "peer rekey laptop --dry-run": ("peer:rekey",),
    "peer remove laptop --dry-run": ("peer:delete",),
    "user list": ("user:read",),
    "user show ann@example.com": ("user:read",),
    "keys show": ("key:read",),
}
"""What each command does; none of them changes anything."""

Sentra = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def owner(running: Running) -> AsyncIterator[Browser]:
    """The owner of a served application, which has an interface with a peer."""
    async with with_agent(running.sentra):
        owner = await set_up(running.sentra)
        await create_peer(owner, await create_interface(owner))
        yield owner


@pytest.fixture
def sentra(running: Running, monkeypatch: pytest.MonkeyPatch) -> Sentra:
    """Run a command with a token, and give its code and what it printed."""
    monkeypatch.setenv("SENTRA_URL", f"http://127.0.0.1:{running.port}")

    async def sentra(token: str, command: str) -> tuple[int, str]:
        monkeypatch.setenv("SENTRA_TOKEN", token)
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            code = await asyncio.to_thread(run, command.replace("KEY", some_key()).split())
        return code, out.getvalue()

    return sentra


def as_root(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands find the server of this machine, as root does."""
    monkeypatch.delenv("SENTRA_URL")
    monkeypatch.setenv("SENTRA_STATE_DIR", str(running.sentra.settings.state_dir))


async def access_token(running: Running, person: Person) -> str:
    form = {"email": person.email, "password": PASSWORD}
    answer = await Browser(running.sentra.asgi, person.address).post("/api/v1/token", form)
    return str(answer.json["access_token"])


async def api_token(person: Browser, **said: Any) -> str:
    can = (await person.get("/api/v1/session")).json["can"]
    form = {"name": "all", "actions": [action for action in GRANTABLE if action in can], **said}
    answer = await person.post("/api/v1/tokens", form)
    assert answer.status == 201, answer.json
    return str(answer.json["token"])


async def verdicts(sentra: Sentra, token: str) -> dict[str, bool]:
    found = {}
    for command in COMMANDS:
        code, said = await sentra(token, command)
        assert code == 0 or said.startswith("sentra: "), (command, said)
        found[command] = code == 0
    return found


def expected(role: str, *, of_token: bool = False) -> dict[str, bool]:
    def may(action: str) -> bool:
        return EXPECTED[action][role] == "yes" and (action in GRANTABLE or not of_token)

    # Each looks for its interface first.
    first = ("interface:read",)
    return {
        command: all(may(action) for action in (*actions, *(() if command[0] in "uk" else first)))
        for command, actions in COMMANDS.items()
    }


@pytest.mark.parametrize("role", ROLES)
async def test_S34_the_same_verdict_by_a_command(running: Running, owner: Browser, sentra: Sentra, role: str):
    del owner
    person = await someone(running.sentra, *(() if role == "nobody" else (Binding(role),)))  # type: ignore[arg-type]
    await PeerRow.all().update(owner_id=person.user_id)  # a member has what is their own
    await _rename_first(running)
    assert await verdicts(sentra, await access_token(running, person)) == expected(role)


@pytest.mark.parametrize("role", ROLES[:-1])
async def test_S34_the_same_verdict_by_a_command_with_an_api_token(
    running: Running, owner: Browser, sentra: Sentra, role: str
):
    del owner
    person = await someone(running.sentra, Binding(role))  # type: ignore[arg-type]
    await PeerRow.all().update(owner_id=person.user_id)
    assert await verdicts(sentra, await api_token(person)) == expected(role, of_token=True)


async def _rename_first(running: Running) -> None:
    """See to it that somebody is called as the command asks."""
    await UserRow.filter(email="owner@example.com").update(email="ann@example.com")


async def test_S34_a_command_with_a_token_for_one_interface_sees_that_one(
    running: Running, owner: Browser, sentra: Sentra
):
    other = await create_interface(owner, name="wg1", addresses=["10.9.0.1/24"], listen_port=51821)
    token = await api_token(owner, scope=f"interface:{other}")
    code, said = await sentra(token, "interface list --json")
    assert code == 0
    assert '"wg1"' in said
    assert "wg0" not in said
    assert await sentra(token, "interface show wg0") == (1, "sentra: Sentra does not manage an interface wg0\n")
    assert (await sentra(token, "peer show laptop"))[0] == 1


async def test_a_token_that_is_none_is_refused_as_by_the_api(owner: Browser, sentra: Sentra):
    token = await api_token(owner)
    assert (await sentra(token, "interface list"))[0] == 0
    assert (await sentra(token[:-1] + "x", "interface list"))[0] == 1
    code, said = await sentra(await api_token(owner, actions=["status:read"]), "interface list")
    assert (code, said) == (1, "sentra: You are not allowed to do this.\n")


async def test_people_are_looked_after_by_commands(
    running: Running, owner: Browser, sentra: Sentra, monkeypatch: pytest.MonkeyPatch
):
    as_root(running, monkeypatch)
    code, said = await sentra("", "user invite bob@example.com --role operator --interface wg0 --peer-limit 3")
    assert code == 0
    assert "https://localhost:8443/join#" in said
    bob = await find(owner)
    assert bob["bindings"] == [{"role": "operator", "scope": f"interface:{await _id_of_wg0(owner)}"}]
    assert bob["peer_limit"] == 3
    again = await sentra("", "user invite bob@example.com")
    assert again[0] == 0
    assert again[1] != said
    refused = await sentra("", "user reset bob@example.com")
    assert refused == (1, "sentra: bob has not joined yet. Make a new invitation instead.\n")


async def test_people_are_looked_after_from_elsewhere(running: Running, owner: Browser, sentra: Sentra):
    await invite(owner, "bob@example.com", "operator")
    token = await access_token(running, await someone(running.sentra, Binding("owner")))
    listed = (await sentra(token, "user list bob"))[1]
    assert "○ invited" in listed
    assert "operator" in listed
    assert (await sentra(token, "user disable bob@example.com --peers"))[0] == 0
    assert (await find(owner))["enabled"] is False
    assert "– disabled" in (await sentra(token, "user show bob@example.com"))[1]
    assert (await sentra(token, "user enable bob@example.com"))[0] == 0
    assert (await sentra(token, "user remove bob@example.com"))[0] == 0
    assert (await sentra(token, "user show bob@example.com"))[0] == 1


async def test_S12_what_gives_roles_or_opens_an_account_no_program_does(
    running: Running, owner: Browser, sentra: Sentra
):
    await join(owner)
    token = await access_token(running, await someone(running.sentra, Binding("owner")))
    for command in (
        "user invite carol@example.com --role owner",
        "user reset bob@example.com",
        "user role bob@example.com viewer",
        "keys rotate master",
    ):
        assert await sentra(token, command) == (1, "sentra: Prove once more that it is you.\n")


async def test_root_of_the_machine_proves_by_that_who_it_is(
    running: Running, owner: Browser, sentra: Sentra, monkeypatch: pytest.MonkeyPatch
):
    await someone(running.sentra)
    as_root(running, monkeypatch)
    (person,) = (await owner.get("/api/v1/users?q=Person")).json["items"]
    email = person["email"]
    assert await sentra("", f"user role {email} viewer --interface wg0") == (
        0,
        f"{email}: viewer of interface:{await _id_of_wg0(owner)}\n",
    )
    assert await sentra("", f"user role {email} member") == (
        0,
        f"{email}: member, viewer of interface:{await _id_of_wg0(owner)}\n",
    )
    assert (await sentra("", f"user role {email} none --interface wg0"))[1] == f"{email}: member\n"
    assert (await sentra("", f"user role {email} none --node local"))[0] == 1
    assert (await sentra("", f"user role {email} none"))[1] == f"{email}: no role any more\n"
    assert (await sentra("", f"user reset {email}"))[0] == 0
    for command in ("keys rotate", "keys rotate master --no-wait", "keys show"):
        assert (await sentra("", command))[0] == 0
    assert "rotation: replaces another one" in (await sentra("", "keys show"))[1]
    assert (await sentra("", "keys rotate master"))[0] == 1


async def _id_of_wg0(owner: Browser) -> str:
    (interface,) = (await owner.get("/api/v1/interfaces")).json["items"]
    return str(interface["id"])
