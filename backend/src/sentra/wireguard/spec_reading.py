"""What is configured, read again and again: only the peers whose bytes differ from the last read are decoded."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import compress
from operator import is_not

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.interfaces import DeviceSpec
from sentra.core.peers import PeerSpec


class KnownPeer(Struct, frozen=True):
    """The bytes of a peer, preshared key included, and what they say. Never shown."""

    data: bytes
    spec: PeerSpec

    def __repr__(self) -> str:
        return f"KnownPeer({self.spec.public_key})"


class SpecReading(Struct, frozen=True):
    """One read of what is configured, and what the next one goes by. Whoever keeps it keeps preshared keys."""

    device: DeviceSpec
    known: Mapping[bytes, KnownPeer] = {}
    """By how their bytes begin, which need not be one peer's alone."""

    def __repr__(self) -> str:
        return f"SpecReading({len(self.device.peers)} peers)"

    def then(self, device: DeviceSpec, known: Mapping[bytes, KnownPeer]) -> "SpecReading":
        """Give the next reading. What says the same as in this one is the same object: a peer, or the whole device."""
        before, peers = self.device.peers, dict(device.peers)
        for key in [*compress(peers, map(is_not, peers.values(), map(before.get, peers)))]:
            if peers[key] == before.get(key):
                peers[key] = before[key]
        device = replace(device, peers=peers)
        return SpecReading(self.device if self.device == device else device, known)


def read_known(
    spans: Iterable[bytes],
    known: Mapping[bytes, KnownPeer],
    *,
    beginning: slice,
    configured: Callable[[bytes], bytes],
    decode: Callable[[bytes], PeerSpec],
) -> Iterator[KnownPeer]:
    """Yield what peers say, one span of bytes after the other. Those with the same bytes as at the last read give the
    same specs. `configured` leaves out what no spec holds: the counters of peers that are in use."""
    for span in spans:
        last = known.get(span[beginning])
        if last is not None and last.data == span:
            yield last
        elif last is not None and configured(last.data) == configured(span):
            yield KnownPeer(span, last.spec)
        else:
            yield KnownPeer(span, decode(span))
