"""The local certificate authority of SENTRA_TLS_AUTO, and the checks on a certificate that was given.

RFC 5280 is the source of every extension here; the lifetimes are those of SECURITY.md S61.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sentra.edge.files import (
    OWNER_ONLY,
    make_folder,
    recover_pair,
    shared_mode,
    staged_content,
    write_pair,
)
from sentra.edge.names import EdgeRefused, Names, address

log = logging.getLogger(__name__)

CA_LIFETIME = timedelta(days=5 * 365)
LEAF_LIFETIME = timedelta(days=90)
LEAF_RENEWAL = timedelta(days=60)
CLOCK_TOLERANCE = timedelta(hours=1)
"""A browser whose clock is a little behind accepts a certificate of this minute."""

EVERY_ADDRESS = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and the private key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class LocalAuthority:
    """A CA of this installation alone, whose key signs nothing but this installation's names.

    `ca.crt` and `ca.key` stay in `folder`; the leaf that Caddy serves goes to `leaf_folder`.
    """

    def __init__(self, folder: Path, leaf_folder: Path, names: Names, clock: Callable[[], datetime]) -> None:
        self.ca_certificate = folder / "ca.crt"
        self.ca_key = folder / "ca.key"
        self.leaf_certificate = leaf_folder / "leaf.crt"
        self.leaf_key = leaf_folder / "leaf.key"
        self._names = names
        self._clock = clock

    def ensure(self) -> None:
        """Make or renew whatever is missing, due, or does not cover the names; leave the rest alone.

        A name that the CA's constraints forbid needs a new CA, which every browser and agent must trust anew: said
        in the log. Raises EdgeRefused where the CA on disk is damaged: only a person may give up a trusted CA.
        """
        now = self._clock()
        ca = self._ca()
        reason = self._ca_is_due(ca, now)
        if ca is None or reason:
            ca = self._make_ca(now, reason)
        if self._leaf_is_due(ca, now):
            self._make_leaf(ca, now)

    def _ca(self) -> Pair | None:
        _recover(self.ca_key, self.ca_certificate)
        if not self.ca_key.exists() and not self.ca_certificate.exists():
            return None
        pair = _read_pair(self.ca_key, self.ca_certificate)
        if pair is None:
            raise EdgeRefused(
                f"The local CA is damaged: {self.ca_key} and {self.ca_certificate} do not belong together or cannot be "
                "read; restore both from a backup, or delete both and let every browser and agent trust a new CA."
            )
        return pair

    def _ca_is_due(self, ca: Pair | None, now: datetime) -> str:
        if ca is None:
            return ""
        if not _is_valid(ca.certificate, now) or ca.certificate.not_valid_after_utc - now < LEAF_LIFETIME:
            return "the former one is not valid long enough"
        forbidden = [host for host in self._names.hosts if not permits(ca.certificate, host)]
        return f"the former one may not sign for {', '.join(forbidden)}" if forbidden else ""

    def _leaf_is_due(self, ca: Pair, now: datetime) -> bool:
        _recover(self.leaf_key, self.leaf_certificate)
        leaf = _read_pair(self.leaf_key, self.leaf_certificate)
        if leaf is None or not _is_signed_by(leaf.certificate, ca.certificate):
            return True
        certificate = leaf.certificate
        renewal = certificate.not_valid_before_utc + LEAF_RENEWAL
        return not certificate.not_valid_before_utc <= now < renewal or _hosts(certificate) != set(self._names.hosts)

    def _make_ca(self, now: datetime, reason: str) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        name = f"Sentra CA {_key_hash(key.public_key())[:8]}"
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, subject, key, now, CA_LIFETIME)
        for extension, critical in (
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (_key_usage(signs_certificates=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (_constraints(self._names), True),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        ):
            builder = builder.add_extension(extension, critical)
        certificate = builder.sign(key, hashes.SHA256())
        make_folder(self.ca_key.parent)
        _write(self.ca_key, key, self.ca_certificate, certificate, OWNER_ONLY)
        if reason:
            log.warning("A new local CA was made, which browsers and agents must trust anew, because %s", reason)
        log.info("The fingerprint of the new local CA is %s", fingerprint(certificate))
        return Pair(certificate, key)

    def _make_leaf(self, ca: Pair, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sentra")])
        builder = _builder(subject, ca.certificate.subject, key, now, LEAF_LIFETIME)
        for extension, critical in (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage(signs_certificates=False), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName([_general_name(host) for host in self._names.hosts]), False),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), False),
        ):
            builder = builder.add_extension(extension, critical)
        certificate = builder.sign(ca.key, hashes.SHA256())
        make_folder(self.leaf_key.parent)
        _write(self.leaf_key, key, self.leaf_certificate, certificate, shared_mode(self.leaf_key.parent))
        log.info("A certificate for %s was made", ", ".join(self._names.hosts))


def check_given(certificate: Path, key: Path, host: str, now: datetime) -> x509.Certificate:
    """Return the certificate that Caddy may serve for `host`; raises EdgeRefused with the one thing to mend."""
    chain = _read("SENTRA_TLS_CERT", certificate)
    private = _read("SENTRA_TLS_KEY", key)
    try:
        leaf = x509.load_pem_x509_certificate(chain)
    except ValueError:
        raise EdgeRefused(f"SENTRA_TLS_CERT: {certificate} holds no certificate in PEM form.") from None
    try:
        loaded: PrivateKeyTypes = load_pem_private_key(private, password=None)
    except (ValueError, TypeError):
        raise EdgeRefused(f"SENTRA_TLS_KEY: {key} holds no private key in PEM form without a password.") from None
    if _public_bytes(loaded.public_key()) != _public_bytes(leaf.public_key()):  # type: ignore[arg-type]
        raise EdgeRefused(f"SENTRA_TLS_KEY: {key} does not belong to the certificate in {certificate}.")
    if now >= leaf.not_valid_after_utc:
        raise EdgeRefused(f"SENTRA_TLS_CERT: {certificate} expired on {leaf.not_valid_after_utc:%Y-%m-%d}.")
    if now < leaf.not_valid_before_utc:
        raise EdgeRefused(
            f"SENTRA_TLS_CERT: {certificate} is valid from {leaf.not_valid_before_utc:%Y-%m-%d}; is the clock right?"
        )
    if not covers(leaf, host):
        raise EdgeRefused(
            f"SENTRA_TLS_CERT: {certificate} is not for {host}, the host of SENTRA_PUBLIC_ORIGIN; "
            f"it names {', '.join(sorted(_hosts(leaf))) or 'no host'}."
        )
    return leaf


def covers(certificate: x509.Certificate, host: str) -> bool:
    """Tell whether the certificate's subject alternative names include `host` (RFC 6125: one leftmost wildcard)."""
    hosts = _hosts(certificate)
    if host in hosts:
        return True
    _, dot, parent = host.partition(".")
    return address(host) is None and bool(dot) and f"*.{parent}" in hosts


