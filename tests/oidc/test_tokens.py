"""ID tokens, keys and descriptions of a provider that lies in every way there is."""

import hmac
import json
from collections.abc import Callable

import pytest

from tests.api.people_forms import invite
from tests.browser import Browser
from tests.oidc.provider import (
    CLIENT_SECRET,
    ISSUER,
    KEY,
    OTHER_KEY,
    Claims,
    FakeProvider,
    Visitor,
    add_provider,
    by_hand,
    person,
    problem,
    signed,
)
from tests.turned_clock import TurnedClock


def nested(claims: Claims) -> str:
    text = json.dumps(claims)
    return signed(text[:-1] + ', "deep": ' + "[" * 20_000 + "]" * 20_000 + "}")


def unsigned(claims: Claims) -> str:
    return by_hand({"alg": "none", "typ": "JWT"}, claims, lambda _: b"")


def by_shared_secret(secret: bytes) -> Callable[[Claims], str]:
    """Sign with what is no secret between two, as if it were one (RS/HS confusion)."""
    header = {"alg": "HS256", "kid": KEY.kid}
    return lambda claims: by_hand(header, claims, lambda said: hmac.digest(secret, said, "sha256"))


def with_own_key(claims: Claims) -> str:
    return signed(claims, OTHER_KEY, kid="first", jwk=OTHER_KEY.as_dict(private=False))


def with_another_payload(claims: Claims) -> str:
    head, _, signature = signed(claims).split(".")
    return ".".join((head, signed(claims | {"x": 1}).split(".")[1], signature))


def with_unknown_crit(claims: Claims) -> str:
    return signed(claims, crit=["x"], x=1)


HOSTILE: dict[str, Callable[[Claims], Claims]] = {
    "another nonce": lambda claims: claims | {"nonce": "x" * 43},
    "no nonce": lambda claims: claims | {"nonce": None},
    "another audience": lambda claims: claims | {"aud": "another client"},
    "another audience, for us": lambda claims: claims | {"aud": "another client", "azp": "sentra"},
    "no audience": lambda claims: claims | {"aud": None},
    "many audiences, no azp": lambda claims: claims | {"aud": ["sentra", "another"]},
    "another azp": lambda claims: claims | {"aud": ["sentra", "another"], "azp": "another"},
    "azp is another": lambda claims: claims | {"azp": "another"},
    "another issuer": lambda claims: claims | {"iss": "https://id.example.com/realms/evil"},
    "issuer with a slash": lambda claims: claims | {"iss": f"{ISSUER}/"},
    "no issuer": lambda claims: claims | {"iss": None},
    "expired": lambda claims: claims | {"exp": claims["iat"] - 61},
    "expiry is no number": lambda claims: claims | {"exp": float("nan")},
    "expiry without end": lambda claims: claims | {"exp": float("inf")},
    "expiry is yes": lambda claims: claims | {"exp": True},
    "half a character as subject": lambda claims: claims | {"sub": "\ud800"},
    "half a character as address": lambda claims: claims | {"email": "\ud800@example.com"},
    "no expiry": lambda claims: claims | {"exp": None},
    "expiry is text": lambda claims: claims | {"exp": "never"},
    "issued in the future": lambda claims: claims | {"iat": claims["iat"] + 3600},
    "not yet": lambda claims: claims | {"nbf": claims["iat"] + 3600},
    "no iat": lambda claims: claims | {"iat": None},
    "no subject": lambda claims: claims | {"sub": None},
    "an empty subject": lambda claims: claims | {"sub": ""},
    "a number as subject": lambda claims: claims | {"sub": 7},
    "a long subject": lambda claims: claims | {"sub": "x" * 256},
    "the hash of another access token": lambda claims: claims | {"at_hash": "x" * 22},
}
SIGNED: dict[str, Callable[[Claims], str]] = {
    "none": unsigned,
    "no signature": lambda claims: signed(claims).rpartition(".")[0] + ".",
    "another payload": with_another_payload,
    "a key that is not theirs": lambda claims: signed(claims, OTHER_KEY),
    "a key of its own": with_own_key,
    "public key as shared secret": by_shared_secret(KEY.as_pem(private=False)),
    "client secret as shared secret": by_shared_secret(CLIENT_SECRET.encode()),
    "not a token": lambda _: "abc",
    "empty": lambda _: "",
    "a very long one": lambda claims: signed(claims | {"pad": "x" * 70_000}),
    "unknown crit": with_unknown_crit,
    "nests very deep": nested,
}  # fmt: skip


@pytest.mark.parametrize("how", HOSTILE)
async def test_an_id_token_that_does_not_fit_signs_nobody_in(
    owner: Browser, visitor: Visitor, provider: FakeProvider, how: str
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    provider.mend = HOSTILE[how]
    answer = await visitor.sign_in_by(provider, made["id"])
    assert answer.status == 403
    assert problem(answer) == "provider-refused"
    assert answer.secret is None
    provider.mend = lambda claims: claims
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200  # the same, but for that


@pytest.mark.parametrize("how", SIGNED)
async def test_an_id_token_that_is_not_signed_right_signs_nobody_in(
    owner: Browser, visitor: Visitor, provider: FakeProvider, how: str
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    provider.sign = SIGNED[how]
    answer = await visitor.sign_in_by(provider, made["id"])
    assert answer.status == 403
    assert problem(answer) == "provider-refused"
    assert answer.secret is None


async def test_a_key_that_came_since_is_read_once_a_minute(
    owner: Browser, visitor: Visitor, provider: FakeProvider, clock: TurnedClock
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    provider.key, provider.shown = OTHER_KEY, (OTHER_KEY,)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 403
    clock.advance(61)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://id.example.com/realms/evil"},
        {"issuer": f"{ISSUER}/"},
        {"authorization_endpoint": "http://id.example.com/auth"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": "http://id.example.com/token"},
        {"token_endpoint": ["https://id.example.com/token"]},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"token_endpoint_auth_methods_supported": "x"},
    ],
)
async def test_a_description_that_is_not_right_is_refused(
    owner: Browser, visitor: Visitor, provider: FakeProvider, document: Claims
):
    made = await add_provider(owner)
    provider.document = document
    assert (await visitor.post(f"/api/v1/session/providers/{made['id']}", {})).status == 502
    answer = await owner.post("/api/v1/providers/check", {"issuer": ISSUER})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "issuer"


async def test_what_the_id_token_lacks_is_asked_of_userinfo_about_the_same_person(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    provider.mend = lambda claims: claims | dict.fromkeys(person())
    provider.userinfo = {"sub": "somebody else", **person()}
    assert problem(await visitor.sign_in_by(provider, made["id"])) == "provider-refused"
    provider.userinfo = {"sub": "248289761001", **person(), "iss": "x", "exp": 0}
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200


async def test_a_client_without_a_secret_has_pkce_alone(owner: Browser, visitor: Visitor, provider: FakeProvider):
    await invite(owner, "bob@example.com", "viewer")
    provider.secret = None
    made = await add_provider(owner, client_secret=None)
    assert made["has_secret"] is False
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
