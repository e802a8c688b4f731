"""Signing in by an identity provider: OpenID Connect's code flow with PKCE, state and nonce (RFC 9700)."""

import hashlib
import logging
from typing import Final

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from sentra.core.errors import NotFound
from sentra.core.factors import PROVIDER
from sentra.core.providers import Provider
from sentra.core.return_paths import FRONT, own_path
from sentra.core.secrets import Secret
from sentra.db.providers import find_provider, list_providers
from sentra.services.limiter import Limiter
from sentra.services.oidc_admission import Admission, NotAdmitted
from sentra.services.oidc_discovery import Discovery, ProviderAway
from sentra.services.oidc_tokens import Expected, IdTokens, ProviderRefused
from sentra.services.oidc_transactions import CameBack, OidcTransactions, UnderWay
from sentra.services.sealing import Place, Sealing
from sentra.services.sessions import SignedIn, Visitor
from sentra.services.sign_in import SignIn, SignInOver

log = logging.getLogger(__name__)

CALLBACK: Final = "/api/v1/oidc/"
_KEY_CHARACTERS: Final = 16
_IDENTITY_CLAIMS: Final = ("email", "email_verified")
_CANCELLED: Final = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})


def secret_place(provider_id: str) -> Place:
    """Say where a provider's client secret is sealed."""
    return Place("identity_providers", "secret_sealed", provider_id)


def callback_key(issuer: str) -> str:
    """Return the end of the address that a provider's answers come back to: every issuer has one of its own."""
    return hashlib.sha256(issuer.encode()).hexdigest()[:_KEY_CHARACTERS]


class Oidc:
    """Takes people to a provider, and starts their session when they come back."""

    def __init__(
        self,
        sign_in: SignIn,
        limiter: Limiter,
        sealing: Sealing,
        discovery: Discovery,
        tokens: IdTokens,
        transactions: OidcTransactions,
        admission: Admission,
        public_origin: str,
    ) -> None:
        self._sign_in = sign_in
        self._limiter = limiter
        self._sealing = sealing
        self._discovery = discovery
        self._tokens = tokens
        self._transactions = transactions
        self._admission = admission
        self._public_origin = public_origin

    async def offered(self) -> list[Provider]:
        """Give the providers that are switched on, for the sign-in page. Anyone may ask."""
        return [provider for provider in await list_providers() if provider.enabled]

    async def begin(self, provider_id: str, return_to: str | None) -> tuple[str, str]:
        """Begin a sign-in: give the token for this browser's cookie, and the provider's address to go to.

        Anyone may. Raises NotFound, ProviderAway.
        """
        provider = await find_provider(provider_id)
        if provider is None or not provider.enabled:
            raise NotFound("There is no such provider.")
        try:
            metadata = await self._discovery.metadata(provider.issuer)
        except ProviderAway as error:
            raise self._away(provider, error) from None
        token, begun = self._transactions.begin(
            provider_id=provider.id,
            client_id=provider.client_id,
            metadata=metadata,
            redirect_uri=self.redirect_uri(provider.issuer),
            return_to=own_path(return_to),
        )
        address = prepare_grant_uri(
            metadata.authorization_endpoint,
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=begun.redirect_uri,
            scope=provider.scopes,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return token, address

    def come_back(self, token: str | None, key: str, answer: CameBack) -> str:
        """Keep what the provider answered; give the path that this browser wanted to. It decides nothing yet."""
        redirect_uri = f"{self._public_origin}{CALLBACK}{key}"
        found = self._transactions.come_back(token, redirect_uri, answer) if token else None
        return found.return_to if found else FRONT

    async def finish(self, token: str | None, visitor: Visitor) -> SignedIn:
        """Start the session of whoever came back. Whatever happens, the sign-in is over.

        Raises SignInOver, ProviderRefused, NotAdmitted, ProviderAway, SecondFactorRequired, TooManyRequests.
        """
        attempt = await self._limiter.admit(visitor.address, f"providers from {visitor.address}", signed_in=True)
        under_way = self._transactions.take(token) if token else None
        if under_way is None or under_way.came_back is None:
            raise SignInOver("This took too long, or began in another browser. Sign in once more.")
        provider = await find_provider(under_way.provider_id)
        if provider is None or not provider.enabled:
            raise SignInOver("This way to sign in is switched off now. Choose another.")
        try:
            code = _code(under_way, under_way.came_back, provider)
            claims = await self._tokens.redeem(
                under_way.metadata,
                code,
                Expected(under_way.client_id, under_way.redirect_uri, under_way.verifier, under_way.nonce),
                self._secret(provider),
                wanted=(*_IDENTITY_CLAIMS, provider.claim) if provider.claim else _IDENTITY_CLAIMS,
            )
            user = await self._admission.admit(provider, claims, address=visitor.address)
        except ProviderAway as error:
            await self._limiter.give_back(attempt, right=False)
            raise self._away(provider, error) from None
        except (ProviderRefused, NotAdmitted) as refused:
            log.info("%s signed somebody in who is not let in: %s", provider.name, refused)
            raise
        await self._limiter.give_back(attempt, right=True)
        return await self._sign_in.go_on(user, visitor, amr=PROVIDER, summary=f"Signed in by {provider.name}")

    def redirect_uri(self, issuer: str) -> str:
        """Return the address to register at the provider."""
        return f"{self._public_origin}{CALLBACK}{callback_key(issuer)}"

    def _secret(self, provider: Provider) -> Secret | None:
        if provider.secret_sealed is None:
            return None
        return self._sealing.unseal(provider.secret_sealed, secret_place(provider.id))

    @staticmethod
    def _away(provider: Provider, error: ProviderAway) -> ProviderAway:
        """Give the error as strangers may read it; why is for the log."""
        log.warning("%s cannot sign anybody in: %s", provider.name, error)
        return ProviderAway(f"{provider.name} does not answer as it should right now. Try again, or sign in otherwise.")


def _code(under_way: UnderWay, answer: CameBack, provider: Provider) -> str:
    """Give the code of an answer that came from the very provider that was asked. Raises ProviderRefused."""
    metadata = under_way.metadata
    if answer.issuer is None and metadata.says_issuer:
        raise ProviderRefused("The answer does not say which provider it comes from. Sign in once more.")
    if answer.issuer is not None and answer.issuer != metadata.issuer:  # RFC 9207, 2.4
        raise ProviderRefused("The answer comes from another provider than was asked. Sign in once more.")
    if answer.error in _CANCELLED:
        raise ProviderRefused(f"{provider.name} did not sign you in. Try once more, or choose another way.")
    if answer.error or not answer.code:
        raise ProviderRefused(f"{provider.name} could not sign you in. Try again, or ask whoever runs Sentra.")
    return answer.code
