"""Use cases of roles: what each may do, and who is bound to which."""

from collections.abc import Collection, Sequence

from sentra.access.access import Access
from sentra.access.words import RoleTable, role_table
from sentra.core.access import EVERYTHING, WHOLE, Actor, Binding, Resource
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import FieldError, Invalid, NotFound
from sentra.core.users import User
from sentra.db.bindings import bindings_of, replace_bindings
from sentra.db.database import transaction
from sentra.db.interfaces import list_interfaces
from sentra.db.links import remove_links_by, remove_links_of
from sentra.db.users import find_user
from sentra.services.audit import Audit
from sentra.services.binding_words import binding_words
from sentra.services.identities import Identities, Identity
from sentra.services.people import require_version
from sentra.services.ranks import rank_of, require_above, require_may_give, require_other_owner, rises_above_makers
from sentra.services.step_up import require_fresh


class Bindings:
    """Tells and changes what people are bound to. `nodes` are those that there are."""

    def __init__(
        self, clock: Clock, access: Access, audit: Audit, identities: Identities, nodes: Collection[str]
    ) -> None:
        self._clock = clock
        self._access = access
        self._audit = audit
        self._identities = identities
        self._nodes = nodes

    def roles(self, actor: Actor) -> RoleTable:
        """Give what each role may do, and why."""
        self._access.require(actor, "role:read")
        return role_table(self._access)

    async def get(self, actor: Actor, user_id: str) -> Sequence[Binding]:
        """Give what somebody is bound to: anybody themselves, and who may see everybody's. Raises NotFound."""
        self._access.require(actor, "role:read")
        user = await find_user(user_id)
        if user is None or not self._access.may(actor, "role:read", Resource(owner_id=user_id)):
            raise NotFound("There is no such user.")
        return await bindings_of(user_id)

    async def replace(
        self, actor: Actor, user_id: str, bindings: Sequence[Binding], *, version: int | None = None
    ) -> Sequence[Binding]:
        """Bind somebody to these roles instead of all that they had. It counts from their next request on.

        Whoever becomes an owner or an admin gets a new link: whoever made theirs stands above them no more, maybe.
        Raises NotFound, Forbidden for whoever is not below the actor, Conflict for the last owner, StepUpRequired,
        ChangedMeanwhile where this is not the `version` of them that was looked at, and Invalid with each binding that
        is too much or to nothing.
        """
        self._access.authorise(actor, "role:update", EVERYTHING)
        require_fresh(actor, self._clock)
        async with transaction():
            user = await find_user(user_id)
            if user is None:
                raise NotFound("There is no such user.")
            before = await bindings_of(user_id)
            await require_above(actor, Identity(user, before))
            require_version(Identity(user, before), version)
            await self.require_right(actor, bindings)
            if Binding("owner") not in bindings:
                await require_other_owner(user_id)
            if sorted(bindings, key=_order) != sorted(before, key=_order):
                await replace_bindings(user_id, bindings)
                if rises_above_makers(before, bindings):
                    await remove_links_of(user_id)
                if rank_of(before) < rank_of(bindings):
                    await remove_links_by(user_id)
                await self._record(actor, user, before, bindings)
        self._identities.forget(user_id)
        return await bindings_of(user_id)

    async def require_right(self, actor: Actor, bindings: Sequence[Binding], *, field: str = "bindings") -> None:
        """Return if the actor may bind somebody so. Call it in the transaction of the change.

        Raises Invalid with each binding that is more than they may give, to nothing that there is, or said twice.
        """
        await require_may_give(actor, bindings, field=field)
        scopes = {WHOLE, *(f"node:{node}" for node in self._nodes)}
        scopes |= {f"interface:{interface.id}" for interface in await list_interfaces()}
        errors = []
        for number, binding in enumerate(bindings):
            where = f"{field}.{number}.scope"
            if binding.scope not in scopes:
                errors.append(FieldError(where, "scope", "There is nothing of this name to be bound to."))
            elif any(binding.scope == other.scope for other in bindings[:number]):
                errors.append(FieldError(where, "twice", "There is one role for each thing. Choose one of them."))
        if errors:
            raise Invalid(*errors)

    async def _record(self, actor: Actor, user: User, before: Sequence[Binding], after: Sequence[Binding]) -> None:
        detail = {"before": await binding_words(before), "after": await binding_words(after)}
        summary = f"{user.email} is {', '.join(detail['after']) or 'bound to nothing any more'}"
        subject = Subject("user", user.id, user.email)
        await self._audit.record(actor, "role:update", subject, summary=summary, detail=detail)


def _order(binding: Binding) -> tuple[str, str]:
    return binding.scope, binding.role
