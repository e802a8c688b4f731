"""Address pools: the next free address of a prefix, how full it is, and a private prefix that nothing uses yet.

Nothing here walks over addresses: only over the ranges that are taken, so a /8 or a /64 costs what its peers cost.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from sentra.core.addresses import Family, network_of, numbers_of, prefix_text, split

Range = tuple[int, int]

_ULA: Final = 0xFD << 120
_V4_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""RFC 1918."""
_ULA_TRIES: Final = 64


class PoolUsage(Struct, frozen=True):
    """How full a pool is. `size` is what can be given out at all; an address that is both used and reserved counts as
    used. `next` is what `next_free` gives. IPv6 counts exceed 2^53."""

    prefix: str
    size: int
    used: int
    reserved: int
    resting: int
    free: int
    next: str | None


def next_free(pool: str, taken: Iterable[str], own: Iterable[str] = ()) -> str | None:
    """Give the first address of the pool that nobody has, as a prefix (`10.8.0.2/32`); None where it is full.

    `taken` are prefixes and addresses of peers, reserved or resting; `own` are the interface's addresses
    (`10.8.0.1/24`), which are not given, nor are the ends of their networks.
    """
    return next(free_addresses(pool, taken, own), None)


def free_addresses(
    pool: str, taken: Iterable[str], own: Iterable[str] = (), *, ranges: Iterable[Range] = ()
) -> Iterator[str]:
    """Give every address that `next_free` would, one after the other: for many peers at once.

    `ranges` are taken too: first and last addresses as numbers, of the family of the pool.
    """
    family, first, last = _usable(pool)
    within = _within(family, first, last, (*taken, *_kept_back(own)))
    return _free(family, first, last, (*within, *(each for each in ranges if first <= each[1] and each[0] <= last)))


def pool_size(pool: str) -> int:
    """Give how many addresses of the pool can be given out: without network and broadcast address where it has them."""
    _, first, last = _usable(pool)
    return last - first + 1


def usage_of(
    pool: str,
    used: Iterable[str],
    reserved: Iterable[str] = (),
    resting: Iterable[str] = (),
    own: Iterable[str] = (),
) -> PoolUsage:
    """Give how full the pool is. The interface's own addresses count as used."""
    family, first, last = _usable(pool)
    ranges = list(_within(family, first, last, (*used, *_kept_back(own))))
    in_use = _addresses(ranges)
    ranges += _within(family, first, last, reserved)
    or_reserved = _addresses(ranges)
    ranges += _within(family, first, last, resting)
    taken = _addresses(ranges)
    return PoolUsage(
        prefix=pool,
        size=last - first + 1,
        used=in_use,
        reserved=or_reserved - in_use,
        resting=taken - or_reserved,
        free=last - first + 1 - taken,
        next=next(_free(family, first, last, ranges), None),
    )


def suggest_pools(
    taken: Iterable[str], random_bits: Callable[[int], int] = secrets.randbits
) -> tuple[str | None, str | None]:
    """Suggest a private IPv4 /24 and an IPv6 /64 (RFC 4193) that meet nothing of `taken`; None where there is no room.

    `taken` are prefixes or addresses with a prefix length: links, routes, pools. Default routes, whole or in halves,
    do not count. The choice is random so that two sites, or a site and a home, hardly ever choose the same.
    """
    those = [each for each in taken if split(each)[2] > 1]
    return _suggest_v4(those, random_bits), _suggest_v6(those, random_bits)


def _usable(pool: str) -> tuple[Family, int, int]:
    """Give the addresses of a pool without its ends: an IPv4 network and its broadcast address, and the address of
    all routers in an IPv6 network (RFC 4291, 2.6.1). Pools of one or two addresses have none (RFC 3021, RFC 6164)."""
    family, first, last = numbers_of(pool)
    if last - first < 2:
        return family, first, last
    return family, first + 1, last - 1 if family == 4 else last


def _kept_back(own: Iterable[str]) -> Iterator[str]:
    for address in own:
        family, number, _ = split(address)
        _, first, last = numbers_of(address)
        _, usable_first, usable_last = _usable(network_of(address))
        whole = 32 if family == 4 else 128
        yield prefix_text(family, number, whole)
        if first != usable_first:
            yield prefix_text(family, first, whole)
        if last != usable_last:
            yield prefix_text(family, last, whole)


def _free(family: Family, first: int, last: int, ranges: Iterable[Range]) -> Iterator[str]:
    whole = 32 if family == 4 else 128
    address = first
    for start, end in (*_merged(ranges), (last + 1, last + 1)):
        while address < start:
            yield prefix_text(family, address, whole)
            address += 1
        address = end + 1


def _addresses(ranges: Iterable[Range]) -> int:
    return sum(end - start + 1 for start, end in _merged(ranges))


def _merged(ranges: Iterable[Range]) -> list[Range]:
    """Give the ranges in order, as few as hold the same addresses."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _within(family: Family, first: int, last: int, taken: Iterable[str]) -> Iterator[Range]:
    for prefix in taken:
        of, taken_first, taken_last = numbers_of(prefix)
        if of == family and taken_first <= last and first <= taken_last:
            yield max(first, taken_first), min(last, taken_last)


def _suggest_v4(taken: list[str], random_bits: Callable[[int], int]) -> str | None:
    for private in _V4_PRIVATE:
        _, first, last = numbers_of(private)
        blocks = last - first + 1 >> 8
        begin = random_bits(16) % blocks
        busy = list(_within(4, first, last, taken))
        free = _free_block(first, begin, blocks, busy)
        if free is not None:
            return prefix_text(4, free, 24)
    return None


def _free_block(first: int, begin: int, blocks: int, busy: list[Range]) -> int | None:
    """Give the first address of the first free /24 from block `begin` on, around the end; None where none is free."""
    taken = bytearray(blocks)
    for start, end in busy:
        low, high = start - first >> 8, end - first >> 8
        taken[low : high + 1] = b"\1" * (high - low + 1)
    at = taken.find(0, begin)
    at = taken.find(0) if at < 0 else at
    return None if at < 0 else first + (at << 8)


def _suggest_v6(taken: list[str], random_bits: Callable[[int], int]) -> str | None:
    for _ in range(_ULA_TRIES):
        first = _ULA | random_bits(40) << 80
        if not any(_within(6, first, first | (1 << 64) - 1, taken)):
            return prefix_text(6, first, 64)
    return None
