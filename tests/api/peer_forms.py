"""Interfaces and peers made through the API, valid unless a test says otherwise."""

from typing import Any

from tests.api.agent import some_key
from tests.browser import Answer, Browser


def interface_form(**changed: Any) -> dict[str, Any]:
    """Give a form that makes `wg0`, with a pool of each family."""
    return {
        "name": "wg0",
        "addresses": ["10.8.0.1/24", "fd00:8::1/64"],
        "listen_port": 51820,
        "public_host": "vpn.example.com",
        **changed,
    }


async def create_interface(owner: Browser, **changed: Any) -> str:
    """Make an interface and give its id."""
    answer = await owner.post("/api/v1/interfaces", interface_form(**changed))
    assert answer.status == 201, answer.json
    return str(answer.json["interface"]["id"])


def peer_form(name: str = "laptop", /, **changed: Any) -> dict[str, Any]:
    """Give a form that makes a peer by name alone: its key pair was made in a browser."""
    return {"name": name, "public_key": some_key(), **changed}


async def post_peer(owner: Browser, interface_id: str, name: str = "laptop", /, **changed: Any) -> Answer:
    """Ask for a peer."""
    return await owner.post(f"/api/v1/interfaces/{interface_id}/peers", peer_form(name, **changed))


async def create_peer(owner: Browser, interface_id: str, name: str = "laptop", /, **changed: Any) -> dict[str, Any]:
    """Make a peer and give its document."""
    answer = await post_peer(owner, interface_id, name, **changed)
    assert answer.status == 201, answer.json
    peer: dict[str, Any] = answer.json["peer"]
    return peer


def errors_of(answer: Answer) -> dict[str, str]:
    """Give what is wrong with a request: codes by field."""
    assert answer.status == 422, answer.json
    return {error["field"]: error["code"] for error in answer.json["errors"]}


def messages_of(answer: Answer) -> dict[str, str]:
    """Give what a person is told is wrong with a request: sentences by field."""
    assert answer.status == 422, answer.json
    return {error["field"]: error["message"] for error in answer.json["errors"]}
