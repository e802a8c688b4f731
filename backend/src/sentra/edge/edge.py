"""Keeps what Caddy serves in step with settings, certificates and time."""

import asyncio
import errno
import hashlib
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentra.core.clock import Clock
from sentra.edge.admin import CaddyAdmin, CaddyAway, CaddyRefused
from sentra.edge.caddyfile import Acme, Files, Sites, render
from sentra.edge.certificates import (
    LocalAuthority,
    authority_certificates,
    check_given,
    fingerprint,
    pem,
)
from sentra.edge.files import make_folder, shared_mode, write_file
from sentra.edge.names import EdgeRefused, parse_origin, public_names

log = logging.getLogger(__name__)

EXPIRY_NOTICE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Served:
    """What Caddy serves now: the certificate's content, and of given files what was checked and until when it holds."""

    tls: Files | Acme | None
    certificate: bytes = b""
    seen: str | None = None
    ends: datetime | None = None


class Edge:
    """The certificate and the TLS part of Caddy's configuration.

    `prepare` once, before Caddy starts or while it runs; then `watch` for ever. Neither needs Caddy to be there: what
    Caddy runs is compared with what it should run, and it is told to read its files again where they differ.
    """

    def __init__(
        self,
        *,
        state_dir: Path,
        public_origin: str,
        https_port: int,
        http_port: int,
        tls_cert: Path | None,
        tls_key: Path | None,
        tls_auto: bool,
        tls_sans: Sequence[str],
        domain: str | None,
        clock: Clock,
        bind_addresses: Sequence[str] = (),
        interval_seconds: float = 5.0,
    ) -> None:
        self.names = public_names(public_origin, tls_sans)
        self._origin = parse_origin(public_origin)
        self._ports = (https_port, http_port)
        self._bind = tuple(bind_addresses)
        self._clock = clock
        self._interval = interval_seconds
        self._folder = state_dir / "caddy"
        self._authority = LocalAuthority(state_dir / "tls", self._folder, self.names, self._now)
        self._given = _given(tls_cert, tls_key)
        self._auto = tls_auto
        self._acme = _acme(domain, self._origin.host, self._given)
        self._admin = CaddyAdmin(self._folder / "admin" / "admin.sock")
        self._served = Served(None)
        self._said: dict[str, str] = {}

    def prepare(self) -> None:
        """Make the certificate where it is ours to make, check it where it was given, and write Caddy's part.

        Raises EdgeRefused with one sentence that says what to do.
        """
        make_folder(self._folder)
        make_folder(self._folder / "admin")
        port = self._ports[1]
        if port and not self._admin.answers() and _is_taken(port):
            self._leave_out_http()
        self._served = self._renewed()
        self._write()

    async def watch(self) -> None:
        """Renew, reread and reload for ever, in a worker thread, so that nothing here holds the event loop."""
        while True:
            await asyncio.to_thread(self.follow)
            await asyncio.sleep(self._interval)

    def follow(self) -> None:
        """Do once what `watch` repeats: a problem is said once, and what was served before stays served."""
        try:
            self._served = self._renewed()
        except (EdgeRefused, OSError) as error:
            self._say("certificate", f"{error} What was served before stays served.")
        else:
            self._settle("certificate", "The certificate is in order again")
        try:
            self._converge(self._write())
        except OSError as error:
            self._say("caddy", f"Caddy's configuration cannot be written: {error}")

    def authority_pem(self) -> bytes | None:
        """Return the CA that signed what is served, in PEM; None where it is not one that Sentra made."""
        if not isinstance(self._served.tls, Files) or self._served.tls.given:
            return None
        return pem(authority_certificates(self._authority.ca_certificate.read_bytes())) or None

    def _choose(self) -> Files | Acme | None:
        """Files that were given and exist come before ACME, ACME before the local CA; once given, always given."""
        if self._given and (not self._auto or self._is_given() or all(path.exists() for path in self._given)):
            return Files(*self._given, given=True)
        if self._acme:
            return self._acme
        if self._auto:
            return Files(self._authority.leaf_certificate, self._authority.leaf_key, given=False)
        return None

    def _is_given(self) -> bool:
        return isinstance(self._served.tls, Files) and self._served.tls.given

    def _renewed(self) -> Served:
        tls = self._choose()
        if not isinstance(tls, Files):
            return Served(tls)
        if not tls.given:
            self._authority.ensure()
            return Served(tls, tls.certificate.read_bytes())
        seen = _digest(tls)
        served = self._served
        if seen != served.seen:
            leaf = check_given(tls.certificate, tls.key, self._origin.host, self._now())
            served = Served(tls, tls.certificate.read_bytes(), seen, leaf.not_valid_after_utc)
        if served.ends and served.ends - self._now() < EXPIRY_NOTICE:
            self._say("expiry", f"SENTRA_TLS_CERT: {tls.certificate} expires on {served.ends:%Y-%m-%d}.")
        return served

    def _write(self) -> str:
        https_port, http_port = self._ports
        sites = Sites(str(self._origin), self.names, self._bind, https_port, http_port, self._served.tls)
        text, mark = render(sites, self._served.certificate)
        path = self._folder / "tls.caddy"
        if not path.exists() or path.read_text() != text:
            write_file(path, text.encode(), shared_mode(self._folder))
        return mark

    def _converge(self, mark: str) -> None:
        if self._served.tls is None:
            return
        try:
            if not self._admin.runs(mark):
                self._admin.load()
                log.info("Caddy serves what was written for it")
        except CaddyAway:
            return
        except CaddyRefused as error:
            if self._ports[1] and f":{self._ports[1]}: bind: address already in use" in str(error):
                self._leave_out_http()
            else:
                self._say("caddy", f"Caddy refuses its configuration and keeps the former one: {error}")
        else:
            self._settle("caddy", "Caddy accepts its configuration again")

    def _leave_out_http(self) -> None:
        https_port, http_port = self._ports
        log.warning("Port %s (SENTRA_HTTP_PORT) is taken: plain HTTP is not redirected", http_port)
        self._ports = (https_port, 0)

    def _say(self, subject: str, text: str) -> None:
        if self._said.get(subject) != text:
            log.error("%s", text)
        self._said[subject] = text

    def _settle(self, subject: str, text: str) -> None:
        if self._said.pop(subject, None):
            log.info("%s", text)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


