"""Whose peers are whose."""

from collections.abc import Sequence

from tortoise.expressions import F
from tortoise.functions import Count

from sentra.db.peers import PeerRow


async def count_owned(user_ids: Sequence[str]) -> dict[str, int]:
    """Give how many peers some users have, by user id; nobody without any is in it."""
    rows = (
        await PeerRow.filter(owner_id__in=list(user_ids))
        .annotate(count=Count("id"))
        .group_by("owner_id")
        .values_list("owner_id", "count")
    )
    return {str(owner_id): int(count) for owner_id, count in rows}


async def enabled_peers_of(user_id: str) -> dict[str, list[str]]:
    """Give the ids of a user's peers that are enabled, by interface."""
    found: dict[str, list[str]] = {}
    rows = await PeerRow.filter(owner_id=user_id, enabled=True).order_by("id").values_list("interface_id", "id")
    for interface_id, peer_id in rows:
        found.setdefault(str(interface_id), []).append(str(peer_id))
    return found


async def disown(user_id: str) -> None:
    """Leave every peer of a user without an owner."""
    await PeerRow.filter(owner_id=user_id).update(owner_id=None, version=F("version") + 1)
