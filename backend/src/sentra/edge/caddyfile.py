"""The part of Caddy's configuration that depends on settings: which sites there are and which certificate they have.

Caddy cannot branch on variables, so this text is written for it; what never varies is in the Caddyfile.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sentra.edge.names import Names, is_real_name

TWO_YEARS_SECONDS = 63072000


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate and key on disk. `given` tells them from those that Sentra made itself."""

    certificate: Path
    key: Path
    given: bool


@dataclass(frozen=True, slots=True)
class Acme:
    """A certificate that Caddy obtains and renews for a public name."""

    domain: str


@dataclass(frozen=True, slots=True)
class Sites:
    """What Caddy serves: on `bind`, or everywhere. `http_port` 0 leaves out the redirect, `tls` None everything."""

    origin: str
    names: Names
    bind: tuple[str, ...]
    https_port: int
    http_port: int
    tls: Files | Acme | None


def render(sites: Sites, certificate: bytes = b"") -> tuple[str, str]:
    """Return the text that the Caddyfile imports, and its mark.

    The mark changes with the text and with the content of the certificate, and is part of Caddy's configuration: what
    Caddy runs can be compared with what it should run, whoever started first.
    """
    text = "\n".join([*_https(sites, sites.tls), *_http(sites)]) if sites.tls else ""
    mark = hashlib.sha256(text.encode() + certificate).hexdigest()[:16]
    head = "# Written by `sentra serve` from its settings; changes made here are lost.\n"
    return head + text.replace(_MARK, mark) + "\n", mark


_MARK = "(mark)"


def _https(sites: Sites, tls: Files | Acme) -> list[str]:
    site = [
        *_bind(sites),
        f"\tvars sentra_mark {_MARK}",
        f"\t@foreign not host {' '.join(sites.names.hosts)}",
        *_strict_transport_security(sites, tls),
        "\timport sentra",
        "}",
    ]
    if isinstance(tls, Files):
        # without a name, so that a client that sends no SNI, or reaches an address, gets the certificate too
        files = f"\ttls {_quoted(tls.certificate)} {_quoted(tls.key)} {{"
        return [f"https://:{sites.https_port} {{", files, *_PROTOCOLS, "\t}", *site]
    acme = [f"https://{tls.domain}:{sites.https_port} {{", "\ttls {", "\t\tissuer acme", *_PROTOCOLS, "\t}", *site]
    return [*acme, f"https://:{sites.https_port} {{", *_bind(sites), "\timport sentra_misdirected", "}"]


def _bind(sites: Sites) -> list[str]:
    return [f"\tbind {' '.join(f'[{host}]' if ':' in host else host for host in sites.bind)}"] if sites.bind else []


def _strict_transport_security(sites: Sites, tls: Files | Acme) -> list[str]:
    """Never for a certificate of the local CA or a private name: a browser could then not be let through any more."""
    own = isinstance(tls, Files) and not tls.given
    real = [host for host in sites.names.hosts if is_real_name(host)]
    if own or not real:
        return []
    value = f'"max-age={TWO_YEARS_SECONDS}; includeSubDomains"'
    return [f"\t@real host {' '.join(real)}", f"\theader @real Strict-Transport-Security {value}"]


def _http(sites: Sites) -> list[str]:
    if not sites.http_port:
        return []
    return [
        f"http://:{sites.http_port} {{",
        *_bind(sites),
        "\t@ours {",
        f"\t\thost {' '.join(sites.names.hosts)}",
        "\t\tpath /*",
        "\t}",
        f"\tredir @ours {sites.origin}{{uri}} 308",
        "\timport sentra_misdirected",
        "}",
    ]


_PROTOCOLS = ("\t\tprotocols tls1.2 tls1.3",)


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
