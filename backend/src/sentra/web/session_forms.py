"""Sessions, and the proofs of who somebody is, on the wire."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sentra.core.access import Actor, Role
from sentra.core.factors import has_two_factors
from sentra.services.passkey_ceremony import Assertion
from sentra.services.sign_in import Proof
from sentra.web.fields import SENTENCES, Email, NewPassword, Password

Base64Url = Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[A-Za-z0-9_-]+$")]
"""Bytes as WebAuthn writes them in JSON: base64url without padding."""
CredentialId = Annotated[str, Field(min_length=1, max_length=1364, pattern=r"^[A-Za-z0-9_-]+$")]
Code = Annotated[str, Field(min_length=6, max_length=20)]
"""What an authenticator app shows: six digits, with or without a space."""
_Token = Annotated[str, Field(min_length=1, max_length=100)]
_RecoveryCode = Annotated[str, Field(min_length=1, max_length=40)]


class SessionCreate(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Password


class PasswordChange(BaseModel):
    """A new password, and the one so far."""

    model_config = ConfigDict(extra="forbid")

    current_password: Password
    password: NewPassword


class PasskeyAssertion(BaseModel):
    """What `navigator.credentials.get()` gave."""

    model_config = ConfigDict(extra="forbid")

    credential_id: CredentialId
    client_data: Base64Url
    authenticator_data: Base64Url
    signature: Base64Url
    user_handle: Base64Url

    def assertion(self) -> Assertion:
        return Assertion(**self.model_dump())


class PasskeySignIn(BaseModel):
    """A passkey that answers a challenge."""

    model_config = ConfigDict(extra="forbid")

    passkey: PasskeyAssertion


class PasskeyOptions(BaseModel):
    """What a browser needs to make or to use a passkey, in WebAuthn's own JSON."""

    options: dict[str, Any]


class SecondFactorGiven(BaseModel):
    """The second step of signing in: just one of the proofs, for a transaction."""

    model_config = ConfigDict(extra="forbid")

    transaction: _Token
    code: Code | None = None
    recovery_code: _RecoveryCode | None = None
    passkey: PasskeyAssertion | None = None

    @model_validator(mode="after")
    def _just_one(self) -> Self:
        _require_one(self.code, self.recovery_code, self.passkey)
        return self

    def proof(self) -> Proof:
        return Proof(
            code=self.code,
            recovery_code=self.recovery_code,
            passkey=self.passkey.assertion() if self.passkey else None,
        )


class ProofGiven(BaseModel):
    """A proof of who one is: just one of these."""

    model_config = ConfigDict(extra="forbid")

    password: Password | None = None
    code: Code | None = None
    recovery_code: _RecoveryCode | None = None
    passkey: PasskeyAssertion | None = None

    @model_validator(mode="after")
    def _just_one(self) -> Self:
        _require_one(self.password, self.code, self.recovery_code, self.passkey)
        return self

    def proof(self) -> Proof:
        return Proof(
            password=self.password,
            code=self.code,
            recovery_code=self.recovery_code,
            passkey=self.passkey.assertion() if self.passkey else None,
        )


class UserView(BaseModel):
    """A person with an account."""

    id: str
    email: str
    name: str
    role: Role | None


class SessionView(BaseModel):
    """Who is signed in, and every action that they may do.

    `second_factor` is `given` where they have one, `none` where they have none, and `needed` where they must set one
    up before anything else.
    """

    user: UserView
    can: list[str]
    second_factor: Literal["given", "none", "needed"]


def session_view(actor: Actor, can: list[str], held_back: bool) -> SessionView:  # noqa: FBT001
    """Give the view of a session."""
    user = UserView(id=actor.user_id, email=actor.email, name=actor.name, role=actor.role)
    if held_back:
        return SessionView(user=user, can=can, second_factor="needed")
    return SessionView(user=user, can=can, second_factor="given" if has_two_factors(actor.amr) else "none")


def _require_one(*proofs: object) -> None:
    if sum(proof is not None for proof in proofs) != 1:
        raise PydanticCustomError("one_proof", SENTENCES["one_proof"])
