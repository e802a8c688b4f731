"""Programs that say who they are by a token in the `Authorization` header, whichever kind of token it is."""

from sentra.core.access import Actor
from sentra.core.errors import Unauthenticated
from sentra.services.api_tokens import PREFIX, ApiTokens
from sentra.services.bearers import LOCAL_PREFIX, Bearers
from sentra.services.sessions import Sessions
from sentra.services.tickets import Tickets
from sentra.services.token_families import TokenFamilies


class Programs:
    """Knows who is behind a token: the local one, an API token, or an access token."""

    def __init__(
        self, local: Bearers, api_tokens: ApiTokens, families: TokenFamilies, tickets: Tickets, sessions: Sessions
    ) -> None:
        self._local = local
        self._sessions = sessions
        self._tickets = tickets
        self._api_tokens = api_tokens
        self._families = families

    async def resume(self, token: str, *, forwarded: bool, address: str, comes_from: str = "") -> Actor:
        """Return who is behind a token.

        `forwarded` says that a proxy brought the request from `address`, `comes_from` from where root came who runs a
        command of this machine. Raises Unauthenticated.
        """
        if token.startswith(PREFIX):
            return await self._api_tokens.resume(token, address=address)
        if token.startswith(LOCAL_PREFIX):
            return self._local.resume(token, forwarded=forwarded, comes_from=comes_from)
        return await self._families.resume(token)

    async def by_ticket(self, ticket: str) -> Actor:
        """Return who was given a ticket, as things stand now. Raises Unauthenticated."""
        given_to = self._tickets.spend(ticket)
        actor = await self.still_valid(given_to) if given_to else None
        if actor is None:
            raise Unauthenticated("This ticket is not valid, or not valid any more.")
        return actor

    async def still_valid(self, actor: Actor) -> Actor | None:
        """Return who is behind the token or the session of this actor as things stand now, None if it has ended."""
        if actor.session_id is not None:
            return await self._sessions.still_valid(actor.session_id)
        if actor.token_id is None:
            return actor
        found = await self._api_tokens.still_valid(actor.token_id)
        return found or await self._families.still_valid(actor.token_id)
