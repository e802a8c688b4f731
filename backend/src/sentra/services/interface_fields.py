"""What people say about an interface: every field looked at by itself, and every wrong one told at once."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from sentra.core.addresses import canonical_interface_address, canonical_prefix, network_of, overlaps
from sentra.core.endpoints import MOST_DNS, canonical_host, checked_port
from sentra.core.errors import FieldError, Invalid, WrongValue
from sentra.core.interfaces import DriftMode, Interface, UnmanagedMode
from sentra.core.link_settings import checked_fwmark, checked_mtu, checked_table
from sentra.core.names import checked_interface_name

MOST_ADDRESSES: Final = 16
"""Of an interface, and as many pools."""


class InterfaceFields(Struct, frozen=True, kw_only=True):
    """What is said of an interface; what is left out stays as it is, or as it is by default."""

    name: str | UnsetType = UNSET
    addresses: list[str] | UnsetType = UNSET
    pools: list[str] | UnsetType = UNSET
    listen_port: int | UnsetType = UNSET
    fwmark: int | UnsetType = UNSET
    mtu: int | UnsetType = UNSET
    dns: list[str] | UnsetType = UNSET
    table: str | UnsetType = UNSET
    public_host: str | UnsetType = UNSET
    public_port: int | UnsetType = UNSET
    masquerade: bool | UnsetType = UNSET
    drift_mode: DriftMode | UnsetType = UNSET
    unmanaged: UnmanagedMode | UnsetType = UNSET
    server_keys: bool | UnsetType = UNSET


def apply_fields(interface: Interface, said: InterfaceFields) -> tuple[Interface, list[FieldError]]:
    """Return what an interface becomes, with the fields that are right, canonical; and every one that is wrong."""
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for field in InterfaceFields.__struct_fields__:
        value = getattr(said, field)
        if value is UNSET:
            continue
        if field in _ENTRIES:
            values[field] = _check_entries(field, value, errors)
            continue
        try:
            values[field] = _CHECKS[field](value) if field in _CHECKS else value
        except WrongValue as error:
            errors.append(error.at(field))
    after = replace(interface, **values)
    errors += _of_the_whole(interface, after, values.keys(), errors)
    return after, errors


def raise_if_any(errors: Iterable[FieldError]) -> None:
    """Raise Invalid with all of these errors, if there are any."""
    if found := tuple(errors):
        raise Invalid(*found)


def _check_entries(field: str, said: list[str], errors: list[FieldError]) -> tuple[str, ...]:
    most = MOST_DNS if field == "dns" else MOST_ADDRESSES
    if len(said) > most:
        errors.append(FieldError(field, "too-many", f"There are at most {most}."))
        return ()
    right = []
    for number, entry in enumerate(said):
        try:
            right.append(_ENTRIES[field](entry))
        except WrongValue as error:
            errors.append(error.at(f"{field}.{number}"))
    return tuple(dict.fromkeys(right))


def _of_the_whole(
    before: Interface, after: Interface, said: Collection[str], errors: list[FieldError]
) -> list[FieldError]:
    """Look at what fields say together; not at those that are wrong by themselves."""
    wrong = {error.field.partition(".")[0] for error in errors}
    found = []
    if not wrong & {"mtu", "addresses"} and (after.mtu, after.addresses) != (before.mtu, before.addresses):
        try:
            checked_mtu(after.mtu, after.addresses)
        except WrongValue as error:
            found.append(error.at("mtu" if "mtu" in said else "addresses"))
    if "addresses" in said and "addresses" not in wrong:
        found += _overlapping("addresses", [network_of(address) for address in after.addresses], same_is_fine=True)
    if "pools" in said and "pools" not in wrong:
        found += _overlapping("pools", after.pools, same_is_fine=False)
    return found


def _overlapping(field: str, prefixes: Sequence[str], *, same_is_fine: bool) -> list[FieldError]:
    return [
        FieldError(f"{field}.{number}", "overlaps", f"This overlaps {earlier} of the same interface.")
        for number, prefix in enumerate(prefixes)
        for earlier in prefixes[:number]
        if overlaps(prefix, earlier) and not (same_is_fine and prefix == earlier)
    ]


def _host(text: str) -> str:
    return canonical_host(text) if text else ""


def _listen_port(port: int) -> int:
    return checked_port(port, automatic=True)


_ENTRIES: Final[Mapping[str, Callable[[str], str]]] = {
    "addresses": canonical_interface_address,
    "pools": canonical_prefix,
    "dns": canonical_host,
}
_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": checked_interface_name,
    "listen_port": _listen_port,
    "fwmark": checked_fwmark,
    "mtu": checked_mtu,
    "table": checked_table,
    "public_host": _host,
    "public_port": _listen_port,
}
