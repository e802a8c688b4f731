"""`/api/v1/providers`: identity providers of OpenID Connect, for whoever looks after people."""

from typing import Annotated, Any, Self

from msgspec import UNSET
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_request

from sentra.core.access import WHOLE, Role
from sentra.core.providers import Grant
from sentra.services.provider_fields import DEFAULT_SCOPES, ProviderFields
from sentra.services.providers import KnownProvider, Providers
from sentra.web.access import current_actor, heavy, requires
from sentra.web.binding_views import SCOPE
from sentra.web.fields import PersonName
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers
from sentra.web.preconditions import expected_version, with_version

_Name = Annotated[PersonName, Field(max_length=60)]
_Issuer = Annotated[str, Field(min_length=1, max_length=300)]
_ClientId = Annotated[PersonName, Field(max_length=200)]
_ClientSecret = Annotated[str, Field(min_length=1, max_length=500, json_schema_extra={"format": "password"})]
_Scopes = Annotated[str, Field(max_length=200)]
_Claim = Annotated[str, Field(max_length=60)]
_Domain = Annotated[str, Field(max_length=253)]


class GrantView(BaseModel):
    """What a value of the claim gives; `*` stands for whoever signs in by the provider."""

    model_config = ConfigDict(extra="forbid")

    value: Annotated[PersonName, Field(max_length=200)]
    role: Role
    scope: Annotated[str, Field(pattern=rf"^(?:{SCOPE})$", max_length=80)] = WHOLE


class ProviderView(BaseModel):
    """An identity provider. Its client secret is never given back; `redirect_uri` is what to register there."""

    id: str
    name: str
    issuer: str
    redirect_uri: str
    client_id: str
    has_secret: bool
    scopes: str
    claim: str
    grants: list[GrantView]
    email_domains: list[str]
    admits_new: bool
    admits_admins: bool
    enabled: bool
    people: int
    version: int


class ProvidersView(BaseModel):
    """Identity providers, in order of their names."""

    items: list[ProviderView]


class _ProviderForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def fields(self) -> ProviderFields:
        """Give what is said as the service takes it; what is left out stays out."""
        said: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set if name != "issuer"}
        if "grants" in said:
            said["grants"] = tuple(Grant(each.value, each.role, each.scope) for each in said["grants"])
        if "email_domains" in said:
            said["email_domains"] = tuple(dict.fromkeys(each.strip().lower() for each in said["email_domains"]))
        for name in ("scopes", "claim"):
            if name in said:
                said[name] = " ".join(said[name].split())
        return ProviderFields(**{name: said.get(name, UNSET) for name in ProviderFields.__struct_fields__})


class ProviderCreate(_ProviderForm):
    """A provider to add; it is switched off unless `enabled` says otherwise."""

    name: _Name
    issuer: _Issuer
    client_id: _ClientId
    client_secret: _ClientSecret | None = None
    scopes: _Scopes = DEFAULT_SCOPES
    claim: _Claim = ""
    grants: list[GrantView] = Field([], max_length=50)
    email_domains: list[_Domain] = Field([], max_length=50)
    admits_new: StrictBool = False
    admits_admins: StrictBool = False
    enabled: StrictBool = False


class ProviderUpdate(_ProviderForm):
    """What to change of a provider; what is left out stays. A `client_secret` of null takes it away.

    Its issuer stays: add another provider for another issuer.
    """

    name: _Name | None = None
    client_id: _ClientId | None = None
    client_secret: _ClientSecret | None = None
    scopes: _Scopes | None = None
    claim: _Claim | None = None
    grants: list[GrantView] | None = Field(None, max_length=50)
    email_domains: list[_Domain] | None = Field(None, max_length=50)
    admits_new: StrictBool | None = None
    admits_admins: StrictBool | None = None
    enabled: StrictBool | None = None

    @model_validator(mode="after")
    def _null_means_nothing(self) -> Self:
        """Take null for what is left out, but for the secret."""
        for name in tuple(self.model_fields_set):
            if name != "client_secret" and getattr(self, name) is None:
                self.model_fields_set.discard(name)
        return self


