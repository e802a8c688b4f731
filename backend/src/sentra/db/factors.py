"""Second factors at rest: seeds (sealed), recovery codes (digests) and passkeys (public keys)."""

from collections.abc import Collection, Sequence
from typing import Any

from tortoise import fields
from tortoise.models import Model

from sentra.core.factors import Factors, Passkey, TotpSeed


class TotpRow(Model):
    """A row of `totp_seeds`."""

    user: Any = fields.OneToOneField("models.UserRow", related_name="totp", on_delete=fields.CASCADE, primary_key=True)
    user_id: str
    sealed = fields.BinaryField()
    confirmed = fields.BooleanField()
    last_step = fields.IntField()
    created_at = fields.FloatField()

    class Meta:
        table = "totp_seeds"


class RecoveryCodeRow(Model):
    """A row of `recovery_codes`."""

    id = fields.IntField(primary_key=True)
    code_digest = fields.CharField(max_length=64)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="recovery_codes", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "recovery_codes"
        unique_together = (("user_id", "code_digest"),)


class PasskeyRow(Model):
    """A row of `passkeys`."""

    id = fields.CharField(max_length=32, primary_key=True)
    credential_id = fields.CharField(max_length=1400, unique=True)
    public_key = fields.BinaryField()
    sign_count = fields.BigIntField()
    name = fields.CharField(max_length=60)
    transports: Any = fields.JSONField()
    created_at = fields.FloatField()
    used_at = fields.FloatField(null=True)
    user: Any = fields.ForeignKeyField("models.UserRow", related_name="passkeys", on_delete=fields.CASCADE)
    user_id: str

    class Meta:
        table = "passkeys"
        indexes = (("user_id",),)

    def to_passkey(self) -> Passkey:
        return Passkey(
            id=self.id,
            user_id=self.user_id,
            credential_id=self.credential_id,
            public_key=self.public_key,
            sign_count=self.sign_count,
            name=self.name,
            transports=tuple(self.transports),
            created_at=self.created_at,
            used_at=self.used_at,
        )


async def factors_of(user_id: str) -> Factors:
    """Give what somebody has: what was begun and not confirmed is not among it."""
    seed = await TotpRow.get_or_none(user_id=user_id, confirmed=True)
    return Factors(
        totp_since=seed.created_at if seed else None,
        passkeys=await passkeys_of(user_id),
        recovery_codes=await RecoveryCodeRow.filter(user_id=user_id).count(),
    )


async def users_with_factors() -> frozenset[str]:
    """Give the ids of all who have a second factor."""
    seeds = await TotpRow.filter(confirmed=True).values_list("user_id", flat=True)
    passkeys = await PasskeyRow.all().distinct().values_list("user_id", flat=True)
    return frozenset(str(row) for row in (*seeds, *passkeys))


async def remove_factors(user_id: str) -> None:
    """Remove everything that somebody has, the recovery codes too. Call it in a transaction."""
    for rows in (TotpRow, RecoveryCodeRow, PasskeyRow):
        await rows.filter(user_id=user_id).delete()


async def find_totp(user_id: str) -> TotpSeed | None:
    """Give the seed of somebody's authenticator app, confirmed or not."""
    row = await TotpRow.get_or_none(user_id=user_id)
    return TotpSeed(row.sealed, bool(row.confirmed), row.last_step, row.created_at) if row else None


async def replace_unconfirmed_totp(user_id: str, sealed: bytes, *, now: float) -> bool:
    """Store a seed that is still to be confirmed; False where there is a confirmed one. Call it in a transaction."""
    if await TotpRow.filter(user_id=user_id, confirmed=True).exists():
        return False
    await TotpRow.filter(user_id=user_id).delete()
    await TotpRow.create(user_id=user_id, sealed=sealed, confirmed=False, last_step=0, created_at=now)
    return True


async def spend_totp_step(user_id: str, seed: TotpSeed, step: int, *, seals: Collection[bytes]) -> bool:
    """Mark a step as spent, and the seed as confirmed; False where the step is spent or the seed is another by now.

    `seals` are its ciphertexts: it may have been sealed anew.
    """
    same = TotpRow.filter(user_id=user_id, sealed__in=list(seals), confirmed=seed.confirmed)
    spent = await same.filter(last_step__lt=step).update(last_step=step, confirmed=True)
    return bool(spent)


async def remove_totp(user_id: str) -> bool:
    """Remove somebody's authenticator app; False if there was none."""
    return bool(await TotpRow.filter(user_id=user_id, confirmed=True).delete())


async def replace_recovery_codes(user_id: str, digests: Sequence[str]) -> None:
    """Store recovery codes instead of those so far. Call it in a transaction."""
    await RecoveryCodeRow.filter(user_id=user_id).delete()
    await RecoveryCodeRow.bulk_create([RecoveryCodeRow(user_id=user_id, code_digest=each) for each in digests])


async def spend_recovery_code(user_id: str, code_digest: str) -> bool:
    """Remove a recovery code, which is good once; False if there is no such one."""
    return bool(await RecoveryCodeRow.filter(user_id=user_id, code_digest=code_digest).delete())


async def passkeys_of(user_id: str) -> tuple[Passkey, ...]:
    """Give somebody's passkeys, the oldest first."""
    return tuple(row.to_passkey() for row in await PasskeyRow.filter(user_id=user_id).order_by("created_at", "id"))


async def find_passkey(credential_id: str) -> Passkey | None:
    """Give the passkey with this credential id, whoever's it is."""
    row = await PasskeyRow.get_or_none(credential_id=credential_id)
    return row.to_passkey() if row else None


async def add_passkey(passkey: Passkey) -> bool:
    """Add a passkey; False where the credential is known. Call it in a transaction."""
    if await PasskeyRow.filter(credential_id=passkey.credential_id).exists():
        return False
    await PasskeyRow.create(
        id=passkey.id,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        sign_count=passkey.sign_count,
        name=passkey.name,
        transports=list(passkey.transports),
        created_at=passkey.created_at,
        used_at=passkey.used_at,
        user_id=passkey.user_id,
    )
    return True


async def use_passkey(passkey: Passkey, sign_count: int, *, now: float) -> bool:
    """Store that a passkey was used; False where it was used since it was read, or is gone."""
    used = await PasskeyRow.filter(id=passkey.id, sign_count=passkey.sign_count).update(
        sign_count=sign_count, used_at=now
    )
    return bool(used)


async def rename_passkey(user_id: str, passkey_id: str, name: str) -> bool:
    """Name one of somebody's passkeys anew; False if it is not theirs."""
    return bool(await PasskeyRow.filter(id=passkey_id, user_id=user_id).update(name=name))


async def remove_passkey(user_id: str, passkey_id: str) -> bool:
    """Remove one of somebody's passkeys; False if it is not theirs."""
    return bool(await PasskeyRow.filter(id=passkey_id, user_id=user_id).delete())
