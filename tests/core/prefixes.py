"""Prefixes and addresses as Hypothesis makes them: crowded, so that they meet."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from hypothesis import strategies as st

from sentra.core.addresses import prefix_text

Network = IPv4Network | IPv6Network


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A network of a small part of the address space, of any length within it."""
    if draw(st.booleans()):
        length = draw(st.integers(20, 32))
        first = 10 << 24 | draw(st.integers(0, 4095))
        return ip_network((first >> 32 - length << 32 - length, length))
    length = draw(st.integers(112, 128))
    first = 0xFD << 120 | draw(st.integers(0, 65535))
    return ip_network((first >> 128 - length << 128 - length, length))


def prefixes() -> st.SearchStrategy[str]:
    return networks().map(str)


def text_of(network: Network) -> str:
    return prefix_text(network.version, int(network.network_address), network.prefixlen)


def hosts(network: Network) -> Iterator[int]:
    yield from range(int(network.network_address), int(network.broadcast_address) + 1)
