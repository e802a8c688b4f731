"""A real identity provider, run for the tests: oidc-provider, over HTTPS with a certificate of a CA of its own."""

import contextlib
import ipaddress
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from e2e.stack import START_SECONDS, free_port, wait_for
from sentra.services.oidc import callback_key
from setup import run as product

CLIENT_ID, CLIENT_SECRET = "sentra", "a secret of the client, 100% + more"
PEOPLE: Final = {
    "bob": {"email": "bob@example.com", "email_verified": True, "name": "Bob Builder", "groups": ["wg-ops"]},
    "cat": {"email": "cat@example.com", "email_verified": True, "name": "Cat Carter", "groups": ["wg-ops"]},
    "eve": {"email": "eve@example.com", "email_verified": True, "name": "Eve Elsewhere", "groups": ["gardeners"]},
    "mal": {"email": "ada@example.org", "email_verified": True, "name": "Not Ada", "groups": ["wg-ops"]},
}


@dataclass(frozen=True)
class Provider:
    """A provider that is to run at an address; `ca` is what its certificate is signed by."""

    issuer: str
    port: int
    ca: Path
    folder: Path

    @contextlib.contextmanager
    def running(self, origin: str) -> Iterator[None]:
        """Run it, for the Sentra at this origin."""
        client = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [f"{origin}/api/v1/oidc/{callback_key(self.issuer)}"],
        }
        said: dict[str, Any] = {
            "issuer": self.issuer,
            "port": self.port,
            "certificate": str(self.folder / "server.pem"),
            "key": str(self.folder / "server.key"),
            "client": client,
            "people": PEOPLE,
        }
        (self.folder / "provider.json").write_text(json.dumps(said))
        log = self.folder / "provider.log"
        node = {**os.environ, "PATH": f"{product.ROOT / 'var' / 'node' / 'bin'}:{os.environ['PATH']}"}
        command = ("node", "provider.mjs", str(self.folder / "provider.json"))
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=product.ROOT / "e2e" / "provider", env=node, stdout=output, stderr=output
            )
            try:
                wait_for(lambda: process.poll() is not None or "ready" in log.read_text(), "the provider listens")
                if process.poll() is not None:
                    raise RuntimeError(f"the provider ended by itself:\n{log.read_text()[-4000:]}")
                yield
            finally:
                process.terminate()
                process.wait(START_SECONDS)


def made(folder: Path, host: str) -> Provider:
    """Give a provider at an address of this machine, with its certificate."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    ca_key, ca = _certificate("CA of a test", None, None)
    key, certificate = _certificate(host, ca_key, ca)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "server.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return Provider(f"https://{host}:{port}", port, folder / "ca.pem", folder)


def _certificate(
    name: str, ca_key: ec.EllipticCurvePrivateKey | None, ca: x509.Certificate | None
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Make a key and its certificate, signed by the CA, or a CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(ca.subject if ca else subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
    )
    if ca:
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
        builder = builder.add_extension(address, critical=False)
    return key, builder.sign(ca_key or key, hashes.SHA256())
