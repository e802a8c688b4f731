"""How the commands reach a server: the one on this machine, as root, or the one that `SENTRA_URL` names, by a token."""

import hashlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

from sentra.cli.environment import environment
from sentra.cli.ssh_session import ssh_client
from sentra.core.errors import SentraError
from sentra.settings import Settings, SettingsError, values

ANSWER_SECONDS: Final = 30.0
_MOST_BYTES: Final = 65536


class NoWay(SentraError):
    """There is no way to a server; the text is for a person."""


class Way(Protocol):
    """A way to a server."""

    @property
    def name(self) -> str:
        """What a person knows it by."""
        ...

    def connection(self) -> http.client.HTTPConnection:
        """Give a fresh connection."""
        ...

    def headers(self) -> Mapping[str, str]:
        """Give what says who asks."""
        ...


def chosen_way() -> Way:
    """Give the way that the environment asks for. Raises NoWay, SettingsError."""
    environ = environment()
    url, token = environ.get("SENTRA_URL", "").strip(), _token(environ)
    if url and token:
        return There(_address(url), token, _fingerprint(environ))
    if url:
        raise NoWay("SENTRA_URL names a server: set SENTRA_TOKEN, or SENTRA_TOKEN_FILE, to a token for it.")
    if token:
        raise NoWay(
            "SENTRA_TOKEN is set: set SENTRA_URL to the server that it is for, or unset it to act as root here."
        )
    settings = Settings.from_environment(environ)
    return Here(settings.state_dir / "run" / "app.sock", settings.local_token_file, settings.public_origin)


class Here:
    """The server of this machine, by its socket and the token that root may read."""

    def __init__(self, socket_path: Path, token_file: Path, public_origin: str) -> None:
        self.name = str(socket_path)
        self._socket_path = socket_path
        self._token_file = token_file
        self._host = urlsplit(public_origin).netloc

    def connection(self) -> http.client.HTTPConnection:
        return _UnixConnection(self._socket_path)

    def headers(self) -> Mapping[str, str]:
        headers = {"Host": self._host, "Authorization": f"Bearer {self._token()}"}
        if comes_from := ssh_client():
            headers["X-Sentra-From"] = comes_from
        return headers

    def _token(self) -> str:
        try:
            return self._token_file.read_text("ascii").strip()
        except FileNotFoundError:
            raise NoWay(
                f"Sentra does not run here: there is no {self._token_file}. Start it (make run, or sentra serve), "
                "set SENTRA_STATE_DIR to its state folder, or SENTRA_URL to a server elsewhere."
            ) from None
        except OSError as error:
            raise NoWay(f"{self._token_file} cannot be read ({error.strerror}). Run this as root.") from None


class There:
    """A server elsewhere, by an API token or an access token.

    Its certificate must be one that this machine trusts or, with a fingerprint, of that certificate authority.
    """

    def __init__(self, address: SplitResult, token: str, fingerprint: str | None) -> None:
        self.name = f"{address.scheme}://{address.netloc}"
        self._host, self._port = address.hostname or "", address.port
        self._is_plain = address.scheme == "http"
        self._token = token
        self._fingerprint = fingerprint

    def connection(self) -> http.client.HTTPConnection:
        if self._is_plain:
            return http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        trusted = ssl.create_default_context(cadata=self._authority())
        return http.client.HTTPSConnection(self._host, self._port, timeout=ANSWER_SECONDS, context=trusted)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _authority(self) -> str | None:
        """Give the authority's certificate, as the server itself hands it out to everybody. Raises NoWay."""
        if self._fingerprint is None:
            return None
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=ANSWER_SECONDS, context=unchecked)
        try:
            connection.request("GET", "/api/v1/ca.crt")  # the fingerprint says whether it is the right one
            text = connection.getresponse().read(_MOST_BYTES).decode("ascii")
            found = hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest()
        except ValueError:
            raise NoWay(f"{self.name} has no certificate authority of its own: unset SENTRA_CA_FINGERPRINT.") from None
        finally:
            connection.close()
        if f"sha256:{found}" != self._fingerprint:
            raise NoWay(f"{self.name} has another certificate authority than SENTRA_CA_FINGERPRINT says.")
        return text


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(str(self._path))


def _token(environ: Mapping[str, str]) -> str:
    token, file = environ.get("SENTRA_TOKEN", "").strip(), environ.get("SENTRA_TOKEN_FILE", "").strip()
    if file:
        try:
            read = Path(file).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise NoWay("SENTRA_TOKEN_FILE names a file that cannot be read.") from None
        if token and read != token:
            raise NoWay("SENTRA_TOKEN and SENTRA_TOKEN_FILE say different things. Set one of them.")
        token = read
    if not token.isascii() or not token.isprintable() or " " in token:
        raise NoWay("SENTRA_TOKEN is no token.")
    return token


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        if parts.scheme == "http" and values.is_loopback(host) and parts.path in ("", "/") and "@" not in parts.netloc:
            return parts
        return urlsplit(values.origin(url))
    except ValueError as error:
        raise SettingsError((f"SENTRA_URL {error}",)) from None


def _fingerprint(environ: Mapping[str, str]) -> str | None:
    text = environ.get("SENTRA_CA_FINGERPRINT", "").strip()
    try:
        return values.fingerprint(text) if text else None
    except ValueError as error:
        raise SettingsError((f"SENTRA_CA_FINGERPRINT {error}",)) from None
