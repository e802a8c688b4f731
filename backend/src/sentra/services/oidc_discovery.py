"""What an identity provider says of itself (OpenID Connect Discovery 1.0), and its keys; remembered for minutes."""

import asyncio
import math
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key
from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import NetworkRefused, SentraError
from sentra.network.https import Fetch, Reply
from sentra.network.targets import parse_https

REMEMBERED_SECONDS: Final = 10 * 60
FAILURE_SECONDS: Final = 15.0
"""How long a provider that did not answer is not asked again by somebody who signs in."""
KEYS_ANEW_SECONDS: Final = 60.0
"""How old keys are at least before a token with another key's name has them read again."""
_KEYS_AT_MOST: Final = 50


class ProviderAway(SentraError):
    """The provider does not answer, or not as one; the text says why, for whoever set it up."""


class Metadata(Struct, frozen=True):
    """What of a provider's own description is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    auth_methods: tuple[str, ...]
    says_issuer: bool
    """Whether every answer through the browser names the issuer (RFC 9207)."""


class _Kept(Struct):
    metadata: Metadata | None = None
    error: ProviderAway | None = None
    until: float = -math.inf
    keys: tuple[Key, ...] = ()
    keys_read_at: float = -math.inf


class Discovery:
    """Knows providers by their issuer."""

    def __init__(self, clock: Clock, fetch: Fetch) -> None:
        self._clock = clock
        self._fetch = fetch
        self._kept: dict[str, _Kept] = {}
        self._one_at_a_time: dict[str, asyncio.Lock] = {}

    async def metadata(self, issuer: str) -> Metadata:
        """Give what a provider says of itself. Raises ProviderAway."""
        async with self._lock(issuer):
            kept = self._kept.setdefault(issuer, _Kept())
            if self._clock.monotonic() >= kept.until:
                await self._renew(issuer, kept)
            if kept.metadata is None or kept.error is not None:
                raise kept.error or ProviderAway("The provider cannot be reached.")
            return kept.metadata

    async def keys(self, metadata: Metadata, *, but: str | None = None) -> tuple[Key, ...]:
        """Give a provider's public keys. `but`: the name of a key that is looked for; unknown ones are read anew, at
        most once a minute. Raises ProviderAway.
        """
        async with self._lock(metadata.issuer):
            kept = self._kept.setdefault(metadata.issuer, _Kept())
            age = self._clock.monotonic() - kept.keys_read_at
            unknown = but is not None and all(key.kid != but for key in kept.keys)
            if not kept.keys or age >= REMEMBERED_SECONDS or (unknown and age >= KEYS_ANEW_SECONDS):
                kept.keys = _keys(await self._document(metadata.jwks_uri))
                kept.keys_read_at = self._clock.monotonic()
            return kept.keys

    async def look(self, issuer: str) -> Metadata:
        """Ask a provider now, and remember nothing. Raises ProviderAway."""
        metadata = _metadata(issuer, await self._document(get_well_known_url(issuer, external=True)))
        _keys(await self._document(metadata.jwks_uri))
        return metadata

    def forget(self, issuer: str) -> None:
        """Believe nothing of a provider any more."""
        self._kept.pop(issuer, None)
        self._one_at_a_time.pop(issuer, None)

    async def _renew(self, issuer: str, kept: _Kept) -> None:
        try:
            document = await self._document(get_well_known_url(issuer, external=True))
            kept.metadata, kept.error = _metadata(issuer, document), None
            kept.until = self._clock.monotonic() + REMEMBERED_SECONDS
        except ProviderAway as error:
            kept.error = error
            kept.until = self._clock.monotonic() + FAILURE_SECONDS

    async def _document(self, url: str) -> dict[str, Any]:
        try:
            reply = await self._fetch(url)
        except NetworkRefused as error:
            raise ProviderAway(str(error)) from None
        return json_of(reply, url)

    def _lock(self, issuer: str) -> asyncio.Lock:
        return self._one_at_a_time.setdefault(issuer, asyncio.Lock())


def json_of(reply: Reply, url: str) -> dict[str, Any]:
    """Read the JSON object of an answer. Raises ProviderAway."""
    where = urlsplit(url).path or "/"
    if reply.status != 200:
        raise ProviderAway(f"{where} answers {reply.status} instead of a document.")
    try:
        return msgspec.json.decode(reply.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProviderAway(f"{where} does not answer with a JSON object.") from None


def _metadata(issuer: str, document: dict[str, Any]) -> Metadata:
    said = OpenIDProviderMetadata(document)
    if document.get("issuer") != issuer:
        raise ProviderAway("The provider calls itself by another issuer. Enter it exactly as its own document does.")
    try:
        for check in (said.validate_authorization_endpoint, said.validate_token_endpoint, said.validate_jwks_uri):
            check()
        found = msgspec.convert(
            {
                "issuer": issuer,
                "authorization_endpoint": document["authorization_endpoint"],
                "token_endpoint": document["token_endpoint"],
                "jwks_uri": document["jwks_uri"],
                "userinfo_endpoint": document.get("userinfo_endpoint"),
                "auth_methods": document.get("token_endpoint_auth_methods_supported") or ("client_secret_basic",),
                "says_issuer": document.get("authorization_response_iss_parameter_supported") is True,
            },
            Metadata,
        )
        for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            parse_https(url)
    except (AttributeError, KeyError, TypeError, ValueError, msgspec.ValidationError, NetworkRefused):
        raise ProviderAway("The provider's own description lacks an address, or has one without https.") from None
    return found


def _keys(document: dict[str, Any]) -> tuple[Key, ...]:
    """Give the keys that can verify a signature. A shared secret among them is none: whoever reads it could sign."""
    entries = document.get("keys")
    found = []
    for entry in entries[:_KEYS_AT_MOST] if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("kty") in ("RSA", "EC", "OKP") and entry.get("use", "sig") == "sig":
            try:
                key = import_key({**entry})
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # of a kind that this version does not know
            if isinstance(key, RSAKey | ECKey | OKPKey) and not key.is_private:
                found.append(key)
    if not found:
        raise ProviderAway("The provider shows no key that can be used.")
    return tuple(found)
