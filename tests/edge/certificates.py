"""Certificates as an operator may have them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Given:
    """A certificate and key in files."""

    certificate: Path
    key: Path

    @property
    def settings(self) -> dict[str, Path]:
        return {"tls_cert": self.certificate, "tls_key": self.key}

    @property
    def der(self) -> bytes:
        return x509.load_pem_x509_certificate(self.certificate.read_bytes()).public_bytes(Encoding.DER)


def write_given(
    folder: Path,
    *hosts: str,
    starts: datetime | None = None,
    days: float = 30,
    password: bytes | None = None,
    combined: bool = False,
) -> Given:
    """Write a self-signed pair, valid by default; over one that is there. `combined` puts the key into both files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "given")])
    starts = starts or datetime.now(UTC) - timedelta(hours=1)
    names = x509.SubjectAlternativeName([_name(host) for host in hosts or ("localhost",)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(starts + timedelta(days=days))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    given = Given(folder / "given.crt", folder / "given.key")
    public = certificate.public_bytes(Encoding.PEM)
    given.key.write_bytes(private)
    given.certificate.write_bytes(public + private if combined else public)
    return given


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
