"""Who stands above whom: nobody changes somebody of their own rank or above, and there is always an owner.

Call all of it in the transaction of the change: what was read before it may not be so any more.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sentra.core.access import ROLES, WHOLE, Actor, Binding, Role
from sentra.core.errors import Conflict, FieldError, Forbidden, Invalid, Unauthenticated
from sentra.db.bindings import bindings_of
from sentra.db.users import find_user, owner_ids
from sentra.services.identities import Identity

OWNER: Final = ROLES.index("owner")
_ADMIN: Final = ROLES.index("admin")
_NOBODY: Final = len(ROLES)


async def require_above(actor: Actor, identity: Identity) -> None:
    """Return if the actor may change this user; owners may change owners. Raises Forbidden, Unauthenticated."""
    rank = await _rank_now(actor)
    if rank != OWNER and rank >= rank_of(identity.bindings):
        raise Forbidden("You cannot change somebody of your own rank or above.")


async def require_may_give(actor: Actor, bindings: Sequence[Binding], *, field: str = "bindings") -> None:
    """Return if the actor may bind somebody to these roles: those below their own, and an owner any.

    Raises Invalid with each that is too much, Unauthenticated.
    """
    rank = await _rank_now(actor)
    errors = [
        FieldError(f"{field}.{number}.role", "rank", "You can give only roles below your own.")
        for number, binding in enumerate(bindings)
        if rank != OWNER and rank >= rank_of([binding])
    ]
    if errors:
        raise Invalid(*errors)


async def require_other_owner(user_id: str) -> None:
    """Return if there is an owner who can sign in beside this user. Raises Conflict for the last one.

    Call it before an owner is disabled, demoted or deleted; for anybody else it says nothing.
    """
    owners = await owner_ids()
    if owners == {user_id}:
        raise Conflict("This is the last owner. Make somebody else an owner first.")


async def is_owner_now(actor: Actor) -> bool:
    """Tell whether the actor is an owner of everything, as it is stored now. Raises Unauthenticated."""
    return await _rank_now(actor) == OWNER


def rank_of(bindings: Iterable[Binding]) -> int:
    """Give the rank of whoever is bound so: 0 is an owner's. A role counts wherever it is bound."""
    return min((ROLES.index(each.role) for each in bindings if each.role in ROLES), default=_NOBODY)


def rises_above_makers(before: Iterable[Binding], after: Iterable[Binding]) -> bool:
    """Tell whether somebody who could make links into this account may not any more: admins make them for those below
    an admin alone."""
    rank = rank_of(after)
    return rank <= _ADMIN and rank < rank_of(before)


def stands_above(actor: Actor, bindings: Iterable[Binding]) -> bool:
    """Tell whether the actor stands above whoever is bound so, as far as the actor's request knows. For showing."""
    rank = _acting_rank(actor.bindings)
    return rank == OWNER or rank < rank_of(bindings)


def roles_below(actor: Actor) -> Sequence[Role]:
    """Give which roles the actor may give, as far as the actor's request knows: those below, and an owner any."""
    rank = _acting_rank(actor.bindings)
    return ROLES if rank == OWNER else ROLES[rank + 1 :]


async def _rank_now(actor: Actor) -> int:
    """Give the actor's rank as it is stored now; only a role that is bound to everything counts for acting."""
    if actor.kind not in ("user", "token"):
        return _acting_rank(actor.bindings)
    user = await find_user(actor.user_id)
    if user is None or not user.enabled:
        raise Unauthenticated("Sign in first.")
    return _acting_rank(await bindings_of(actor.user_id))


def _acting_rank(bindings: Iterable[Binding]) -> int:
    return rank_of(each for each in bindings if each.scope == WHOLE)
