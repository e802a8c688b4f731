"""Links that somebody is handed to come in with: good once and for a while, the token in the fragment."""

from typing import Final

from msgspec import Struct

from sentra.core.access import Actor
from sentra.core.clock import Clock
from sentra.core.errors import Forbidden
from sentra.core.secrets import digest, new_token
from sentra.core.users import Link, LinkPurpose
from sentra.db.links import find_link, replace_link, spend_link

JOIN_SECONDS: Final = 72 * 3600.0
RESET_SECONDS: Final = 30 * 60.0
_SECONDS: Final = {"join": JOIN_SECONDS, "reset": RESET_SECONDS}


class HandedLink(Struct, frozen=True):
    """A link as it is shown, once, to whoever made it."""

    address: str
    expires_at: float

    def __repr__(self) -> str:
        return f"HandedLink(address=(hidden), expires_at={self.expires_at!r})"


class OneTimeLinks:
    """Makes links, and takes them back once."""

    def __init__(self, clock: Clock, public_origin: str) -> None:
        self._clock = clock
        self._public_origin = public_origin

    async def make(self, purpose: LinkPurpose, user_id: str, *, by: Actor) -> HandedLink:
        """Make a link, and end the one before of this user and purpose. Call it in a transaction.

        It ends with the right of `by` to make one: `remove_links_by` sees to that.
        Browsers do not send a fragment: no server and no log ever sees the token.
        """
        token = new_token()
        link = Link(purpose, user_id, self._clock.now() + _SECONDS[purpose])
        await replace_link(link, digest(token), made_by=by.user_id)
        return HandedLink(f"{self._public_origin}/{purpose}#{token}", link.expires_at)

    async def find(self, purpose: LinkPurpose, token: str) -> Link:
        """Give the link of a token, as long as it is good. Raises Forbidden."""
        link = await find_link(digest(token), purpose, now=self._clock.now())
        if link is None:
            raise Forbidden("This link is not valid any more. Ask for a new one.")
        return link

    async def spend(self, purpose: LinkPurpose, token: str) -> None:
        """Use a link up, in the transaction of what it is for. Raises Forbidden for all but one who try."""
        if not await spend_link(digest(token), purpose, now=self._clock.now()):
            raise Forbidden("This link is not valid any more. Ask for a new one.")
