"""Lists of peers, page by page, in an order that holds while peers come and go."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import msgspec
from msgspec import Struct

from sentra.core.errors import FieldError, Invalid
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.db.peer_list import SORTS, PeerFilter, Position, page_of_peers, position_of
from sentra.services.config_files import must_reimport

MOST_PEERS: Final = 500
"""How many peers one page has at most."""


class PeerQuery(Struct, frozen=True):
    """Which peers are wanted, in which order: `sort` is a field, with `-` in front for the other direction."""

    q: str = ""
    tag: str = ""
    enabled: bool | None = None
    must_reimport: bool | None = None
    owner_id: str | None = None
    sort: str = "name"
    limit: int = 100
    cursor: str | None = None


class PeerPage(Struct, frozen=True):
    """Some peers; `next_cursor` leads to those after them, None where there are none."""

    peers: list[Peer]
    next_cursor: str | None


async def peer_page(interface: Interface, query: PeerQuery) -> PeerPage:
    """Give one page of the peers of an interface. Raises Invalid for a sort or a cursor that is none."""
    descending, sort = query.sort.startswith("-"), query.sort.removeprefix("-")
    if sort not in SORTS:
        raise Invalid(FieldError("sort", "sort", f"Peers are sorted by {', '.join(SORTS)}; - in front turns it round."))
    limit = max(1, min(query.limit, MOST_PEERS))
    after = _position(query.cursor, query.sort) if query.cursor else None
    given = query.must_reimport is True
    wanted = PeerFilter(q=query.q, tag=query.tag, enabled=query.enabled, given=given, owner_id=query.owner_id)
    found: list[Peer] = []
    # What has to be imported again only this program knows, so it goes through more than it shows.
    at_once = limit + 1 if query.must_reimport is None else MOST_PEERS
    while len(found) <= limit:
        some = await page_of_peers(interface.id, wanted, sort=sort, descending=descending, after=after, limit=at_once)
        found += [peer for peer in some if query.must_reimport in (None, must_reimport(interface, peer))]
        if len(some) < at_once:
            break
        after = await position_of(some[-1], sort)
    page, rest = found[:limit], found[limit:]
    return PeerPage(page, _cursor(await position_of(page[-1], sort), query.sort) if rest else None)


def _cursor(position: Position, sort: str) -> str:
    return urlsafe_b64encode(msgspec.json.encode((sort, position.value, position.peer_id))).decode().rstrip("=")


def _position(cursor: str, sort: str) -> Position:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        made_for, value, peer_id = msgspec.json.decode(text, type=tuple[str, str | int, str])
    except (ValueError, msgspec.MsgspecError):
        made_for, value, peer_id = "", "", ""
    if made_for != sort:
        raise Invalid(FieldError("cursor", "cursor", "This cursor belongs to another list. Begin without one."))
    return Position(value, peer_id)
