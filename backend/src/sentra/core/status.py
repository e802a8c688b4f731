"""What is observed: the status of machines, interfaces and peers, as sampled.

Times are integer Unix seconds (0 = never), sizes bytes, `clock` milliseconds of the agent's monotonic clock.
"""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

DriverName = Literal["netlink", "uapi"]

OUT_OF_ORDER: Final = "This interface does not work right now. Whoever looks after it can see why."
ACTIVE_SECONDS = 180
"""A peer is active while its latest handshake is younger: REJECT_AFTER_TIME in the WireGuard paper, section 6.1."""


class PeerStatus(Struct, frozen=True, gc=False):
    """One peer as its interface reports it. Holds no secret: only whether a preshared key is set."""

    public_key: str
    endpoint: str | None = None
    allowed_ips: tuple[str, ...] = ()
    latest_handshake: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    persistent_keepalive: int = 0
    has_preshared_key: bool = False


class InterfaceStatus(Struct, frozen=True, gc=False):
    """One interface without its peers. `error` says why it cannot be read; the other fields are then the last known."""

    name: str
    driver: DriverName | None = None
    public_key: str | None = None
    listen_port: int = 0
    fwmark: int = 0
    up: bool = False
    error: str | None = None

    def outline(self) -> "InterfaceStatus":
        """Give what of it concerns whoever only has a peer on it: whether it works, and not why it does not."""
        return replace(self, driver=None, fwmark=0, error=self.error and OUT_OF_ORDER)


class Sample(Struct, frozen=True):
    """One read of one interface. A peer that did not change is the same object as in the sample before."""

    interface: InterfaceStatus
    peers: Mapping[str, PeerStatus]


class SystemStatus(Struct, frozen=True):
    """One look at the machine. Sizes in bytes, `cpu_percent` over the time since the last look, `uptime` in seconds."""

    hostname: str
    os: str
    platform: str
    arch: str
    kernel_version: str
    cpu_count: int
    cpu_percent: float
    memory_total: int
    memory_used: int
    memory_percent: float
    disk_total: int
    disk_used: int
    disk_percent: float
    load_average: tuple[float, float, float]
    uptime: int
    net_bytes_sent: int
    net_bytes_recv: int


def is_active(latest_handshake: int, now: float) -> bool:
    """Tell whether a peer with this latest handshake counts as active at `now` (Unix seconds)."""
    return latest_handshake > 0 and now - latest_handshake < ACTIVE_SECONDS
