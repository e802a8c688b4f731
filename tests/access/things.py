"""What there is in the world of these tests, and a form for every route that takes one."""

import re
from typing import Any

from sentra.core.access import Binding
from tests.access.conftest import World
from tests.access.people import someone
from tests.api.agent import some_key
from tests.browser import EMAIL, PASSWORD

Things = dict[str, list[str]]
_PROVIDER = {"name": "One", "issuer": "https://id.example.com", "client_id": "sentra", "client_secret": "of the client"}


async def things(world: World) -> Things:
    """Make one of everything that an address can name, and give the ids by the name of the parameter."""
    owner, here = world.owner, f"/api/v1/interfaces/{world.here}"
    person = await someone(world.sentra, Binding("viewer"))
    token = await owner.post("/api/v1/tokens", {"name": "one", "actions": ["peer:read"]})
    reservation = await owner.post(f"{here}/reservations", {"address": "10.8.0.200"})
    revisions = await owner.get(f"{here}/revisions")
    sessions = await owner.get(f"/api/v1/users/{person.user_id}/sessions")
    provider = await owner.post("/api/v1/providers", _PROVIDER)
    made = [token, reservation, revisions, sessions, provider]
    assert [answer.status for answer in made] == [201, 201, 200, 200, 201]
    return {
        "interface_id": [world.here, world.there],
        "peer_id": [world.peer_here, world.peer_there],
        "user_id": [person.user_id],
        "token_id": [token.json["id"]],
        "provider_id": [provider.json["id"]],
        "reservation_id": [reservation.json["id"]],
        "revision_id": [str(each["id"]) for each in revisions.json["items"]],
        "session_id": [each["id"] for each in sessions.json["items"]],
        "node": ["local"],
        "address": ["10.8.0.2", "10.8.0.200"],
    }


def address(path: str, there_is: Things) -> str:
    """Fill in an address with something that there is."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: there_is.get(match[1], ["none"])[0], path)


def forms(there_is: Things) -> dict[tuple[str, str], Any]:
    """Give what a route takes, by its method and path: each form is right, and changes something."""
    peer_id, peers = there_is["peer_id"][0], "/api/v1/interfaces/<interface_id>/peers"
    wg_quick = f"[Interface]\nPrivateKey = {some_key()}\nAddress = 10.60.0.1/24\nListenPort = 51960\n"
    return {
        ("POST", "/api/v1/factors"): {"kind": "totp"},
        ("POST", "/api/v1/interfaces"): {"name": "wg5", "addresses": ["10.50.0.1/24"], "listen_port": 51950},
        ("POST", "/api/v1/interfaces/import"): {"name": "wg6", "text": wg_quick},
        ("PATCH", "/api/v1/interfaces/<interface_id>"): {"dns": ["10.8.0.1"]},
        ("PATCH", peers): {"ids": [peer_id], "change": {"enabled": False}},
        ("POST", peers): {"name": "another", "make_keys": True},
        ("POST", f"{peers}/batch"): {"peers": [{"name": "one of many", "make_keys": True}]},
        ("POST", f"{peers}/delete"): {"ids": [peer_id]},
        ("POST", "/api/v1/interfaces/<interface_id>/reservations"): {"address": "10.8.0.201"},
        ("PATCH", "/api/v1/peers/<peer_id>"): {"name": "changed"},
        ("POST", "/api/v1/peers/<peer_id>/rekey"): {"make_keys": True},
        ("PUT", "/api/v1/policies/second-factor"): {"rule": "optional"},
        ("PATCH", "/api/v1/profile"): {"name": "Changed"},
        ("PUT", "/api/v1/session/password"): {"current_password": PASSWORD, "password": "another fine battery"},
        ("POST", "/api/v1/providers"): {**_PROVIDER, "name": "Another"},
        ("PATCH", "/api/v1/providers/<provider_id>"): {"name": "Changed"},
        ("POST", "/api/v1/session/proof"): {"password": PASSWORD},
        ("POST", "/api/v1/session"): {"email": EMAIL, "password": PASSWORD},
        ("POST", "/api/v1/token"): {"email": EMAIL, "password": PASSWORD},
        ("POST", "/api/v1/tokens"): {"name": "another", "actions": ["peer:read"]},
        ("POST", "/api/v1/users"): {
            "email": "eve@example.com",
            "name": "Eve",
            "bindings": [{"role": "viewer", "scope": "*"}],
        },
        ("PATCH", "/api/v1/users/<user_id>"): {"name": "Changed"},
        ("PUT", "/api/v1/users/<user_id>/bindings"): {"bindings": [{"role": "member", "scope": "*"}]},
    }
