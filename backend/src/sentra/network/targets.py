"""Where this server may connect to on somebody's word: the public internet, and what the operator named.

An address that a form or a document gives must not lead to this machine, its neighbours or a cloud's metadata service
(SECURITY.md, S56). A name is looked up once, every address of it is judged, and the connection goes to one of those
very addresses: a name that is somebody else's a moment later leads nowhere.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from sentra.core.errors import NetworkRefused

VARIABLE: Final = "SENTRA_ALLOWED_PRIVATE_TARGETS"
LONGEST_URL: Final = 2000

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        # Special-purpose registries of IANA (RFC 6890 and what came since).
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
        # Of IPv6 only global unicast is public, without documentation, tunnels and benchmarks.
        "::/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "4000::/2", "8000::/1",
    )
)  # fmt: skip
_NEVER: Final = tuple(
    ipaddress.ip_network(each) for each in ("0.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/128", "ff00::/8")
)


class TargetRefused(NetworkRefused):
    """An address that this server does not connect to; the text says why and what to do."""


class Names(Protocol):
    """Looks names up."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Give the addresses of a name, best first. Raises NetworkRefused."""
        ...


class HttpsUrl(Struct, frozen=True):
    """An address of HTTPS, taken apart. `host` is lower case, of IPv6 without brackets; `target` is path and query."""

    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Return what the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"


class Targets:
    """Judges addresses. `allowed` are networks that may be connected to though they are private."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = tuple(ipaddress.ip_network(each) for each in allowed)

    async def addresses_of(self, host: str, names: Names) -> tuple[str, ...]:
        """Give the addresses of a name or an address, each of which may be connected to.

        Raises TargetRefused where one of them may not, NetworkRefused where there is none.
        """
        literal = _literal(host)
        found = (str(literal),) if literal else await names.resolve(host)
        if not found:
            raise NetworkRefused(f"the resolver knows no address of {host}")
        for each in found:
            address = _literal(each.partition("%")[0])
            if address is None or not self.permits(address):
                raise TargetRefused(
                    f"{host} leads to a private address. If that is meant, add {each} to {VARIABLE} and start Sentra "
                    "anew."
                )
        return found

    def permits(self, address: _Address) -> bool:
        """Tell whether an address may be connected to."""
        address = _innermost(address)
        if _in(address, _NEVER):
            return False
        return _in(address, self._allowed) or not _in(address, _NOT_PUBLIC)


def parse_https(url: str) -> HttpsUrl:
    """Take an address apart. Raises TargetRefused for anything but plain HTTPS with a host spelt in the one way."""
    if len(url) > LONGEST_URL or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise TargetRefused("This is not an address that begins with https://.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused("This is not an address that begins with https://.") from None
    if parts.scheme != "https":
        raise TargetRefused("Use an address that begins with https://.")
    if "@" in parts.netloc or parts.fragment or "#" in url:
        raise TargetRefused("Leave out names, passwords and what follows a #.")
    host = (parts.hostname or "").lower()
    if port == 0 or not _is_host(host, bracketed="[" in parts.netloc):
        raise TargetRefused("The address names no host that can be looked up.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return HttpsUrl(host, port or 443, target)


def _is_host(host: str, *, bracketed: bool) -> bool:
    """Tell whether this is a name, or an address as it is written canonically: `127.1` and `0x7f.1` are neither."""
    literal = _literal(host)
    if literal is not None:
        return bracketed == isinstance(literal, ipaddress.IPv6Address)
    labels = host.removesuffix(".").split(".")
    if bracketed or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1])


def _literal(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _innermost(address: _Address) -> _Address:
    """Give the IPv4 address that an IPv6 address is written around, as in `::ffff:127.0.0.1`."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _in(address: _Address, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
