"""The peers that one message of a dump holds: read anew, or only those that differ from what stood there before.

Nothing that was read before is altered, so that a dump which turns out to be malformed leaves no trace: what is to be
written over the last bytes, once all is read, is only noted.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import compress, count, pairwise
from operator import eq, ne
from struct import Struct

import msgspec

from sentra.core.status import PeerStatus
from sentra.wireguard.device_peer import (
    ADDRESSES,
    COUNTERS,
    COUNTERS_END,
    COUNTERS_FORMAT,
    KEY_END,
    is_usual,
    read_counters,
    read_peer,
)
from sentra.wireguard.device_shape import shape_of
from sentra.wireguard.genl import ATTRIBUTE_HEADER, Malformed, attribute_at

_PROBES = 3
_GROUP = 25
"""How many peers are compared at once: so few that there are groups without a change when 1 % of the peers changed."""
_ENDPOINT_HEADER = slice(ADDRESSES, ADDRESSES + ATTRIBUTE_HEADER.size)


class Layout:
    """Where peers lie: each between two `offsets`. Those at the `usual` places have counters where they belong."""

    def __init__(self, offsets: Sequence[int], usual: Sequence[int]) -> None:
        self.offsets, self.usual = offsets, usual
        self.all_usual = len(usual) == len(offsets) - 1
        self.probes = range(0, len(offsets) - 1, (len(offsets) - 2) // _PROBES + 1)

    @cached_property
    def groups(self) -> Sequence[tuple[int, int, int, Struct]]:
        """The place of the first peer of each group, where the group begins and ends, and its peers' bytes in turn."""
        edges = [*range(0, len(self.offsets) - 1, _GROUP), len(self.offsets) - 1]
        return [
            (
                first,
                self.offsets[first],
                self.offsets[after],
                Struct("".join(f"{end - start}s" for start, end in pairwise(self.offsets[first : after + 1]))),
            )
            for first, after in pairwise(edges)
        ]

    @cached_property
    def counters(self) -> Struct:
        """Bytes and counters in turn: the bytes up to a usual peer's counters, these, the bytes up to the next ones."""
        starts = [self.offsets[place] + COUNTERS for place in self.usual]
        ends = [start + COUNTERS_END - COUNTERS for start in starts]
        gaps = zip([0, *ends], [*starts, self.offsets[-1]], strict=True)
        return Struct("=" + COUNTERS_FORMAT.join(f"{stop - start}s" for start, stop in gaps))

    def index(self, place: int) -> int | None:
        """Return which of the usual peers is the one at `place`, None where that is no usual one."""
        if self.all_usual:
            return place
        index = bisect_left(self.usual, place)
        return index if self.usual[index : index + 1] == (place,) else None

    def around(self, differing: Iterable[int]) -> list[int]:
        """Return the places of the peers to which some of the `differing` bytes belong; four lie from peer to peer."""
        edges = [0, *self.usual, len(self.offsets) - 2]
        gaps = {index // 4 for index in differing}
        return sorted({place for gap in gaps for place in range(edges[gap], edges[gap + 1] + 1)})


_layout = lru_cache(maxsize=8)(Layout)
"""Most parts of a dump are laid out like the one before."""


class Fixed(msgspec.Struct, frozen=True):
    """What the usual peers of a part have besides counters: the bytes, preshared keys included, and what they said."""

    raw: Sequence[object]
    public_keys: list[str]
    endpoints: list[str | None]
    allowed_ips: list[tuple[str, ...]]
    has_preshared_key: list[bool]

    def __repr__(self) -> str:
        return f"Fixed({len(self.public_keys)} peers)"


Rewrite = tuple[bytearray, int, bytes]
"""The bytes of a part, from where on they are to be written over, and with what."""


class Part(msgspec.Struct, frozen=True):
    """Peers that lie one behind the other in `raw`, preshared keys included. It never leaves the decoder.

    A peer that is split over messages is here with what this one says. `fixed` is there once the counters of all were
    read.
    """

    raw: bytearray
    layout: Layout
    statuses: list[PeerStatus]
    fixed: Fixed | None = None

    def __repr__(self) -> str:
        return f"Part({len(self.statuses)} peers)"


def read_part(raw: bytes, known: Mapping[str, PeerStatus]) -> Part:
    """Read all peers in `raw`. Those that are equal to a `known` one are the same objects."""
    offsets = _offsets(raw)
    if isinstance(offsets, range) and (shape := shape_of(raw[: offsets.step])) and (read := shape.read(raw)):
        statuses, usual = read, tuple(range(len(read)))
    else:
        statuses, usual = _read_mixed(raw, offsets)
    if known:
        statuses = [old if (old := known.get(peer.public_key)) == peer else peer for peer in statuses]
    return Part(bytearray(raw), _layout(offsets, usual), statuses)


def _offsets(raw: bytes) -> Sequence[int]:
    """Return where each peer begins, and where the last one ends."""
    _, _, size = attribute_at(raw, 0, len(raw))
    if size % 4:
        raise Malformed("a peer is not padded")
    number, rest = divmod(len(raw), size)
    if not rest and raw[::size] == raw[:1] * number and raw[1::size] == raw[1:2] * number:
        return range(0, len(raw) + 1, size)
    offsets = [0]
    while offsets[-1] < len(raw):
        _, _, after = attribute_at(raw, offsets[-1], len(raw))
        if after % 4:
            raise Malformed("a peer is not padded")
        offsets.append(after)
    return tuple(offsets)


def _read_mixed(raw: bytes, offsets: Sequence[int]) -> tuple[list[PeerStatus], tuple[int, ...]]:
    """Read peers of several shapes: those that look alike together. Return them and the places of the usual ones."""
    pieces = [raw[start:end] for start, end in pairwise(offsets)]
    alike: dict[tuple[int, bytes], list[int]] = {}
    for place, piece in enumerate(pieces):
        alike.setdefault((len(piece), piece[_ENDPOINT_HEADER]), []).append(place)
    statuses: dict[int, PeerStatus] = {}
    usual: list[int] = []
    for places in alike.values():
        shape = shape_of(pieces[places[0]])
        read = shape.read(b"".join(pieces[place] for place in places)) if shape else None
        usual += places if read else [place for place in places if is_usual(pieces[place], 0, len(pieces[place]))]
        statuses |= zip(places, read or [read_peer(pieces[place]) for place in places], strict=True)
    return [statuses[place] for place in range(len(pieces))], tuple(sorted(usual))


def mended(last: Part, raw: memoryview, peers: dict[str, PeerStatus], rewrites: list[Rewrite]) -> Part | None:
    """Return `last` as it is when it is `raw`, and bring `peers` up to date. None where it is to be read anew.

    Peers with the same bytes stay the same objects, and so do those that say the same. The bytes of the others are
    added to `rewrites`; most often this is cheaper than to copy all.
    """
    layout = last.layout
    final = layout.offsets[-2]
    if len(raw) != len(last.raw) or not last.raw.startswith(raw[final : final + KEY_END], final):
        return None  # one that moved moves those behind it
    offsets = layout.offsets
    if not any(
        last.raw.startswith(raw[offsets[place] : offsets[place + 1]], offsets[place]) for place in layout.probes
    ):
        return _recounted(last, raw, peers)
    places = _differing(last, raw)
    if len(places) * 2 > len(last.statuses):
        return _recounted(last, raw, peers)
    statuses = last.statuses.copy()
    for place in places:
        start, end = offsets[place], offsets[place + 1]
        now = bytes(raw[start:end])
        status = _read_again(last, place, bytes(last.raw[start:end]), now)
        if status is None:
            return None
        statuses[place] = peers[status.public_key] = status
        rewrites.append((last.raw, start, now))
    return Part(last.raw, layout, statuses, last.fixed)


def _differing(last: Part, raw: memoryview) -> list[int]:
    """Return the places of the peers in `last` that differ in `raw`. A group of them that is the same costs one
    comparison, and no object for each peer."""
    is_at = last.raw.startswith
    places: list[int] = []
    for first, start, end, peers in last.layout.groups:
        if not is_at(raw[start:end], start):
            differ = map(ne, peers.unpack_from(raw, start), peers.unpack_from(last.raw, start))
            places += compress(count(first), differ)
    return places


def _recounted(last: Part, raw: memoryview, peers: dict[str, PeerStatus]) -> Part | None:
    """Do what `mended` does where the counters of most peers changed: read those of all of them at once."""
    layout = last.layout
    fixed = last.fixed or _fixed(last)
    values = layout.counters.unpack(raw)
    handshakes, keepalives, tx_bytes, rx_bytes = values[1::8], values[3::8], values[5::8], values[7::8]
    counted = list(
        map(
            PeerStatus,
            fixed.public_keys,
            fixed.endpoints,
            fixed.allowed_ips,
            handshakes,
            rx_bytes,
            tx_bytes,
            keepalives,
            fixed.has_preshared_key,
        )
    )
    before = last.statuses if layout.all_usual else [last.statuses[place] for place in layout.usual]
    if True in map(eq, counted, before):
        counted = [old if old == new else new for old, new in zip(before, counted, strict=True)]
    peers.update(zip(fixed.public_keys, counted, strict=True))
    if not layout.all_usual:
        statuses = last.statuses.copy()
        for place, status in zip(layout.usual, counted, strict=True):
            statuses[place] = status
    else:
        statuses = counted
    if (now := values[::2]) != fixed.raw:
        places = layout.around(compress(count(), map(ne, now, fixed.raw)))
        for place in places:
            within = slice(layout.offsets[place], layout.offsets[place + 1])
            again = _read_again(last, place, bytes(last.raw[within]), bytes(raw[within]))
            if again is None:
                return None
            statuses[place] = peers[again.public_key] = again
        fixed = _refixed(fixed, now, layout, {place: statuses[place] for place in places})
    return Part(bytearray(raw), layout, statuses, fixed=fixed)


def _read_again(last: Part, place: int, before: bytes, now: bytes) -> PeerStatus | None:
    """Read the peer at `place`. None where it has another size or key, or its counters lie elsewhere."""
    known = last.statuses[place]
    status = None
    usual = last.layout.index(place) is not None
    if usual and now[:COUNTERS] == before[:COUNTERS] and now[COUNTERS_END:] == before[COUNTERS_END:]:
        status = read_counters(now, 0, known)
    if status is None and now.startswith(before[: ATTRIBUTE_HEADER.size]) and is_usual(now, 0, len(now)) == usual:
        status = read_peer(now)
    if status is None or status.public_key != known.public_key:
        return None
    return known if status == known else status


def _fixed(part: Part) -> Fixed:
    peers = [part.statuses[place] for place in part.layout.usual]
    return Fixed(
        part.layout.counters.unpack(part.raw)[::2],
        [peer.public_key for peer in peers],
        [peer.endpoint for peer in peers],
        [peer.allowed_ips for peer in peers],
        [peer.has_preshared_key for peer in peers],
    )


def _refixed(fixed: Fixed, raw: Sequence[object], layout: Layout, read: Mapping[int, PeerStatus]) -> Fixed:
    """Return what is fixed now that the peers in `read` were read again. Their keys are the same."""
    endpoints, allowed_ips, has_preshared_key = (
        fixed.endpoints.copy(),
        fixed.allowed_ips.copy(),
        fixed.has_preshared_key.copy(),
    )
    for place, peer in read.items():
        if (index := layout.index(place)) is not None:
            endpoints[index], allowed_ips[index] = peer.endpoint, peer.allowed_ips
            has_preshared_key[index] = peer.has_preshared_key
    return Fixed(raw, fixed.public_keys, endpoints, allowed_ips, has_preshared_key)
