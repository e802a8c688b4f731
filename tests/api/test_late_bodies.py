"""A body that comes late: what somebody may do is what they may when the request is whole."""

import asyncio
import json

import pytest

from tests.api.agent import with_agent
from tests.api.conftest import Running, parsed
from tests.api.peer_forms import create_interface, peer_form
from tests.api.people_forms import change, id_of, join
from tests.browser import Browser
from tests.conftest import set_up


class Late:
    """A request whose body is still to come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        self.reader, self.writer, self.body = reader, writer, body

    async def finish(self) -> int:
        self.writer.write(self.body)
        await self.writer.drain()
        async with asyncio.timeout(30):
            answer = await self.reader.read()
        self.writer.close()
        return parsed(answer).status


async def begin(running: Running, browser: Browser, path: str, form: object) -> Late:
    """Send the head of a request, and give it time to be looked at."""
    body = json.dumps(form).encode()
    head = {**browser.headers("POST", None), "Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**head, "Connection": "close"}.items())
    reader, writer = await asyncio.open_unix_connection(str(running.socket))
    writer.write(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode())
    await writer.drain()
    await asyncio.sleep(0.3)
    return Late(reader, writer, body)


@pytest.mark.parametrize("end", ["disabled", "no role", "signed out"])
async def test_S20_a_request_that_becomes_whole_after_the_end_changes_nothing(running: Running, end: str):
    async with with_agent(running.sentra):
        owner = await set_up(running.sentra)
        bob = await join(owner, role="operator")
        interface = await create_interface(owner)
        path = f"/api/v1/interfaces/{interface}/peers"
        late = await begin(running, bob, path, peer_form("kept"))
        user_id = await id_of(owner)
        if end == "disabled":
            assert (await change(owner, user_id, enabled=False)).status == 200
        elif end == "no role":
            assert (
                await owner.request("PUT", f"/api/v1/users/{user_id}/bindings", json={"bindings": []})
            ).status == 200
        else:
            assert (await bob.sign_out()).status == 204
        assert await late.finish() == (403 if end == "no role" else 401)
        assert (await owner.get(path)).json["items"] == []
