"""The environment: what is read, what is refused, and what becomes of secrets."""

import os
import re
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sentra.settings import SECRET_VARIABLES, VARIABLES, Settings, SettingsError

ROOT = Path(__file__).parents[2]
GOOD = "8v6sXrE0aRk1H3y7QfJm2ZcTn5UwPbLdGiKoVx9SeYA4jWhDtNqMuBgCzFlOpIrE"

WEAK_SECRETS = (
    "", " ", "dev-secret", "supersecret", "secret", "changeme", "password", "jwt-secret", "sentra", "wireguard",
    "x" * 31, "a" * 64, "0" * 64, "Xk29vQpLm7Zr4TnBw6Yd" * 3, "0123456789abcdef" * 4,
    "changeme" * 8, "your-256-bit-secret",
    "your-secret-key-at-least-32-characters-long", "please-change-me-please-change-me-please-change-me",
    "supersecretsupersecretsupersecretsupersecret", "secret-secret-secret-secret-secret-secret-secret",
    "abcdefghijklmnopqrstuvwxyz012345", "8v6sXrE0aRk1H3y7QfJm2ZcTn5UwPbLdGiKoVx9S", "8f3a" * 7 + "8f3",
    "JWT_SECRET_JWT_SECRET_JWT_SECRET_JWT_SECRET",
)  # fmt: skip


def read(**environ: str) -> Settings:
    return Settings.from_environment(environ)


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        read(**environ)
    return refused.value.problems


@pytest.mark.parametrize("secret", WEAK_SECRETS)
@pytest.mark.parametrize("name", ["JWT_SECRET", "SENTRA_JWT_SECRET", "JWT_SECRET_PREVIOUS"])
def test_S2_a_weak_secret_is_refused_by_name(name: str, secret: str):
    (problem,) = problems(**{name: secret})
    assert problem.startswith(f"{name} ")
    if len(secret) > 6:
        assert secret not in problem


def test_S2_there_are_25_of_them():
    assert len(set(WEAK_SECRETS)) == 25


@pytest.mark.parametrize(
    "secret",
    [GOOD, "9f" + os.urandom(40).hex(), "tr0ub4dor & 3 horses / staple, battery; lake?"],
    ids=["GOOD", "random", "sentence"],  # the same in every process
)
def test_S2_a_strong_secret_is_taken(secret: str):
    settings = read(JWT_SECRET=secret)
    assert settings.jwt_secret is not None
    assert len(settings.jwt_secret.reveal()) >= 32


@pytest.mark.parametrize("secret", ["supersecret", "a" * 64, ""])
def test_S2_the_command_ends_at_once_with_the_name_of_the_variable(secret: str, tmp_path: Path):
    environ = {"PATH": os.environ["PATH"], "SENTRA_STATE_DIR": str(tmp_path / "state"), "JWT_SECRET": secret}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [sys.executable, "-m", "sentra", "serve"], env=environ, capture_output=True, text=True, check=False, timeout=20
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Its own time, not that of what else the machine does.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= 2
    assert run.returncode != 0
    assert "JWT_SECRET" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "state").exists()


def test_S2_two_spellings_that_differ_are_refused():
    (problem,) = problems(JWT_SECRET=GOOD, SENTRA_JWT_SECRET=GOOD[::-1])
    assert "JWT_SECRET" in problem
    assert "SENTRA_JWT_SECRET" in problem
    assert GOOD not in problem
    assert read(JWT_SECRET=GOOD, SENTRA_JWT_SECRET=GOOD).jwt_secret is not None


def test_S2_without_a_secret_one_is_made_and_kept(tmp_path: Path):
    environ = {"SENTRA_STATE_DIR": str(tmp_path / "state")}
    made = Settings.load(environ).jwt_secret
    assert made is not None
    assert len(made.reveal()) == 64
    file = tmp_path / "state" / "jwt-secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert Settings.load(environ).jwt_secret == made
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="JWT_SECRET"):
        Settings.load(environ)


@pytest.mark.parametrize("damage", ["", "short", "\xff\xfe"])
def test_S2_a_damaged_secret_file_is_refused(tmp_path: Path, damage: str):
    environ = {"SENTRA_STATE_DIR": str(tmp_path / "state")}
    Settings.load(environ)
    (tmp_path / "state" / "jwt-secret").write_text(damage, "latin-1")
    with pytest.raises(SettingsError, match="JWT_SECRET"):
        Settings.load(environ)


