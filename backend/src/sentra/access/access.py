"""Who may do what: the one place that asks Casbin. Whatever goes wrong while asking, the answer is no."""

import logging
from importlib.resources import as_file, files
from pathlib import Path

import casbin

from sentra.core.access import ACTIONS, EVERYTHING, SEES_EVERYTHING, SEES_NOTHING, Action, Actor, Resource, Sight
from sentra.core.errors import Forbidden

log = logging.getLogger(__name__)


class Access:
    """Decides by role and exact action name, from the policy that ships with the package. Remembers its verdicts."""

    def __init__(self, enforcer: casbin.Enforcer) -> None:
        self._enforcer = enforcer
        self._verdicts: dict[tuple[str, Action], bool] = {}

    @classmethod
    def shipped(cls) -> "Access":
        """Return the access rules of this version of Sentra."""
        package = files("sentra.access")
        with as_file(package / "model.conf") as model, as_file(package / "policy.csv") as policy:
            return cls.from_files(model, policy)

    @classmethod
    def from_files(cls, model: Path, policy: Path) -> "Access":
        """Return access rules from a Casbin model and policy. Raises ValueError for an action that does not exist."""
        enforcer = casbin.Enforcer(str(model), str(policy))
        unknown = {action for _, action, *_ in enforcer.get_policy()} - set(ACTIONS)
        if unknown:
            raise ValueError(f"the policy names actions that do not exist: {', '.join(sorted(unknown))}")
        return cls(enforcer)

    def authorise(self, actor: Actor, action: Action, resource: Resource = EVERYTHING) -> None:
        """Return if the actor may do this to the resource; raise Forbidden otherwise."""
        if not self.may(actor, action, resource):
            raise Forbidden("You are not allowed to do this.")

    def may(self, actor: Actor, action: Action, resource: Resource = EVERYTHING) -> bool:
        """Tell whether the actor may do this to the resource."""
        del resource  # every role has the scope of everything so far
        verdict = self._verdicts.get((actor.role, action))
        if verdict is None:
            verdict = self._ask(actor.role, action)
        return verdict

    def permissions(self, actor: Actor) -> list[Action]:
        """Return every action that the actor may do to something, sorted: the page shows only what is in it."""
        return [action for action in ACTIONS if self.may(actor, action)]

    def sight(self, actor: Actor) -> Sight:
        """Return the part of the status that the actor may see."""
        return SEES_EVERYTHING if self.may(actor, "status:read") else SEES_NOTHING

    def forget(self) -> None:
        """Drop the remembered verdicts, because the policy has changed."""
        self._verdicts.clear()

    def _ask(self, role: str, action: Action) -> bool:
        try:
            verdict = self._enforcer.enforce(role, action) is True
        except Exception:
            log.exception("the access rules could not be asked", extra={"action": action})
            return False
        if action in ACTIONS:
            self._verdicts[role, action] = verdict
        return verdict
