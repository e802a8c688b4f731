"""Passwords as they are tried: one way for all, within the limits, and at the same cost whoever is meant."""

from msgspec.structs import replace

from sentra.core.errors import Busy
from sentra.core.users import Credentials, normalise_email
from sentra.db.users import find_credentials, replace_password_hash
from sentra.services.limiter import Limiter
from sentra.services.passwords import Passwords


class FirstFactor:
    """Tells whose password it is."""

    def __init__(self, limiter: Limiter, passwords: Passwords) -> None:
        self._limiter = limiter
        self._passwords = passwords

    async def prove(self, email: str, password: str, *, address: str, signed_in: bool = False) -> Credentials | None:
        """Return the credentials that the password belongs to; None where it is wrong, or nobody may sign in by it.

        `signed_in`: it is tried by somebody who is in the account already. Raises TooManyRequests, Busy.
        """
        email = normalise_email(email)
        attempt = await self._limiter.admit(address, email, signed_in=signed_in)
        credentials = await find_credentials(email)
        try:
            # Who has no password costs as much as who has another one.
            checked = await self._passwords.check((credentials and credentials.password_hash) or None, password)
        except Busy:
            await self._limiter.give_back(attempt, right=False)
            raise
        if not credentials or not checked.right or not credentials.user.enabled:
            return None
        await self._limiter.give_back(attempt, right=True)
        if not checked.better_hash:
            return credentials
        await replace_password_hash(credentials.user.id, credentials.password_hash, checked.better_hash)
        return replace(credentials, password_hash=checked.better_hash)
