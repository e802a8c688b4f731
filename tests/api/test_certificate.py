"""The certificate authority for anyone: that, and nothing that lies beside it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from quart import Quart

from sentra.web.certificate import certificate_blueprint
from sentra.web.errors import register_errors


def certificate(name: str, *, authority: bool | None) -> tuple[bytes, bytes]:
    """Make a certificate and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
    )
    if authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    made = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM), private


async def served(pem: bytes | None) -> tuple[int, bytes]:
    app = Quart("test", static_folder=None)
    register_errors(app)
    app.register_blueprint(certificate_blueprint(lambda: pem))
    answer = await app.test_client().get("/api/v1/ca.crt")
    return answer.status_code, await answer.get_data(as_text=False)


async def test_S61_of_a_combined_file_only_the_authority_gets_out():
    authority, authority_key = certificate("canary authority", authority=True)
    leaf, leaf_key = certificate("canary leaf", authority=False)
    old, _ = certificate("canary without constraints", authority=None)
    combined = authority_key + b"a comment\n" + leaf + leaf_key + old + authority
    status, body = await served(combined)
    assert status == 200
    assert body == authority
    assert b"PRIVATE KEY" not in body


@pytest.mark.parametrize(
    "pem", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
async def test_S61_without_an_authority_there_is_nothing(pem: bytes | None):
    status, body = await served(pem)
    assert status == 404
    assert b"urn:sentra:problem:not-found" in body


async def test_S61_a_leaf_or_a_key_alone_is_nothing():
    leaf, key = certificate("canary leaf", authority=False)
    assert (await served(leaf))[0] == 404
    assert (await served(key))[0] == 404
