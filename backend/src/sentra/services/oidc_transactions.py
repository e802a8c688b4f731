"""Sign-ins that are under way at a provider: each belongs to one browser, one provider, and is good once."""

import hmac
from typing import Final

from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.secrets import digest, new_token
from sentra.services.oidc_discovery import Metadata

TRANSACTION_SECONDS: Final = 10 * 60
_AT_MOST: Final = 10_000
"""Beyond this the oldest goes."""


class CameBack(Struct, frozen=True):
    """What the provider sent the browser back with."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str | None = None

    def __repr__(self) -> str:
        return f"CameBack(error={self.error!r})"


class UnderWay(Struct):
    """A sign-in. `came_back` is what the provider answered, None before; the verifier never leaves this server."""

    provider_id: str
    client_id: str
    metadata: Metadata
    redirect_uri: str
    return_to: str
    state: str
    nonce: str
    verifier: str
    ends_at: float
    came_back: CameBack | None = None

    def __repr__(self) -> str:
        return f"UnderWay(provider_id={self.provider_id!r})"


class OidcTransactions:
    """Remembers, in memory, who went to which provider. The browser holds a token, in a cookie."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, UnderWay] = {}

    def begin(
        self, *, provider_id: str, client_id: str, metadata: Metadata, redirect_uri: str, return_to: str
    ) -> tuple[str, UnderWay]:
        """Begin a sign-in; give the token for the browser, and the sign-in with fresh state, nonce and verifier."""
        now = self._clock.monotonic()
        if len(self._open) >= _AT_MOST:
            self._open = {key: each for key, each in self._open.items() if each.ends_at > now}
        while len(self._open) >= _AT_MOST:
            self._open.pop(next(iter(self._open)))
        token = new_token()
        begun = self._open[digest(token)] = UnderWay(
            provider_id=provider_id,
            client_id=client_id,
            metadata=metadata,
            redirect_uri=redirect_uri,
            return_to=return_to,
            state=new_token(),
            nonce=new_token(),
            verifier=new_token(),
            ends_at=now + TRANSACTION_SECONDS,
        )
        return token, begun

    def come_back(self, token: str, redirect_uri: str, answer: CameBack) -> UnderWay | None:
        """Keep what the provider answered, once, for the sign-in whose state and address it has.

        None for any other: a state that was used, or belongs to another browser, changes nothing.
        """
        found = self._alive(token)
        if found is None or found.came_back is not None or found.redirect_uri != redirect_uri:
            return None
        if not hmac.compare_digest(found.state.encode(), answer.state.encode("utf-8", "surrogatepass")):
            return None
        found.came_back = answer
        return found

    def take(self, token: str) -> UnderWay | None:
        """End a sign-in that came back, and give it: whatever comes of it, it is over. None for any other."""
        found = self._alive(token)
        if found is None or found.came_back is None:
            return None
        del self._open[digest(token)]
        return found

    def _alive(self, token: str) -> UnderWay | None:
        found = self._open.get(digest(token))
        if found is not None and found.ends_at <= self._clock.monotonic():
            del self._open[digest(token)]
            return None
        return found
