"""What there is: ids that addresses name, and values that forms take, so that fuzzing gets behind the first check."""

from base64 import b64encode

from sentra.core.access import Binding
from tests.access.conftest import World
from tests.access.people import someone

WORDS = (
    "wg0", "wg7", "laptop", "Ann", "owner", "viewer", "member", "local", "interface", "*", "10.8.0.77", "10.8.0.1/24",
    "10.77.0.1/24", "fd00:77::1/64", "0.0.0.0/0", "::/0", "192.168.7.0/24", "vpn.example.com", "vpn.example.com:51820",
    "[2001:db8::1]:51820", "eve@example.com", "ann@example.com", "correct horse battery", "another fine battery",
    "123456", "2030-01-31T12:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "totp", "passkey",
    "peer:read", "interface:read", b64encode(bytes(range(32))).decode(), b64encode(bytes(32)).decode(), "AAAA",
    "[Interface]\nAddress = 10.99.0.1/24\nListenPort = 51999\n", "\x00", "\u2028", "\u202e", "'", '"', "-1", "1e999",
    "../../etc/passwd", "%00", "<script>", "true", "null", "ß" * 100, "x" * 300,
)  # fmt: skip
"""What a form can mean, and what it cannot."""

Things = dict[str, list[str]]


async def things(world: World) -> Things:
    """Make one of everything that an address can name, and give the ids by the name of the parameter."""
    owner, here = world.owner, f"/api/v1/interfaces/{world.here}"
    person = await someone(world.sentra, Binding("viewer"))
    token = await owner.post("/api/v1/tokens", {"name": "one", "actions": ["peer:read"]})
    reservation = await owner.post(f"{here}/reservations", {"address": "10.8.0.200"})
    revisions = await owner.get(f"{here}/revisions")
    sessions = await owner.get(f"/api/v1/users/{person.user_id}/sessions")
    assert (token.status, reservation.status, revisions.status, sessions.status) == (201, 201, 200, 200)
    return {
        "interface_id": [world.here, world.there],
        "peer_id": [world.peer_here, world.peer_there],
        "user_id": [person.user_id],
        "token_id": [token.json["id"]],
        "reservation_id": [reservation.json["id"]],
        "revision_id": [str(each["id"]) for each in revisions.json["items"]],
        "session_id": [each["id"] for each in sessions.json["items"]],
        "node": ["local"],
        "address": ["10.8.0.2", "10.8.0.200"],
    }
