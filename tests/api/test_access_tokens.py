"""An access token is believed if this server made it, just so, and it is not too old."""

import base64
import hashlib
import hmac
import json
import random
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from sentra.core.errors import Conflict, Unauthenticated
from sentra.core.secrets import Secret
from sentra.core.tokens import TokenFamily
from sentra.services.access_tokens import LONGEST, AccessTokens
from sentra.services.signing_keys import SigningKey, SigningKeys
from sentra.settings.state_folder import kept_secret
from tests.scale import scaled
from tests.turned_clock import TurnedClock

ORIGIN = "https://vpn.example.com"
SECRET = Secret(b"a secret that only the tests know, of more than 32 bytes")
FAMILY = TokenFamily("f" * 32, "u" * 32, 3, 1_790_000_000.0, 1_792_000_000.0)


@pytest.fixture
def keys(clock: TurnedClock) -> SigningKeys:
    keys = SigningKeys(clock)
    keys.use(SECRET, None, file=None)
    return keys


@pytest.fixture
def tokens(clock: TurnedClock, keys: SigningKeys) -> AccessTokens:
    return AccessTokens(clock, keys, ORIGIN)


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Forger:
    """Makes tokens by hand. It knows the key, so that what is refused is refused for what it says."""

    def __init__(self, keys: SigningKeys, now: int) -> None:
        self.secret = keys.newest.key.raw_value
        self.header = {"typ": "at+jwt", "alg": "HS256", "kid": keys.newest.kid}
        self.claims: dict[str, Any] = {
            "iss": ORIGIN,
            "aud": f"{ORIGIN}/api/v1",
            "sub": FAMILY.user_id,
            "sid": FAMILY.id,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "jti": "1",
        }
        self.now = now

    def token(self, header: Any = None, claims: Any = None, *, secret: bytes | None = None) -> str:
        said = (
            f"{encoded(self.header if header is None else header)}.{encoded(self.claims if claims is None else claims)}"
        )
        return f"{said}.{encoded(hmac.digest(secret or self.secret, said.encode(), 'sha256'))}"

    def with_header(self, **changed: Any) -> str:
        return self.token({**self.header, **changed})

    def without_header(self, name: str) -> str:
        return self.token({key: value for key, value in self.header.items() if key != name})

    def with_claims(self, **changed: Any) -> str:
        return self.token(claims={**self.claims, **changed})

    def without_claim(self, name: str) -> str:
        return self.token(claims={key: value for key, value in self.claims.items() if key != name})

    def unsigned(self, algorithm: Any) -> str:
        return f"{encoded({**self.header, 'alg': algorithm})}.{encoded(self.claims)}."


def by_header(forger: Forger) -> dict[str, str]:
    jwk = {"kty": "oct", "k": encoded(forger.secret)}
    others: dict[str, Any] = {
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/chain",
        "jwk": jwk,
        "x5c": ["MIIB"],
        "crit": ["b64"],
        "b64": False,
        "zip": "DEF",
        "cty": "JWT",
        "unknown": 1,
        "x5t": "a",
    }
    typs = ("JWT", "at+JWT", "AT+JWT", "application/at+jwt", "jwt", "", None, 1, ["at+jwt"])
    algs = ("hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256", "", None, 1)
    kids = ("", None, "../../dev/null", "' OR 1=1 --", "0" * 16, forger.header["kid"].upper(), 1, ["a"])
    return {
        **{f"header {name}": forger.with_header(**{name: value}) for name, value in others.items()},
        **{f"typ {value!r}": forger.with_header(typ=value) for value in typs},
        **{f"alg {value!r}": forger.with_header(alg=value) for value in algs},
        **{f"kid {value!r}": forger.with_header(kid=value) for value in kids},
        **{f"header without {name}": forger.without_header(name) for name in forger.header},
        **{f"none {value!r}": forger.unsigned(value) for value in ("none", "None", "NONE", "nOnE", "", None)},
        "header order": forger.token({"alg": "HS256", "typ": "at+jwt", "kid": forger.header["kid"]}),
        "header with a key twice": forger.token(json.dumps(forger.header).replace("{", '{"alg":"none",').encode()),
    }


