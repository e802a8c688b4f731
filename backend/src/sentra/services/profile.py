"""What people change of themselves."""

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import FieldError, Invalid, NotFound
from sentra.core.users import User, normalise_email
from sentra.db.database import transaction
from sentra.db.providers import doubt_address
from sentra.db.users import change_user, find_user, is_email_taken
from sentra.services.audit import Audit
from sentra.services.identities import Identities
from sentra.services.people import changed_of_user
from sentra.services.step_up import require_fresh


class ProfileFields(Struct, frozen=True):
    """What somebody says of themselves; None for what stays."""

    name: str | None = None
    email: str | None = None


class Profile:
    """Changes the actor's own name and address."""

    def __init__(self, clock: Clock, access: Access, audit: Audit, identities: Identities) -> None:
        self._clock = clock
        self._access = access
        self._audit = audit
        self._identities = identities

    async def change(self, actor: Actor, said: ProfileFields) -> User:
        """Change what is said, and leave the rest; another e-mail address only with a fresh proof of who asks.

        Raises Invalid, StepUpRequired, and NotFound for whoever has no account.
        """
        self._access.require(actor, "profile:update")
        email = normalise_email(said.email) if said.email is not None else None
        if email is not None and email != actor.email:
            require_fresh(actor, self._clock)
        async with transaction():
            before = await find_user(actor.user_id)
            if before is None:
                raise NotFound("You have no account here: there is no profile to change.")
            after = replace(before, name=said.name or before.name, email=email or before.email)
            if await is_email_taken(after.email, but_by=after.id):
                raise Invalid(FieldError("email", "email-taken", "Somebody has this address already."))
            if after != before:
                await change_user(after)
                if after.email != before.email:
                    await doubt_address(after.id)
                subject = Subject("user", after.id, after.email)
                detail = changed_of_user(before, after)
                await self._audit.record(actor, "profile:update", subject, summary=_told(before, after), detail=detail)
        self._identities.forget(actor.user_id)
        return after


def _told(before: User, after: User) -> str:
    if before.email != after.email:
        return f"Changed their address from {before.email} to {after.email}"
    return f"Changed their name from {before.name} to {after.name}"
