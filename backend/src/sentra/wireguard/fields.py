"""Fields of a patch as they are written into a message. Whether they make sense is for others to say.

All functions raise ValueError for what is not such a field at all, and never tell what it was.
"""

from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

from sentra.core.keys import KEY_BYTES
from sentra.core.secrets import Secret


class Prefix(NamedTuple):
    """A prefix. `family` is AF_INET or AF_INET6; `length` is that of the text, which may be too long."""

    family: int
    address: bytes
    length: int

    def __str__(self) -> str:
        return f"{inet_ntop(self.family, self.address)}/{self.length}"


class Endpoint(NamedTuple):
    """Where a peer is. `zone` is a link's name or number, for IPv6 addresses that are valid only there."""

    family: int
    address: bytes
    port: int
    zone: str = ""

    def __str__(self) -> str:
        host = inet_ntop(self.family, self.address)
        if self.family == AF_INET:
            return f"{host}:{self.port}"
        return f"[{host}{self.zone and f'%{self.zone}'}]:{self.port}"


def prefix_bytes(text: str) -> Prefix:
    """Take a prefix apart: an address, a slash and a number of eight bits."""
    host, _, length = text.partition("/")
    family = AF_INET6 if ":" in host else AF_INET
    return Prefix(family, _address(family, host), _number(length, 255))


def endpoint_bytes(text: str) -> Endpoint:
    """Take `a.b.c.d:port`, `[v6]:port` or `[v6%link]:port` apart.

    A host name is no such thing: asking DNS may take long, and whoever wants to asks before.
    """
    host, _, port = text.rpartition(":")
    number = _number(port, 65535)
    if not (host.startswith("[") and host.endswith("]")):
        return Endpoint(AF_INET, _address(AF_INET, host), number)
    address, _, zone = host[1:-1].partition("%")
    if not zone.isprintable() or " " in zone:
        raise ValueError("not the name of a link")
    return Endpoint(AF_INET6, _address(AF_INET6, address), number, zone)


def key_or_zeros(key: Secret | None) -> bytes:
    """Give a secret key as WireGuard wants it: none is 32 zeros. A secret of another length is no key."""
    raw = key.reveal() if key else bytes(KEY_BYTES)
    if len(raw) != KEY_BYTES:
        raise ValueError(f"not a key of {KEY_BYTES} bytes")
    return raw


def within(number: int, largest: int) -> int:
    """Return the number. It must lie between 0 and the largest."""
    if not 0 <= number <= largest:
        raise ValueError(f"not a number from 0 to {largest}")
    return number


def _address(family: int, text: str) -> bytes:
    try:
        return inet_pton(family, text)
    except (OSError, ValueError):
        raise ValueError("not an address") from None


def _number(text: str, largest: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and int(text) <= largest):
        raise ValueError(f"not a number from 0 to {largest}")
    return int(text)
