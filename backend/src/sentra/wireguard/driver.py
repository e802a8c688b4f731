"""What Sentra asks of a WireGuard implementation."""

from typing import Protocol

from sentra.core.interfaces import DeviceSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.core.status import DriverName, Sample
from sentra.wireguard.spec_reading import SpecReading


class Driver(Protocol):
    """Reads and configures one kind of WireGuard interface. Blocks, with a bound of a few seconds a message: call it
    from a worker thread, never from the event loop. Per interface one `read_status` at a time and one `apply` at a
    time; everything else may go on side by side."""

    name: DriverName

    def read_status(self, interface: str) -> Sample:
        """Sample the interface. Peers that did not change since this driver's last read are the same objects.

        The `up` of the result is true; whoever knows the link corrects it. No secret is in the result.

        Raises InterfaceMissing where no such interface exists, InterfaceUnreadable where it exists and does not
        answer, answers nonsense or needs a privilege that this process lacks.
        """

    def forget(self, interface: str) -> None:
        """Drop what is remembered of an interface that is no longer read."""

    def read_spec(self, interface: str) -> DeviceSpec:
        """Read what is configured, preshared keys included, always anew. Raises what `read_status` raises."""

    def follow_spec(self, interface: str, last: SpecReading | None) -> SpecReading:
        """Read what is configured, as `read_spec` does, against the last reading of whoever asks; the driver remembers
        nothing. Peers of which the same is configured are the same objects, and where nothing changed the device is.
        """

    def read_private_key(self, interface: str) -> Secret | None:
        """Read the interface's private key; None while it has none. Raises what `read_status` raises."""

    def apply(self, interface: str, patch: DevicePatch, private_key: Secret | None) -> None:
        """Configure the interface: its own settings, then the peers to remove, then those to put.

        A peer gets exactly the allowed IPs of its spec, wherever they were before, as long as no two specs share one.
        What the patch does not mention stays as it is, sessions and counters included. An empty patch sends nothing.
        `private_key` is written where the patch says so; None takes the key away.

        Raises InterfaceMissing, and ApplyFailed where anything was not written: it undoes nothing. Every name, key
        and address is encoded before the first message is sent, so that one that is none changes nothing.
        """
