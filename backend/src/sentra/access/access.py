"""Who may do what: the one place that asks Casbin. Whatever goes wrong while asking, the answer is no."""

import logging
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import casbin
from msgspec.structs import replace

from sentra.core.access import ACTIONS, EVERYTHING, ROLES, WHOLE, Action, Actor, Binding, Resource, Scope, covers
from sentra.core.errors import Forbidden, Hidden

log = logging.getLogger(__name__)

USER: Final = "user"
"""What everybody is who is signed in, beside their roles: it has what belongs to them, such as their session."""
_OF_PARTS: Final = frozenset({"docs", "interface", "peer", "status"})
"""The nouns of what a role of a node or an interface gives there."""


class Access:
    """Decides by role and exact action name, from the policy that ships with the package. Remembers its verdicts.

    A policy's third column says of what: `any` within the scope of the binding, or only what is the actor's `own`.
    """

    def __init__(self, enforcer: casbin.Enforcer) -> None:
        self._enforcer = enforcer
        self._verdicts: dict[tuple[str, Action, bool], bool] = {}

    @classmethod
    def shipped(cls) -> "Access":
        """Return the access rules of this version of Sentra."""
        package = files("sentra.access")
        with as_file(package / "model.conf") as model, as_file(package / "policy.csv") as policy:
            return cls.from_files(model, policy)

    @classmethod
    def from_files(cls, model: Path, policy: Path) -> "Access":
        """Return access rules from a Casbin model and policy. Raises ValueError for what does not exist."""
        enforcer = casbin.Enforcer(str(model), str(policy))
        rules = enforcer.get_policy()
        unknown = {role for role, *_ in rules} - {USER, *ROLES} | {action for _, action, *_ in rules} - set(ACTIONS)
        if unknown or {of for _, _, of, *_ in rules} - {"any", "own"}:
            raise ValueError(f"the policy names what does not exist: {', '.join(sorted(unknown))}")
        return cls(enforcer)

    def require(self, actor: Actor, action: Action) -> None:
        """Return if there can be something that the actor may do this to; raise Forbidden otherwise.

        It is the first look, before anything is known of the object. `authorise` decides.
        """
        if not self.may_somewhere(actor, action):
            raise Forbidden("You are not allowed to do this.")

    def authorise(self, actor: Actor, action: Action, resource: Resource) -> None:
        """Return if the actor may do this to the resource.

        Raises Hidden where they may not even know of it, in the words for what is not there; Forbidden otherwise.
        """
        if self.may(actor, action, resource):
            return
        noun = _noun(action, resource)
        read = f"{noun}:read"
        if read in ACTIONS and not self.may(actor, read, resource):
            raise Hidden(f"There is no such {noun}.")
        raise Forbidden("You are not allowed to do this.")

    def may(self, actor: Actor, action: Action, resource: Resource) -> bool:
        """Tell whether the actor may do this to the resource."""
        if not _token_reaches(actor, action) or not (actor.within == WHOLE or covers(actor.within, resource)):
            return False
        own = resource.owner_id is not None and resource.owner_id == actor.user_id
        return any(
            (each.scope == WHOLE or covers(each.scope, resource)) and self._allows(each.role, action, own=own)
            for each in _bindings(actor)
        )

    def may_all(self, actor: Actor, action: Action, resource: Resource) -> bool:
        """Tell whether the actor may do this to whatever is in the resource, whoever's it is."""
        return self.may(actor, action, replace(resource, owner_id=None))

    def may_own(self, actor: Actor, action: Action, resource: Resource) -> bool:
        """Tell whether the actor may do this to what is in the resource and their own."""
        return self.may(actor, action, replace(resource, owner_id=actor.user_id))

    def may_somewhere(self, actor: Actor, action: Action) -> bool:
        """Tell whether there can be something that the actor may do this to."""
        return _token_reaches(actor, action) and any(
            self._allows(each.role, action, own=True) for each in _bindings(actor)
        )

    def permissions(self, actor: Actor) -> list[Action]:
        """Return every action that the actor may do to something, sorted: the page shows only what is in it.

        What is about Sentra as a whole, such as people, is not given by a role of a part of it.
        """
        return [action for action in ACTIONS if self._has_use_of(actor, action)]

    def scopes(self, actor: Actor, action: Action, *, own: bool = False) -> frozenset[Scope]:
        """Return within what the actor may do this to anything, whoever's it is; with `own`, to their own."""
        if not _token_reaches(actor, action):
            return frozenset()
        return frozenset(each.scope for each in actor.bindings if self._allows(each.role, action, own=own))

    def permission_table(self) -> dict[str, dict[Action, str]]:
        """Return what each role may do: `any`, or only to what is their `own`."""
        return {
            role: {
                action: "any" if self._allows(role, action, own=False) else "own"
                for action in ACTIONS
                if self._allows(role, action, own=True)
            }
            for role in (USER, *ROLES)
        }

    def forget(self) -> None:
        """Drop the remembered verdicts, because the policy has changed."""
        self._verdicts.clear()

    def _has_use_of(self, actor: Actor, action: Action) -> bool:
        if not self.may_somewhere(actor, action):
            return False
        if action.partition(":")[0] in _OF_PARTS or self._allows(USER, action, own=True):
            return True
        return self.may_own(actor, action, EVERYTHING)

    def _allows(self, role: str, action: Action, *, own: bool) -> bool:
        verdict = self._verdicts.get((role, action, own))
        return self._ask(role, action, own=own) if verdict is None else verdict

    def _ask(self, role: str, action: Action, *, own: bool) -> bool:
        try:
            verdict = self._enforcer.enforce(role, action, own) is True
        except Exception:
            log.exception("the access rules could not be asked", extra={"action": action})
            return False
        if action in ACTIONS:
            self._verdicts[role, action, own] = verdict
        return verdict


def _bindings(actor: Actor) -> Iterator[Binding]:
    yield from actor.bindings
    yield Binding(USER)  # type: ignore[arg-type] # nobody is bound to it, everybody is it


def _noun(action: Action, resource: Resource) -> str | None:
    """Give what must not be known of by whoever may not read it; None where nothing in particular is meant."""
    if resource.peer_id is not None:
        return "peer"
    if resource.interface_id is not None:
        return "interface"
    return action.partition(":")[0] if resource.owner_id is not None else None


def _token_reaches(actor: Actor, action: Action) -> bool:
    return actor.actions is None or action in actor.actions
