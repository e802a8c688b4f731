"""What every write on an interface or a peer answers: the plan, whether it runs already, how to keep a risky one."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from sentra.core.change_plan import ChangePlan
from sentra.services.outcomes import Confirm, Outcome


class DryRun(BaseModel):
    """`dry_run=true` answers with the plan, and changes nothing."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False


class Nothing(BaseModel):
    """An empty form."""

    model_config = ConfigDict(extra="forbid")


class ReimportView(BaseModel):
    """A peer that must import its config file again."""

    id: str
    name: str


class Plan(BaseModel):
    """What a change does, in sentences for people. `risky` says why it may cut off whoever makes it."""

    operations: list[str]
    firewall: list[str]
    files: list[str]
    reimport: list[ReimportView]
    risky: list[str]


class ConfirmView(BaseModel):
    """A change that is undone at `deadline_at` unless it is confirmed with the nonce, from 3 s after it."""

    nonce: str
    deadline_at: datetime
    seconds: int


class Result(BaseModel):
    """What became of a change. Where `applied` is false, `reason` says why it does not run yet; it is kept."""

    applied: bool
    reason: str | None
    plan: Plan
    confirm: ConfirmView | None


def plan_view(plan: ChangePlan) -> Plan:
    """Give a plan as the API shows it."""
    return Plan(
        operations=list(plan.operations),
        firewall=list(plan.firewall),
        files=list(plan.files),
        reimport=[ReimportView(id=peer.id, name=peer.name) for peer in plan.reimport],
        risky=list(plan.risky),
    )


def confirm_view(confirm: Confirm | None) -> ConfirmView | None:
    """Give how a change is kept, None where nothing has to be done."""
    if confirm is None:
        return None
    deadline_at = datetime.fromtimestamp(int(confirm.deadline), UTC)
    return ConfirmView(nonce=confirm.nonce, deadline_at=deadline_at, seconds=int(confirm.seconds))


def result_of(outcome: Outcome) -> Result:
    """Give what became of a change, without the noun that it is about."""
    return Result(
        applied=outcome.applied,
        reason=outcome.reason,
        plan=plan_view(outcome.plan),
        confirm=confirm_view(outcome.confirm),
    )
