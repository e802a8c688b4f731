"""Codes of authenticator apps (RFC 6238: SHA-1, six digits, steps of 30 seconds)."""

import base64
import hmac
import re
import secrets
from typing import Final
from urllib.parse import urlsplit

import pyotp
from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import Conflict
from sentra.core.secrets import Secret
from sentra.core.users import User
from sentra.db.factors import find_totp, replace_unconfirmed_totp, spend_totp_step
from sentra.services.sealing import Place, Sealing

SEED_BYTES: Final = 20
STEP_SECONDS: Final = 30
SETUP_SECONDS: Final = 15 * 60
_CODE: Final = re.compile(r"[0-9]{6}")


class TotpSetup(Struct, frozen=True):
    """What an authenticator app is told, once: the seed in base32, and the same as an `otpauth:` address."""

    secret: str
    uri: str

    def __repr__(self) -> str:
        return "TotpSetup((hidden))"


class Totp:
    """Gives out seeds and checks codes. A code is good once, and so is every one before it."""

    def __init__(self, clock: Clock, sealing: Sealing, public_origin: str) -> None:
        self._clock = clock
        self._sealing = sealing
        self._issuer = f"Sentra {urlsplit(public_origin).hostname or ''}".strip()

    async def begin(self, user: User) -> TotpSetup:
        """Make a seed, which counts once a code of it was shown. Raises Conflict where there is one already.

        Call it in a transaction.
        """
        seed = secrets.token_bytes(SEED_BYTES)
        sealed = self._sealing.seal(Secret(seed), _place(user.id))
        if not await replace_unconfirmed_totp(user.id, sealed, now=self._clock.now()):
            raise Conflict("There is an authenticator app already. Remove it to set up another one.")
        text = base64.b32encode(seed).decode()
        return TotpSetup(text, pyotp.TOTP(text).provisioning_uri(name=user.email, issuer_name=self._issuer))

    async def confirm(self, user_id: str, code: str) -> bool:
        """Take the first code of a seed that was given out lately; False where it is wrong.

        Raises Conflict where nothing waits for a code.
        """
        found = await find_totp(user_id)
        if found and found.confirmed:
            raise Conflict("There is an authenticator app already. Remove it to set up another one.")
        if found is None or abs(self._clock.now() - found.created_at) >= SETUP_SECONDS:
            raise Conflict("This took too long. Begin again, and scan the new code.")
        return await self._spend(user_id, code, confirmed=False)

    async def spend(self, user_id: str, code: str) -> bool:
        """Tell whether this is a code of somebody's app, and see to it that it is never one again."""
        return await self._spend(user_id, code, confirmed=True)

    async def _spend(self, user_id: str, code: str, *, confirmed: bool) -> bool:
        code = re.sub(r"[\s-]", "", code)
        seed = await find_totp(user_id)
        if seed is None or seed.confirmed is not confirmed or not _CODE.fullmatch(code):
            return False
        place = _place(user_id)
        secret = base64.b32encode(self._sealing.unseal(seed.sealed, place).reveal()).decode()
        app = pyotp.TOTP(secret)
        this_step = int(self._clock.now()) // STEP_SECONDS
        # All three are compared: how long it takes says nothing.
        right = [
            step
            for step in (this_step - 1, this_step, this_step + 1)
            if hmac.compare_digest(app.generate_otp(step), code)
        ]
        seals = frozenset((seed.sealed, self._sealing.renewed(seed.sealed, place)))  # it may be sealed anew meanwhile
        return any([await spend_totp_step(user_id, seed, step, seals=seals) for step in right])


def _place(user_id: str) -> Place:
    return Place("totp_seeds", "sealed", user_id)
