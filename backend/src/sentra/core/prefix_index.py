"""Which of many prefixes meet a given one, and which of them an address belongs to: without looking at all of them."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from sentra.core.addresses import Family, prefix_text, split

Owner = TypeVar("Owner")
_Key = tuple[Family, int, int]


class PrefixIndex(Generic[Owner]):
    """Canonical prefixes and whose they are. Two of them may be nested or the same, as prefixes can only be.

    What contains a prefix is looked up once per prefix length that occurs; what lies inside it is one run of the
    sorted prefixes.
    """

    __slots__ = ("_bits", "_keys", "_lengths", "_owners")

    def __init__(self, prefixes: Iterable[tuple[str, Owner]] = ()) -> None:
        self._owners: dict[_Key, list[Owner]] = {}
        for prefix, owner in prefixes:
            self._owners.setdefault(_key(prefix), []).append(owner)
        self._keys = sorted(self._owners)
        self._lengths = sorted({(family, length) for family, _, length in self._keys})

    def add(self, prefix: str, owner: Owner) -> None:
        """Take one more prefix in."""
        key = _key(prefix)
        if key not in self._owners:
            insort(self._keys, key)
            if (key[0], key[2]) not in self._lengths:
                insort(self._lengths, (key[0], key[2]))
        self._owners.setdefault(key, []).append(owner)

    def overlapping(self, prefix: str) -> list[tuple[str, Owner]]:
        """Give every prefix that has an address in common with this one, and its owner; the widest first."""
        key = _key(prefix)
        return [(prefix_text(*each), owner) for each in self._meeting(key) for owner in self._owners[each]]

    def owner_of(self, address: str) -> tuple[str, Owner] | None:
        """Give the narrowest prefix that holds the address, and its owner, as WireGuard decides; None for nobody.

        The address comes with or without a prefix length; with one that is not whole, the prefix must hold it whole.
        """
        narrowest = None
        for key in self._containing(_key(address)):
            narrowest = key
        return None if narrowest is None else (prefix_text(*narrowest), self._owners[narrowest][0])

    def _meeting(self, key: _Key) -> Iterator[_Key]:
        yield from self._containing(key)
        family, first, length = key
        last = first | (1 << _bits(family) - length) - 1
        for at in range(bisect_right(self._keys, key), len(self._keys)):
            each = self._keys[at]
            if each[0] != family or each[1] > last:
                return
            yield each

    def _containing(self, key: _Key) -> Iterator[_Key]:
        family, first, length = key
        for of, shorter in self._lengths:
            if of != family or shorter > length:
                continue
            host_bits = _bits(family) - shorter
            wider = (family, first >> host_bits << host_bits, shorter)
            if wider in self._owners:
                yield wider


def _key(prefix: str) -> _Key:
    family, address, length = split(prefix)
    host_bits = _bits(family) - length
    return family, address >> host_bits << host_bits, length


def _bits(family: Family) -> int:
    return 32 if family == 4 else 128
