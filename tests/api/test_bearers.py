"""Programs say who they are by a token; the one of this machine is good on this machine alone."""

import json

from sentra.services.bearers import LOCAL_PREFIX
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
