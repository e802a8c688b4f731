"""The certificate authority of this installation, for those who want to trust it."""

from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from quart import Blueprint, Response
from quart_schema import security_scheme, tag

from sentra.core.errors import NotFound
from sentra.web.access import anyone, on_every_listener
from sentra.web.openapi import answers


def certificate_blueprint(read_ca: Callable[[], bytes | None]) -> Blueprint:
    """Return `/api/v1/ca.crt`. `read_ca` gives PEM text, or None where this installation made no CA of its own.

    Nothing of that text gets out as it is: what is a CA certificate is parsed and written anew.
    """
    blueprint = Blueprint("certificate", __name__)

    @blueprint.get("/api/v1/ca.crt")
    @anyone
    @on_every_listener
    @tag(["certificate"])
    @security_scheme([])
    @answers(200, "The certificate.", "application/x-pem-file")
    async def get_ca_certificate() -> Response:
        """The CA of this installation

        PEM, where Sentra made its own CA; 404 otherwise. Compare it with `sentra ca fingerprint`.
        """
        certificates = _authorities(read_ca())
        if not certificates:
            raise NotFound("This installation has no certificate authority of its own.")
        pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
        response = Response(pem, content_type="application/x-pem-file")
        response.headers["Content-Disposition"] = 'attachment; filename="sentra-ca.crt"'
        response.headers["X-Sentra-CA-SHA256"] = certificates[0].fingerprint(SHA256()).hex()
        return response

    return blueprint


def _authorities(pem: bytes | None) -> list[x509.Certificate]:
    try:
        certificates = x509.load_pem_x509_certificates(pem or b"")
    except ValueError:
        return []
    return [certificate for certificate in certificates if _is_authority(certificate)]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
