"""Programs say who they are by a token; the one of this machine is good on this machine alone."""

import asyncio
import json
from typing import Any

from sentra.services.bearers import LOCAL_PREFIX
from sentra.web.asgi import LISTENER, Receive, Scope, Send, TrustedProxy, said_to_come_from
from tests.api.conftest import Running

ROUTE = "/api/v1/session"


def local(running: Running) -> dict[str, str]:
    token = running.sentra.settings.local_token_file.read_text().strip()
    return {"Authorization": f"Bearer {token}"}


async def test_the_local_token_is_root_on_the_socket(running: Running):
    assert running.sentra.settings.local_token_file.stat().st_mode & 0o777 == 0o600
    answer = await running.request("GET", ROUTE, local(running))
    assert answer.status == 200
    assert json.loads(answer.read())["user"]["email"].startswith("root@")


async def test_the_local_token_needs_no_page_behind_it(running: Running):
    answer = await running.request("DELETE", ROUTE, local(running))
    assert answer.status == 204


async def test_the_local_token_is_worth_nothing_through_a_proxy_or_on_the_port(running: Running):
    for claim in ({"X-Forwarded-For": "127.0.0.1"}, {"x-forwarded-proto": "https"}, {"Via": "x"}, {"Forwarded": "x"}):
        assert (await running.request("GET", ROUTE, local(running) | claim)).status == 401
    assert (await running.request("GET", ROUTE, local(running), port=True)).status == 401


async def test_other_tokens_are_refused(running: Running):
    good = local(running)["Authorization"]
    for value in ("Bearer", "Bearer ", f"Basic {LOCAL_PREFIX}", f"Bearer {LOCAL_PREFIX}x", good[:-1], f"{good}x"):
        assert (await running.request("GET", ROUTE, {"Authorization": value})).status == 401, value


async def test_a_token_opens_no_door_that_is_for_pages(running: Running):
    body = json.dumps({"email": "ann@example.com", "password": "x"}).encode()
    headers = local(running) | {"Content-Type": "application/json"}
    answer = await running.request("POST", "/api/v1/session", headers, body)
    assert answer.status == 403


async def test_the_token_ends_with_the_server(running: Running):
    file = running.sentra.settings.local_token_file
    running.sentra.bearers.close()
    assert not file.exists()


async def test_only_the_commands_say_from_where_root_came(running: Running):
    """Whoever comes from a network cannot put an interface around it; the refusal shows what was heard."""

    async def made(headers: dict[str, str]) -> int:
        form = {"name": "wg0", "addresses": ["10.8.0.1/24"], "listen_port": 51820}
        sent = headers | {"Content-Type": "application/json"}
        path = "/api/v1/interfaces?dry_run=true"
        return (await running.request("POST", path, sent, json.dumps(form).encode())).status

    root = local(running)
    assert await made(root) == 200
    for said in ("10.8.0.2", "::ffff:10.8.0.2", "10.8.0.2%eth0"):
        assert await made(root | {"X-Sentra-From": said}) == 422, said
    for said in ("", "x", "10.9.0.2", "10.8.0.2, 10.8.0.3", "10.8.0.0/24"):
        assert await made(root | {"x-sentra-from": said}) == 200, said
    assert await made(root | {"X-Sentra-From": "10.8.0.2", "x-sentra-from": "10.8.0.3"}) == 200
    assert await made(root | {"X-Sentra-From": "10.8.0.2", "X-Forwarded-For": "10.8.0.2"}) == 401
    assert await made({"X-Sentra-From": "10.8.0.2"}) == 403


def test_what_a_proxy_brought_says_nothing_about_where_it_came_from() -> None:
    heard: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        assert not [name for name, _ in scope["headers"] if name == b"x-sentra-from"]
        heard.append(said_to_come_from(scope))

    async def nothing(*_: Any) -> Any: ...

    for listener, header in (("socket", None), ("socket", b"X-Forwarded-For"), ("port", None)):
        headers = [(b"X-Sentra-From", b"10.8.0.2"), *([(header, b"192.0.2.1")] if header else [])]
        scope: Scope = {"type": "http", LISTENER: listener, "headers": headers}
        asyncio.run(TrustedProxy(application)(scope, nothing, nothing))
    assert heard == ["10.8.0.2", "", ""]