def by_claims(forger: Forger) -> dict[str, str]:
    now = forger.now
    times = ("exp", "iat", "nbf")
    wrong_times = (str(now + 600), 1e300, True, None, [now + 600], {"a": 1}, "x")
    twice = json.dumps(forger.claims).replace("{", '{"sub":"somebody else",', 1).replace('"u', '"v').encode()
    return {
        **{f"claims without {name}": forger.without_claim(name) for name in forger.claims},
        **{f"{name} {value!r}": forger.with_claims(**{name: value}) for name in times for value in wrong_times},
        "exp as a float": forger.with_claims(exp=now + 600.5),
        "exp now": forger.with_claims(exp=now),
        "exp a second ago": forger.with_claims(exp=now - 1),
        "nbf in the future": forger.with_claims(nbf=now + 61),
        "iat in the future": forger.with_claims(iat=now + 61),
        "iss other": forger.with_claims(iss="https://evil.example"),
        "iss with a slash": forger.with_claims(iss=f"{ORIGIN}/"),
        "iss a list": forger.with_claims(iss=[ORIGIN]),
        "aud other": forger.with_claims(aud="https://evil.example"),
        "aud origin": forger.with_claims(aud=ORIGIN),
        "sub a number": forger.with_claims(sub=1),
        "sub null": forger.with_claims(sub=None),
        "sid a list": forger.with_claims(sid=["f"]),
        "jti a number": forger.with_claims(jti=1),
        "claims a list": forger.token(claims=[1]),
        "claims a text": forger.token(claims="x"),
        "claims null": forger.token(claims=b"null"),
        "claims no JSON": forger.token(claims=b"{"),
        "claims NaN": forger.token(claims=b'{"exp": NaN}'),
        "claims nested": forger.token(claims=b"[" * 400 + b"]" * 400),
        "sub twice, signed by another": forger.token(claims=twice, secret=b"x" * 32),
    }


def by_key_and_form(forger: Forger, good: str) -> dict[str, str]:
    header, claims, signature = good.split(".")
    rsa_key = RSAKey.import_key(rsa.generate_private_key(65537, 2048))
    ec_key = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
    now_header = {"typ": "at+jwt", "kid": forger.header["kid"]}
    return {
        "another key": forger.token(secret=b"x" * 32),
        "an empty key": forger.token(secret=b"\0"),
        "the secret itself as key": forger.token(secret=SECRET.reveal()),
        "the name of the key as key": forger.token(secret=forger.header["kid"].encode()),
        "signed by RSA": jwt.encode({**now_header, "alg": "RS256"}, forger.claims, rsa_key, algorithms=["RS256"]),
        "signed by EC": jwt.encode({**now_header, "alg": "ES256"}, forger.claims, ec_key, algorithms=["ES256"]),
        "the public key as a secret": forger.token(secret=rsa_key.as_pem(private=False)),
        "no signature": f"{header}.{claims}.",
        "two parts": f"{header}.{claims}",
        "four parts": f"{good}.{signature}",
        "five parts": f"{header}.{claims}.{signature}.{signature}.{signature}",
        "short signature": f"{header}.{claims}.{signature[:-4]}",
        "padded signature": f"{good}=",
        "long signature": f"{good}AAAA",
        "signature of zeros": f"{header}.{claims}.{'A' * 43}",
        "claims of another": f"{header}.{encoded({**forger.claims, 'sub': 'other'})}.{signature}",
        "spaces": f" {good} ",
        "a line break": f"{good}\n",
        "empty": "",
        "dots": "..",
        "a megabyte of header": f"{'A' * 1_000_000}.{claims}.{signature}",
        "a megabyte of claims": forger.with_claims(more="x" * 1_000_000),
        "longer than any": forger.with_claims(more="x" * LONGEST),
        "null byte": f"{header}.{claims}\0.{signature}",
        "not ASCII": f"{header}.{claims}.{signature[:-1]}é",
        "half a character": f"{header}.{claims}.{signature[:-1]}\ud800",
        "JSON": json.dumps({"header": header, "payload": claims, "signature": signature}),
    }


