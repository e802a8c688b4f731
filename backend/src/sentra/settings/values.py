"""Parses what the operator wrote. Each raises ValueError with the end of a sentence that begins with the variable."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

_INTERFACE = re.compile(r"[A-Za-z0-9_=+.-]{1,15}")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def switch(value: str) -> bool:
    """Parse true or false, in the usual spellings."""
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ValueError("must be true or false.")


def port_or_none(value: str) -> int:
    """Parse a port; 0 is none."""
    if not value.isascii() or not value.isdigit() or int(value) > 65535:
        raise ValueError("must be a port from 1 to 65535, or 0 for none.")
    return int(value)


def port(value: str) -> int:
    """Parse a port."""
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= 65535:
        raise ValueError("must be a port from 1 to 65535.")
    return int(value)


def pace(value: str) -> float:
    """Parse a number of seconds between two samples."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise ValueError("must be a number of seconds from 1 to 3600.")
    return seconds


def interfaces(value: str) -> tuple[str, ...]:
    """Parse names of interfaces (at most 15 characters: IFNAMSIZ in `linux/if.h`), or `*`."""
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    if names == ("*",):
        return names
    if not names or not all(_INTERFACE.fullmatch(name) and name not in (".", "..") for name in names):
        raise ValueError("must be names of interfaces with commas between them (at most 15 characters each), or *.")
    return names


def domain(value: str) -> str:
    """Parse a public name."""
    name = value.lower()
    if not _HOST.fullmatch(name) or "." not in name or name.rsplit(".", 1)[1].isdigit():
        raise ValueError("must be a public name such as vpn.example.com, without a scheme or a port.")
    return name


def hosts(value: str) -> tuple[str, ...]:
    """Parse names and addresses, each in the one spelling that is compared."""
    return tuple(dict.fromkeys(_host(name.strip()) for name in value.split(",") if name.strip()))


def _host(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        if _HOST.fullmatch(name.lower()) and not name.rsplit(".", 1)[-1].isdigit():
            return name.lower()
    raise ValueError("must be names and addresses with commas between them.")


def origin(value: str) -> str:
    """Parse an origin into the spelling that browsers send (RFC 6454, section 6.2)."""
    wrong = ValueError("must be an origin such as https://vpn.example.com:8443: https, a host, and a port if not 443.")
    try:
        parts = urlsplit(value.lower())
        host, port = parts.hostname or "", parts.port
        host = _host(host)
    except ValueError as error:
        raise wrong from error
    if parts.scheme != "https" or parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise wrong
    if "?" in value or "#" in value or port == 0:
        raise wrong
    name = f"[{host}]" if ":" in host else host
    return f"https://{name}" + ("" if port in (None, 443) else f":{port}")


def folder(value: str) -> Path:
    """Parse a path of a folder; a relative one is taken from the current folder."""
    return Path(value).absolute()


def fingerprint(value: str) -> str:
    """Parse a SHA-256 fingerprint."""
    match = re.fullmatch(r"sha256:([0-9a-f]{64})", value.lower().replace(" ", ""))
    if match is None:
        raise ValueError("must be sha256: followed by 64 hexadecimal digits.")
    return match[0]


def networks(value: str) -> tuple[str, ...]:
    """Parse addresses and networks."""
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ValueError("must be addresses or networks with commas between them.") from error


def is_loopback(host: str) -> bool:
    """Tell whether a name or address means this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
