"""Access tokens: JSON Web Tokens (RFC 9068) that live for ten minutes and say who, never what they may do."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import Unauthenticated
from sentra.core.secrets import new_token
from sentra.core.tokens import TokenFamily
from sentra.services.signing_keys import SigningKey, SigningKeys

LIFE_SECONDS: Final = 600
SKEW_SECONDS: Final = 60
ALGORITHM: Final = "HS256"
TYPE: Final = "at+jwt"
LONGEST: Final = 1500
"""Characters. Our own have fewer than 700."""
_PARTS: Final = 3


class Claims(Struct, frozen=True):
    """What an access token says: its user and its family."""

    user_id: str
    family_id: str


class AccessTokens:
    """Makes access tokens, and reads those that this server made.

    A header is one of those that this server writes, letter for letter: no token chooses its algorithm, names a key of
    its own, or has a parameter that nobody expects.
    """

    def __init__(self, clock: Clock, keys: SigningKeys, origin: str) -> None:
        self._clock = clock
        self._keys = keys
        self._issuer = origin
        self._audience = f"{origin}/api/v1"

    def make(self, family: TokenFamily) -> str:
        """Make a token for a family of tokens."""
        now = int(self._clock.now())
        key = self._keys.newest
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": family.user_id,
            "sid": family.id,
            "iat": now,
            "nbf": now,
            "exp": now + LIFE_SECONDS,
            "jti": new_token(),
        }
        return jwt.encode(_header(key), claims, key.key, algorithms=[ALGORITHM])

    def read(self, token: str) -> Claims:
        """Give what a token says. Raises Unauthenticated for any that this server did not make, or that is too old."""
        header, _, rest = token[: LONGEST + 1].partition(".")
        if len(token) <= LONGEST and rest.count(".") == _PARTS - 2 and _is_canonical(rest.rpartition(".")[2]):
            for key in self._keys.verifying():
                if header == _encoded(_header(key)):
                    return self._verified(token, key)
        raise _refused()

    def _verified(self, token: str, key: SigningKey) -> Claims:
        now = int(self._clock.now())
        wanted = JWTClaimsRegistry(
            now=now,
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            sid={"essential": True},
            iat={"essential": True},
            nbf={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            claims = jwt.decode(token, key.key, algorithms=[ALGORITHM]).claims
            wanted.validate(claims)
            said = msgspec.convert(claims, _Said, strict=True)
        except (JoseError, ValueError, msgspec.ValidationError):
            raise _refused() from None
        if said.exp <= now:
            raise _refused()
        return Claims(said.sub, said.sid)


class _Said(Struct, frozen=True):
    sub: str
    sid: str
    exp: int


def _header(key: SigningKey) -> dict[str, str]:
    return {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}


def _encoded(header: dict[str, str]) -> str:
    # As joserfc writes it: `typ` first, without spaces.
    ordered = {"typ": header["typ"], "alg": header["alg"], "kid": header["kid"]}
    return urlsafe_b64encode(msgspec.json.encode(ordered)).decode().rstrip("=")


def _is_canonical(signature: str) -> bool:
    """Tell whether a signature is written in the one way: the last character has bits that nobody looks at."""
    try:
        decoded = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        return False
    return urlsafe_b64encode(decoded).decode().rstrip("=") == signature


def _refused() -> Unauthenticated:
    return Unauthenticated("This token is not valid, or not valid any more.")
