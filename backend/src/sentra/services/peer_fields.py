"""What people say about a peer: every field looked at by itself, and every wrong one told at once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from sentra.core.addresses import canonical_prefix, host_of, sort_prefixes
from sentra.core.endpoints import MOST_DNS, canonical_endpoint, canonical_host
from sentra.core.errors import FieldError, WrongValue
from sentra.core.keys import checked_public_key, checked_secret_key
from sentra.core.link_settings import checked_keepalive, checked_mtu
from sentra.core.names import checked_line, checked_notes, checked_peer_name, checked_tags

MOST_PREFIXES: Final = 64
"""Of addresses, of routes, and of what a peer sends into the tunnel."""


class PeerFields(Struct, frozen=True, kw_only=True):
    """What is said of a peer; what is left out stays as it is, or as it is by default."""

    name: str | UnsetType = UNSET
    public_key: str | UnsetType = UNSET
    make_keys: bool = False
    preshared_key: str | UnsetType | None = UNSET
    addresses: list[str] | UnsetType = UNSET
    routes: list[str] | UnsetType = UNSET
    client_allowed_ips: list[str] | UnsetType | None = UNSET
    endpoint: str | UnsetType | None = UNSET
    persistent_keepalive: int | UnsetType = UNSET
    client_keepalive: int | UnsetType | None = UNSET
    dns: list[str] | UnsetType | None = UNSET
    mtu: int | UnsetType | None = UNSET
    notes: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    owner_id: str | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    disabled_reason: str | UnsetType | None = UNSET


class CheckedFields(Struct, frozen=True):
    """The fields that are right, canonical, as `Peer` has them (a preshared key as a `Secret`); and what is wrong.

    `fields` tells where an entry of a list was said: `addresses.0`.
    """

    values: Mapping[str, Any]
    errors: list[FieldError]
    fields: Mapping[tuple[str, str], str]


def check_fields(said: PeerFields) -> CheckedFields:
    """Look at each field that was said."""
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    fields: dict[tuple[str, str], str] = {}
    for field in PeerFields.__struct_fields__:
        value = getattr(said, field)
        if value is UNSET or field == "make_keys":
            continue
        try:
            if value is None:
                values[field] = None
            elif isinstance(value, list) and field != "tags":
                values[field] = _check_entries(field, value, errors, fields)
            else:
                values[field] = _CHECKS[field](value)
        except WrongValue as error:
            errors.append(error.at(field))
    return CheckedFields(values, errors, fields)


def _check_entries(
    field: str, said: list[str], errors: list[FieldError], fields: dict[tuple[str, str], str]
) -> tuple[str, ...]:
    most = MOST_DNS if field == "dns" else MOST_PREFIXES
    if len(said) > most:
        raise WrongValue("too-many", f"There are at most {most}.")
    right = []
    for number, entry in enumerate(said):
        try:
            right.append(_CHECKS[field](entry))
            fields.setdefault((field, right[-1]), f"{field}.{number}")
        except WrongValue as error:
            errors.append(error.at(f"{field}.{number}"))
    return tuple(dict.fromkeys(right)) if field == "dns" else sort_prefixes(right)


def _tunnel_address(text: str) -> str:
    prefix = canonical_prefix(text)
    if prefix != host_of(prefix):
        raise WrongValue("prefix-length", "An address of a peer is a single one; networks behind it are its routes.")
    return prefix


def _prefix_or_default_route(text: str) -> str:
    return canonical_prefix(text, default_route=True)


def _reason(text: str) -> str | None:
    return checked_line(text) or None


def _owner(text: str) -> str:
    if not text.isalnum() or not text.isascii() or len(text) > 32:
        raise WrongValue("owner", "There is no such user.")
    return text


def _moment(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _mtu(value: int) -> int | None:
    return checked_mtu(value) or None


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": checked_peer_name,
    "public_key": checked_public_key,
    "preshared_key": checked_secret_key,
    "addresses": _tunnel_address,
    "routes": _prefix_or_default_route,
    "client_allowed_ips": _prefix_or_default_route,
    "endpoint": canonical_endpoint,
    "persistent_keepalive": checked_keepalive,
    "client_keepalive": checked_keepalive,
    "dns": canonical_host,
    "mtu": _mtu,
    "notes": checked_notes,
    "tags": checked_tags,
    "owner_id": _owner,
    "expires_at": _moment,
    "enabled": bool,
    "disabled_reason": _reason,
}
"""Of a list other than tags, for each of its entries."""
