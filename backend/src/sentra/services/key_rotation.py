"""The use cases of rotating keys: the one that signs access tokens, and the one that stored secrets are sealed with."""

import asyncio

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict
from sentra.db.database import transaction
from sentra.services.audit import Audit
from sentra.services.resealing import Resealing
from sentra.services.sealing import Sealing
from sentra.services.signing_keys import SigningKeys
from sentra.services.step_up import require_fresh


class KeyStates(Struct, frozen=True):
    """The names of the keys in use; whether the master key is being replaced, and how many rows are sealed anew."""

    signing: str
    master: str
    is_replacing: bool
    resealed: int


class KeyRotation:
    """Rotates keys."""

    def __init__(
        self, clock: Clock, access: Access, audit: Audit, keys: SigningKeys, sealing: Sealing, resealing: Resealing
    ) -> None:
        self._clock = clock
        self._access = access
        self._audit = audit
        self._keys = keys
        self._sealing = sealing
        self._resealing = resealing
        self._beginning = asyncio.Lock()

    async def read(self, actor: Actor) -> KeyStates:
        """Give which keys are in use, and how far a rotation is. May raise SealBroken."""
        self._access.authorise(actor, "key:read", EVERYTHING)
        return await self._states()

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

    async def rotate_master(self, actor: Actor) -> KeyStates:
        """Seal with a new key from now on, and begin to seal everything that is stored anew; then the old key goes.

        Raises Conflict while it is being replaced already, StepUpRequired, SealBroken.
        """
        self._access.authorise(actor, "key:rotate", EVERYTHING)
        require_fresh(actor, self._clock)
        keys = self._sealing.keys
        async with self._beginning:
            if keys.earlier is not None:
                raise Conflict("The master key is being replaced already. It goes on by itself.")
            try:
                async with transaction():
                    await asyncio.to_thread(keys.make_next)
                    # Whoever seals does so in a transaction of their own: none is on its way with the old key.
                    keys.switch()
                    subject = Subject("key", keys.newest(make=False).id.hex(), "Master key")
                    await self._audit.record(actor, "key:rotate", subject, summary="Began to replace the master key")
            except BaseException:
                keys.abandon()
                raise
        self._resealing.count = 0
        self._resealing.wanted.set()
        return await self._states()

    async def _states(self) -> KeyStates:
        keys = self._sealing.keys
        master = await asyncio.to_thread(keys.newest, make=True)
        return KeyStates(
            signing=self._keys.newest.kid,
            master=master.id.hex(),
            is_replacing=keys.earlier is not None,
            resealed=self._resealing.count,
        )
