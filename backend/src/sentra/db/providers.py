"""Identity providers at rest, and who of them is which user."""

from collections.abc import Sequence
from typing import Any

import msgspec
from tortoise import fields
from tortoise.models import Model

from sentra.core.access import Binding
from sentra.core.providers import Grant, LinkedIdentity, Provider


class ProviderRow(Model):
    """A row of `identity_providers`."""

    id = fields.CharField(max_length=32, primary_key=True)
    name = fields.CharField(max_length=60, unique=True)
    issuer = fields.CharField(max_length=300)
    client_id = fields.CharField(max_length=200)
    secret_sealed = fields.BinaryField(null=True)
    scopes = fields.CharField(max_length=200)
    claim = fields.CharField(max_length=60)
    grants: Any = fields.JSONField()
    email_domains: Any = fields.JSONField()
    admits_new = fields.BooleanField()
    admits_admins = fields.BooleanField()
    enabled = fields.BooleanField()
    version = fields.IntField()

    class Meta:
        table = "identity_providers"

    def to_provider(self) -> Provider:
        return Provider(
            id=self.id,
            name=self.name,
            issuer=self.issuer,
            client_id=self.client_id,
            secret_sealed=bytes(self.secret_sealed) if self.secret_sealed is not None else None,
            scopes=self.scopes,
            claim=self.claim,
            grants=tuple(msgspec.convert(self.grants, list[Grant])),
            email_domains=tuple(self.email_domains),
            admits_new=self.admits_new,
            admits_admins=self.admits_admins,
            enabled=self.enabled,
            version=self.version,
        )


class IdentityRow(Model):
    """A row of `identities`."""

    id = fields.IntField(primary_key=True)
    subject = fields.CharField(max_length=255)
    granted: Any = fields.JSONField()
    provider: Any = fields.ForeignKeyField("models.ProviderRow", related_name="identities", on_delete=fields.CASCADE)
    provider_id: str
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="identities", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "identities"
        unique_together = (("provider_id", "subject"), ("provider_id", "user_id"))
        indexes = (("user_id",),)

    def to_identity(self) -> LinkedIdentity:
        granted = tuple(msgspec.convert(self.granted, list[Binding]))
        return LinkedIdentity(self.provider_id, self.subject, self.user_id, granted)


class SelfGivenAddressRow(Model):
    """A row of `self_given_addresses`."""

    user: Any = fields.OneToOneField(
        "models.UserRow", related_name="self_given_address", on_delete=fields.CASCADE, primary_key=True
    )
    user_id: str

    class Meta:
        table = "self_given_addresses"


async def list_providers() -> list[Provider]:
    """Give every provider in order of its name."""
    return [row.to_provider() for row in await ProviderRow.all().order_by("name")]


async def find_provider(provider_id: str) -> Provider | None:
    """Return a provider by id."""
    row = await ProviderRow.get_or_none(id=provider_id)
    return row.to_provider() if row else None


async def is_provider_name_taken(name: str, *, but_by: str) -> bool:
    """Tell whether another provider has this name."""
    return await ProviderRow.filter(name__iexact=name).exclude(id=but_by).exists()


async def add_provider(provider: Provider) -> None:
    """Add a provider."""
    await ProviderRow.create(id=provider.id, issuer=provider.issuer, **_stored(provider))


async def change_provider(provider: Provider) -> None:
    """Store what may change of a provider: all but its issuer."""
    await ProviderRow.filter(id=provider.id).update(**_stored(provider))


async def remove_provider(provider_id: str) -> None:
    """Remove a provider, and with it who of it is which user."""
    await ProviderRow.filter(id=provider_id).delete()


async def find_identity(provider_id: str, subject: str) -> LinkedIdentity | None:
    """Return which user this is who the provider calls `subject`."""
    row = await IdentityRow.get_or_none(provider_id=provider_id, subject=subject)
    return row.to_identity() if row else None


async def identity_of(provider_id: str, user_id: str) -> LinkedIdentity | None:
    """Return who a user is at a provider."""
    row = await IdentityRow.get_or_none(provider_id=provider_id, user_id=user_id)
    return row.to_identity() if row else None


async def users_of(provider_id: str) -> tuple[str, ...]:
    """Give the ids of the users who sign in by a provider."""
    rows = await IdentityRow.filter(provider_id=provider_id).values_list("user_id", flat=True)
    return tuple(str(row) for row in rows)


async def count_identities() -> dict[str, int]:
    """Give how many users sign in by each provider."""
    counts: dict[str, int] = {}
    for provider_id in await IdentityRow.all().values_list("provider_id", flat=True):
        counts[str(provider_id)] = counts.get(str(provider_id), 0) + 1
    return counts


async def keep_identity(identity: LinkedIdentity) -> None:
    """Store who of a provider is which user. Call it in a transaction."""
    granted = _plain(identity.granted)
    key: dict[str, Any] = {
        "provider_id": identity.provider_id,
        "subject": identity.subject,
        "user_id": identity.user_id,
    }
    if not await IdentityRow.filter(**key).update(granted=granted):
        await IdentityRow.create(**key, granted=granted)


async def doubt_address(user_id: str) -> None:
    """Remember that somebody's e-mail address is what they said of themselves. Call it in a transaction."""
    await SelfGivenAddressRow.get_or_create(user_id=user_id)


async def is_address_doubted(user_id: str) -> bool:
    """Tell whether nobody but the user says that their e-mail address is theirs."""
    return await SelfGivenAddressRow.filter(user_id=user_id).exists()


def _stored(provider: Provider) -> dict[str, Any]:
    return {
        "name": provider.name,
        "client_id": provider.client_id,
        "secret_sealed": provider.secret_sealed,
        "scopes": provider.scopes,
        "claim": provider.claim,
        "grants": _plain(provider.grants),
        "email_domains": list(provider.email_domains),
        "admits_new": provider.admits_new,
        "admits_admins": provider.admits_admins,
        "enabled": provider.enabled,
        "version": provider.version,
    }


def _plain(structs: Sequence[Grant] | Sequence[Binding]) -> Any:  # noqa: ANN401 - what JSON takes
    return msgspec.to_builtins(list(structs))
