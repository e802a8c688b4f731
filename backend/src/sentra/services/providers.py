"""Use cases of identity providers: see, add, try, change and remove those by which people may sign in."""

import secrets
from collections.abc import Collection, Sequence
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import EVERYTHING, WHOLE, Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import ChangedMeanwhile, Conflict, FieldError, Invalid, NotFound
from sentra.core.factors import PROVIDER
from sentra.core.providers import MAPPABLE, Grant, Provider
from sentra.core.secrets import Secret
from sentra.db.database import transaction
from sentra.db.interfaces import list_interfaces
from sentra.db.providers import (
    add_provider,
    change_provider,
    count_identities,
    find_provider,
    is_provider_name_taken,
    list_providers,
    remove_provider,
    users_of,
)
from sentra.services.audit import Audit
from sentra.services.oidc import Oidc, secret_place
from sentra.services.oidc_discovery import Discovery, Metadata, ProviderAway
from sentra.services.provider_fields import (
    DEFAULT_SCOPES,
    ON_RECORD,
    ProviderFields,
    parse_issuer,
    sentence_of,
    told,
    wrong_fields,
)
from sentra.services.ranks import is_owner_now
from sentra.services.sealing import Sealing
from sentra.services.sessions import Sessions
from sentra.services.step_up import require_fresh

AT_MOST: Final = 20


class KnownProvider(Struct, frozen=True):
    """A provider, the address to register there, and how many people sign in by it."""

    provider: Provider
    redirect_uri: str
    people: int


class Found(Struct, frozen=True):
    """What a provider says of itself, and the address to register there."""

    metadata: Metadata
    redirect_uri: str


