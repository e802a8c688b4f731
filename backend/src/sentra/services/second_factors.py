"""Somebody's own second factors: set up, named, removed. Whatever changes them asks for a fresh proof."""

from typing import Any

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Action, Actor, Resource
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Unauthenticated
from sentra.core.factors import CODE, PASSKEY, PASSWORD, Factors, needs_second_factor
from sentra.core.users import Session, User
from sentra.db.database import transaction
from sentra.db.factors import add_passkey, factors_of, remove_factors, remove_passkey, remove_totp, rename_passkey
from sentra.db.users import find_user, raise_auth_epoch
from sentra.services.audit import Audit
from sentra.services.identities import Identities
from sentra.services.passkey_ceremony import Attestation
from sentra.services.passkeys import Passkeys
from sentra.services.recovery_codes import make_recovery_codes
from sentra.services.second_factor_policy import SecondFactorPolicy
from sentra.services.sessions import Sessions, SignedIn
from sentra.services.step_up import require_fresh
from sentra.services.totp import Totp, TotpSetup

PASSKEYS_AT_MOST = 20


class SetUp(Struct, frozen=True):
    """A second factor counts from now on. The codes, where there are any, are shown now and never again."""

    signed_in: SignedIn
    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"SetUp({self.signed_in!r})"


class SecondFactors:
    """Sets up and removes second factors. Each change ends every other session of the user."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        identities: Identities,
        sessions: Sessions,
        audit: Audit,
        policy: SecondFactorPolicy,
        totp: Totp,
        passkeys: Passkeys,
    ) -> None:
        self._clock = clock
        self._access = access
        self._identities = identities
        self._sessions = sessions
        self._audit = audit
        self._policy = policy
        self._totp = totp
        self._passkeys = passkeys

    @property
    def why_no_passkeys(self) -> str | None:
        """Say why there can be no passkeys here, None where there can be."""
        return self._passkeys.why_not

    async def read(self, actor: Actor) -> Factors:
        """Return what the actor has."""
        self._access.authorise(actor, "factor:read", _own(actor))
        return await factors_of(actor.user_id)

    async def begin_totp(self, actor: Actor) -> TotpSetup:
        """Give the actor a seed for their authenticator app; `confirm_totp` makes it count. Raises Conflict."""
        self._access.authorise(actor, "factor:create", _own(actor))
        user, _ = await self._fresh(actor)
        async with transaction():
            return await self._totp.begin(user)

    async def confirm_totp(self, actor: Actor, code: str) -> SetUp:
        """Take the first code of the actor's authenticator app. Raises Invalid for a wrong one, Conflict."""
        self._access.authorise(actor, "factor:create", _own(actor))
        user, session = await self._fresh(actor)
        async with transaction():
            codes = await self._codes_for_first(user)
            if not await self._totp.confirm(user.id, code):
                message = "This code is wrong. Is the clock of the phone right? Wait for the next one and try again."
                raise Invalid(FieldError("code", "code-wrong", message))
            user = await self._changed(actor, user, "factor:create", "Set up an authenticator app")
        return SetUp(await self._go_on(session, user, (*session.amr, *CODE)), codes)

    async def begin_passkey(self, actor: Actor) -> dict[str, Any]:
        """Return what the actor's browser needs to make a passkey. Raises Conflict where there can be none."""
        self._access.authorise(actor, "factor:create", _own(actor))
        user, _ = await self._fresh(actor)
        return await self._passkeys.registration_options(user)

    async def confirm_passkey(self, actor: Actor, attestation: Attestation, name: str) -> SetUp:
        """Take the passkey that the actor's browser has made. Raises Invalid for what cannot be believed, Conflict."""
        self._access.authorise(actor, "factor:create", _own(actor))
        user, session = await self._fresh(actor)
        passkey = await self._passkeys.registered(user, attestation, name)
        if passkey is None:
            message = "This passkey could not be checked. Begin again."
            raise Invalid(FieldError("passkey", "passkey-wrong", message))
        async with transaction():
            codes = await self._codes_for_first(user)
            if len((await factors_of(user.id)).passkeys) >= PASSKEYS_AT_MOST:
                raise Conflict(f"There are {PASSKEYS_AT_MOST} passkeys already. Remove one that is not used any more.")
            if not await add_passkey(passkey):
                raise Conflict("This passkey is known already.")
            user = await self._changed(actor, user, "factor:create", f"Added the passkey {name}")
        return SetUp(await self._go_on(session, user, (*session.amr, *PASSKEY)), codes)

    async def rename_passkey(self, actor: Actor, passkey_id: str, name: str) -> None:
        """Name one of the actor's passkeys anew. Raises NotFound."""
        self._access.authorise(actor, "factor:update", _own(actor))
        user, _ = await self._fresh(actor)
        async with transaction():
            if not await rename_passkey(user.id, passkey_id, name):
                raise NotFound("There is no such passkey.")
            await self._record(actor, "factor:update", user, f"Named a passkey {name}")

    async def remove_totp(self, actor: Actor) -> SignedIn:
        """Remove the actor's authenticator app. Raises NotFound, Conflict where they need a second factor."""
        self._access.authorise(actor, "factor:delete", _own(actor))
        user, session = await self._fresh(actor)
        async with transaction():
            if not await remove_totp(user.id):
                raise NotFound("There is no authenticator app.")
            amr = await self._after_removal(actor, session, user)
            user = await self._changed(actor, user, "factor:delete", "Removed the authenticator app")
        return await self._go_on(session, user, amr)

    async def remove_passkey(self, actor: Actor, passkey_id: str) -> SignedIn:
        """Remove one of the actor's passkeys. Raises NotFound, Conflict where they need a second factor."""
        self._access.authorise(actor, "factor:delete", _own(actor))
        user, session = await self._fresh(actor)
        name = next((each.name for each in (await factors_of(user.id)).passkeys if each.id == passkey_id), "")
        async with transaction():
            if not await remove_passkey(user.id, passkey_id):
                raise NotFound("There is no such passkey.")
            amr = await self._after_removal(actor, session, user)
            user = await self._changed(actor, user, "factor:delete", f"Removed the passkey {name}")
        return await self._go_on(session, user, amr)

    async def make_recovery_codes(self, actor: Actor) -> tuple[str, ...]:
        """Make the actor's recovery codes anew: those so far are void. Raises Conflict without a second factor."""
        self._access.authorise(actor, "factor:update", _own(actor))
        user, _ = await self._fresh(actor)
        async with transaction():
            if not (await factors_of(user.id)).any:
                raise Conflict("Recovery codes stand in for a second factor. Set up one first.")
            codes = await make_recovery_codes(user.id)
            await self._record(actor, "factor:update", user, "Made new recovery codes")
        return codes

    async def remove_all_of(self, actor: Actor, user_id: str) -> None:
        """Remove the second factors of somebody who has lost them. Raises NotFound, Conflict."""
        self._access.authorise(actor, "factor:reset", EVERYTHING)
        require_fresh(actor, self._clock)
        if user_id == actor.user_id:
            raise Conflict("Remove your own second factors on your account page.")
        async with transaction():
            user = await find_user(user_id)
            if user is None:
                raise NotFound("There is no such user.")
            if not (await factors_of(user_id)).any:
                raise Conflict(f"{user.name} has no second factor.")
            await remove_factors(user_id)
            await self._changed(actor, user, "factor:reset", "Removed all second factors")
        self._identities.forget(user_id)
        await self._sessions.end_all(user_id)

    async def _fresh(self, actor: Actor) -> tuple[User, Session]:
        session = await self._sessions.own(actor)
        require_fresh(actor, self._clock)
        user = await find_user(actor.user_id)
        if user is None:
            raise Forbidden("Sign in on the page to do this.")
        return user, session

    async def _codes_for_first(self, user: User) -> tuple[str, ...]:
        return () if (await factors_of(user.id)).any else await make_recovery_codes(user.id)

    async def _after_removal(self, actor: Actor, session: Session, user: User) -> tuple[str, ...]:
        """Tell how the session counts after one is gone; without any, the codes that stood in for it go too."""
        if (await factors_of(user.id)).any:
            return session.amr
        if needs_second_factor(await self._policy.rule(), actor.bindings):
            raise Conflict("You need a second factor here. Set up another one before you remove this one.")
        await remove_factors(user.id)
        return PASSWORD

    async def _changed(self, actor: Actor, user: User, action: Action, summary: str) -> User:
        await self._record(actor, action, user, summary)
        changed = await raise_auth_epoch(user.id)
        if changed is None:
            raise Unauthenticated("Sign in first.")
        return changed

    async def _record(self, actor: Actor, action: Action, user: User, summary: str) -> None:
        await self._audit.record(actor, action, Subject("user", user.id, user.email), summary=summary)

    async def _go_on(self, session: Session, user: User, amr: tuple[str, ...]) -> SignedIn:
        self._identities.forget(user.id)
        await self._sessions.end_all(user.id, replaced=session.id)
        return await self._sessions.renew(session, user, amr=tuple(dict.fromkeys(amr)))


def _own(actor: Actor) -> Resource:
    return Resource(owner_id=actor.user_id)
