"""One frozen Settings, read from the environment once. The table of variables is in API.md and `.env.example`."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sentra.core.secrets import Secret
from sentra.services.rate_limits import RateLimits
from sentra.settings import values
from sentra.settings.problems import SettingsError
from sentra.settings.secret import strong_secret
from sentra.settings.state_folder import kept_secret, prepare_folder

T = TypeVar("T")

SECRET_VARIABLES = ("JWT_SECRET", "SENTRA_JWT_SECRET", "JWT_SECRET_PREVIOUS", "SENTRA_JOIN")
_INTERFACE_VARIABLES = ("WG_INTERFACE", "SENTRA_WG_INTERFACE")
VARIABLES = (
    *_INTERFACE_VARIABLES,
    "PORT",
    *SECRET_VARIABLES,
    *(f"{name}_FILE" for name in SECRET_VARIABLES),
    "SENTRA_PUBLIC_ORIGIN",
    "SENTRA_HTTPS_PORT",
    "SENTRA_HTTP_PORT",
    "SENTRA_TLS_CERT",
    "SENTRA_TLS_KEY",
    "SENTRA_TLS_AUTO",
    "SENTRA_TLS_SANS",
    "SENTRA_DOMAIN",
    "SENTRA_INSECURE_SKIP_VERIFY",
    "SENTRA_CONTROL_URL",
    "SENTRA_CA_FINGERPRINT",
    "SENTRA_DISABLE_AGENT",
    "SENTRA_STATE_DIR",
    "SENTRA_SAMPLE_SECONDS",
    "SENTRA_ALLOWED_PRIVATE_TARGETS",
    "SENTRA_DEV",
)
"""Every variable that is read. Those elsewhere belong to the command line, and are known so that nobody is warned."""
_ELSEWHERE = ("SENTRA_URL", "SENTRA_TOKEN", "SENTRA_TOKEN_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided. Read by `app` and `cli` alone; everyone else is handed values."""

    interfaces: tuple[str, ...] = ("wg0",)
    """Interfaces to watch beside our own; `*` for all."""
    port: int = 8080
    """Extra listener on loopback; 0 for none."""
    jwt_secret: Secret | None = None
    """None until `prepare` has read or made the file."""
    jwt_secret_is_given: bool = False
    """Whether the environment has it; else it is kept in a file, and can be rotated."""
    jwt_secret_previous: Secret | None = None
    public_origin: str = "https://localhost:8443"
    https_port: int = 8443
    http_port: int = 8081
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_auto: bool = False
    tls_sans: tuple[str, ...] = ()
    domain: str | None = None
    insecure_skip_verify: bool = False
    control_url: str | None = None
    join: Secret | None = None
    ca_fingerprint: str | None = None
    disable_agent: bool = False
    state_dir: Path = Path("/var/lib/sentra")
    sample_seconds: float = 10.0
    allowed_private_targets: tuple[str, ...] = ()
    dev: bool = False
    session_idle_seconds: float = 30 * 60
    session_absolute_seconds: float = 12 * 60 * 60
    rate_limits: RateLimits = field(default_factory=RateLimits)
    warnings: tuple[str, ...] = ()
    """Sentences to log once, at start."""

    @property
    def database(self) -> Path:
        return self.state_dir / "sentra.db"

    @property
    def setup_link_file(self) -> Path:
        return self.state_dir / "setup-link"

    @property
    def local_token_file(self) -> Path:
        return self.state_dir / "local-token"

    @property
    def jwt_secret_file(self) -> Path:
        return self.state_dir / "jwt-secret"

    @property
    def master_key_file(self) -> Path:
        return self.state_dir / "master-key"

    @property
    def audit_key_file(self) -> Path:
        return self.state_dir / "audit-key"

    @property
    def bind_addresses(self) -> tuple[str, ...]:
        """Where Caddy listens: everywhere, and on loopback alone in developer mode."""
        return ("127.0.0.1", "::1") if self.dev else ()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Parse the environment. Reads the files that `…_FILE` names; changes nothing.

        Raises SettingsError with everything that is wrong at once.
        """
        return _Reader(environ).settings()

    @classmethod
    def load(cls, environ: MutableMapping[str, str]) -> "Settings":
        """Parse the environment, make what is missing in the state folder, and take the secrets out of `environ`."""
        settings = cls.from_environment(environ).prepare()
        scrub(environ)
        return settings

    @staticmethod
    def interfaces_from(environ: Mapping[str, str]) -> tuple[str, ...]:
        """Return the interfaces that the environment names, and none where it names none. Raises SettingsError."""
        return _Reader(environ).interfaces()

    def prepare(self) -> "Settings":
        """Make the state folder (0700) and the JWT secret (0600) where they are missing; return complete settings.

        Raises SettingsError where either cannot be used.
        """
        prepare_folder(self.state_dir)
        if self.jwt_secret is not None:
            return replace(self, jwt_secret_is_given=True)
        return replace(self, jwt_secret=kept_secret(self.jwt_secret_file))


def scrub(environ: MutableMapping[str, str]) -> None:
    """Remove the secrets from an environment, so that no child process and no crash report has them."""
    for name in SECRET_VARIABLES:
        environ.pop(name, None)


class _Reader:
    """Takes one variable after the other and collects what is wrong with each."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def settings(self) -> Settings:
        https_port = self._read("SENTRA_HTTPS_PORT", values.port, 8443)
        domain = self._read("SENTRA_DOMAIN", values.domain, None)
        settings = Settings(
            interfaces=self._interfaces() or ("wg0",),
            port=self._read("PORT", values.port_or_none, 8080),
            jwt_secret=self._secret(("JWT_SECRET", "SENTRA_JWT_SECRET"), strong_secret),
            jwt_secret_previous=self._secret(("JWT_SECRET_PREVIOUS",), strong_secret),
            public_origin=self._read("SENTRA_PUBLIC_ORIGIN", values.origin, _default_origin(domain, https_port)),
            https_port=https_port,
            http_port=self._read("SENTRA_HTTP_PORT", values.port_or_none, 8081),
            tls_cert=self._read("SENTRA_TLS_CERT", Path, None),
            tls_key=self._read("SENTRA_TLS_KEY", Path, None),
            tls_auto=self._read("SENTRA_TLS_AUTO", values.switch, default=False),
            tls_sans=self._read("SENTRA_TLS_SANS", values.hosts, ()),
            domain=domain,
            insecure_skip_verify=self._read("SENTRA_INSECURE_SKIP_VERIFY", values.switch, default=False),
            control_url=self._read("SENTRA_CONTROL_URL", values.origin, None),
            join=self._secret(("SENTRA_JOIN",), lambda value: Secret(value.encode())),
            ca_fingerprint=self._read("SENTRA_CA_FINGERPRINT", values.fingerprint, None),
            disable_agent=self._read("SENTRA_DISABLE_AGENT", values.switch, default=False),
            state_dir=self._read("SENTRA_STATE_DIR", values.folder, _default_state_dir()),
            sample_seconds=self._read("SENTRA_SAMPLE_SECONDS", values.pace, 10.0),
            allowed_private_targets=self._read("SENTRA_ALLOWED_PRIVATE_TARGETS", values.networks, ()),
            dev=self._read("SENTRA_DEV", values.switch, default=False),
            warnings=self._warnings(),
        )
        self._problems += _contradictions(settings)
        if self._problems:
            raise SettingsError(tuple(self._problems))
        return settings

    def interfaces(self) -> tuple[str, ...]:
        named = self._interfaces()
        if self._problems:
            raise SettingsError(tuple(self._problems))
        return named

    def _interfaces(self) -> tuple[str, ...]:
        nothing: tuple[str, ...] = ()
        return self._either(_INTERFACE_VARIABLES, values.interfaces, nothing)

    def _value(self, name: str) -> str | None:
        value = self._environ.get(name, "").strip()
        return value or None

    def _read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        value = self._value(name)
        return default if value is None else self._parse(name, value, parse, default)

    def _either(self, names: tuple[str, ...], parse: Callable[[str], T], default: T) -> T:
        values = {name: value for name in names if (value := self._value(name)) is not None}
        if len(set(values.values())) > 1:
            self._problems.append(f"{' and '.join(values)} say different things. Set one of them.")
            return default
        for name, value in values.items():
            return self._parse(name, value, parse, default)
        return default

    def _secret(self, names: tuple[str, ...], parse: Callable[[str], Secret]) -> Secret | None:
        values: dict[str, str] = {}
        for name in names:
            # An empty secret is a mistake, not an absent one: a template that was not filled in.
            if name in self._environ:
                values[name] = self._environ[name].strip()
            if file := self._value(f"{name}_FILE"):
                try:
                    values[f"{name}_FILE"] = Path(file).read_text("utf-8").strip()
                except (OSError, UnicodeDecodeError):
                    self._problems.append(f"{name}_FILE names a file that cannot be read.")
        if len(set(values.values())) > 1:
            self._problems.append(f"{' and '.join(values)} say different things. Set one of them.")
            return None
        for name, value in values.items():
            return self._parse(name, value, parse, None)
        return None

    def _parse(self, name: str, value: str, parse: Callable[[str], T], default: T) -> T:
        try:
            return parse(value)
        except ValueError as error:
            self._problems.append(f"{name} {error}")
            return default

    def _warnings(self) -> tuple[str, ...]:
        known = {*VARIABLES, *_ELSEWHERE}
        unknown = sorted(name for name in self._environ if name.startswith("SENTRA_") and name not in known)
        return tuple(f"{name} is not a variable of Sentra's; is it misspelt?" for name in unknown)


