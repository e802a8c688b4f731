"""One frozen Settings, read from the environment once. The table of variables is in API.md and `.env.example`."""

import base64
import binascii
import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sentra.core.secrets import Secret

T = TypeVar("T")

SHORTEST_SECRET_BYTES = 32
MADE_SECRET_BYTES = 64
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
"""Every variable that is read. `SENTRA_URL` belongs to the command line alone and is known so that nobody is warned."""
_ELSEWHERE = ("SENTRA_URL",)

_WEAK_WORDS = (
    "changeme", "change-me", "change_me", "supersecret", "super-secret", "secret", "password", "passwort", "default",
    "example", "sentra", "wireguard", "jwt", "your", "insecure", "development", "dev", "test", "demo", "key", "token",
    "please", "admin", "letmein", "qwerty", "characters", "minimum", "least", "long", "256", "bit",
)  # fmt: skip
_INTERFACE = re.compile(r"[A-Za-z0-9_=+.-]{1,15}")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class SettingsError(Exception):
    """The environment cannot be used. `problems` has one sentence for each wrong variable, which it names."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided. Read by `app` and `cli` alone; everyone else is handed values."""

    interfaces: tuple[str, ...] = ("wg0",)
    """Interfaces to watch beside our own; `*` for all."""
    port: int = 8080
    """Extra listener on loopback; 0 for none."""
    jwt_secret: Secret | None = None
    """None until `prepare` has read or made the file."""
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
    warnings: tuple[str, ...] = ()
    """Sentences to log once, at start."""

    @property
    def watches_all(self) -> bool:
        return self.interfaces == ("*",)

    @property
    def database(self) -> Path:
        return self.state_dir / "sentra.db"

    @property
    def setup_link_file(self) -> Path:
        return self.state_dir / "setup-link"

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
        _prepare_folder(self.state_dir)
        if self.jwt_secret is not None:
            return self
        return replace(self, jwt_secret=_kept_secret(self.state_dir / "jwt-secret"))


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
        https_port = self._read("SENTRA_HTTPS_PORT", _port, 8443)
        domain = self._read("SENTRA_DOMAIN", _domain, None)
        settings = Settings(
            interfaces=self._interfaces() or ("wg0",),
            port=self._read("PORT", _port_or_none, 8080),
            jwt_secret=self._secret(("JWT_SECRET", "SENTRA_JWT_SECRET"), _strong_secret),
            jwt_secret_previous=self._secret(("JWT_SECRET_PREVIOUS",), _strong_secret),
            public_origin=self._read("SENTRA_PUBLIC_ORIGIN", _origin, _default_origin(domain, https_port)),
            https_port=https_port,
            http_port=self._read("SENTRA_HTTP_PORT", _port, 8081),
            tls_cert=self._read("SENTRA_TLS_CERT", Path, None),
            tls_key=self._read("SENTRA_TLS_KEY", Path, None),
            tls_auto=self._read("SENTRA_TLS_AUTO", _switch, default=False),
            tls_sans=self._read("SENTRA_TLS_SANS", _hosts, ()),
            domain=domain,
            insecure_skip_verify=self._read("SENTRA_INSECURE_SKIP_VERIFY", _switch, default=False),
            control_url=self._read("SENTRA_CONTROL_URL", _origin, None),
            join=self._secret(("SENTRA_JOIN",), lambda value: Secret(value.encode())),
            ca_fingerprint=self._read("SENTRA_CA_FINGERPRINT", _fingerprint, None),
            disable_agent=self._read("SENTRA_DISABLE_AGENT", _switch, default=False),
            state_dir=self._read("SENTRA_STATE_DIR", _folder, _default_state_dir()),
            sample_seconds=self._read("SENTRA_SAMPLE_SECONDS", _pace, 10.0),
            allowed_private_targets=self._read("SENTRA_ALLOWED_PRIVATE_TARGETS", _networks, ()),
            dev=self._read("SENTRA_DEV", _switch, default=False),
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
        return self._either(_INTERFACE_VARIABLES, _interfaces, nothing)

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
        if not _is_loopback(host):
            wrong.append("SENTRA_DEV is for this machine alone: SENTRA_PUBLIC_ORIGIN must name localhost then.")
        if settings.domain is not None:
            wrong.append("SENTRA_DEV is for this machine alone: it does not go with SENTRA_DOMAIN.")
        if not all(_is_loopback(name) for name in settings.tls_sans):
            wrong.append("SENTRA_DEV is for this machine alone: SENTRA_TLS_SANS must name localhost then.")
    return wrong


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _default_origin(domain: str | None, https_port: int) -> str:
    return f"https://{domain or 'localhost'}" + ("" if https_port == 443 else f":{https_port}")


def _default_state_dir() -> Path:
    checkout = Path(__file__).resolve().parents[3]
    in_checkout = (checkout / "backend" / "pyproject.toml").is_file()
    return checkout / "var" / "state" if in_checkout else Path("/var/lib/sentra")


def _switch(value: str) -> bool:
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ValueError("must be true or false.")


def _port_or_none(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) > 65535:
        raise ValueError("must be a port from 1 to 65535, or 0 for none.")
    return int(value)


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= 65535:
        raise ValueError("must be a port from 1 to 65535.")
    return int(value)


def _pace(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise ValueError("must be a number of seconds from 1 to 3600.")
    return seconds


def _interfaces(value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    if names == ("*",):
        return names
    if not names or not all(_INTERFACE.fullmatch(name) and name not in (".", "..") for name in names):
        raise ValueError("must be names of interfaces with commas between them (at most 15 characters each), or *.")
    return names


def _domain(value: str) -> str:
    name = value.lower()
    if not _HOST.fullmatch(name) or "." not in name or name.rsplit(".", 1)[1].isdigit():
        raise ValueError("must be a public name such as vpn.example.com, without a scheme or a port.")
    return name


def _hosts(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_host(name.strip()) for name in value.split(",") if name.strip()))


def _host(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        if _HOST.fullmatch(name.lower()) and not name.rsplit(".", 1)[-1].isdigit():
            return name.lower()
    raise ValueError("must be names and addresses with commas between them.")


def _origin(value: str) -> str:
    wrong = ValueError("must be an origin such as https://vpn.example.com:8443: https, a host, and a port if not 443.")
    try:
        parts = urlsplit(value.lower())
        host, port = parts.hostname or "", parts.port
        host = _host(host)
    except ValueError as error:
        raise wrong from error
    if parts.scheme != "https" or parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise wrong
    if "?" in value or "#" in value or port == 0:
        raise wrong
    name = f"[{host}]" if ":" in host else host
    return f"https://{name}" + ("" if port in (None, 443) else f":{port}")


def _folder(value: str) -> Path:
    return Path(value).absolute()


def _fingerprint(value: str) -> str:
    match = re.fullmatch(r"sha256:([0-9a-f]{64})", value.lower().replace(" ", ""))
    if match is None:
        raise ValueError("must be sha256: followed by 64 hexadecimal digits.")
    return match[0]


def _networks(value: str) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ValueError("must be addresses or networks with commas between them.") from error


def _strong_secret(value: str) -> Secret:
    advice = "Make one with: openssl rand -base64 48"
    secret = _decoded(value)
    if len(secret) < SHORTEST_SECRET_BYTES:
        raise ValueError(f"must hold at least {SHORTEST_SECRET_BYTES} bytes once decoded. {advice}")
    if len(set(secret)) < 12 or _repeats(value) or _repeats(secret.decode("latin-1")):
        raise ValueError(f"repeats itself and can be guessed. {advice}")
    rest = value.lower()
    for word in _WEAK_WORDS:
        rest = rest.replace(word, "")
    if len(re.sub(r"[\W_]", "", rest)) < SHORTEST_SECRET_BYTES // 2:
        raise ValueError(f"is made of words that are tried first. {advice}")
    return Secret(secret)


def _decoded(value: str) -> bytes:
    """Return the bytes that a secret stands for: hexadecimal, base64, or the text itself. Counted the strict way."""
    if re.fullmatch(r"([0-9a-fA-F]{2})+", value):
        return bytes.fromhex(value)
    if re.fullmatch(r"[A-Za-z0-9+/_-]+={0,2}", value):
        standard = value.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except binascii.Error:
            pass
    return value.encode()


def _repeats(text: str) -> bool:
    return any(text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid == os.geteuid() and not any(folder.iterdir()):
            folder.chmod(0o700)  # a fresh volume
        mode = folder.stat().st_mode & 0o777
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise SettingsError((f"SENTRA_STATE_DIR: the folder {folder} cannot be made or used: {reason}.",)) from error
    if mode & 0o027:
        raise SettingsError((f"SENTRA_STATE_DIR: others may read {folder} or write to it. Do: chmod 700 {folder}",))


def _kept_secret(path: Path) -> Secret:
    try:
        if not path.exists():
            _write_new(path, base64.b64encode(secrets.token_bytes(MADE_SECRET_BYTES)) + b"\n")
        if path.stat().st_mode & 0o077:
            raise SettingsError((f"JWT_SECRET: {path} can be read by others. Remove it, and a new one is made.",))
        return _strong_secret(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingsError((f"JWT_SECRET: the secret in {path} cannot be used. Put it back or remove it.",)) from error


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # fails where another process was faster: then its secret counts
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
