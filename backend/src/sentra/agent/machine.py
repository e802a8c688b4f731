"""What the reconciler needs of a machine: its WireGuard interfaces, read and changed."""

from typing import Protocol

from msgspec import Struct

from sentra.core.interfaces import InterfaceSpec
from sentra.core.plan import DevicePatch, LinkPatch
from sentra.core.secrets import Secret


class Running(Struct, frozen=True):
    """An interface as it runs. `incarnation` differs once the link was removed and made again, or the machine booted.

    Endpoints in `spec` are where the peers were last heard. `reading` is for the machine, when it reads again.
    """

    spec: InterfaceSpec
    incarnation: str
    reading: object = None


class Scope(Struct, frozen=True):
    """What to look for beside the interface itself: Sentra's routes in this table (0 is the main one), and whether it
    masquerades, which takes a program to find out."""

    table: int = 0
    masquerade: bool = True


class Machine(Protocol):
    """One machine. Every method may take seconds and none holds up the event loop; all raise SentraError with a
    sentence that says what cannot be done, and to which peer. One call per interface at a time."""

    async def read(self, name: str, scope: Scope, last: Running | None = None) -> Running | None:
        """Give what runs; None where there is no link of that name. Raises ForeignLink where it is not WireGuard's.

        `last` is what was read last. What did not change since is quickly read, and its peers are the same objects.
        """

    async def create(self, name: str) -> None:
        """Make the link, down and without any configuration. It outlives this process."""

    async def delete(self, name: str) -> None:
        """Remove the link, and whatever process carries it."""

    async def apply_device(self, name: str, patch: DevicePatch, private_key: Secret | None) -> None:
        """Change the WireGuard side. What was done before a failure stays done."""

    async def apply_link(self, name: str, patch: LinkPatch) -> None:
        """Change the network side. What was done before a failure stays done."""

    async def set_masquerade(self, name: str, networks: tuple[str, ...]) -> None:
        """Masquerade exactly these networks where they leave through another interface; none where empty."""

    async def read_private_key(self, name: str) -> Secret | None:
        """Give the private key that runs."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Give the addresses of a name, best first."""
