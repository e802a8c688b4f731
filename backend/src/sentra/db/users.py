"""Users at rest."""

from tortoise import fields
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