class Providers:
    """Keeps the providers. `nodes` are those that there are."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        audit: Audit,
        sealing: Sealing,
        sessions: Sessions,
        discovery: Discovery,
        oidc: Oidc,
        nodes: Collection[str],
    ) -> None:
        self._clock = clock
        self._access = access
        self._audit = audit
        self._sealing = sealing
        self._sessions = sessions
        self._discovery = discovery
        self._oidc = oidc
        self._nodes = nodes

    async def list(self, actor: Actor) -> Sequence[KnownProvider]:
        """Give every provider, in order of its name."""
        self._access.authorise(actor, "provider:read", EVERYTHING)
        counts = await count_identities()
        return [self._known(each, counts.get(each.id, 0)) for each in await list_providers()]

    async def get(self, actor: Actor, provider_id: str) -> KnownProvider:
        """Give a provider. Raises NotFound."""
        self._access.authorise(actor, "provider:read", EVERYTHING)
        provider = await _found(provider_id)
        return self._known(provider, len(await users_of(provider.id)))

    async def check(self, actor: Actor, issuer: str) -> Found:
        """Ask an issuer what it says of itself, now. Raises Invalid where it is none, or does not answer as one."""
        self._access.authorise(actor, "provider:update", EVERYTHING)
        issuer = parse_issuer(issuer)
        try:
            metadata = await self._discovery.look(issuer)
        except ProviderAway as error:
            raise Invalid(FieldError("issuer", "provider-away", sentence_of(str(error)))) from None
        return Found(metadata, self._oidc.redirect_uri(issuer))

    async def create(self, actor: Actor, issuer: str, said: ProviderFields) -> KnownProvider:
        """Add a provider, switched off unless that is said. Raises Invalid, Conflict for too many, StepUpRequired."""
        self._access.authorise(actor, "provider:update", EVERYTHING)
        require_fresh(actor, self._clock)
        empty = Provider(
            id=secrets.token_hex(16),
            name="",
            issuer=parse_issuer(issuer),
            client_id="",
            secret_sealed=None,
            scopes=DEFAULT_SCOPES,
            claim="",
            grants=(),
            email_domains=(),
            admits_new=False,
            admits_admins=False,
            enabled=False,
            version=1,
        )
        async with transaction():
            if len(await list_providers()) >= AT_MOST:
                raise Conflict(f"There are {AT_MOST} providers already. Remove one first.")
            provider = await self._changed(actor, empty, said)
            await add_provider(provider)
            summary = f"Added the identity provider {provider.name}"
            await self._record(actor, provider, "provider:create", summary, empty, said)
        return self._known(provider, 0)

    async def update(
        self, actor: Actor, provider_id: str, said: ProviderFields, *, version: int | None = None
    ) -> KnownProvider:
        """Change what is said, and leave the rest. Whoever signed in by one that is switched off is out at once.

        Raises NotFound, ChangedMeanwhile, Invalid, StepUpRequired.
        """
        self._access.authorise(actor, "provider:update", EVERYTHING)
        require_fresh(actor, self._clock)
        async with transaction():
            before = await _found(provider_id)
            _require_version(before, version)
            after = await self._changed(actor, before, said)
            if after != before:
                after = replace(after, version=before.version + 1)
                await change_provider(after)
                summary = f"Changed the identity provider {after.name}"
                await self._record(actor, after, "provider:update", summary, before, said)
            people = await users_of(provider_id)
        if before.enabled and not after.enabled:
            await self._sign_out(people)
        return self._known(after, len(people))

    async def delete(self, actor: Actor, provider_id: str, *, version: int | None = None) -> None:
        """Remove a provider, and who of it is which user; the people stay, without their sessions by it.

        Raises NotFound, ChangedMeanwhile, StepUpRequired.
        """
        self._access.authorise(actor, "provider:update", EVERYTHING)
        require_fresh(actor, self._clock)
        async with transaction():
            provider = await _found(provider_id)
            _require_version(provider, version)
            people = await users_of(provider_id)
            await remove_provider(provider_id)
            summary = f"Removed the identity provider {provider.name}"
            await self._audit.record(actor, "provider:delete", _subject(provider), summary=summary)
        self._discovery.forget(provider.issuer)
        await self._sign_out(people)

    async def _changed(self, actor: Actor, before: Provider, said: ProviderFields) -> Provider:
        """Give a provider as it was said to be. Raises Invalid with every field that is wrong."""
        given = {
            field: value
            for field in said.__struct_fields__
            if field != "client_secret" and (value := getattr(said, field)) is not UNSET
        }
        if not isinstance(said.client_secret, UnsetType):
            place = secret_place(before.id)
            secret = said.client_secret
            given["secret_sealed"] = self._sealing.seal(Secret(secret.encode()), place) if secret else None
        after = replace(before, **given)
        errors = [*wrong_fields(after), *await self._wrong_grants(after.grants)]
        if await is_provider_name_taken(after.name, but_by=after.id):
            errors.append(FieldError("name", "name-taken", "Another provider has this name."))
        if after.admits_admins and not before.admits_admins and not await is_owner_now(actor):
            sentence = "Only an owner lets a provider sign owners and admins in."
            errors.append(FieldError("admits_admins", "rank", sentence))
        if errors:
            raise Invalid(*errors)
        return after

    async def _wrong_grants(self, grants: Sequence[Grant]) -> Sequence[FieldError]:
        scopes = {WHOLE, *(f"node:{node}" for node in self._nodes)}
        scopes |= {f"interface:{interface.id}" for interface in await list_interfaces()}
        errors = []
        for number, grant in enumerate(grants):
            if grant.role not in MAPPABLE:
                sentence = "A provider makes nobody an owner or admin. Give that role to the person."
                errors.append(FieldError(f"grants.{number}.role", "rank", sentence))
            if grant.scope not in scopes:
                sentence = "There is nothing of this name to be bound to."
                errors.append(FieldError(f"grants.{number}.scope", "scope", sentence))
        return errors

    async def _sign_out(self, user_ids: Collection[str]) -> None:
        for user_id in user_ids:
            for session in await self._sessions.of(user_id):
                if set(PROVIDER) & set(session.amr):
                    await self._sessions.end(session.id)

    async def _record(
        self, actor: Actor, provider: Provider, action: str, summary: str, before: Provider, said: ProviderFields
    ) -> None:
        fields = {
            name: [was, now]
            for name in ON_RECORD
            if (was := told(getattr(before, name))) != (now := told(getattr(provider, name)))
        }
        if said.client_secret is not UNSET:
            fields["client_secret"] = [None, "(hidden)" if provider.secret_sealed else None]
        detail = {"issuer": provider.issuer, "fields": fields}
        await self._audit.record(actor, action, _subject(provider), summary=summary, detail=detail)

    def _known(self, provider: Provider, people: int) -> KnownProvider:
        return KnownProvider(provider, self._oidc.redirect_uri(provider.issuer), people)


async def _found(provider_id: str) -> Provider:
    provider = await find_provider(provider_id)
    if provider is None:
        raise NotFound("There is no such provider.")
    return provider


def _require_version(provider: Provider, version: int | None) -> None:
    if version is not None and version != provider.version:
        raise ChangedMeanwhile("Somebody else changed this provider meanwhile. Look again before you change it.")


def _subject(provider: Provider) -> Subject:
    return Subject("provider", provider.id, provider.name)
