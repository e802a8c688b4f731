"""What somebody may ask for who may make peers of their own, and no others: no more of the network than they get."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from sentra.core.errors import Conflict, FieldError, Invalid
from sentra.db.peers import owned_peers
from sentra.db.users import find_user
from sentra.services.peer_fields import PeerFields

PEER_LIMIT: Final = 5
"""How many peers a member may have, where nobody decided another number."""
_THEIRS: Final = frozenset(
    {"name", "public_key", "make_keys", "preshared_key", "notes", "client_keepalive", "dns", "mtu"}
)
"""What concerns their device alone, or only names it."""
_UNTOLD: Final[Mapping[str, Any]] = {
    "routes": [],
    "client_allowed_ips": None,
    "endpoint": None,
    "persistent_keepalive": 0,
    "tags": [],
    "expires_at": None,
    "enabled": True,
    "disabled_reason": None,
}
"""What counts as nothing said."""


async def as_own(user_id: str, said: Sequence[PeerFields], place: str = "") -> list[PeerFields]:
    """Give what was said of new peers, as peers of this user. Call it in the transaction that writes them.

    Raises Invalid with every field that is not theirs to decide, and Conflict where they have as many as they may.
    """
    errors = [
        FieldError(f"{place}.{number}.{field}" if place else field, "not-yours", sentence)
        for number, each in enumerate(said)
        for field, sentence in _too_much(user_id, each)
    ]
    if errors:
        raise Invalid(*errors)
    user = await find_user(user_id)
    limit = PEER_LIMIT if user is None or user.peer_limit is None else user.peer_limit
    has = sum(owner_id == user_id for owner_id, _, _ in await owned_peers())
    if has + len(said) > limit:
        peers = "one peer" if limit == 1 else f"{limit} peers"
        raise Conflict(f"You may have {peers} at most. Delete one that you do not need, or ask for a higher limit.")
    return [replace(each, owner_id=user_id) for each in said]


def _too_much(user_id: str, said: PeerFields) -> list[tuple[str, str]]:
    wrong = []
    for field in PeerFields.__struct_fields__:
        value = getattr(said, field)
        if value is UNSET or field in _THEIRS or (field in _UNTOLD and value == _UNTOLD[field]):
            continue
        if field != "owner_id":
            wrong.append((field, "Leave this out: whoever looks after the interface decides it."))
        elif value != user_id:
            wrong.append((field, "You can make peers for yourself alone."))
    return wrong
