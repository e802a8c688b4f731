"""What becomes of a change."""

from typing import Final

from msgspec import Struct

from sentra.core.access import Action, Actor
from sentra.core.change_plan import ChangePlan
from sentra.core.drift import InterfaceReport
from sentra.core.errors import ChangedMeanwhile, Conflict
from sentra.core.interfaces import Interface
from sentra.services.change import Change

SENTRA: Final = Actor(user_id="sentra", email="", name="Sentra", kind="sentra")
"""Who acts when nobody does: a deadline, an expiry."""


class Confirm(Struct, frozen=True):
    """How to keep a risky change: by its nonce, until the deadline (Unix seconds)."""

    nonce: str
    deadline: float
    seconds: float

    def __repr__(self) -> str:
        return f"Confirm(nonce=(hidden), deadline={self.deadline!r})"


class Outcome(Struct, frozen=True):
    """What became of a change. `applied` says that it runs; else `reason` says why not yet, and it is kept all the
    same. Of a dry run only the plan counts."""

    plan: ChangePlan
    applied: bool = False
    reason: str | None = None
    confirm: Confirm | None = None
    revision_id: int | None = None


class Decided(Conflict):
    """Somebody else was faster in deciding what becomes of a change that waited."""


class Made(Change):
    """A change with what became of it."""

    outcome = Outcome(ChangePlan())
    action: Action = ""
    """What its author may do, and did."""


def require_version(current: int, expected: int | None) -> None:
    """Raise ChangedMeanwhile unless the caller decided on the newest version; None is for whoever does not say."""
    if expected is not None and expected != current:
        raise ChangedMeanwhile("Somebody changed this in the meantime. Load it again, then decide.")


def why_not(interface: Interface, report: InterfaceReport | None, seconds: float, *, is_online: bool) -> str:
    """Say why a change does not run yet."""
    if interface.drift_mode == "observe":
        return f"Sentra only observes {interface.name}: nothing is written to it."
    if report is None and is_online:
        return f"The node {interface.node} is still applying it."
    if report is None:
        return f"The node {interface.node} has not answered within {seconds:g} s. It will do this when it is back."
    return report.error or f"The node {interface.node} is still applying it."
