"""What Sentra asks of a WireGuard implementation."""

from typing import Protocol

from sentra.core.status import DriverName, Sample


class Driver(Protocol):
    """Reads one kind of WireGuard interface. Blocks, with a bound of a few seconds: call it from a worker thread,
    never from the event loop. One call per interface at a time; different interfaces may be read side by side."""

    name: DriverName

    def read_status(self, interface: str) -> Sample:
        """Sample the interface. Peers that did not change since this driver's last read are the same objects.

        The `up` of the result is true; whoever knows the link corrects it. No secret is in the result.

        Raises InterfaceMissing where no such interface exists, InterfaceUnreadable where it exists and does not
        answer, answers nonsense or needs a privilege that this process lacks.
        """

    def forget(self, interface: str) -> None:
        """Drop what is remembered of an interface that is no longer read."""
