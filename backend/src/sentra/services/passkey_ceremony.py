"""The two ceremonies of WebAuthn (W3C, level 2): making a passkey, and signing in by one.

Call the functions in a thread: the library takes 0.1 s and 25 MB to load, and is loaded when the first passkey is used.
"""

import base64
import binascii
import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from sentra.core.factors import Passkey
from sentra.core.users import User


class Attestation(Struct, frozen=True):
    """What an authenticator says of a passkey that it made; everything base64url, as the browser hands it over."""

    credential_id: str
    client_data: str
    attestation_object: str
    transports: tuple[str, ...] = ()


class Assertion(Struct, frozen=True):
    """What an authenticator says to sign somebody in; everything base64url, as the browser hands it over."""

    credential_id: str
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str


class RelyingParty(Struct, frozen=True):
    """For whom passkeys are: one origin, and its host, to which browsers bind them."""

    origin: str
    id: str

    @property
    def why_not(self) -> str | None:
        """Say why there can be no passkeys here, None where there can be."""
        try:
            ipaddress.ip_address(self.id)
        except ValueError:
            return None if self.id else "SENTRA_PUBLIC_ORIGIN names no host."
        return (
            "Browsers make passkeys for names, not for IP addresses. Give this server a name and set "
            "SENTRA_PUBLIC_ORIGIN to it, or use an authenticator app."
        )

    @classmethod
    def of(cls, public_origin: str) -> "RelyingParty":
        """Return the relying party behind an origin."""
        return cls(public_origin, urlsplit(public_origin).hostname or "")


def registration_options(party: RelyingParty, user: User, known: Sequence[Passkey], challenge: bytes) -> dict[str, Any]:
    """Return what a browser needs to make a passkey, in the form of `parseCreationOptionsFromJSON`."""
    import webauthn
    from webauthn.helpers import options_to_json_dict, structs

    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name="Sentra",
        user_id=user.id.encode(),
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        timeout=5 * 60 * 1000,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(
                id=decoded(each.credential_id) or b"",
                transports=[structs.AuthenticatorTransport(transport) for transport in each.transports],
            )
            for each in known
        ],
    )
    return options_to_json_dict(options)


def authentication_options(party: RelyingParty, challenge: bytes) -> dict[str, Any]:
    import webauthn
    from webauthn.helpers import options_to_json_dict, structs

    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=5 * 60 * 1000,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def verify_attestation(
    party: RelyingParty, attestation: Attestation, challenge: bytes
) -> tuple[str, bytes, int] | None:
    """Return credential id, public key and counter of a new passkey; None for what cannot be believed."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url, structs

    try:
        made = webauthn.verify_registration_response(
            credential=structs.RegistrationCredential(
                id=attestation.credential_id,
                raw_id=decoded(attestation.credential_id) or b"",
                response=structs.AuthenticatorAttestationResponse(
                    client_data_json=decoded(attestation.client_data) or b"",
                    attestation_object=decoded(attestation.attestation_object) or b"",
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - whatever the library makes of hostile bytes, the answer is no
        return None
    credential_id = bytes_to_base64url(made.credential_id)
    if credential_id != attestation.credential_id or len(made.credential_id) > 1023:
        return None
    return credential_id, made.credential_public_key, made.sign_count


def verify_assertion(party: RelyingParty, assertion: Assertion, challenge: bytes, passkey: Passkey) -> int | None:
    import webauthn
    from webauthn.helpers import structs

    try:
        proved = webauthn.verify_authentication_response(
            credential=structs.AuthenticationCredential(
                id=assertion.credential_id,
                raw_id=decoded(assertion.credential_id) or b"",
                response=structs.AuthenticatorAssertionResponse(
                    client_data_json=decoded(assertion.client_data) or b"",
                    authenticator_data=decoded(assertion.authenticator_data) or b"",
                    signature=decoded(assertion.signature) or b"",
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - whatever the library makes of hostile bytes, the answer is no
        return None
    return proved.new_sign_count


def decoded(text: str) -> bytes | None:
    """Return what base64url without padding stands for, None for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
