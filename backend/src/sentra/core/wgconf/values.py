"""The values of a wg-quick file, each as `wg` and `wg-quick` read it (`man wg`, `man wg-quick`)."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from sentra.core.addresses import canonical_prefix, network_of, sort_prefixes
from sentra.core.endpoints import HIGHEST_PORT, checked_port
from sentra.core.errors import WrongValue
from sentra.core.keys import checked_secret_key
from sentra.core.link_settings import checked_fwmark, checked_keepalive, checked_mtu, checked_table
from sentra.core.secrets import Secret
from sentra.core.wgconf.findings import Findings
from sentra.core.wgconf.text import WHITE

Value = TypeVar("Value")

SPELLING: Final = {
    name.lower(): name
    for name in (
        *("PrivateKey", "ListenPort", "FwMark", "Address", "DNS", "MTU", "Table", "SaveConfig"),
        *("PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"),
    )
}
_SEPARATORS: Final = re.compile(f"[,{WHITE}]+")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-f]{1,8}", re.ASCII | re.IGNORECASE)


class Given(NamedTuple):
    """A setting as it stands in the file."""

    line: int
    key: str
    value: str


def one(given: Sequence[Given], read: Callable[[str], Value], nothing: Value, findings: Findings) -> Value:
    """Read the last line that gives a value; `nothing` where none does, or a wrong one: then the problem is told."""
    if not given:
        return nothing
    try:
        return read(given[-1].value)
    except WrongValue as error:
        _tell(given[-1], error, findings)
        return nothing


def several(given: Iterable[Given], read: Callable[[str], str], findings: Findings) -> tuple[str, ...]:
    """Read every value of every line, each once and in order; a wrong one is told and left out."""
    values: dict[str, None] = {}
    for each in given:
        for entry in _entries(each):
            try:
                values[read(entry)] = None
            except WrongValue as error:
                _tell(each, error, findings)
    return tuple(values)


def allowed_ips(given: Iterable[Given], findings: Findings) -> tuple[str, ...]:
    """Read allowed IPs. Host bits do not count, as for the kernel, and are told."""
    prefixes: list[str] = []
    for each in given:
        for entry in _entries(each):
            try:
                prefixes.append(_allowed_ip(each, entry, findings))
            except WrongValue as error:
                _tell(each, error, findings)
    return sort_prefixes(prefixes)


def preshared_key(text: str) -> Secret | None:
    """Read a preshared key; all zeros is none (`include/uapi/linux/wireguard.h`)."""
    try:
        return checked_secret_key(text)
    except WrongValue as error:
        if error.code == "key-zero":
            return None
        raise


def listen_port(text: str) -> int:
    return checked_port(_number(text, f"A port is a number from 0 to {HIGHEST_PORT}."), automatic=True)


def keepalive(text: str) -> int:
    if text.lower() == "off":
        return 0
    return checked_keepalive(_number(text, "A persistent keepalive is off or a number of seconds."))


def fwmark(text: str) -> int:
    if text.lower() == "off":
        return 0
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    return checked_fwmark(_number(text, "A firewall mark is off, or a number such as 51820 or 0xca6c."))


def mtu(text: str, addresses: Iterable[str]) -> int:
    return checked_mtu(_number(text, "An MTU is a number of bytes."), addresses)


def table(text: str) -> str:
    return checked_table(text.lower())


def _allowed_ip(given: Given, entry: str, findings: Findings) -> str:
    try:
        return canonical_prefix(entry, default_route=True)
    except WrongValue as error:
        if error.code != "host-bits":
            raise
    prefix = canonical_prefix(network_of(entry), default_route=True)
    findings.ignore(given.line, entry, f"Read as {prefix}, as WireGuard does.")
    return prefix


def _entries(given: Given) -> list[str]:
    return [entry for entry in _SEPARATORS.split(given.value) if entry]


def _number(text: str, otherwise: str) -> int:
    if _DECIMAL.fullmatch(text) is None:
        raise WrongValue("number", otherwise)
    return int(text)


def _tell(given: Given, error: WrongValue, findings: Findings) -> None:
    findings.problem(given.line, f"{SPELLING[given.key]}: {error}")
