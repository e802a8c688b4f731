"""Addresses and prefixes as text: strict when they come from people, fast once they are canonical.

Canonical is the one spelling that WireGuard and the kernel print: lower case, shortest (RFC 5952), and with a prefix
length, also where it is a single address (`10.8.0.2/32`). Functions that take a canonical text do not check it again.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Final, Literal

from sentra.core.errors import WrongValue

Family = Literal[4, 6]
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

LONGEST_ADDRESS: Final = 45
"""Characters of the longest IPv6 spelling, its last part in decimals."""
LONGEST_PREFIX: Final = 49

_LENGTH: Final = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)
_V4_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_THIS_NETWORK: Final = ipaddress.IPv4Network("0.0.0.0/8")
_BROADCAST: Final = ipaddress.IPv4Network("255.255.255.255/32")


def canonical_prefix(text: str, *, default_route: bool = False) -> str:
    """Give the canonical form of a prefix; an address alone is a prefix of its own, as for `wg`.

    `0.0.0.0/0` and `::/0` only with `default_route`. Raises WrongValue for anything that is not one spelling of one
    prefix, for host bits, and for prefixes within which no peer can have an address: multicast, loopback, the
    unspecified and the broadcast address, IPv4-mapped ones.
    """
    interface = _parsed(text)
    network = interface.network
    if interface.ip != network.network_address:
        raise WrongValue("host-bits", f"There are host bits after the prefix length; did you mean {network}?")
    if network.prefixlen == 0:
        if not default_route:
            raise WrongValue("default-route", "A default route is not possible here.")
        return str(network)
    _refuse_special(network)
    return str(network)


def canonical_interface_address(text: str) -> str:
    """Give the canonical form of an interface's own address with the length of its network: `10.8.0.1/24`.

    Raises WrongValue for what `canonical_prefix` refuses, host bits apart, and for the address of the network itself
    and its broadcast address.
    """
    interface = _parsed(text)
    network = interface.network
    if network.prefixlen == 0:
        raise WrongValue("default-route", "An interface address needs a network; add a prefix length such as /24.")
    _refuse_special(ipaddress.ip_network(interface.ip))
    if interface.ip.version == 4 and interface.ip in _THIS_NETWORK:
        raise WrongValue("unspecified", "Addresses of 0.0.0.0/8 belong to no interface.")
    _refuse_ends(interface)
    return interface.with_prefixlen


def canonical_address(text: str) -> str:
    """Give the canonical form of a single address, without a prefix length. Raises WrongValue otherwise."""
    if "/" in text:
        raise WrongValue("prefix-length", "An address alone is wanted here, without a prefix length.")
    interface = _parsed(text)
    _refuse_special(interface.network)
    return str(interface.ip)


def sort_prefixes(prefixes: Iterable[str]) -> tuple[str, ...]:
    """Give canonical prefixes each once, IPv4 first, then by address, then the wider before the narrower."""
    once = tuple(dict.fromkeys(prefixes))
    return once if len(once) < 2 else tuple(sorted(once, key=_order))


def numbers_of(prefix: str) -> tuple[Family, int, int]:
    """Give family, first and last address of a canonical prefix. Host bits count as none."""
    family, address, length = split(prefix)
    host_bits = (32 if family == 4 else 128) - length
    first = address >> host_bits << host_bits
    return family, first, first | (1 << host_bits) - 1


def range_of(prefix: str) -> tuple[Family, str, str]:
    """Give family, first and last address in hexadecimal of equal length, so that text order is address order.

    This is how the table `peer_prefixes` keeps a prefix.
    """
    family, first, last = numbers_of(prefix)
    digits = 8 if family == 4 else 32
    return family, f"{first:0{digits}x}", f"{last:0{digits}x}"


def split(prefix: str) -> tuple[Family, int, int]:
    """Give family, address and prefix length of a canonical prefix or interface address; alone it is a whole length."""
    address, _, length = prefix.partition("/")
    if ":" in address:
        return 6, int.from_bytes(socket.inet_pton(socket.AF_INET6, address), "big"), int(length or 128)
    return 4, int.from_bytes(socket.inet_pton(socket.AF_INET, address), "big"), int(length or 32)


def prefix_text(family: Family, address: int, length: int) -> str:
    """Give the canonical text of a prefix or interface address."""
    return f"{ipaddress.IPv4Address(address) if family == 4 else ipaddress.IPv6Address(address)}/{length}"


def network_of(address: str) -> str:
    """Give the network of a canonical interface address: `10.8.0.0/24` of `10.8.0.1/24`."""
    family, first, _ = numbers_of(address)
    return prefix_text(family, first, split(address)[2])


def host_of(address: str) -> str:
    """Give a canonical interface address as the prefix of it alone: `10.8.0.1/32` of `10.8.0.1/24`."""
    return f"{address.partition('/')[0]}/{128 if ':' in address else 32}"


def overlaps(one: str, other: str) -> bool:
    """Tell whether two canonical prefixes have an address in common."""
    family, first, last = numbers_of(one)
    other_family, other_first, other_last = numbers_of(other)
    return family == other_family and first <= other_last and other_first <= last


def _parsed(text: str) -> _Interface:
    if len(text) > LONGEST_PREFIX:
        raise WrongValue("too-long", f"An address has at most {LONGEST_ADDRESS} characters and a prefix length.")
    address, slash, length = text.partition("/")
    if "%" in address:
        raise WrongValue("zone-id", "An address in a tunnel has no zone; leave out the part after %.")
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise WrongValue("not-an-address", _why_no_address(address)) from None
    if slash and (_LENGTH.fullmatch(length) is None or int(length) > ip.max_prefixlen):
        raise WrongValue("prefix-length", f"The prefix length is a number from 0 to {ip.max_prefixlen}.")
    return ipaddress.ip_interface((ip, int(length) if slash else ip.max_prefixlen))


def _why_no_address(address: str) -> str:
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", address, re.ASCII) and re.search(r"(^|\.)0[0-9]", address):
        return "Write the numbers of an IPv4 address without leading zeros; some programs read those as octal."
    return "This is no IPv4 or IPv6 address such as 10.8.0.2 or fd00::2."


def _refuse_special(network: _Network) -> None:
    first = network.network_address
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_V4_MAPPED):
        mapped = ipaddress.IPv4Address(int(first) & 0xFFFFFFFF)
        raise WrongValue("v4-mapped", f"Write an IPv4 address as such: {mapped}.")
    if network.is_multicast:
        raise WrongValue("multicast", "Multicast addresses belong to no peer.")
    if network.is_loopback:
        raise WrongValue("loopback", "Loopback addresses never leave their own machine.")
    if first.is_unspecified and network.prefixlen == network.max_prefixlen:
        raise WrongValue("unspecified", "The unspecified address belongs to nobody.")
    if network == _BROADCAST:
        raise WrongValue("broadcast", "The broadcast address belongs to nobody.")


def _refuse_ends(interface: _Interface) -> None:
    """Refuse the two addresses of a network that are nobody's; networks of one or two addresses have none (RFC 3021,
    RFC 6164), and IPv6 has no broadcast."""
    network = interface.network
    if network.max_prefixlen - network.prefixlen < 2:
        return
    if interface.ip == network.network_address:
        usual = f"{network.network_address + 1}/{network.prefixlen}"
        raise WrongValue("network-address", f"This is the network's own address; did you mean {usual}?")
    if network.version == 4 and interface.ip == network.broadcast_address:
        raise WrongValue("broadcast", "This is the broadcast address of its network.")


def _order(prefix: str) -> tuple[int, int, int]:
    return split(prefix)
