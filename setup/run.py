"""Run Sentra from a checkout: the control plane with its built-in agent, and Caddy in front (`make run`).

Standard library, and the reader of `.env` that the `sentra` command has too. Checks what can be checked beforehand and
says each problem in one sentence; starts the control plane again where something killed it; stops what it started, and
nothing else. WireGuard stays as it is.

Both programs run as whoever runs this one, which for reading WireGuard is root; the units and images in `deploy/`
give each the rights it needs and no other.
"""

import asyncio
import contextlib
import ctypes
import errno
import fcntl
import hashlib
import http.client
import math
import os
import re
import shutil
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

try:
    from sentra.cli.environment import WrongEnvironmentFile, from_file
except ModuleNotFoundError:
    sys.exit(f"sentra: {sys.executable} has no Sentra: start with `make run`, which installs it.")

ROOT = Path(__file__).resolve().parent.parent
CAP_NET_ADMIN = 12  # linux/capability.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h
LONGEST_SOCKET_PATH = 107  # man 7 unix
HTTPS = 443
HIGHEST_PORT = 65535

BACKEND_START_SECONDS = 60.0
CADDY_START_SECONDS = 20.0
BACKEND_STOP_SECONDS = 6.0
CADDY_STOP_SECONDS = 3.5
POLL_SECONDS = 0.05
RESTARTS = 3
RESTART_WINDOW_SECONDS = 60.0

HARMLESS = (
    "automatic HTTP->HTTPS redirects are disabled",
    "no automatic HTTPS will be applied",
    "HTTP/2 skipped because it requires TLS",
    "admin endpoint on open interface",  # newer versions say so of a unix socket
    "exiting; byeee",
    '{"level":"info"',
)
"""What Caddy says at every start and end, and nobody needs to know."""


class Refused(Exception):
    """Sentra cannot run like this; the text is one sentence that says what to do."""


class Told(Refused):
    """The program that cannot go on has said why; nothing is left to say."""


class Stopped(Exception):
    """Somebody asked for the end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before anything starts."""

    state: Path
    web_root: Path
    origin: str
    https_port: int
    domain: str
    backend: Path
    caddy: str
    backend_environment: dict[str, str]
    caddy_environment: dict[str, str]

    @property
    def backend_command(self) -> list[str]:
        return [str(self.backend), "serve"]

    @property
    def caddy_command(self) -> list[str]:
        return [self.caddy, "run", "--config", self.caddy_environment["SENTRA_CADDYFILE"], "--adapter", "caddyfile"]

    @property
    def app_socket(self) -> Path:
        return self.state / "run" / "app.sock"


def make_plan(given: Mapping[str, str]) -> Plan:
    """Fill in the defaults of a checkout."""
    state = (ROOT / (given.get("SENTRA_STATE_DIR") or "var/state")).absolute()
    web_root = (ROOT / (given.get("SENTRA_WEB_ROOT") or "frontend/dist")).absolute()
    domain = given.get("SENTRA_DOMAIN", "")
    https_port, http_port = _port(given, "SENTRA_HTTPS_PORT", 8443, 1), _port(given, "SENTRA_HTTP_PORT", 8081)
    suffix = "" if https_port == HTTPS else f":{https_port}"
    origin = given.get("SENTRA_PUBLIC_ORIGIN") or f"https://{domain or 'localhost'}{suffix}"

    backend = {name: value for name, value in given.items() if name not in {"SENTRA_WEB_ROOT", "SENTRA_CADDYFILE"}}
    backend |= {"SENTRA_STATE_DIR": str(state), "SENTRA_PUBLIC_ORIGIN": origin, "PYTHONUNBUFFERED": "1"}
    if not domain and not given.get("SENTRA_TLS_CERT") and not given.get("SENTRA_TLS_AUTO"):
        backend["SENTRA_TLS_AUTO"] = "true"

    caddy = {"HOME": str(state)} | {
        name: given[name] for name in ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE") if name in given
    }
    caddy |= {name: value for name, value in given.items() if name.lower().endswith("_proxy")}
    caddy |= {
        "SENTRA_STATE_DIR": str(state),
        "SENTRA_WEB_ROOT": str(web_root),
        "SENTRA_CADDYFILE": str(ROOT / "Caddyfile"),
        "SENTRA_HTTPS_PORT": str(https_port),
        "SENTRA_HTTP_PORT": str(http_port),
        "XDG_CONFIG_HOME": str(state / "caddy" / "data"),
        "XDG_DATA_HOME": str(state / "caddy" / "data"),
    }
    return Plan(
        state=state,
        web_root=web_root,
        origin=origin.rstrip("/"),
        https_port=https_port,
        domain=domain,
        backend=Path(sys.executable).with_name("sentra"),
        caddy=shutil.which("caddy", path=given.get("PATH")) or "",
        backend_environment=backend,
        caddy_environment=caddy,
    )