def _contradictions(settings: Settings) -> list[str]:
    wrong = []
    if (settings.tls_cert is None) != (settings.tls_key is None):
        wrong.append("SENTRA_TLS_CERT and SENTRA_TLS_KEY belong together: set both or neither.")
    ports = {"SENTRA_HTTPS_PORT": settings.https_port, "SENTRA_HTTP_PORT": settings.http_port, "PORT": settings.port}
    taken: dict[int, str] = {}
    for name, port in ports.items():
        if port and port in taken:
            wrong.append(f"{name} and {taken[port]} are the same port.")
        taken[port] = name
    if settings.dev:
        host = urlsplit(settings.public_origin).hostname or ""
        if not values.is_loopback(host):
            wrong.append("SENTRA_DEV is for this machine alone: SENTRA_PUBLIC_ORIGIN must name localhost then.")
        if settings.domain is not None:
            wrong.append("SENTRA_DEV is for this machine alone: it does not go with SENTRA_DOMAIN.")
        if not all(values.is_loopback(name) for name in settings.tls_sans):
            wrong.append("SENTRA_DEV is for this machine alone: SENTRA_TLS_SANS must name localhost then.")
    return wrong


def _default_origin(domain: str | None, https_port: int) -> str:
    return f"https://{domain or 'localhost'}" + ("" if https_port == 443 else f":{https_port}")


def _default_state_dir() -> Path:
    checkout = Path(__file__).resolve().parents[4]
    in_checkout = (checkout / "backend" / "pyproject.toml").is_file()
    return checkout / "var" / "state" if in_checkout else Path("/var/lib/sentra")
