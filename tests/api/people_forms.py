"""People invited through the API, and signed in, valid unless a test says otherwise."""

from itertools import count
from typing import Any

from tests.browser import Answer, Browser

JOINED = "nine herons at dusk"
"""The password of everybody who joins."""
_addresses = count(1)


def user_form(email: str = "bob@example.com", role: str = "admin", scope: str = "*", **changed: Any) -> dict[str, Any]:
    """Give a form that invites somebody."""
    bindings = [{"role": role, "scope": scope}]
    return {"email": email, "name": email.partition("@")[0].title(), "bindings": bindings, **changed}


async def invite(owner: Browser, *words: str, **changed: Any) -> Answer:
    """Invite somebody, and give the answer with the link."""
    answer = await owner.post("/api/v1/users", user_form(*words, **changed))
    assert answer.status == 201, answer.json
    return answer


def token_of(link: str) -> str:
    return link.partition("#")[2]


async def accept(browser: Browser, link: str, password: str = JOINED, name: str = "Bob") -> Answer:
    form = {"token": token_of(link), "name": name, "password": password}
    return await browser.post("/api/v1/invitations", form)


async def join(owner: Browser, email: str = "bob@example.com", role: str = "admin", scope: str = "*") -> Browser:
    """Invite somebody who joins and signs in: give their browser, from an address of its own."""
    invited = await invite(owner, email, role, scope)
    browser = Browser(owner.app, f"198.51.100.{next(_addresses) % 250}")
    assert (await accept(browser, invited.json["link"])).status == 200
    assert (await browser.sign_in(email, JOINED)).status == 200
    return browser


async def find(owner: Browser, email: str = "bob@example.com") -> dict[str, Any]:
    """Give what the owner reads of somebody."""
    (found,) = (await owner.get(f"/api/v1/users?q={email}")).json["items"]
    person: dict[str, Any] = found
    return person


async def id_of(owner: Browser, email: str = "bob@example.com") -> str:
    return str((await find(owner, email))["id"])


async def change(browser: Browser, user_id: str, **changed: Any) -> Answer:
    return await browser.request("PATCH", f"/api/v1/users/{user_id}", json=changed)


async def is_signed_in(browser: Browser) -> bool:
    status = (await browser.get("/api/v1/session")).status
    assert status in (200, 401)
    return status == 200