def check(plan: Plan, given: Mapping[str, str]) -> None:
    """Say beforehand, in one sentence, what would otherwise fail later in many."""
    if not plan.backend.exists():
        raise Refused(f"{plan.backend} is missing: start with `make run`, which installs it.")
    if not plan.caddy:
        raise Refused("Caddy is missing: start with `make run`, or `apt-get install caddy`.")
    if not (plan.web_root / "index.html").exists():
        raise Refused(f"The page is not built in {plan.web_root}: start with `make run`.")
    longest = plan.state / "caddy" / "admin" / "admin.sock"
    if len(str(longest)) > LONGEST_SOCKET_PATH:
        raise Refused(f"{plan.state} is too long a path for sockets: set SENTRA_STATE_DIR to a shorter one.")
    made = plan.backend_environment
    if not (_is_on(made, "SENTRA_TLS_AUTO") or made.get("SENTRA_TLS_CERT") or made.get("SENTRA_DOMAIN")):
        raise Refused("Caddy has no certificate: set SENTRA_TLS_CERT and SENTRA_TLS_KEY, or leave out SENTRA_TLS_AUTO.")
    if not _is_on(given, "SENTRA_DISABLE_AGENT") and not _may_administer_network():
        raise Refused(
            "Reading WireGuard needs root or CAP_NET_ADMIN: run `sudo make run`, "
            "or set SENTRA_DISABLE_AGENT=true for a control plane without this machine's WireGuard."
        )
    _check_port(plan.https_port, socket.AF_INET, "", "SENTRA_HTTPS_PORT", "to a free one")
    _check_port(_port(given, "PORT", 8080), socket.AF_INET, "127.0.0.1", "PORT", "to a free one, or to 0 for none")


async def run(plan: Plan, say: Callable[[str], object]) -> None:
    """Run both until somebody asks for the end; raises Refused where one of them cannot go on."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    pair = Pair(plan)
    try:
        await pair.start_backend(stop)
        await pair.start_caddy(stop)
        say(greeting(plan))
        await pair.keep(stop, say)
    except Stopped:
        say("\nStopping Sentra\n")
    finally:
        await pair.end()


class Pair:
    """The control plane and Caddy, which came up together and go together."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._backend: Child | None = None
        self._caddy: Child | None = None

    async def start_backend(self, stop: asyncio.Event) -> None:
        """Start the control plane and wait until it listens."""
        plan = self._plan
        self._backend = await start("The control plane", plan.backend_command, plan.backend_environment)
        await until(lambda: _accepts(plan.app_socket), BACKEND_START_SECONDS, stop, self._backend)

    async def start_caddy(self, stop: asyncio.Event) -> None:
        """Start Caddy and wait until the whole way works."""
        plan = self._plan
        self._caddy = await start("Caddy", plan.caddy_command, plan.caddy_environment, _readable)
        backend = [self._backend] if self._backend else []
        await until(lambda: _is_ready(plan), CADDY_START_SECONDS, stop, self._caddy, *backend)

    async def keep(self, stop: asyncio.Event, say: Callable[[str], object]) -> None:
        """Wait for the end; a control plane that was killed is started again, at most a few times a minute."""
        killed: list[float] = []
        while self._backend and self._caddy:
            try:
                if self._backend.was_killed:
                    await self.start_backend(stop)
                    # each start makes a new link, and the one before is void
                    say("".join(f"{line}\n" for line in invitation(self._plan)))
                await until(lambda: False, math.inf, stop, self._caddy, self._backend)
            except Refused:
                now = time.monotonic()
                killed = [at for at in killed if now - at < RESTART_WINDOW_SECONDS] + [now]
                # One that ended with a reason would end with it again.
                if not self._backend.was_killed or len(killed) > RESTARTS:
                    raise
                say("The control plane was killed; starting it again\n")

    async def end(self) -> None:
        """End both, the control plane first: its last words to open sockets go through Caddy."""
        if self._backend:
            await self._backend.end(BACKEND_STOP_SECONDS)
        if self._caddy:
            await self._caddy.end(CADDY_STOP_SECONDS)


def invitation(plan: Plan) -> list[str]:
    """Return the line with the setup link, as long as there is no owner."""
    with contextlib.suppress(OSError):
        link = (plan.state / "setup-link").read_text().strip()
        return [f"Make the owner account, once, with this link: {link}"]
    return []


def greeting(plan: Plan) -> str:
    """Return what a person needs now: the address, the setup link while there is no owner, and whom to trust."""
    lines = ["", f"Sentra runs at {plan.origin}", *invitation(plan)]
    if plan.domain:
        lines.append(f"Caddy obtains the certificate for {plan.domain}; that may take a minute.")
    with contextlib.suppress(OSError):
        certificate = ssl.PEM_cert_to_DER_cert((plan.state / "tls" / "ca.crt").read_text())
        if "caddy/leaf.crt" in (plan.state / "caddy" / "tls.caddy").read_text():
            lines.append(
                f"Its certificate is from a CA made here; browsers that trust {plan.state}/tls/ca.crt accept it."
            )
            lines.append(f"That CA's fingerprint: sha256:{hashlib.sha256(certificate).hexdigest()}")
    return "\n".join([*lines, "Ctrl-C stops Sentra and leaves WireGuard as it is.", "", ""])


