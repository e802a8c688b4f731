"""The numbers of an interface and its peers: MTU, keepalive, firewall mark, routing table."""

import re
from collections.abc import Iterable
from typing import Final

from sentra.core.errors import WrongValue

LOWEST_MTU: Final = 576
"""Bytes that every IPv4 host takes (RFC 791)."""
LOWEST_MTU_V6: Final = 1280
"""RFC 8200, 5. Below it the kernel takes IPv6 off the link."""
HIGHEST_MTU: Final = 65535
HIGHEST_KEEPALIVE: Final = 65535
HIGHEST_MARK: Final = 0xFFFFFFFF
"""Of a firewall mark and of a routing table's number."""

_TABLE: Final = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


def checked_mtu(mtu: int, addresses: Iterable[str] = ()) -> int:
    """Return an MTU in bytes for a link of these addresses; 0 leaves it to the kernel. Raises WrongValue otherwise."""
    if mtu == 0 and not isinstance(mtu, bool):
        return mtu
    if not _within(mtu, LOWEST_MTU, HIGHEST_MTU):
        raise WrongValue("mtu", f"An MTU is a number from {LOWEST_MTU} to {HIGHEST_MTU}.")
    if mtu < LOWEST_MTU_V6 and any(":" in address for address in addresses):
        raise WrongValue("mtu-v6", f"With IPv6 addresses the MTU is at least {LOWEST_MTU_V6}.")
    return mtu


def checked_keepalive(seconds: int) -> int:
    """Return a persistent keepalive in seconds, 0 for none. Raises WrongValue otherwise."""
    if not _within(seconds, 0, HIGHEST_KEEPALIVE):
        raise WrongValue("keepalive", f"A persistent keepalive is 0 (off) to {HIGHEST_KEEPALIVE} seconds.")
    return seconds


def checked_fwmark(mark: int) -> int:
    """Return a firewall mark, 0 for none. Raises WrongValue otherwise."""
    if not _within(mark, 0, HIGHEST_MARK):
        raise WrongValue("fwmark", "A firewall mark is 0 (off) to 0xffffffff.")
    return mark


def checked_table(table: str) -> str:
    """Return where routes go: `auto`, `off`, or the number of a routing table. Raises WrongValue otherwise."""
    if table in ("auto", "off") or (_TABLE.fullmatch(table) and int(table) <= HIGHEST_MARK):
        return table
    raise WrongValue("table", f"A table is auto, off, or a number from 1 to {HIGHEST_MARK}.")


def _within(value: int, lowest: int, highest: int) -> bool:
    return not isinstance(value, bool) and lowest <= value <= highest
