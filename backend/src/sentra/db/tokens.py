"""Tokens of programs at rest: digests, never the tokens."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from sentra.core.tokens import ApiToken, TokenFamily


class TokenFamilyRow(Model):
    """A row of `token_families`."""

    id = fields.CharField(max_length=32, primary_key=True)
    auth_epoch = fields.IntField()
    created_at = fields.FloatField()
    expires_at = fields.FloatField(db_index=True)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="token_families", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "token_families"
        indexes = (("user_id",),)

    def to_family(self) -> TokenFamily:
        return TokenFamily(self.id, self.user_id, self.auth_epoch, self.created_at, self.expires_at)


class RefreshTokenRow(Model):
    """A row of `refresh_tokens`."""

    token_digest = fields.CharField(max_length=64, primary_key=True)
    expires_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    family: Any = fields.ForeignKeyField("models.TokenFamilyRow", related_name="tokens", on_delete=fields.CASCADE)
    family_id: str

    class Meta:
        table = "refresh_tokens"
        indexes = (("family_id",),)


class ApiTokenRow(Model):
    """A row of `api_tokens`."""

    id = fields.CharField(max_length=32, primary_key=True)
    token_digest = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=60)
    actions: Any = fields.JSONField()
    scope = fields.CharField(max_length=80)
    created_at = fields.FloatField()
    expires_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    used_from = fields.CharField(max_length=64)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="api_tokens", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "api_tokens"
        indexes = (("user_id",),)

    def to_token(self) -> ApiToken:
        return ApiToken(
            id=self.id,
            user_id=self.user_id,
            name=self.name,
            actions=tuple(self.actions),
            scope=self.scope,
            created_at=self.created_at,
            expires_at=self.expires_at,
            used_at=self.used_at,
            used_from=self.used_from,
        )


async def add_api_token(token: ApiToken, token_digest: str) -> None:
    """Add an API token; of the secret only the digest."""
    await ApiTokenRow.create(
        id=token.id,
        user_id=token.user_id,
        token_digest=token_digest,
        name=token.name,
        actions=list(token.actions),
        scope=token.scope,
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=None,
        used_from="",
    )


async def find_api_token(token_digest: str) -> ApiToken | None:
    """Return the API token whose secret has this digest."""
    row = await ApiTokenRow.get_or_none(token_digest=token_digest)
    return row.to_token() if row else None


async def find_api_token_by_id(token_id: str) -> ApiToken | None:
    """Return an API token."""
    row = await ApiTokenRow.get_or_none(id=token_id)
    return row.to_token() if row else None


async def api_tokens_of(user_id: str) -> list[ApiToken]:
    """Give the API tokens of a user, newest first."""
    return [row.to_token() for row in await ApiTokenRow.filter(user_id=user_id).order_by("-created_at", "id")]


async def all_api_tokens() -> list[tuple[ApiToken, str]]:
    """Give everybody's API tokens, newest first, each with the e-mail address of its owner."""
    rows = await ApiTokenRow.all().select_related("user").order_by("-created_at", "id")
    return [(row.to_token(), row.user.email) for row in rows]


async def count_api_tokens(user_id: str) -> int:
    """Give how many API tokens a user has."""
    return await ApiTokenRow.filter(user_id=user_id).count()


async def mark_api_token_used(token_id: str, *, at: float, address: str) -> None:
    """Store when and from where an API token was last used."""
    await ApiTokenRow.filter(id=token_id).update(used_at=at, used_from=address[:64])


async def remove_api_token(token_id: str) -> bool:
    """Remove an API token for good; False if there was none."""
    return bool(await ApiTokenRow.filter(id=token_id).delete())


async def add_family(family: TokenFamily) -> None:
    """Add a family of tokens."""
    await TokenFamilyRow.create(
        id=family.id,
        user_id=family.user_id,
        auth_epoch=family.auth_epoch,
        created_at=family.created_at,
        expires_at=family.expires_at,
    )


async def find_family(family_id: str) -> TokenFamily | None:
    """Return a family of tokens."""
    row = await TokenFamilyRow.get_or_none(id=family_id)
    return row.to_family() if row else None


async def remove_family(family_id: str) -> bool:
    """Remove a family with all its tokens; False if there was none."""
    return bool(await TokenFamilyRow.filter(id=family_id).delete())


async def remove_families_of(user_id: str) -> tuple[str, ...]:
    """Remove every family of a user; give which. Call it in a transaction."""
    rows = await TokenFamilyRow.filter(user_id=user_id).values_list("id", flat=True)
    await TokenFamilyRow.filter(user_id=user_id).delete()
    return tuple(str(row) for row in rows)


async def remove_oldest_families(user_id: str, *, keep: int) -> tuple[str, ...]:
    """Remove all but the newest families of a user; give which. Call it in a transaction."""
    rows = await TokenFamilyRow.filter(user_id=user_id).order_by("-created_at", "-id").values_list("id", flat=True)
    oldest = tuple(str(row) for row in rows[keep:])
    if oldest:
        await TokenFamilyRow.filter(id__in=oldest).delete()
    return oldest


async def remove_expired_families(*, before: float) -> None:
    """Remove the families whose time is over."""
    await TokenFamilyRow.filter(expires_at__lte=before).delete()


async def add_refresh_token(family_id: str, token_digest: str, *, expires_at: float) -> None:
    """Add the refresh token that a family has from now on."""
    await RefreshTokenRow.create(family_id=family_id, token_digest=token_digest, expires_at=expires_at, used_at=None)


async def count_refresh_tokens(family_id: str) -> int:
    """Give how many refresh tokens a family has had."""
    return await RefreshTokenRow.filter(family_id=family_id).count()


async def spend_refresh_token(token_digest: str, *, now: float) -> bool:
    """Mark a refresh token as used; False if it was used before, has expired, or does not exist."""
    return bool(
        await RefreshTokenRow.filter(token_digest=token_digest, used_at=None, expires_at__gt=now).update(used_at=now)
    )


async def family_of_refresh_token(token_digest: str) -> TokenFamily | None:
    """Return the family that a refresh token belongs to, spent or not."""
    row = await RefreshTokenRow.get_or_none(token_digest=token_digest).select_related("family")
    if row is None:
        return None
    family: TokenFamilyRow = row.family
    return family.to_family()