@contextlib.contextmanager
def sole(state: Path) -> Iterator[None]:
    """Hold the state folder: a second run of the same one says so instead of disturbing the first."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Refused(
            f"{state} cannot be used ({error.strerror}): set SENTRA_STATE_DIR to a folder of yours."
        ) from None
    try:
        _take(descriptor, state)
        yield
    finally:
        os.close(descriptor)


def _take(lock: int, state: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
    except BlockingIOError:
        other = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
        raise Refused(f"Sentra already runs with {state} (process {other}).") from None
    except OSError as error:
        raise Refused(
            f"{state} cannot be written to ({error.strerror}): make room, or set SENTRA_STATE_DIR to another folder."
        ) from None


class Child:
    """A program that this one started, and ends."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, output: "asyncio.Task[None] | None") -> None:
        self.name = name
        self.ended = asyncio.create_task(process.wait())
        self._process = process
        self._output = output

    @property
    def was_killed(self) -> bool:
        """Tell whether a signal ended it, from outside or by the kernel."""
        return self.ended.done() and self.ended.result() < 0

    @property
    def told_why(self) -> bool:
        """Tell whether it ended with a sentence of its own, as `sentra` does; what Caddy says is a log."""
        return self._output is None and self.ended.done() and self.ended.result() == 1

    async def end(self, seconds: float) -> None:
        """Ask it to end, and insist when it does not."""
        if not self.ended.done():
            self._process.terminate()
            await asyncio.wait([self.ended], timeout=seconds)
        if not self.ended.done():
            self._process.kill()
        await self.ended
        if self._output:
            await self._output


async def start(
    name: str, command: list[str], environment: dict[str, str], wording: Callable[[str], str] | None = None
) -> Child:
    """Start a program in a session of its own, so that Ctrl-C reaches it through `Child.end` alone.

    It ends with this process, however that ends. `wording` rewrites each line that it says, or drops it.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE if wording else None,
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )
    output = asyncio.create_task(_relay(process.stderr, wording)) if wording and process.stderr else None
    return Child(name, process, output)


async def until(fact: Callable[[], bool], seconds: float, stop: asyncio.Event, *children: Child) -> None:
    """Wait for a fact. Raises Refused where a child or the time ends first, Stopped where somebody asks for the end."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(fact):
        for child in children:
            if child.ended.done():
                if child.told_why:
                    raise Told
                raise Refused(f"{child.name} ended by itself (exit code {child.ended.result()}); its reason is above.")
        if time.monotonic() > deadline:
            raise Refused(f"{children[0].name} did not answer within {seconds:.0f} seconds; its messages are above.")
        waiting = [asyncio.create_task(stop.wait()), *(child.ended for child in children)]
        await asyncio.wait(
            waiting, timeout=POLL_SECONDS if seconds < math.inf else None, return_when=asyncio.FIRST_COMPLETED
        )
        waiting[0].cancel()
        if stop.is_set():
            raise Stopped


def main() -> int:
    """Run Sentra; returns the exit code."""
    try:
        given = {**from_file(ROOT / ".env"), **os.environ}
        plan = make_plan(given)
        with sole(plan.state):
            check(plan, given)
            asyncio.run(run(plan, _say))
    except Told:
        return 1
    except (Refused, WrongEnvironmentFile) as error:
        sys.stderr.write(f"sentra: {error}\n")
        return 1
    return 0


_LIBC = ctypes.CDLL(None, use_errno=True)


def _end_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


async def _relay(lines: asyncio.StreamReader, wording: Callable[[str], str]) -> None:
    while line := await lines.readline():
        sys.stderr.write(wording(line.decode(errors="replace")))
        sys.stderr.flush()


def _readable(line: str) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip()
    return "" if not text or any(known in text for known in HARMLESS) else f"caddy: {text}\n"


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _port(given: Mapping[str, str], name: str, default: int, lowest: int = 0) -> int:
    text = given.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= HIGHEST_PORT:
        raise Refused(f"{name} is {text!r}, which is not a port number.")
    return int(text)


def _check_port(port: int, family: socket.AddressFamily, host: str, variable: str, remedy: str) -> None:
    if not port:
        return
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Refused(f"Port {port} needs root: set {variable} to one above 1023.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Refused(f"Port {port} is taken: set {variable} {remedy}.") from None


def _may_administer_network() -> bool:
    effective = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return bool(effective and int(effective[1], 16) >> CAP_NET_ADMIN & 1)


def _accepts(path: Path) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _is_ready(plan: Plan) -> bool:
    """Tell whether the way through Caddy works; where the certificate comes by ACME, whether Caddy is there."""
    if plan.domain:
        return _accepts(plan.state / "caddy" / "admin" / "admin.sock")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whom browsers must trust is not asked here, only whether somebody answers
    connection = http.client.HTTPSConnection("127.0.0.1", plan.https_port, timeout=5, context=context)
    try:
        connection.request("GET", "/readyz", headers={"Host": plan.origin.removeprefix("https://")})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
