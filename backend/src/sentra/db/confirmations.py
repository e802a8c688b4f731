"""Changes that wait to be confirmed, at rest: the digest of a nonce, never the nonce."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from tortoise import fields
from tortoise.models import Model


class Confirmation(Struct, frozen=True):
    """A change of an interface that is undone at `deadline` unless somebody confirms it. Times are Unix seconds.

    With `deletes` the interface is only stopped so far, and is deleted when that is confirmed.
    """

    interface_id: str
    nonce_digest: str
    revision_id: int
    made_at: float
    deadline: float
    deletes: bool = False


class ConfirmationRow(Model):
    """A row of `confirmations`: at most one for each interface."""

    nonce_digest = fields.CharField(max_length=64)
    revision_id = fields.IntField()
    deletes = fields.BooleanField()
    made_at = fields.FloatField()
    deadline = fields.FloatField()
    interface: Any = fields.OneToOneField(
        "models.InterfaceRow", related_name="confirmation", on_delete=fields.CASCADE, primary_key=True
    )
    interface_id: str

    class Meta:
        table = "confirmations"

    def to_confirmation(self) -> Confirmation:
        return Confirmation(
            interface_id=self.interface_id,
            nonce_digest=self.nonce_digest,
            revision_id=self.revision_id,
            made_at=self.made_at,
            deadline=self.deadline,
            deletes=self.deletes,
        )


async def add_confirmation(confirmation: Confirmation) -> None:
    """Store a change that waits."""
    await ConfirmationRow.create(
        interface_id=confirmation.interface_id,
        nonce_digest=confirmation.nonce_digest,
        revision_id=confirmation.revision_id,
        made_at=confirmation.made_at,
        deadline=confirmation.deadline,
        deletes=confirmation.deletes,
    )


async def find_confirmation(interface_id: str) -> Confirmation | None:
    """Return the change of an interface that waits."""
    row = await ConfirmationRow.get_or_none(interface_id=interface_id)
    return row.to_confirmation() if row else None


async def list_confirmations() -> Sequence[Confirmation]:
    """Return every change that waits, the most urgent first."""
    return [row.to_confirmation() for row in await ConfirmationRow.all().order_by("deadline")]


async def deadlines() -> Mapping[str, float]:
    """Return until when each waiting change can be confirmed, by interface."""
    return {confirmation.interface_id: confirmation.deadline for confirmation in await list_confirmations()}


async def count_from(interface_id: str, revision_id: int, *, made_at: float) -> None:
    """Say when the change really took effect: it cannot be confirmed before it is seen to work."""
    await ConfirmationRow.filter(interface_id=interface_id, revision_id=revision_id).update(made_at=made_at)


async def take_confirmation(confirmation: Confirmation) -> bool:
    """Remove a change that waits: it is decided now. False for whoever comes second."""
    return bool(
        await ConfirmationRow.filter(
            interface_id=confirmation.interface_id,
            revision_id=confirmation.revision_id,
            nonce_digest=confirmation.nonce_digest,
        ).delete()
    )