def authority_fingerprint(state_dir: Path) -> str | None:
    """Return the SHA-256 fingerprint of the local CA, as `sentra ca fingerprint` prints it, if there is one."""
    try:
        found = authority_certificates((state_dir / "tls" / "ca.crt").read_bytes())
    except FileNotFoundError:
        return None
    return fingerprint(found[0]) if found else None


def _given(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    if certificate is None and key is None:
        return None
    if certificate is None:
        raise EdgeRefused("SENTRA_TLS_KEY is set without SENTRA_TLS_CERT: set both, or neither.")
    if key is None:
        raise EdgeRefused("SENTRA_TLS_CERT is set without SENTRA_TLS_KEY: set both, or neither.")
    return certificate.absolute(), key.absolute()


def _acme(domain: str | None, host: str, given: tuple[Path, Path] | None) -> Acme | None:
    if not domain:
        return None
    if given:
        raise EdgeRefused("SENTRA_DOMAIN and SENTRA_TLS_CERT are both set: choose one of them.")
    if domain.lower() != host:
        raise EdgeRefused(f"SENTRA_DOMAIN is {domain}, but SENTRA_PUBLIC_ORIGIN is for {host}: make them agree.")
    return Acme(host)


def _digest(files: Files) -> str:
    try:
        return hashlib.sha256(files.certificate.read_bytes() + b"\0" + files.key.read_bytes()).hexdigest()
    except OSError:
        return ""


def _is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
