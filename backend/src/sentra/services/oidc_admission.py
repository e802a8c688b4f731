"""Who it is that a provider signed in: which user, whether they may come in, and what their claims make them."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from msgspec.structs import replace

from sentra.core.access import ROLES, Actor, Binding
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Forbidden
from sentra.core.names import tidied_line
from sentra.core.providers import ANYBODY, MAPPABLE, LinkedIdentity, Provider
from sentra.core.users import User, is_email, normalise_email
from sentra.db.bindings import bindings_of, replace_bindings
from sentra.db.database import transaction
from sentra.db.interfaces import list_interfaces
from sentra.db.links import remove_links_of
from sentra.db.providers import find_identity, identity_of, is_address_doubted, keep_identity
from sentra.db.users import add_user, change_user, find_credentials, find_user
from sentra.services.audit import Audit
from sentra.services.binding_words import binding_words
from sentra.services.identities import Identities
from sentra.services.ranks import rank_of

_LOWEST_ADMIN: Final = ROLES.index("admin")
_MOST_VALUES: Final = 1000
_LONGEST_NAME: Final = 100
_LONGEST_EMAIL: Final = 254


class NotAdmitted(Forbidden):
    """The provider knows who this is, and they may not come in; the text says why, and whom to ask."""


class Admission:
    """Finds or makes the user whom a provider's claims are about."""

    def __init__(self, clock: Clock, audit: Audit, identities: Identities) -> None:
        self._clock = clock
        self._audit = audit
        self._identities = identities

    async def admit(self, provider: Provider, claims: Mapping[str, Any], *, address: str) -> User:
        """Give the user who may come in now, with the roles that the claims give. Raises NotAdmitted."""
        email = vouched_email(claims)
        _require_domain(provider, email)
        async with transaction():
            linked = await find_identity(provider.id, claims["sub"])
            if linked is not None:
                user = await find_user(linked.user_id)
            else:
                user = await self._by_email(provider, email)
            granted = await _granted(provider, claims)
            if user is None:
                user = await self._make(provider, email, claims, granted, address)
                linked = LinkedIdentity(provider.id, claims["sub"], user.id, granted)
            else:
                await _require_admitted(provider, user)
                if linked is None:
                    user = await self._link(provider, user, address)
                    linked = LinkedIdentity(provider.id, claims["sub"], user.id)
                linked = replace(linked, granted=await self._map(provider, user, linked.granted, granted, address))
            await keep_identity(linked)
        self._identities.forget(user.id)
        return user

    async def _by_email(self, provider: Provider, email: str | None) -> User | None:
        """Give whoever has the address for which the provider vouches, None for nobody."""
        if email is None:
            raise NotAdmitted(
                f"{provider.name} does not vouch for your e-mail address, so nobody here can tell who you are. "
                "Confirm it there, or ask whoever runs Sentra."
            )
        credentials = await find_credentials(email)
        if credentials is None:
            return None
        # Or else whoever takes my address first waits for me in there.
        if await is_address_doubted(credentials.user.id):
            raise NotAdmitted(
                "An account here has your e-mail address, and nobody has checked that it is yours. Ask whoever runs "
                "Sentra."
            )
        if await identity_of(provider.id, credentials.user.id) is not None:
            raise NotAdmitted(
                f"Your e-mail address belongs to somebody else of {provider.name} here. Ask whoever runs Sentra."
            )
        return credentials.user

    async def _make(
        self,
        provider: Provider,
        email: str | None,
        claims: Mapping[str, Any],
        granted: tuple[Binding, ...],
        address: str,
    ) -> User:
        if not provider.admits_new or email is None:
            raise NotAdmitted("You have no account here. Ask whoever runs Sentra to invite you.")
        if not granted:
            raise NotAdmitted("You have no role here. Ask whoever runs Sentra for one.")
        now = datetime.fromtimestamp(int(self._clock.now()), UTC)
        user = User(
            id=secrets.token_hex(16),
            email=email,
            name=_name(claims, email),
            auth_epoch=0,
            enabled=True,
            created_at=now,
            joined_at=now,
        )
        await add_user(user, "")
        await replace_bindings(user.id, granted)
        summary = f"{user.email} came in by {provider.name} as {await _words(granted)}"
        await self._record(user, granted, "user:join", summary, address)
        return user

    async def _link(self, provider: Provider, user: User, address: str) -> User:
        """Remember who somebody is at the provider; whoever was invited has joined by that."""
        bindings = await bindings_of(user.id)
        if user.joined_at is not None:
            await self._record(user, bindings, "user:link", f"{user.email} signs in by {provider.name} too", address)
            return user
        joined = replace(user, joined_at=datetime.fromtimestamp(int(self._clock.now()), UTC))
        await change_user(joined)
        await remove_links_of(user.id)
        await self._record(joined, bindings, "user:join", f"{user.email} joined by {provider.name}", address)
        return joined

    async def _map(
        self, provider: Provider, user: User, before: Sequence[Binding], after: Sequence[Binding], address: str
    ) -> tuple[Binding, ...]:
        """Give what the claims give anew, and take what they gave before and give no more; return what is of them.

        What people gave or took stays so, and so does whatever an owner or admin has: no claim makes or unmakes them.
        """
        bindings = await bindings_of(user.id)
        if rank_of(bindings) <= _LOWEST_ADMIN:
            return tuple(before)
        kept = [each for each in bindings if each not in before or each in after]
        taken = {each.scope for each in (*kept, *(each for each in before if each in after))}
        fresh = [each for each in after if each.scope not in taken]
        changed = (*kept, *fresh)
        if set(changed) != set(bindings):
            await replace_bindings(user.id, changed)
            summary = f"{user.email} is {await _words(changed)}, by {provider.name}"
            detail = {"before": await binding_words(bindings), "after": await binding_words(changed)}
            actor = _as(user, changed, address)
            await self._audit.record(actor, "role:update", _subject(user), summary=summary, detail=detail)
        return (*(each for each in before if each in after), *fresh)

    async def _record(self, user: User, bindings: Sequence[Binding], action: str, summary: str, address: str) -> None:
        await self._audit.record(_as(user, bindings, address), action, _subject(user), summary=summary)


