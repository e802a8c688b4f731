"""What asks for more than a session: that whoever sits there proved who they are a moment ago."""

from typing import Final

from sentra.core.access import Actor
from sentra.core.clock import Clock
from sentra.core.errors import Forbidden

FRESH_SECONDS: Final = 5 * 60


class StepUpRequired(Forbidden):
    """The actor may do this, once they have proved again who they are (`POST /api/v1/session/proof`)."""


def require_fresh(actor: Actor, clock: Clock) -> None:
    """Return if the actor proved who they are within the last five minutes. Raises StepUpRequired.

    Who is root on this machine has proved it by that.
    """
    if actor.kind != "local" and not 0 <= clock.now() - actor.proved_at < FRESH_SECONDS:
        raise StepUpRequired("Prove once more that it is you.")
