"""From a code of the provider to what it says of somebody: the token endpoint, the ID token, and userinfo."""

from typing import Any, Final
from urllib.parse import quote

import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import Forbidden, NetworkRefused
from sentra.core.secrets import Secret
from sentra.network.https import Fetch
from sentra.services.oidc_discovery import Discovery, Metadata, ProviderAway, json_of

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""What an ID token may be signed with: public keys only, never `none`."""
LEEWAY_SECONDS: Final = 60
LONGEST: Final = 64 * 1024
_LONGEST_SUBJECT: Final = 255
_LATEST: Final = 1e12
_FORM: Final = "application/x-www-form-urlencoded"


class ProviderRefused(Forbidden):
    """The provider did not sign somebody in, or what it gave is not to be believed."""


class Expected(Struct, frozen=True):
    """What an answer must fit: all of it belongs to one sign-in in one browser."""

    client_id: str
    redirect_uri: str
    verifier: str
    nonce: str

    def __repr__(self) -> str:
        return f"Expected(client_id={self.client_id!r})"


class IdTokens:
    """Redeems codes, and believes an ID token only when everything about it fits."""

    def __init__(self, clock: Clock, fetch: Fetch, discovery: Discovery) -> None:
        self._clock = clock
        self._fetch = fetch
        self._discovery = discovery

    async def redeem(
        self, metadata: Metadata, code: str, expected: Expected, secret: Secret | None, *, wanted: tuple[str, ...]
    ) -> dict[str, Any]:
        """Give the claims about whoever signed in. `wanted` are claims that userinfo is asked for where the ID token
        has none of them. Raises ProviderRefused, ProviderAway.
        """
        answer = await self._exchange(metadata, code, expected, secret)
        token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str) or len(token) > LONGEST:
            raise ProviderRefused("The provider gave no ID token.")
        if not isinstance(access_token, str) or len(access_token) > LONGEST:
            access_token = ""
        claims = await self._verified(metadata, token, access_token, expected)
        missing = [name for name in wanted if name not in claims]
        if missing and metadata.userinfo_endpoint and access_token:
            more = await self._userinfo(metadata.userinfo_endpoint, access_token, claims["sub"])
            claims |= {name: value for name, value in more.items() if name not in claims}
        return claims

    async def _exchange(
        self, metadata: Metadata, code: str, expected: Expected, secret: Secret | None
    ) -> dict[str, Any]:
        form = prepare_token_request(
            "authorization_code", redirect_uri=expected.redirect_uri, code=code, code_verifier=expected.verifier
        )
        url, headers, body = _client_auth(metadata, expected.client_id, secret).prepare(
            "POST", metadata.token_endpoint, {"Content-Type": _FORM}, form
        )
        try:
            reply = await self._fetch(url, method="POST", headers=headers, body=body.encode())
        except NetworkRefused as error:
            raise ProviderAway(str(error)) from None
        if 400 <= reply.status < 500:
            raise ProviderRefused("The provider did not take the code. Sign in once more.")
        return json_of(reply, metadata.token_endpoint)

    async def _verified(self, metadata: Metadata, token: str, access_token: str, expected: Expected) -> dict[str, Any]:
        options: Any = {
            "iss": {"essential": True, "value": metadata.issuer},
            "aud": {"essential": True, "value": expected.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
        }
        try:
            header, claims = await self._signed(metadata, token)
            _require_plain(claims)
            params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access_token}
            CodeIDToken(claims, header, options, params).validate(int(self._clock.now()), LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ProviderRefused("What the provider gave could not be verified. Sign in once more.") from None
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise ProviderRefused("The provider does not say who you are.")
        return claims

    async def _signed(self, metadata: Metadata, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give header and claims of a token that one of the provider's keys signed. Raises JoseError, ValueError."""
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        keys = await self._discovery.keys(metadata, but=kid if isinstance(kid, str) else None)
        error: Exception = ValueError("no key")
        for key in _candidates(keys, kid):
            try:
                decoded = jwt.decode(token, key, algorithms=ALGORITHMS)
            except (JoseError, ValueError, TypeError, RecursionError) as refused:
                error = refused
                continue
            header = dict(decoded.header)
            if header["alg"] == "Ed25519":
                header["alg"] = "EdDSA"  # as the hash of the access token calls it
            return header, dict(decoded.claims)
        raise error

    async def _userinfo(self, url: str, access_token: str, subject: str) -> dict[str, Any]:
        try:
            reply = await self._fetch(url, headers={"Authorization": f"Bearer {access_token}"})
        except (NetworkRefused, ValueError) as error:
            raise ProviderAway(str(error)) from None
        said = json_of(reply, url)
        if said.get("sub") != subject:  # OpenID Connect Core 1.0, 5.3.2
            raise ProviderRefused("The provider speaks of two different people. Sign in once more.")
        return said


def _require_plain(claims: dict[str, Any]) -> None:
    """Return if all texts can be stored, and times are numbers that can be compared. Raises ValueError."""
    msgspec.json.encode(claims)
    if not all(abs(claims.get(name, 0)) < _LATEST for name in ("exp", "iat", "nbf")):  # not so of NaN either
        raise ValueError("a time that is none")


def _candidates(keys: tuple[Key, ...], kid: object) -> list[Key]:
    return list(keys) if kid is None else [key for key in keys if key.kid == kid]


def _client_auth(metadata: Metadata, client_id: str, secret: Secret | None) -> ClientAuth:
    if secret is None:
        return ClientAuth(client_id, None, "none")
    text = secret.reveal().decode()
    if "client_secret_basic" in metadata.auth_methods or "client_secret_post" not in metadata.auth_methods:
        # Both parts are form-encoded first (RFC 6749, 2.3.1), which Authlib leaves to its caller.
        return ClientAuth(quote(client_id, safe=""), quote(text, safe=""), "client_secret_basic")
    return ClientAuth(client_id, text, "client_secret_post")