class ProviderCheck(BaseModel):
    """An issuer to try."""

    model_config = ConfigDict(extra="forbid")

    issuer: _Issuer


class FoundProviderView(BaseModel):
    """What a provider says of itself, and the redirect URI to register there."""

    redirect_uri: str
    authorization_endpoint: str
    token_endpoint: str
    says_issuer: bool


def providers_blueprint(providers: Providers) -> Blueprint:
    """Return the routes of `/api/v1/providers`."""
    blueprint = Blueprint("providers", __name__, url_prefix="/api/v1/providers")

    @blueprint.get("")
    @requires("provider:read")
    @tag(["providers"])
    @document_response(ProvidersView)
    async def list_providers() -> Response:
        """Identity providers"""
        return json_response(ProvidersView(items=[_view(each) for each in await providers.list(current_actor())]))

    @blueprint.post("")
    @requires("provider:update")
    @tag(["providers"])
    @validate_request(ProviderCreate)
    @document_response(ProviderView, 201)
    async def create_provider(data: ProviderCreate) -> Response:
        """Add an identity provider

        It needs a proof of the last five minutes. No claim makes anybody an owner or admin.
        """
        made = await providers.create(current_actor(), data.issuer, data.fields())
        return with_version(json_response(_view(made), 201), made.provider.version)

    @blueprint.post("/check")
    @requires("provider:update")
    @heavy
    @tag(["providers"])
    @validate_request(ProviderCheck)
    @document_response(FoundProviderView)
    async def check_provider(data: ProviderCheck) -> Response:
        """Try an issuer

        Asks it now what it says of itself; keeps nothing.
        """
        found = await providers.check(current_actor(), data.issuer)
        return json_response(
            FoundProviderView(
                redirect_uri=found.redirect_uri,
                authorization_endpoint=found.metadata.authorization_endpoint,
                token_endpoint=found.metadata.token_endpoint,
                says_issuer=found.metadata.says_issuer,
            )
        )

    @blueprint.get("/<provider_id>")
    @requires("provider:read")
    @tag(["providers"])
    @document_response(ProviderView)
    async def get_provider(provider_id: str) -> Response:
        """An identity provider

        Its `ETag` is its version.
        """
        found = await providers.get(current_actor(), provider_id)
        return with_version(json_response(_view(found)), found.provider.version)

    @blueprint.patch("/<provider_id>")
    @requires("provider:update")
    @tag(["providers"])
    @validate_request(ProviderUpdate)
    @document_response(ProviderView)
    async def update_provider(provider_id: str, data: ProviderUpdate) -> Response:
        """Change an identity provider

        It needs a proof of the last five minutes. Whoever signed in by one that is switched off is signed out.
        """
        after = await providers.update(current_actor(), provider_id, data.fields(), version=expected_version())
        return with_version(json_response(_view(after)), after.provider.version)

    @blueprint.delete("/<provider_id>")
    @requires("provider:update")
    @tag(["providers"])
    @answers(204, "Removed.")
    async def delete_provider(provider_id: str) -> Response:
        """Remove an identity provider

        The people stay; whoever signed in by it is signed out. It needs a proof of the last five minutes.
        """
        await providers.delete(current_actor(), provider_id, version=expected_version())
        return Response("", 204)

    return blueprint


def _view(known: KnownProvider) -> ProviderView:
    provider = known.provider
    return ProviderView(
        id=provider.id,
        name=provider.name,
        issuer=provider.issuer,
        redirect_uri=known.redirect_uri,
        client_id=provider.client_id,
        has_secret=provider.secret_sealed is not None,
        scopes=provider.scopes,
        claim=provider.claim,
        grants=[GrantView.model_construct(value=g.value, role=g.role, scope=g.scope) for g in provider.grants],
        email_domains=list(provider.email_domains),
        admits_new=provider.admits_new,
        admits_admins=provider.admits_admins,
        enabled=provider.enabled,
        people=known.people,
        version=provider.version,
    )
