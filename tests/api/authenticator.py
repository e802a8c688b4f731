"""An authenticator in software: it makes passkeys (ES256) and answers with them, rightly or with a flaw."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.browser import ORIGIN

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass(frozen=True)
class Flaw:
    """What an answer says that differs from the truth; None is the truth."""

    origin: str | None = None
    rp_id: str | None = None
    challenge: str | None = None
    kind: str | None = None
    cross_origin: bool = False
    present: bool = True
    verified: bool = True
    sign_count: int | None = None
    user_handle: str | None = None
    signed: bytes | None = None


NO_FLAW = Flaw()


@dataclass
class Credential:
    """A passkey as its device keeps it."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    rp_id: str
    user_handle: str
    sign_count: int = 0


class Authenticator:
    """A device whose user touches it and is known to it. `counts`: it counts its answers, as synced passkeys do not."""

    def __init__(self, *, counts: bool = True) -> None:
        self.counts = counts
        self.credentials: list[Credential] = []

    def make(
        self, options: dict[str, Any], flaw: Flaw = NO_FLAW, *, credential_id: bytes | None = None
    ) -> dict[str, Any]:
        """Make a passkey, as `navigator.credentials.create()` does, and say so in the form of the API."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = Credential(credential_id or secrets.token_bytes(32), key, options["rp"]["id"], options["user"]["id"])
        self.credentials.append(made)
        point = made.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(made.id)) + made.id + cbor2.dumps(cose)
        said = _authenticator_data(made, _ATTESTED, flaw) + attested
        return {
            "credential_id": b64(made.id),
            "client_data": b64(_client_data("webauthn.create", options["challenge"], flaw)),
            "attestation_object": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})),
            "transports": ["internal"],
        }

    def answer(self, options: dict[str, Any], flaw: Flaw = NO_FLAW, *, which: int = -1) -> dict[str, str]:
        """Answer with a passkey, as `navigator.credentials.get()` does, in the form of the API."""
        credential = self.credentials[which]
        credential.sign_count += self.counts
        said = _authenticator_data(credential, 0, flaw)
        client_data = _client_data("webauthn.get", options["challenge"], flaw)
        signed = said + hashlib.sha256(client_data).digest() if flaw.signed is None else flaw.signed
        return {
            "credential_id": b64(credential.id),
            "client_data": b64(client_data),
            "authenticator_data": b64(said),
            "signature": b64(credential.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "user_handle": credential.user_handle if flaw.user_handle is None else flaw.user_handle,
        }


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _authenticator_data(credential: Credential, flags: int, flaw: Flaw) -> bytes:
    flags |= (_PRESENT if flaw.present else 0) | (_VERIFIED if flaw.verified else 0)
    rp_id = credential.rp_id if flaw.rp_id is None else flaw.rp_id
    sign_count = credential.sign_count if flaw.sign_count is None else flaw.sign_count
    return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, sign_count)


def _client_data(kind: str, challenge: str, flaw: Flaw) -> bytes:
    said = {
        "type": flaw.kind or kind,
        "challenge": challenge if flaw.challenge is None else flaw.challenge,
        "origin": ORIGIN if flaw.origin is None else flaw.origin,
        "crossOrigin": flaw.cross_origin,
    }
    return json.dumps(said).encode()