def test_a_secret_may_come_from_a_file(tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text(GOOD + "\n")
    assert read(JWT_SECRET_FILE=str(file)).jwt_secret == read(JWT_SECRET=GOOD).jwt_secret
    assert "JWT_SECRET_FILE" in problems(JWT_SECRET_FILE=str(tmp_path / "nothing"))[0]
    assert "JWT_SECRET_FILE" in problems(JWT_SECRET_FILE=str(file), JWT_SECRET=GOOD[::-1])[0]


def test_secrets_leave_the_environment(tmp_path: Path):
    environ = {"SENTRA_STATE_DIR": str(tmp_path / "state"), "JWT_SECRET": GOOD, "SENTRA_JOIN": "join", "PORT": "8080"}
    settings = Settings.load(environ)
    assert environ == {"SENTRA_STATE_DIR": str(tmp_path / "state"), "PORT": "8080"}
    assert GOOD not in repr(settings)
    assert settings.join is not None
    assert settings.join.reveal() == b"join"


NOT_LOOPBACK = ("192.0.2.1", "10.0.0.1", "[2001:db8::1]", "vpn.example.com", "0.0.0.0")


@pytest.mark.parametrize("host", NOT_LOOPBACK)
def test_S3_developer_mode_is_for_this_machine_alone(host: str):
    assert any("SENTRA_DEV" in problem for problem in problems(SENTRA_DEV="1", SENTRA_PUBLIC_ORIGIN=f"https://{host}"))
    assert any("SENTRA_DEV" in problem for problem in problems(SENTRA_DEV="1", SENTRA_TLS_SANS=host.strip("[]")))


def test_S3_developer_mode_listens_on_loopback():
    assert read(SENTRA_DEV="1").bind_addresses == ("127.0.0.1", "::1")
    assert read().bind_addresses == ()
    assert any("SENTRA_DOMAIN" in problem for problem in problems(SENTRA_DEV="true", SENTRA_DOMAIN="vpn.example.com"))
    for origin in ("https://localhost:8443", "https://127.0.0.1:8443", "https://[::1]:8443"):
        assert read(SENTRA_DEV="1", SENTRA_PUBLIC_ORIGIN=origin).public_origin == origin


def test_everything_that_is_wrong_is_told_at_once():
    wrong = {
        "PORT": "eighty",
        "WG_INTERFACE": "a-name-that-is-too-long",
        "JWT_SECRET": "short",
        "SENTRA_PUBLIC_ORIGIN": "http://vpn.example.com",
        "SENTRA_HTTPS_PORT": "0",
        "SENTRA_HTTP_PORT": "70000",
        "SENTRA_TLS_AUTO": "perhaps",
        "SENTRA_TLS_SANS": "a name",
        "SENTRA_DOMAIN": "https://x",
        "SENTRA_CONTROL_URL": "ftp://x",
        "SENTRA_CA_FINGERPRINT": "sha1:00",
        "SENTRA_SAMPLE_SECONDS": "0",
        "SENTRA_ALLOWED_PRIVATE_TARGETS": "10.0.0.0/99",
        "SENTRA_DEV": "maybe",
    }
    found = problems(**wrong)
    assert [name for name in wrong if not any(problem.startswith(f"{name} ") for problem in found)] == []
    assert all(re.fullmatch(r"[A-Z].*[.!0-9]", problem) for problem in found)


def test_the_defaults():
    settings = read()
    assert settings.interfaces == ("wg0",)
    assert settings.port == 8080
    assert settings.public_origin == "https://localhost:8443"
    assert (settings.https_port, settings.http_port) == (8443, 8081)
    assert settings.sample_seconds == 10
    switches = (settings.tls_auto, settings.dev, settings.disable_agent, settings.insecure_skip_verify)
    assert not any(switches)
    assert settings.state_dir == ROOT / "var" / "state"


def test_the_origin_follows_what_is_known_of_it():
    assert read(SENTRA_HTTPS_PORT="9443").public_origin == "https://localhost:9443"
    assert read(SENTRA_HTTPS_PORT="443", SENTRA_DOMAIN="VPN.example.com").public_origin == "https://vpn.example.com"


@pytest.mark.parametrize(
    ("origin", "understood"),
    [
        ("https://vpn.example.com", "https://vpn.example.com"),
        ("https://VPN.example.com:443/", "https://vpn.example.com"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://vpn.example.com", None),
        ("vpn.example.com", None),
        ("https://vpn.example.com/path", None),
        ("https://user@vpn.example.com", None),
        ("https://vpn.example.com?x", None),
        ("https://vpn.example.com#x", None),
        ("https://vpn.example.com:0", None),
        ("https://vpn.example.com:99999", None),
        ("https://*.example.com", None),
        ("https://", None),
        ("https://a b", None),
    ],
)
def test_an_origin_is_what_a_browser_sends(origin: str, understood: str | None):
    if understood is None:
        assert "SENTRA_PUBLIC_ORIGIN" in problems(SENTRA_PUBLIC_ORIGIN=origin)[0]
    else:
        assert read(SENTRA_PUBLIC_ORIGIN=origin).public_origin == understood


def test_interfaces():
    assert read(WG_INTERFACE="wg0, wg1,wg0").interfaces == ("wg0", "wg1")
    assert read(SENTRA_WG_INTERFACE="*").interfaces == ("*",)
    assert read(WG_INTERFACE="wg1", SENTRA_WG_INTERFACE="wg1").interfaces == ("wg1",)
    assert "WG_INTERFACE" in problems(WG_INTERFACE="wg1", SENTRA_WG_INTERFACE="wg2")[0]
    assert "WG_INTERFACE" in problems(WG_INTERFACE="../wg0")[0]
    assert "WG_INTERFACE" in problems(WG_INTERFACE="*,wg0")[0]
    assert Settings.interfaces_from({}) == ()
    assert Settings.interfaces_from({"WG_INTERFACE": "wg7"}) == ("wg7",)


def test_what_does_not_go_together_is_refused():
    assert "SENTRA_TLS_KEY" in problems(SENTRA_TLS_CERT="/x")[0]
    assert "same port" in problems(PORT="8443")[0]
    assert read(PORT="0").port == 0


def test_a_variable_that_nobody_knows_is_a_warning():
    (warning,) = read(SENTRA_PUBLIC_ORIGN="https://x", OTHER="x").warnings
    assert "SENTRA_PUBLIC_ORIGN" in warning


def test_a_state_folder_that_others_can_write_to_is_refused(tmp_path: Path):
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "something").write_text("")
    folder.chmod(0o777)
    with pytest.raises(SettingsError, match="chmod 700"):
        Settings.load({"SENTRA_STATE_DIR": str(folder)})
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="SENTRA_STATE_DIR"):
        Settings.load({"SENTRA_STATE_DIR": str(tmp_path / "file")})


