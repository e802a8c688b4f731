"""Users at rest."""

from collections.abc import Collection

from tortoise import fields
from tortoise.expressions import F, Q
from tortoise.models import Model

from sentra.core.access import Binding
from sentra.core.users import Credentials, User
from sentra.db.bindings import replace_bindings
from sentra.db.setup_links import SetupLinkRow


class UserRow(Model):
    """A row of `users`."""

    id = fields.CharField(max_length=32, primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=100)
    password_hash = fields.CharField(max_length=255)
    auth_epoch = fields.IntField()
    enabled = fields.BooleanField()
    created_at = fields.DatetimeField()
    peer_limit = fields.IntField(null=True)
    joined_at = fields.DatetimeField(null=True)

    class Meta:
        table = "users"

    def to_user(self) -> User:
        return User(
            id=self.id,
            email=self.email,
            name=self.name,
            auth_epoch=self.auth_epoch,
            enabled=self.enabled,
            created_at=self.created_at,
            joined_at=self.joined_at,
            peer_limit=self.peer_limit,
        )


async def any_user() -> bool:
    """Tell whether anybody has an account."""
    return await UserRow.all().exists()


async def is_user(user_id: str) -> bool:
    """Tell whether there is such a user."""
    return await UserRow.filter(id=user_id).exists()


async def find_user(user_id: str) -> User | None:
    """Return a user by id."""
    row = await UserRow.get_or_none(id=user_id)
    return row.to_user() if row else None


async def emails_of_joined() -> dict[str, str]:
    """Give the e-mail address of everybody who can sign in, by id."""
    rows = await UserRow.filter(enabled=True, joined_at__isnull=False).values_list("id", "email")
    return {str(user_id): str(email) for user_id, email in rows}


async def owner_ids() -> set[str]:
    """Give who is an owner of everything and can sign in."""
    rows = await UserRow.filter(
        enabled=True, joined_at__isnull=False, bindings__role="owner", bindings__scope="*"
    ).values_list("id", flat=True)
    return {str(row) for row in rows}


async def find_credentials(email: str) -> Credentials | None:
    """Return the user with this (normalised) e-mail address and what its password is checked against."""
    row = await UserRow.get_or_none(email=email)
    return Credentials(row.to_user(), row.password_hash) if row else None


async def has_password(user_id: str) -> bool:
    """Tell whether somebody has a password to prove by who they are."""
    return await UserRow.filter(id=user_id).exclude(password_hash="").exists()


async def add_first_owner(user: User, password_hash: str, *, token_digest: str, now: float) -> bool:
    """Spend the setup link and add the owner. False if the link is not valid or there is a user: call it in a
    transaction, and take that back then."""
    spent = await SetupLinkRow.filter(token_digest=token_digest, used_at=None, expires_at__gt=now).update(used_at=now)
    if not spent or await any_user():
        return False
    await add_user(user, password_hash)
    await replace_bindings(user.id, [Binding("owner")])
    return True


async def replace_password_hash(user_id: str, old: str, new: str) -> None:
    """Store a stronger hash of the same password, unless the password was changed meanwhile."""
    await UserRow.filter(id=user_id, password_hash=old).update(password_hash=new)


async def change_password_hash(user_id: str, old: str, new: str, auth_epoch: int) -> bool:
    """Store the hash of a new password and raise the epoch, unless either was changed meanwhile."""
    changed = await UserRow.filter(id=user_id, password_hash=old, auth_epoch=auth_epoch).update(
        password_hash=new, auth_epoch=auth_epoch + 1
    )
    return bool(changed)


async def add_user(user: User, password_hash: str) -> None:
    """Add somebody; an empty hash is that of nobody's password."""
    await UserRow.create(
        id=user.id,
        email=user.email,
        name=user.name,
        password_hash=password_hash,
        auth_epoch=user.auth_epoch,
        enabled=user.enabled,
        created_at=user.created_at,
        joined_at=user.joined_at,
        peer_limit=user.peer_limit,
    )


async def page_of_users(part: str, *, after: str, limit: int) -> list[User]:
    """Give at most `limit` users in order of their e-mail address, from the one after `after` on.

    `part` is in their name or their address, in any case.
    """
    rows = UserRow.filter(email__gt=after)
    if part:
        rows = rows.filter(Q(email__icontains=part) | Q(name__icontains=part))
    return [row.to_user() for row in await rows.order_by("email").limit(limit)]


async def existing_ids(user_ids: Collection[str]) -> frozenset[str]:
    """Give those of these ids that are somebody's."""
    return frozenset(str(each) for each in await UserRow.filter(id__in=list(user_ids)).values_list("id", flat=True))


async def is_email_taken(email: str, *, but_by: str | None = None) -> bool:
    """Tell whether somebody (else) has this (normalised) address."""
    return await UserRow.filter(email=email).exclude(id=but_by or "").exists()


async def change_user(user: User) -> None:
    """Store what may change of a user; the password is not part of it."""
    await UserRow.filter(id=user.id).update(
        email=user.email,
        name=user.name,
        enabled=user.enabled,
        peer_limit=user.peer_limit,
        auth_epoch=user.auth_epoch,
        joined_at=user.joined_at,
    )


async def set_password_hash(user_id: str, password_hash: str) -> None:
    """Store the hash of a password that was set by a link."""
    await UserRow.filter(id=user_id).update(password_hash=password_hash)


async def remove_user(user_id: str) -> None:
    """Remove a user, and with them their bindings, sessions, links, factors and tokens."""
    await UserRow.filter(id=user_id).delete()


async def raise_auth_epoch(user_id: str) -> User | None:
    """End every session and token of a user by raising their epoch; return them as they are now."""
    await UserRow.filter(id=user_id).update(auth_epoch=F("auth_epoch") + 1)
    return await find_user(user_id)
