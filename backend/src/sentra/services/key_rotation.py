"""The use case of rotating the key that signs access tokens."""

import asyncio

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.db.database import transaction
from sentra.services.audit import Audit
from sentra.services.signing_keys import SigningKeys
from sentra.services.step_up import require_fresh


class KeyRotation:
    """Rotates signing keys."""

    def __init__(self, clock: Clock, access: Access, audit: Audit, keys: SigningKeys) -> None:
        self._clock = clock
        self._access = access
        self._audit = audit
        self._keys = keys

    async def rotate(self, actor: Actor) -> str:
        """Sign with a new key from now on; give its name. Tokens that were made before stay good for their minutes.

        Raises Conflict where the secret is kept in the environment, StepUpRequired.
        """
        self._access.authorise(actor, "key:rotate", EVERYTHING)
        require_fresh(actor, self._clock)
        async with transaction():
            kid = await asyncio.to_thread(self._keys.rotate)
            subject = Subject("key", kid, "Signing key")
            await self._audit.record(actor, "key:rotate", subject, summary="Rotated the key of access tokens")
        return kid
