"""The peers that one message of a dump holds: read anew, or only those that differ from what stood there before.

Nothing that was read before is altered, so that a dump which turns out to be malformed leaves no trace.
"""

from collections.abc import Mapping, Sequence
from itertools import compress, count, pairwise
from operator import eq, ne

import msgspec

from sentra.core.status import PeerStatus
from sentra.wireguard.device_layout import FIRST, Layout, layout_of
from sentra.wireguard.device_peer import (
    ADDRESSES,
    COUNTERS,
    COUNTERS_END,
    KEY_END,
    is_usual,
    read_counters,
    read_peer,
)
from sentra.wireguard.device_shape import shape_of
from sentra.wireguard.genl import ATTRIBUTE_HEADER, Malformed, attribute_at

_ENDPOINT_HEADER = slice(ADDRESSES, ADDRESSES + ATTRIBUTE_HEADER.size)


class Fixed(msgspec.Struct, frozen=True):
    """What the usual peers of a part have besides counters: the bytes, preshared keys included, and what they said."""

    raw: Sequence[object]
    public_keys: list[str]
    endpoints: list[str | None]
    allowed_ips: list[tuple[str, ...]]
    has_preshared_key: list[bool]

    def __repr__(self) -> str:
        return f"Fixed({len(self.public_keys)} peers)"


class Nest(msgspec.Struct, frozen=True):
    """Peers as they were received, one behind the other, preshared keys included: `raw` begins at `start` of `data`."""

    data: bytearray
    start: int
    raw: memoryview

    def __repr__(self) -> str:
        return f"Nest({len(self.raw)} bytes)"

    def is_same(self, other: "Nest") -> bool:
        """Tell whether both hold the same bytes. Views compare themselves byte by byte, which takes much longer."""
        return len(self.raw) == len(other.raw) and self.data.startswith(other.raw, self.start)


class Part(msgspec.Struct, frozen=True):
    """The peers of a nest, and what they say. It never leaves the decoder.

    A peer that is split over messages is here with what this one says. `fixed` is there once the counters of all were
    read.
    """

    nest: Nest
    layout: Layout
    statuses: list[PeerStatus]
    fixed: Fixed | None = None

    def __repr__(self) -> str:
        return f"Part({len(self.statuses)} peers)"


def read_part(nest: Nest, known: Mapping[str, PeerStatus]) -> Part:
    """Read all peers in the nest. Those that are equal to a `known` one are the same objects."""
    raw = bytes(nest.raw)
    offsets = _offsets(raw)
    if isinstance(offsets, range) and (shape := shape_of(raw[: offsets.step])) and (read := shape.read(raw)):
        statuses, usual = read, tuple(range(len(read)))
    else:
        statuses, usual = _read_mixed(raw, offsets)
    if known:
        statuses = [old if (old := known.get(peer.public_key)) == peer else peer for peer in statuses]
    return Part(nest, layout_of(offsets, usual), statuses)


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


def mended(last: Part, nest: Nest, peers: dict[str, PeerStatus]) -> Part | None:
    """Return `last` as it is when it is in `nest`, and bring `peers` up to date. None where it is to be read anew.

    Peers with the same bytes stay the same objects, and so do those that say the same.
    """
    if len(nest.raw) != len(last.nest.raw):
        return None
    differing = _differing(last, nest)
    if differing is None or len(differing) * 2 > len(last.statuses):
        return _recounted(last, nest, peers)
    statuses = last.statuses.copy()
    for place, before, now in differing:
        status = _read_again(last, place, before, now)
        if status is None:
            return None
        statuses[place] = peers[status.public_key] = status
    return Part(nest, last.layout, statuses, last.fixed)


def _differing(last: Part, nest: Nest) -> list[tuple[int, bytes, bytes]] | None:
    """Return the places of the peers in `last` that differ in `nest`, with their bytes then and now. None where all of
    the first few differ, for then most of the others do as well.

    A group of peers that is the same costs one comparison, and no object for each peer.
    """
    differing: list[tuple[int, bytes, bytes]] = []
    for first, start, end, peers in last.layout.groups:
        if not nest.data.startswith(last.nest.raw[start:end], nest.start + start):
            before, now = peers.unpack_from(last.nest.raw, start), peers.unpack_from(nest.raw, start)
            places = [*compress(count(), map(ne, before, now))]
            if first == 0 and len(places) == FIRST:
                return None
            differing += [(first + place, before[place], now[place]) for place in places]
    return differing


def _recounted(last: Part, nest: Nest, peers: dict[str, PeerStatus]) -> Part | None:
    """Do what `mended` does where the counters of most peers changed: read those of all of them at once."""
    layout, raw = last.layout, nest.raw
    final = layout.offsets[-2]
    moved = not nest.data.startswith(last.nest.raw[final : final + KEY_END], nest.start + final)
    if moved or not layout.has_counters(raw):  # a peer that moved moves those behind it
        return None
    fixed = last.fixed or _fixed(last)
    values = layout.counters.unpack(raw)
    handshakes, keepalives, tx_bytes, rx_bytes = values[1::5], values[2::5], values[3::5], values[4::5]
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
    if (now := values[::5]) != fixed.raw:
        places = layout.around(compress(count(), map(ne, now, fixed.raw)))
        for place in places:
            within = slice(layout.offsets[place], layout.offsets[place + 1])
            again = _read_again(last, place, bytes(last.nest.raw[within]), bytes(raw[within]))
            if again is None:
                return None
            statuses[place] = peers[again.public_key] = again
        fixed = _refixed(fixed, now, layout, {place: statuses[place] for place in places})
    return Part(nest, layout, statuses, fixed)


def _read_again(last: Part, place: int, before: bytes, now: bytes) -> PeerStatus | None:
    """Read the peer at `place`. None where it has another size or key, or its counters lie elsewhere."""
    known = last.statuses[place]
    status = None
    usual = last.layout.index(place) is not None
    if usual and now.startswith(before[:COUNTERS]) and now.endswith(before[COUNTERS_END:]):
        status = read_counters(now, 0, known)
    if status is None and now.startswith(before[: ATTRIBUTE_HEADER.size]) and is_usual(now, 0, len(now)) == usual:
        status = read_peer(now)
    if status is None or status.public_key != known.public_key:
        return None
    return known if status == known else status


def _fixed(part: Part) -> Fixed:
    peers = [part.statuses[place] for place in part.layout.usual]
    return Fixed(
        part.layout.counters.unpack(part.nest.raw)[::5],
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
