"""`/api/v1/factors`: one's own second factors."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_request

from sentra.core.factors import Factors
from sentra.services.passkey_ceremony import Attestation
from sentra.services.second_factors import SecondFactors, SetUp
from sentra.web.access import current_actor, on_the_way_in, requires
from sentra.web.fields import SENTENCES, person_name
from sentra.web.interface_views import json_response
from sentra.web.openapi import answers
from sentra.web.session import with_cookie
from sentra.web.session_forms import Base64Url, Code, CredentialId, PasskeyOptions
from sentra.web.user_views import moment

FactorName = Annotated[str, Field(max_length=60), AfterValidator(person_name)]


class PasskeyView(BaseModel):
    """A passkey; `used_at` is null before it was used."""

    id: str
    name: str
    created_at: AwareDatetime
    used_at: AwareDatetime | None


class FactorsView(BaseModel):
    """One's own second factors. `why_no_passkeys` is null where there can be passkeys."""

    totp_since: AwareDatetime | None
    passkeys: list[PasskeyView]
    recovery_codes: int
    why_no_passkeys: str | None


class FactorBegin(BaseModel):
    """Which second factor is set up."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["totp", "passkey"]


class TotpView(BaseModel):
    """What an authenticator app is told: the seed in base32, and the same as an `otpauth:` address for a QR code."""

    secret: str
    uri: str


class FactorBegun(BaseModel):
    """What the device needs that becomes the second factor; shown once."""

    totp: TotpView | None = None
    passkey: PasskeyOptions | None = None


class PasskeyAttestation(BaseModel):
    """What `navigator.credentials.create()` gave."""

    model_config = ConfigDict(extra="forbid")

    name: FactorName
    credential_id: CredentialId
    client_data: Base64Url
    attestation_object: Annotated[str, Field(min_length=1, max_length=65536, pattern=r"^[A-Za-z0-9_-]+$")]
    transports: list[Annotated[str, Field(max_length=20)]] = Field(default=[], max_length=10)

    def attestation(self) -> Attestation:
        return Attestation(
            self.credential_id, self.client_data, self.attestation_object, transports=tuple(self.transports)
        )


class FactorConfirm(BaseModel):
    """The proof that the device is set up: the first code of an authenticator app, or the passkey that was made."""

    model_config = ConfigDict(extra="forbid")

    code: Code | None = None
    passkey: PasskeyAttestation | None = None

    @model_validator(mode="after")
    def _just_one(self) -> Self:
        if (self.code is None) is (self.passkey is None):
            raise PydanticCustomError("one_proof", SENTENCES["one_proof"])
        return self


class RecoveryCodes(BaseModel):
    """Codes that stand in for a second factor, each once. They are shown now and never again; empty for none."""

    recovery_codes: list[str]


class PasskeyChange(BaseModel):
    """A new name of a passkey."""

    model_config = ConfigDict(extra="forbid")

    name: FactorName


def factors_blueprint(factors: SecondFactors) -> Blueprint:
    """Return the routes of one's own second factors."""
    blueprint = Blueprint("factors", __name__, url_prefix="/api/v1/factors")

    @blueprint.get("")
    @requires("factor:read")
    @tag(["factors"])
    @document_response(FactorsView)
    async def list_factors() -> Response:
        """My second factors"""
        return json_response(_factors_view(await factors.read(current_actor()), factors.why_no_passkeys))

    @blueprint.post("")
    @requires("factor:create")
    @on_the_way_in
    @tag(["factors"])
    @validate_request(FactorBegin)
    @document_response(FactorBegun)
    async def begin_factor(data: FactorBegin) -> Response:
        """Begin to set up a second factor

        It counts once it is confirmed, within 15 minutes (a passkey within five). Asks for a fresh proof of who one
        is, as everything that changes a factor: 403 `step-up-required` without.
        """
        actor = current_actor()
        if data.kind == "totp":
            setup = await factors.begin_totp(actor)
            return json_response(FactorBegun(totp=TotpView(secret=setup.secret, uri=setup.uri)))
        return json_response(FactorBegun(passkey=PasskeyOptions(options=await factors.begin_passkey(actor))))

    @blueprint.post("/confirm")
    @requires("factor:create")
    @on_the_way_in
    @tag(["factors"])
    @validate_request(FactorConfirm)
    @document_response(RecoveryCodes)
    async def confirm_factor(data: FactorConfirm) -> Response:
        """Confirm a second factor

        Ends every other session; with the first factor come ten recovery codes.
        """
        actor = current_actor()
        if data.passkey is not None:
            return _set_up(await factors.confirm_passkey(actor, data.passkey.attestation(), data.passkey.name))
        return _set_up(await factors.confirm_totp(actor, data.code or ""))

    @blueprint.delete("/totp")
    @requires("factor:delete")
    @tag(["factors"])
    @answers(204, "Removed.")
    async def delete_totp() -> Response:
        """Remove the authenticator app

        Ends every other session.
        """
        return with_cookie(Response("", 204), await factors.remove_totp(current_actor()))

    @blueprint.patch("/passkeys/<passkey_id>")
    @requires("factor:update")
    @tag(["factors"])
    @answers(204, "Named.")
    @validate_request(PasskeyChange)
    async def rename_passkey(passkey_id: str, data: PasskeyChange) -> Response:
        """Name a passkey anew"""
        await factors.rename_passkey(current_actor(), passkey_id, data.name)
        return Response("", 204)

    @blueprint.delete("/passkeys/<passkey_id>")
    @requires("factor:delete")
    @tag(["factors"])
    @answers(204, "Removed.")
    async def delete_passkey(passkey_id: str) -> Response:
        """Remove a passkey

        Ends every other session.
        """
        return with_cookie(Response("", 204), await factors.remove_passkey(current_actor(), passkey_id))

    @blueprint.post("/recovery-codes")
    @requires("factor:update")
    @tag(["factors"])
    @document_response(RecoveryCodes)
    async def make_recovery_codes() -> Response:
        """Make new recovery codes

        Those so far are void.
        """
        return json_response(RecoveryCodes(recovery_codes=list(await factors.make_recovery_codes(current_actor()))))

    return blueprint


def _set_up(done: SetUp) -> Response:
    return with_cookie(json_response(RecoveryCodes(recovery_codes=list(done.recovery_codes))), done.signed_in)


def _factors_view(factors: Factors, why_no_passkeys: str | None) -> FactorsView:
    return FactorsView(
        totp_since=moment(factors.totp_since) if factors.totp_since is not None else None,
        passkeys=[
            PasskeyView(
                id=each.id,
                name=each.name,
                created_at=moment(each.created_at),
                used_at=moment(each.used_at) if each.used_at is not None else None,
            )
            for each in factors.passkeys
        ],
        recovery_codes=factors.recovery_codes,
        why_no_passkeys=why_no_passkeys,
    )
