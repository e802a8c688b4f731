"""An identity provider in this process, right in all until a test says otherwise, and a browser that visits it."""

import hashlib
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import RSAKey

from sentra.network.https import FetchFailed, Reply
from sentra.web.guard import COOKIE
from sentra.web.oidc import OIDC_COOKIE
from tests.browser import Answer, Browser
from tests.turned_clock import TurnedClock

ISSUER = "https://id.example.com/realms/staff"
CLIENT_ID = "sentra"
CLIENT_SECRET = "s3cr3t of +% the client"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "other", "use": "sig"})
Claims = dict[str, Any]


@dataclass
class FakeProvider:
    """Answers what Sentra asks. `mend` changes the claims of an ID token, `sign` how it is signed."""

    clock: TurnedClock
    issuer: str = ISSUER
    client_id: str = CLIENT_ID
    secret: str | None = CLIENT_SECRET
    key: RSAKey = field(default_factory=lambda: KEY)
    shown: tuple[RSAKey, ...] = field(default_factory=lambda: (KEY,))
    document: Claims = field(default_factory=dict)
    mend: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    userinfo: Claims | None = None
    away: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Claims] = field(default_factory=dict)

    async def __call__(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        self.asked.append(url)
        if self.away:
            raise FetchFailed("id.example.com cannot be reached (Connection refused)")
        match url.removeprefix(self.issuer):
            case "/.well-known/openid-configuration":
                return _json(self._described())
            case "/keys":
                return _json({"keys": [key.as_dict(private=False) for key in self.shown]})
            case "/token":
                return self._token(dict(headers or {}), dict(parse_qsl(body.decode())))
            case "/userinfo":
                return _json(self.userinfo or {})
        return Reply(404, "text/html", b"no")

    def _described(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "authorization_response_iss_parameter_supported": True,
            **({"userinfo_endpoint": f"{self.issuer}/userinfo"} if self.userinfo is not None else {}),
            **self.document,
        }

    def sign_in(self, location: str, **claims: Any) -> dict[str, str]:
        """Let somebody sign in who came to `location`; give the query with which the browser is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert location.startswith(f"{self.issuer}/auth?")
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client_id
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        code = hashlib.sha256(location.encode()).hexdigest()
        self.codes[code] = {"asked": asked, "claims": claims}
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def _token(self, headers: dict[str, str], form: dict[str, str]) -> Reply:
        kept = self.codes.pop(form.get("code", ""), None)
        if kept is None or not self._is_client(headers, form):
            return Reply(400, "application/json", b'{"error":"invalid_grant"}')
        asked = kept["asked"]
        challenge = _base64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (challenge, form["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return Reply(400, "application/json", b'{"error":"invalid_grant"}')
        now = int(self.clock.now())
        access_token = "an access token"
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = self.mend(
            {
                "iss": self.issuer,
                "aud": self.client_id,
                "sub": "248289761001",
                "exp": now + 300,
                "iat": now,
                "nonce": asked["nonce"],
                "at_hash": _base64(half),
                **person(),
                **kept["claims"],
            }
        )
        claims = {name: value for name, value in claims.items() if value is not None}
        token = self.sign(claims) if self.sign else signed(claims, self.key)
        return _json({"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def _is_client(self, headers: dict[str, str], form: dict[str, str]) -> bool:
        if self.secret is None:
            return "Authorization" not in headers and form.get("client_id") == self.client_id
        name, _, secret = b64decode(headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        return (unquote(name), unquote(secret)) == (self.client_id, self.secret)


def person(email: str = "bob@example.com", **claims: Any) -> Claims:
    """Give the claims about somebody."""
    return {"email": email, "email_verified": True, "name": "Bob Provided", **claims}


def by_hand(header: Claims, claims: Claims | str, sign: Callable[[bytes], bytes]) -> str:
    """Write a token as no library would; JSON as it stands for claims that cannot be written otherwise."""
    said = (json.dumps(header), claims if isinstance(claims, str) else json.dumps(claims))
    head = ".".join(_base64(part.encode()) for part in said)
    return f"{head}.{_base64(sign(head.encode()))}"


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def signed(claims: Claims | str, key: RSAKey = KEY, **header: Any) -> str:
    """Write a token that is signed with a key."""
    private = key.get_op_key("sign")
    head = {"alg": "RS256", "kid": key.kid, **header}
    return by_hand(head, claims, lambda said: private.sign(said, padding.PKCS1v15(), hashes.SHA256()))


def provider_form(**changed: Any) -> dict[str, Any]:
    """Give the form of a provider that is switched on."""
    return {
        "name": "Keycloak",
        "issuer": ISSUER,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "enabled": True,
        **changed,
    }


async def add_provider(browser: Browser, **changed: Any) -> dict[str, Any]:
    answer = await browser.post("/api/v1/providers", provider_form(**changed))
    assert answer.status == 201, answer.json
    return dict(answer.json)


class Visitor(Browser):
    """A browser that keeps the cookie of a sign-in by a provider, too."""

    oidc: str | None = None

    def headers(self, method: str, changed: dict[str, str | None] | None = None) -> dict[str, str]:
        cookies = {COOKIE: self.secret, OIDC_COOKIE: self.oidc}
        sent = super().headers(method, None)
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items() if value)
        if not sent["Cookie"]:
            del sent["Cookie"]
        merged: dict[str, str | None] = {**sent, **(changed or {})}
        return {name: value for name, value in merged.items() if value is not None}

    async def go(self, provider_id: str, return_to: str | None = None) -> str:
        """Begin, and give the provider's address."""
        answer = await self.post(f"/api/v1/session/providers/{provider_id}", {"return_to": return_to})
        assert answer.status == 200, answer.json
        (cookie,) = answer.headers.getlist("Set-Cookie")
        name, _, rest = cookie.partition("=")
        assert name == OIDC_COOKIE
        assert rest.partition("; ")[2] == "Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"
        self.oidc = rest.partition(";")[0]
        return str(answer.json["location"])

    async def come_back(self, location: str, query: Mapping[str, str] | list[tuple[str, str]]) -> Answer:
        """Follow the provider's redirect, as a navigation that began on another site."""
        callback = parse_qs(urlsplit(location).query)["redirect_uri"][0]
        headers: dict[str, str | None] = {"Sec-Fetch-Site": "cross-site"}
        if self.oidc:
            headers["Cookie"] = f"{OIDC_COOKIE}={self.oidc}"  # the strict one stays at home
        return await self.get(f"{urlsplit(callback).path}?{urlencode(query)}", headers=headers)

    async def finish(self) -> Answer:
        return await self.post("/api/v1/session/provider", {})

    async def sign_in_by(self, provider: FakeProvider, provider_id: str, **claims: Any) -> Answer:
        """Go the whole way."""
        location = await self.go(provider_id)
        assert (await self.come_back(location, provider.sign_in(location, **claims))).status == 303
        return await self.finish()


def problem(answer: Answer) -> str:
    """Give the code of a problem."""
    return str(answer.json["type"]).rpartition(":")[2]


async def audit(owner: Browser) -> list[dict[str, Any]]:
    """Give what is on record, newest first."""
    return list((await owner.get("/api/v1/audit?limit=200")).json["items"])


def _json(document: Claims) -> Reply:
    return Reply(200, "application/json", msgspec.json.encode(document))
