"""The host names and addresses under which an installation is reached."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from sentra.core.errors import SentraError

Address = IPv4Address | IPv6Address

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid", ".example")
_LONGEST_NAME = 253
HTTPS = 443


class EdgeRefused(SentraError):
    """Caddy cannot be configured as asked; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Names:
    """Every name and address under which this installation is reached, the public origin's host first."""

    hosts: tuple[str, ...]

    @property
    def dns(self) -> tuple[str, ...]:
        """Only the names."""
        return tuple(host for host in self.hosts if address(host) is None)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Only the addresses."""
        return tuple(found for host in self.hosts if (found := address(host)) is not None)


def public_names(origin: str, extra: Iterable[str] = ()) -> Names:
    """Return the host of `origin`, then `extra`; where the origin is this very machine, its other names too.

    Raises EdgeRefused for what is neither a name nor an address.
    """
    host = parse_origin(origin).host
    hosts = [host, *(_host(name, "SENTRA_TLS_SANS") for name in extra)]
    if is_local(host):
        hosts += _LOCAL
    return Names(tuple(dict.fromkeys(hosts)))


@dataclass(frozen=True, slots=True)
class Origin:
    """The one origin that browsers use, as its parts; `str` gives it back in its only right spelling."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}" if self.port == HTTPS else f"https://{host}:{self.port}"


def parse_origin(origin: str) -> Origin:
    """Parse an origin such as `https://vpn.example.org:8443`; raises EdgeRefused for anything else."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme != "https" or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise EdgeRefused(f"SENTRA_PUBLIC_ORIGIN must look like https://vpn.example.org:8443, not {origin!r}.")
    return Origin(_host(host, "SENTRA_PUBLIC_ORIGIN"), port or HTTPS)


def address(host: str) -> Address | None:
    """Return `host` as an address, or None where it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_local(host: str) -> bool:
    """Tell whether `host` can only mean the machine that the browser runs on."""
    found = address(host)
    return found.is_loopback if found else host == "localhost" or host.endswith(".localhost")


def is_real_name(host: str) -> bool:
    """Tell whether `host` is a name of the public internet, so that HSTS for it cannot hurt anything else."""
    return address(host) is None and "." in host and not host.endswith(_PRIVATE_ENDINGS)


def _host(text: str, variable: str) -> str:
    found = address(text.strip().strip("[]"))
    if isinstance(found, IPv6Address) and found.scope_id:
        raise EdgeRefused(f"{variable} names {text!r}: an address with a zone cannot be in a certificate.")
    if found:
        return str(found)
    name = text.strip().lower()
    labels = name.split(".")
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.match, labels)) or labels[-1].isdecimal():
        raise EdgeRefused(f"{variable} names {text!r}, which is neither a host name nor an address.")
    return name
