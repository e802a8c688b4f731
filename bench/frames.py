"""P4: what a viewer of 10,000 peers receives."""

from bench.table import show
from sentra.agent.system import System
from sentra.core.access import SEES_EVERYTHING
from sentra.core.events import InterfaceChange, StatusEvent
from sentra.core.status import InterfaceStatus, PeerStatus
from sentra.live.cache import Mailbox, StatusCache
from sentra.live.frames import HEARTBEAT, Frames

PEERS = 10_000


def main() -> None:
    """Print the rows of P4."""
    cache = StatusCache(lambda: 0.0)
    frames, mailbox = Frames(cache), Mailbox(cache)
    system = System()
    cache.apply(event(1, tuple(peer(number, 0) for number in range(PEERS)), system, full=True))
    snapshot = frames.next_frame(mailbox, SEES_EVERYTHING, 0)
    sizes = []
    for sequence in range(2, 12):
        cache.apply(event(sequence, tuple(peer(number, sequence) for number in range(sequence, PEERS, 100)), system))
        sizes.append(len(frames.next_frame(mailbox, SEES_EVERYTHING, 1_790_000_000).encode()) / 1000)
    before = cache.sequence
    cache.apply(
        StatusEvent(node="local", run="r", sequence=12, sampled_at=1, sample_seconds=1.0, system=None, interfaces={})
    )
    show("P4", f"a frame, {PEERS} peers, 1 % changed, ten-digit counters", sizes, "≤ 4 kB", "kB")
    show("", "frames where nothing changed", [float(cache.sequence - before)], "0", " ")
    show("", "a heartbeat, each 20 s", [float(len(HEARTBEAT))], "≤ 100 B", "B")
    show("", "the snapshot at the start", [len(snapshot.encode()) / 1000], "", "kB")


def event(sequence: int, peers: tuple[PeerStatus, ...], system: System, *, full: bool = False) -> StatusEvent:
    interface = InterfaceStatus(name="wg0", driver="netlink", public_key="A" * 43 + "=", listen_port=51820, up=True)
    change = InterfaceChange(interface, sequence * 1000, (sequence - 1) * 1000, peers)
    return StatusEvent(
        node="local",
        run="r",
        sequence=sequence,
        sampled_at=1_790_000_000 + sequence,
        sample_seconds=1.0,
        full=full,
        system=system.look(),
        interfaces={"wg0": change},
    )


def peer(number: int, sequence: int) -> PeerStatus:
    return PeerStatus(
        public_key=f"{number:043d}=",
        endpoint="203.0.113.200:51820",
        allowed_ips=(f"10.0.{number >> 8}.{number & 255}/32",),
        latest_handshake=1_790_000_000,
        rx_bytes=4_000_000_000 + sequence,
        tx_bytes=9_000_000_000 + sequence,
    )
