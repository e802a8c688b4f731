"""Where something is reached: hosts, ports, endpoints; and the DNS that peers use."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from sentra.core.addresses import canonical_address
from sentra.core.errors import WrongValue

LONGEST_HOST: Final = 253
"""Characters of a DNS name without its closing dot (RFC 1035, 2.3.4)."""
HIGHEST_PORT: Final = 65535
MOST_DNS: Final = 16

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


def canonical_endpoint(text: str) -> str:
    """Give the canonical form of `host:port` or `[v6]:port`. Raises WrongValue otherwise."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        raise WrongValue("endpoint", "Write host:port, and an IPv6 address in brackets: [2001:db8::1]:51820.")
    if host.startswith("["):
        if not host.endswith("]") or ":" not in host:
            raise WrongValue("endpoint", "There is an IPv6 address between the brackets, and the port after them.")
        host = host[1:-1]
    return joined_endpoint(canonical_host(host), _port_of(port))


def joined_endpoint(host: str, port: int) -> str:
    """Give the endpoint of a canonical host and a port."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def canonical_host(text: str) -> str:
    """Give the canonical form of an address or a DNS name (RFC 1123), in lower case. Raises WrongValue otherwise."""
    if _looks_like_an_address(text):
        return _canonical_place(text)
    return canonical_domain(text)


def canonical_domain(text: str) -> str:
    """Give a DNS name in lower case and without its closing dot. Raises WrongValue otherwise.

    A name that ends in a number is none: resolvers take it for an address in an old spelling (`127.1`, `0x7f000001`).
    """
    name = text.lower().removesuffix(".") if text.isascii() else text
    if not name:
        raise WrongValue("empty", "A host name or an address is missing.")
    if not name.isascii():
        raise WrongValue("host", "Write a name with other letters as DNS has it: xn--….")
    if len(name) > LONGEST_HOST:
        raise WrongValue("too-long", f"A host name has at most {LONGEST_HOST} characters.")
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise WrongValue("host", "A host name has letters, digits and -, in parts of at most 63 between the dots.")
    if _NUMERIC.fullmatch(labels[-1]):
        raise WrongValue("host", "A host name does not end in a number, and an IPv4 address has four.")
    return name


def canonical_dns(entries: Iterable[str]) -> tuple[str, ...]:
    """Give DNS servers and search domains, each once and in order. Raises WrongValue for what is neither."""
    canonical = tuple(dict.fromkeys(canonical_host(entry) for entry in entries))
    if len(canonical) > MOST_DNS:
        raise WrongValue("too-many", f"There are at most {MOST_DNS} DNS servers and search domains.")
    return canonical


def checked_port(port: int, *, automatic: bool = False) -> int:
    """Return a UDP port; 0, for one that the system chooses, only with `automatic`. Raises WrongValue otherwise."""
    if isinstance(port, bool) or not (0 if automatic else 1) <= port <= HIGHEST_PORT:
        raise WrongValue("port", f"A port is a number from {0 if automatic else 1} to {HIGHEST_PORT}.")
    return port


def _looks_like_an_address(text: str) -> bool:
    if ":" in text or "%" in text:
        return True
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _canonical_place(text: str) -> str:
    try:
        return canonical_address(text)
    except WrongValue as error:
        if error.code != "loopback":
            raise
        return str(ipaddress.ip_address(text))


def _port_of(text: str) -> int:
    if _PORT.fullmatch(text) is None:
        raise WrongValue("port", f"A port is a number from 1 to {HIGHEST_PORT}.")
    return checked_port(int(text))