def test_an_empty_folder_is_made_private(tmp_path: Path):
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o755)
    Settings.load({"SENTRA_STATE_DIR": str(folder)})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_S66_the_folder_of_the_agent_is_made_private_where_an_older_version_left_it_open(tmp_path: Path):
    folder = tmp_path / "state"
    (folder / "agent").mkdir(parents=True)
    folder.chmod(0o700)
    (folder / "agent").chmod(0o755)
    Settings.load({"SENTRA_STATE_DIR": str(folder)})
    assert stat.S_IMODE((folder / "agent").stat().st_mode) == 0o700


def test_env_example_holds_every_variable_and_its_default():
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    assert set(named) == set(VARIABLES)
    assert all(line.startswith("#") for line in lines if line)
    given = {name: value for name, value in named.items() if value and name != "SENTRA_STATE_DIR"}
    assert read(**given) == read()
    assert named["SENTRA_STATE_DIR"] == str(Settings().state_dir)


def test_every_secret_may_come_from_a_file():
    assert {f"{name}_FILE" for name in SECRET_VARIABLES} <= set(VARIABLES)


def test_settings_are_read_in_one_place_only():
    sources = (ROOT / "backend" / "src" / "sentra").rglob("*.py")
    readers = {
        str(path.relative_to(ROOT / "backend/src/sentra"))
        for path in sources
        if re.search(r"\benviron\b|getenv", path.read_text())
    }
    assert {reader for reader in readers if not reader.startswith(("cli/", "settings/"))} == set()
