"""Allowed IPs as specs have them, out of what WireGuard prints."""

import ipaddress
from collections.abc import Iterable

from sentra.core.addresses import sort_prefixes


def in_order(printed: Iterable[str]) -> tuple[str, ...]:
    """Give canonical prefixes in the order of specs. WireGuard keeps none."""
    return sort_prefixes(_respelled(text) if ":" in text and "." in text else text for text in printed)


def _respelled(text: str) -> str:
    # inet_ntop() ends some IPv6 addresses in decimals (`::10.0.0.0/104`), and core.addresses none.
    return str(ipaddress.ip_network(text))
