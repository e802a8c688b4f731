"""Where the peers of one message of a dump lie, and what to take them apart with."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from struct import Struct

from sentra.wireguard.device_peer import (
    COUNTER_HEADERS,
    COUNTER_HEADERS_FORMAT,
    COUNTERS,
    COUNTERS_END,
    COUNTERS_FORMAT,
)

FIRST, _GROUP = 5, 25
"""How many peers are compared at once, first and then: so few that there are groups without a change when 1 % of the
peers changed."""


class Layout:
    """Where peers lie: each between two `offsets`. Those at the `usual` places have counters where they belong."""

    def __init__(self, offsets: Sequence[int], usual: Sequence[int]) -> None:
        self.offsets, self.usual = offsets, usual
        self.all_usual = len(usual) == len(offsets) - 1

    @cached_property
    def groups(self) -> Sequence[tuple[int, int, int, Struct]]:
        """The place of the first peer of each group, where the group begins and ends, and its peers' bytes in turn."""
        number = len(self.offsets) - 1
        edges = [0, *range(min(FIRST, number), number, _GROUP), number]
        return [
            (
                first,
                self.offsets[first],
                self.offsets[after],
                Struct("".join(f"{end - start}s" for start, end in pairwise(self.offsets[first : after + 1]))),
            )
            for first, after in pairwise(edges)
        ]

    def has_counters(self, raw: memoryview) -> bool:
        """Tell whether the counters of the usual peers have the headers that belong to them."""
        if self.all_usual and isinstance(self.offsets, range):
            words, step = raw.cast("I"), self.offsets.step // 4
            return all(words[place // 4 :: step] == headers for place, headers in self._columns)
        return self._headers.unpack(raw) == (*COUNTER_HEADERS.values(),) * len(self.usual)

    @cached_property
    def counters(self) -> Struct:
        """Bytes and counters in turn: the bytes up to a usual peer's counters, these, the bytes up to the next ones."""
        return self._around_counters("s", COUNTERS_FORMAT)

    @cached_property
    def _headers(self) -> Struct:
        return self._around_counters("x", COUNTER_HEADERS_FORMAT)

    @cached_property
    def _columns(self) -> Sequence[tuple[int, memoryview]]:
        return [
            (place, memoryview(array("I", [header]) * len(self.usual))) for place, header in COUNTER_HEADERS.items()
        ]

    def _around_counters(self, gap: str, counters: str) -> Struct:
        starts = [self.offsets[place] + COUNTERS for place in self.usual]
        ends = [start + COUNTERS_END - COUNTERS for start in starts]
        gaps = zip([0, *ends], [*starts, self.offsets[-1]], strict=True)
        return Struct("=" + counters.join(f"{stop - start}{gap}" for start, stop in gaps))

    def index(self, place: int) -> int | None:
        """Return which of the usual peers is the one at `place`, None where that is no usual one."""
        if self.all_usual:
            return place
        index = bisect_left(self.usual, place)
        return index if self.usual[index : index + 1] == (place,) else None

    def around(self, gaps: Iterable[int]) -> list[int]:
        """Return the places of the peers to which bytes in these `gaps` between counters belong."""
        edges = [0, *self.usual, len(self.offsets) - 2]
        return sorted({place for gap in gaps for place in range(edges[gap], edges[gap + 1] + 1)})


layout_of = lru_cache(maxsize=8)(Layout)
"""Most parts of a dump are laid out like the one before."""
