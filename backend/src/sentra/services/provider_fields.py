"""What is said of an identity provider: whether it can be, and how the record shows it."""

import re
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from sentra.core.errors import FieldError, Invalid
from sentra.core.providers import Grant, Provider
from sentra.network.targets import TargetRefused, parse_https

DEFAULT_SCOPES: Final = "openid profile email"
ON_RECORD: Final = (
    "name", "client_id", "scopes", "claim", "grants", "email_domains", "admits_new", "admits_admins", "enabled",
)  # fmt: skip
_SCOPES = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
_CLAIM = re.compile(r"[^\s\x00-\x1f\x7f]{0,60}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class ProviderFields(Struct, frozen=True, kw_only=True):
    """What is said of a provider; what is left out stays, or is as of a new one."""

    name: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    client_secret: str | UnsetType | None = UNSET
    scopes: str | UnsetType = UNSET
    claim: str | UnsetType = UNSET
    grants: tuple[Grant, ...] | UnsetType = UNSET
    email_domains: tuple[str, ...] | UnsetType = UNSET
    admits_new: bool | UnsetType = UNSET
    admits_admins: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"ProviderFields(name={self.name!r})"


def parse_issuer(text: str) -> str:
    """Return an issuer as it is compared: exactly as it was entered. Raises Invalid."""
    issuer = text.strip()
    try:
        parsed = parse_https(issuer)
    except TargetRefused as error:
        raise Invalid(FieldError("issuer", "issuer", str(error))) from None
    if "?" in parsed.target:
        raise Invalid(FieldError("issuer", "issuer", "Leave out what follows the ?. An issuer has none."))
    if issuer.endswith("/.well-known/openid-configuration"):
        sentence = "Leave out /.well-known/openid-configuration: the issuer is what stands before it."
        raise Invalid(FieldError("issuer", "issuer", sentence))
    return issuer


def wrong_fields(provider: Provider) -> list[FieldError]:
    """Give what is wrong with a provider in itself, each at its field."""
    errors = []
    if not _SCOPES.fullmatch(provider.scopes) or "openid" not in provider.scopes.split(" "):
        sentence = "Enter scopes with spaces between them; openid must be one of them."
        errors.append(FieldError("scopes", "scopes", sentence))
    if not _CLAIM.fullmatch(provider.claim):
        errors.append(FieldError("claim", "claim", "Enter the name of one claim, such as groups."))
    errors += [
        FieldError(f"email_domains.{number}", "domain", "Enter a domain, such as example.com.")
        for number, domain in enumerate(provider.email_domains)
        if not _DOMAIN.fullmatch(domain)
    ]
    if not provider.claim and any(grant.value != "*" for grant in provider.grants):
        errors.append(FieldError("claim", "claim", "Enter the claim whose values give the roles below."))
    return errors


def told(value: str | bool | tuple[Grant, ...] | tuple[str, ...]) -> str | None:  # noqa: FBT001
    """Give a field as the record shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value or None
    words = (f"{each.value}: {each.role} of {each.scope}" if isinstance(each, Grant) else each for each in value)
    return ", ".join(words) or None


def sentence_of(text: str) -> str:
    """Give a reason as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
