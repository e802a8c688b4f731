"""Passkeys: WebAuthn credentials that their device unlocks for its user, and which therefore are two factors in one."""

import asyncio
import json
import secrets
from typing import Any, Final

from sentra.core.clock import Clock
from sentra.core.errors import Conflict
from sentra.core.factors import Passkey
from sentra.core.users import User
from sentra.db.factors import find_passkey, passkeys_of, use_passkey
from sentra.services.challenges import Challenges
from sentra.services.passkey_ceremony import (
    Assertion,
    Attestation,
    RelyingParty,
    authentication_options,
    decoded,
    registration_options,
    verify_assertion,
    verify_attestation,
)

_SIGN_IN: Final = "sign-in"
_TRANSPORTS: Final = frozenset({"usb", "nfc", "ble", "smart-card", "internal", "cable", "hybrid"})


class Passkeys:
    """Speaks WebAuthn with browsers. `why_not` says why there can be no passkeys here, None where there can be."""

    def __init__(self, clock: Clock, public_origin: str) -> None:
        self._clock = clock
        self._party = RelyingParty.of(public_origin)
        self._challenges = Challenges(clock)
        self.why_not = self._party.why_not

    async def registration_options(self, user: User) -> dict[str, Any]:
        """Return what a browser needs to make a passkey. Raises Conflict where there can be none."""
        self._require_possible()
        known = await passkeys_of(user.id)
        challenge = self._challenges.issue(_register(user.id))
        return await asyncio.to_thread(registration_options, self._party, user, known, challenge)

    async def registered(self, user: User, attestation: Attestation, name: str) -> Passkey | None:
        """Return the passkey that an authenticator has made, to be stored; None for what cannot be believed."""
        self._require_possible()
        purpose = _register(user.id)
        challenge = _challenge_in(attestation.client_data)
        if challenge is None or not self._challenges.is_open(challenge, purpose):
            return None
        made = await asyncio.to_thread(verify_attestation, self._party, attestation, challenge)
        if made is None or not self._challenges.spend(challenge, purpose):
            return None
        credential_id, public_key, sign_count = made
        return Passkey(
            id=secrets.token_hex(16),
            user_id=user.id,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            name=name,
            transports=tuple(each for each in attestation.transports if each in _TRANSPORTS),
            created_at=self._clock.now(),
        )

    async def options(self) -> dict[str, Any]:
        """Return what a browser needs to sign somebody in, whoever it is. Raises Conflict where there can be none."""
        self._require_possible()
        return await asyncio.to_thread(authentication_options, self._party, self._challenges.issue(_SIGN_IN))

    async def whose(self, assertion: Assertion) -> str | None:
        """Return the id of the user whose passkey answered, and count the use; None for what cannot be believed."""
        challenge = _challenge_in(assertion.client_data)
        if self.why_not or challenge is None or not self._challenges.is_open(challenge, _SIGN_IN):
            return None
        passkey = await find_passkey(assertion.credential_id)
        if passkey is None or decoded(assertion.user_handle) != passkey.user_id.encode():
            return None
        sign_count = await asyncio.to_thread(verify_assertion, self._party, assertion, challenge, passkey)
        if sign_count is None or not self._challenges.spend(challenge, _SIGN_IN):
            return None
        return passkey.user_id if await use_passkey(passkey, sign_count, now=self._clock.now()) else None

    def _require_possible(self) -> None:
        if self.why_not:
            raise Conflict(self.why_not)


def _register(user_id: str) -> str:
    return f"register/{user_id}"


def _client_data(text: str) -> dict[str, Any] | None:
    try:
        said = json.loads(decoded(text) or b"")
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _challenge_in(client_data: str) -> bytes | None:
    """Return the challenge that was answered, None also for an answer from within a page of somebody else."""
    said = _client_data(client_data)
    if said is None or not isinstance(said.get("challenge"), str) or said.get("crossOrigin", False) is not False:
        return None
    return decoded(said["challenge"])