def permits(ca: x509.Certificate, host: str) -> bool:
    """Tell whether the CA's name constraints let it sign for `host`."""
    try:
        constraints = ca.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    permitted = list(constraints.permitted_subtrees or ())
    found = address(host)
    if found is not None:
        return any(isinstance(name, x509.IPAddress) and found in _network(name) for name in permitted)
    return any(isinstance(name, x509.DNSName) and f".{host}".endswith(f".{name.value}") for name in permitted)


def authority_certificates(content: bytes) -> list[x509.Certificate]:
    """Return the CA certificates among `content`, whatever else it holds: keys and leaves never come back."""
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    found = []
    for block in content.split(begin)[1:]:
        body, marker, _ = block.partition(end)
        if marker:
            try:
                certificate = x509.load_pem_x509_certificate(begin + body + end)
            except ValueError:
                continue
            if _is_authority(certificate):
                found.append(certificate)
    return found


def pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """Return certificates as PEM, encoded anew from what was parsed."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return `sha256:` and the hex digits that a browser shows as the certificate's SHA-256 fingerprint."""
    return f"sha256:{certificate.fingerprint(hashes.SHA256()).hex()}"


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    start = now.replace(microsecond=0) - CLOCK_TOLERANCE
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _constraints(names: Names) -> x509.NameConstraints:
    """Permit exactly `names`. A kind of name without an entry is unconstrained in RFC 5280, so it is excluded whole."""
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in names.dns]
    permitted += [x509.IPAddress(ip_network(found)) for found in names.addresses]
    excluded: list[x509.GeneralName] = [] if names.dns else [x509.DNSName("")]
    excluded += [
        x509.IPAddress(network)
        for network in EVERY_ADDRESS
        if not any(found.version == network.version for found in names.addresses)
    ]
    return x509.NameConstraints(permitted, excluded or None)


def _general_name(host: str) -> x509.GeneralName:
    found = address(host)
    return x509.DNSName(host) if found is None else x509.IPAddress(found)


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    dns = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    return dns | {str(found) for found in names.get_values_for_type(x509.IPAddress)}


def _network(name: x509.IPAddress) -> IPv4Network | IPv6Network:
    value = name.value
    return value if isinstance(value, IPv4Network | IPv6Network) else ip_network(value)


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _is_signed_by(leaf: x509.Certificate, ca: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _recover(key: Path, certificate: Path) -> None:
    content = staged_content(certificate)
    if content is not None:
        recover_pair(certificate, staged_belongs=_parse_pair(key, content) is not None)


def _read_pair(key: Path, certificate: Path) -> Pair | None:
    try:
        return _parse_pair(key, certificate.read_bytes())
    except OSError:
        return None


def _parse_pair(key: Path, content: bytes) -> Pair | None:
    try:
        certificate = x509.load_pem_x509_certificate(content)
        loaded = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return None
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        return None
    if _public_bytes(loaded.public_key()) != _public_bytes(certificate.public_key()):
        return None
    return Pair(certificate, loaded)


def _write(
    key_path: Path, key: ec.EllipticCurvePrivateKey, certificate_path: Path, certificate: x509.Certificate, mode: int
) -> None:
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_pair(key_path, encoded, certificate_path, certificate.public_bytes(Encoding.PEM), mode=mode)


def _read(variable: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EdgeRefused(f"{variable}: {path} cannot be read: {error.strerror}.") from None


def _key_hash(key: ec.EllipticCurvePublicKey) -> str:
    return hashlib.sha256(_public_bytes(key)).hexdigest()


def _public_bytes(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