def vouched_email(claims: Mapping[str, Any]) -> str | None:
    """Return the address that the provider says it has checked; None for any other."""
    email = claims.get("email")
    # Microsoft Entra has a claim of its own, "email domain owner verified", and not always as a boolean.
    checked = claims["email_verified"] if "email_verified" in claims else claims.get("xms_edov") in (1, "1", "true")
    if checked is not True or not isinstance(email, str):
        return None
    if any(not each.isascii() and each.casefold() != each for each in email):
        return None  # ß and ss, K and the sign for Kelvin: here they are one address, elsewhere two mailboxes
    email = normalise_email(email)
    return email if len(email) <= _LONGEST_EMAIL and is_email(email) else None


def claimed_values(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """Return the texts of a claim, be it one or a list; `realm_access.roles` looks into an object."""
    value: Any = claims.get(name)
    if value is None:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, list):
        return frozenset(each for each in value[:_MOST_VALUES] if isinstance(each, str))
    return frozenset()


def _require_domain(provider: Provider, email: str | None) -> None:
    if provider.email_domains and (email or "").rpartition("@")[2] not in provider.email_domains:
        raise NotAdmitted(
            f"{provider.name} is not asked about people of your e-mail address's domain. Ask whoever runs Sentra."
        )


async def _require_admitted(provider: Provider, user: User) -> None:
    if not user.enabled:
        raise NotAdmitted("Your account is disabled. Ask whoever runs Sentra.")
    if not provider.admits_admins and rank_of(await bindings_of(user.id)) <= _LOWEST_ADMIN:
        raise NotAdmitted(
            f"Owners and admins do not sign in by {provider.name}. Use your password or a passkey; an owner can change "
            "this in the settings of the provider."
        )


async def _granted(provider: Provider, claims: Mapping[str, Any]) -> tuple[Binding, ...]:
    """Give what the claims make somebody: of several roles for one thing the one with the most rights."""
    values = claimed_values(claims, provider.claim) | {ANYBODY}
    interfaces = {f"interface:{each.id}" for each in await list_interfaces()}
    best: dict[str, Binding] = {}
    for grant in provider.grants:
        there = not grant.scope.startswith("interface:") or grant.scope in interfaces
        if grant.value in values and grant.role in MAPPABLE and there:
            before = best.get(grant.scope)
            if before is None or ROLES.index(grant.role) < ROLES.index(before.role):
                best[grant.scope] = Binding(grant.role, grant.scope)
    return tuple(best[scope] for scope in sorted(best))


def _name(claims: Mapping[str, Any], email: str) -> str:
    said = claims.get("name")
    name = tidied_line(said, _LONGEST_NAME) if isinstance(said, str) else ""
    return name or email.partition("@")[0][:_LONGEST_NAME]


def _as(user: User, bindings: Sequence[Binding], address: str) -> Actor:
    return Actor(user_id=user.id, email=user.email, name=user.name, bindings=tuple(bindings), address=address)


def _subject(user: User) -> Subject:
    return Subject("user", user.id, user.email)


async def _words(bindings: Sequence[Binding]) -> str:
    return ", ".join(await binding_words(bindings)) or "bound to nothing any more"
