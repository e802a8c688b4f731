"""What is secret about peers is in no answer, no file of the state folder and no log, in no spelling."""

import json
import logging
import sqlite3
from base64 import b64decode, b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise

from sentra.db.peers import PeerRow
from sentra.settings import Settings
from tests.api.agent import FakeAgent, some_key, with_agent
from tests.api.peer_forms import create_interface, create_peer
from tests.browser import Browser
from tests.conftest import Opened, set_up


def spellings(secret: bytes) -> list[bytes]:
    """Give every way in which somebody may have written a secret."""
    text = b64encode(secret)
    return [secret, text, text.rstrip(b"="), secret.hex().encode(), secret.hex().upper().encode(), text[2:-4]]


def found(content: bytes, secrets: list[bytes]) -> list[bytes]:
    escaped = [json.dumps(b64encode(secret).decode())[1:-1].encode() for secret in secrets]
    parts = [part for secret in secrets for part in spellings(secret)]
    return [part for part in (*parts, *escaped) if part in content]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_S66_canaries_are_in_no_file_no_answer_and_no_log(
    opened: Opened, settings: Settings, everything_logged: pytest.LogCaptureFixture
):
    answers: list[bytes] = []
    shared = [b64decode(some_key()) for _ in range(25)]
    private: list[bytes] = []
    async with opened() as sentra, with_agent(sentra):
        owner = await set_up(sentra)
        interface_id = await create_interface(owner, server_keys=True)
        path = f"/api/v1/interfaces/{interface_id}/peers"
        for number, secret in enumerate(shared[:20]):
            form = {"name": f"p{number}", "make_keys": True, "preshared_key": b64encode(secret).decode()}
            answer = await owner.post(path, form)
            answers.append(answer.body)
            peer = answer.json["peer"]
            text = (await owner.get(f"/api/v1/peers/{peer['id']}/config")).body.decode()
            private.append(b64decode(text.split("PrivateKey = ")[1].split("\n")[0]))
        await _change_them(owner, interface_id, peer, shared[20:], answers)
        for read in (path, f"/api/v1/interfaces/{interface_id}", f"/api/v1/peers/{peer['id']}/template"):
            answers.append((await owner.get(read)).body)
        answers.append((await owner.get(f"/api/v1/interfaces/{interface_id}/revisions")).body)
        contents = {file: file.read_bytes() for file in settings.state_dir.rglob("*") if file.is_file()}
        assert any(file.name.endswith("-wal") and content for file, content in contents.items())
        backup = settings.state_dir / "copy.db"
        await Tortoise.get_connection("default").execute_script(f"VACUUM INTO '{backup}'")
        contents[backup] = backup.read_bytes()
    contents |= {file: file.read_bytes() for file in settings.state_dir.rglob("*") if file.is_file()}
    secrets = [*shared, *private]
    assert len(set(secrets)) == 45
    for file, content in contents.items():
        assert found(content, secrets) == [], file
    for answer in answers:
        assert found(answer, secrets) == []
    assert found(everything_logged.text.encode(), secrets) == []
    assert settings.master_key_file.stat().st_mode & 0o777 == 0o600


async def _change_them(
    owner: Browser, interface_id: str, peer: dict[str, Any], shared: list[bytes], answers: list[bytes]
) -> None:
    """Send secrets by every other way, right ones and wrong ones."""
    first, second, third, fourth, fifth = (b64encode(secret).decode() for secret in shared)
    path = f"/api/v1/interfaces/{interface_id}/peers"
    for method, where, body in (
        ("PATCH", f"/api/v1/peers/{peer['id']}", {"preshared_key": first}),
        ("POST", f"/api/v1/peers/{peer['id']}/rekey", {"public_key": some_key(), "preshared_key": second}),
        ("POST", f"{path}/batch", {"peers": [{"name": "b", "public_key": some_key(), "preshared_key": third}]}),
        ("POST", path, {"name": "x\n", "public_key": some_key(), "preshared_key": fourth + "="}),
        ("POST", path, {"name": "y", "private_key": fifth, "public_key": some_key()}),
    ):
        answer = await owner.request(method, where, json=body)
        assert answer.status in (200, 201, 422)
        answers.append(answer.body)


async def test_S65_swapped_ciphertexts_open_in_no_other_row_or_column(
    owner: Browser, agent: FakeAgent, settings: Settings
):
    interface_id = await create_interface(owner, server_keys=True)
    peers = []
    for name in "ab":
        form = {"name": name, "make_keys": True, "preshared_key": some_key()}
        peers.append((await owner.post(f"/api/v1/interfaces/{interface_id}/peers", form)).json["peer"])
    before = sealed_of(settings.database)
    for column, other in (("private_sealed", "private_sealed"), ("private_sealed", "preshared_sealed")):
        (first, second) = peers
        await PeerRow.filter(id=first["id"]).update(**{column: before[second["id"], other]})
        assert (await owner.get(f"/api/v1/peers/{first['id']}/config")).status == 503
        await PeerRow.filter(id=first["id"]).update(private_sealed=before[first["id"], "private_sealed"])
    assert (await owner.get(f"/api/v1/peers/{first['id']}/config")).status == 200
    with closing(sqlite3.connect(settings.database)) as elsewhere, elsewhere:
        swapped = before[second["id"], "preshared_sealed"], first["id"]
        elsewhere.execute('UPDATE "peers" SET "preshared_sealed" = ? WHERE "id" = ?', swapped)
    await agent.look(interface_id)
    assert set(agent.running[interface_id].spec.device.peers) == {second["public_key"]}


def sealed_of(database: Path) -> dict[tuple[str, str], bytes]:
    connection = sqlite3.connect(database)
    try:
        rows = connection.execute("SELECT id, preshared_sealed, private_sealed FROM peers").fetchall()
    finally:
        connection.close()
    return {
        (row[0], column): row[number]
        for row in rows
        for number, column in ((1, "preshared_sealed"), (2, "private_sealed"))
    }


async def test_a_database_without_secrets_needs_no_key(owner: Browser, agent: FakeAgent, settings: Settings):
    del agent
    await create_peer(owner, await create_interface(owner))
    assert not settings.master_key_file.exists()
