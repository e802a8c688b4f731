"""Who needs a second factor: what applies to everybody, and who is held back by it."""

from typing import Final, get_args

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict, Forbidden
from sentra.core.factors import SecondFactorRule, has_two_factors, needs_second_factor
from sentra.db.bindings import all_bindings
from sentra.db.database import transaction
from sentra.db.factors import factors_of, users_with_factors
from sentra.db.policies import read_policy, write_policy
from sentra.db.users import emails_of_joined
from sentra.services.audit import Audit
from sentra.services.sessions import Sessions
from sentra.services.step_up import require_fresh

_NAME: Final = "second_factor"
REMEMBERED_SECONDS: Final = 10.0
"""How long a rule that was read is believed. What changes here counts at once; this is for another process."""


NAMED_AT_MOST: Final = 20


class HeldBack(Struct, frozen=True):
    """How many people a rule would hold back, and the e-mail addresses of the first of them."""

    count: int
    emails: tuple[str, ...]


class SecondFactorNeeded(Forbidden):
    """Whoever asks must set up a second factor before anything else."""


class SecondFactorPolicy:
    """Knows the rule, and changes it."""

    def __init__(self, clock: Clock, access: Access, sessions: Sessions, audit: Audit) -> None:
        self._clock = clock
        self._access = access
        self._sessions = sessions
        self._audit = audit
        self._remembered: tuple[SecondFactorRule, float] | None = None
        self._changes = 0

    async def read(self, actor: Actor) -> SecondFactorRule:
        """Return who needs a second factor."""
        self._access.authorise(actor, "policy:read", EVERYTHING)
        return await self.rule()

    async def held_back_by(self, actor: Actor, rule: SecondFactorRule) -> HeldBack:
        """Give who can sign in, would need a second factor by this rule, and has none."""
        self._access.authorise(actor, "policy:read", EVERYTHING)
        bindings, having = await all_bindings(), await users_with_factors()
        emails = sorted(
            email
            for user_id, email in (await emails_of_joined()).items()
            if user_id not in having and needs_second_factor(rule, bindings.get(user_id, ()))
        )
        return HeldBack(len(emails), tuple(emails[:NAMED_AT_MOST]))

    async def change(self, actor: Actor, rule: SecondFactorRule) -> None:
        """Say who needs a second factor from now on.

        Whoever needs one now and signed in without ends up at the sign-in page: all that such a session held open is
        closed, and what they do next is to set one up. Raises Conflict where the actor would be one of them.
        """
        self._access.authorise(actor, "policy:update", EVERYTHING)
        require_fresh(actor, self._clock)
        if actor.kind == "user" and needs_second_factor(rule, actor.bindings) and not has_two_factors(actor.amr):
            raise Conflict("Set up a second factor of your own first. Then ask the others for one.")
        async with transaction():
            before = _known(await read_policy(_NAME))
            if before == rule:
                return
            await write_policy(_NAME, {"rule": rule})
            await self._audit.record(
                actor,
                "policy:update",
                Subject("policy", _NAME, "Second factor"),
                summary=f"Second factor: {before} → {rule}",
                detail={"before": before, "after": rule},
            )
        self._changes += 1
        self._remembered = None
        needing = [user for user, bindings in (await all_bindings()).items() if needs_second_factor(rule, bindings)]
        await self._sessions.end_with_one_factor(needing)

    async def rule(self) -> SecondFactorRule:
        """Return who needs a second factor, for whoever decides by it."""
        now = self._clock.now()
        if self._remembered and 0 <= now - self._remembered[1] < REMEMBERED_SECONDS:
            return self._remembered[0]
        changes = self._changes
        rule = _known(await read_policy(_NAME))
        if changes == self._changes:  # else it may have changed while it was read
            self._remembered = rule, now
        return rule

    async def holds_back(self, actor: Actor) -> bool:
        """Tell whether the actor must set up a second factor before anything else.

        Nobody who has one is in a session that began without it, so how it began says it all. A program that signed in
        with a password lives on: it is asked whether its user has one by now. API tokens were made in a session.
        """
        if has_two_factors(actor.amr) or (actor.session_id is None and not actor.amr):
            return False
        if not needs_second_factor(await self.rule(), actor.bindings):
            return False
        return actor.session_id is not None or not (await factors_of(actor.user_id)).any


def _known(value: object) -> SecondFactorRule:
    """Return a stored rule; nobody has decided means optional, what no version knows means all."""
    if value is None:
        return "optional"
    said = value.get("rule") if isinstance(value, dict) else value
    return next((rule for rule in get_args(SecondFactorRule) if rule == said), "all")