def test_S38_hostile_tokens_are_refused(tokens: AccessTokens, keys: SigningKeys, clock: TurnedClock):
    good = tokens.make(FAMILY)
    forger = Forger(keys, int(clock.now()))
    assert tokens.read(forger.token()) == tokens.read(good)  # the forger can make a good one
    hostile = {**by_header(forger), **by_claims(forger), **by_key_and_form(forger, good)}
    assert len(hostile) >= 60
    accepted = []
    for name, token in hostile.items():
        try:
            tokens.read(token)
        except Unauthenticated:
            continue
        accepted.append(name)
    assert accepted == []


def test_S38_no_mutation_of_a_single_byte_is_accepted(tokens: AccessTokens):
    good = tokens.make(FAMILY)
    rng = random.Random(38)  # noqa: S311 - the same mutations each time
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0"
    ends = [(place, letter) for place in (-1, -2, 0, good.index("."), good.rindex(".")) for letter in alphabet]
    more = [(rng.randrange(len(good)), rng.choice(alphabet)) for _ in range(scaled(10_000, 100_000))]
    for where, letter in ends + more:
        place = where % len(good)
        mutated = good[:place] + letter + good[place + 1 :]
        if mutated != good:
            with pytest.raises(Unauthenticated):
                tokens.read(mutated)


def test_S39_an_access_token_lives_ten_minutes(tokens: AccessTokens, clock: TurnedClock):
    token = tokens.make(FAMILY)
    clock.advance(599)
    assert tokens.read(token).family_id == FAMILY.id
    clock.advance(1)
    with pytest.raises(Unauthenticated):
        tokens.read(token)


def test_R25_a_clock_that_was_set_back_a_minute_refuses_nobody(tokens: AccessTokens, clock: TurnedClock):
    token = tokens.make(FAMILY)
    clock.advance(-60)
    tokens.read(token)
    clock.advance(-1)
    with pytest.raises(Unauthenticated):
        tokens.read(token)


def test_a_token_says_who_and_never_what_they_may(tokens: AccessTokens):
    claims = json.loads(base64.urlsafe_b64decode(tokens.make(FAMILY).split(".")[1] + "=="))
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"}


def test_S40_a_rotated_key_verifies_for_eleven_minutes(clock: TurnedClock, tmp_path: Path):
    file = tmp_path / "jwt-secret"
    keys = SigningKeys(clock)
    keys.use(SECRET, None, file=file)
    tokens = AccessTokens(clock, keys, ORIGIN)
    before = tokens.make(FAMILY)
    old = keys.newest
    kid = keys.rotate()
    assert kid == keys.newest.kid != old.kid
    assert file.stat().st_mode & 0o777 == 0o600
    after = tokens.make(FAMILY)
    tokens.read(before)
    tokens.read(after)
    clock.advance(599)
    tokens.read(before)
    clock.advance(60)
    assert old.kid in {key.kid for key in keys.verifying()}
    clock.advance(2)
    assert old.kid not in {key.kid for key in keys.verifying()}
    again = SigningKeys(clock)
    again.use(kept_secret(file), None, file=file)  # as the next start reads it
    assert again.newest.kid == kid


def test_a_previous_secret_of_the_environment_verifies_and_does_not_sign(clock: TurnedClock):
    old = SigningKeys(clock)
    old.use(SECRET, None, file=None)
    token = AccessTokens(clock, old, ORIGIN).make(FAMILY)
    keys = SigningKeys(clock)
    keys.use(Secret(b"another secret of more than thirty-two bytes!"), SECRET, file=None)
    tokens = AccessTokens(clock, keys, ORIGIN)
    assert tokens.read(token).user_id == FAMILY.user_id
    assert tokens.make(FAMILY).partition(".")[0] != token.partition(".")[0]
    with pytest.raises(Conflict, match="JWT_SECRET_PREVIOUS"):
        keys.rotate()


def test_the_key_of_tokens_is_not_the_secret(keys: SigningKeys):
    raw = keys.newest.key.raw_value
    assert isinstance(keys.newest.key, OctKey)
    assert raw != SECRET.reveal()
    assert keys.newest.kid == hashlib.sha256(raw).hexdigest()[:16]
    assert "secret" not in repr(SigningKey.of(SECRET))
