"""What the deployment files say is what the code says: commands, variables, ports, paths, privileges."""

import re
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from sentra.cli.main import COMMANDS
from sentra.network import forwarding, userspace
from sentra.network.programs import Program
from sentra.settings import VARIABLES, Settings
from setup.run import from_file, make_plan

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
INTERNAL = {"SENTRA_WEB_ROOT", "SENTRA_CADDYFILE"}
"""Set by whoever starts Caddy, and read by its Caddyfile alone."""

WITH_VARIABLES = [
    "Caddyfile",
    "docker-compose.yml",
    "deploy/Dockerfile",
    "deploy/healthcheck.py",
    ".env.example",
    "setup/run.py",
    *(f"deploy/systemd/{unit.name}" for unit in sorted(UNITS.iterdir())),
]


def read(name: str) -> str:
    return (ROOT / name).read_text()


def compose() -> dict[str, Any]:
    return yaml.safe_load(read("docker-compose.yml"))


def service(name: str) -> dict[str, Any]:
    return compose()["services"][name]


def unit(name: str) -> dict[str, list[str]]:
    """Return the values of each key of a unit file."""
    found: dict[str, list[str]] = {}
    for line in read(f"deploy/systemd/{name}").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def unit_environment(name: str) -> dict[str, str]:
    return dict(value.partition("=")[::2] for value in unit(name)["Environment"])


def stage(name: str) -> str:
    """Return the part of the Dockerfile that makes one image or step."""
    match = re.search(rf"^FROM \S+ AS {name}$(.*?)(?=^FROM |\Z)", read("deploy/Dockerfile"), re.MULTILINE | re.DOTALL)
    assert match, name
    return match[1]


def stage_command(name: str) -> list[str]:
    match = re.search(r"^CMD (\[.*\])$", stage(name), re.MULTILINE)
    assert match
    return yaml.safe_load(match[1])


def without_folders(command: list[str]) -> list[str]:
    return [word.rpartition("/")[2] for word in command]


def plan():
    return make_plan({"PATH": "/usr/bin:/bin"})


@pytest.mark.parametrize("name", WITH_VARIABLES)
def test_every_variable_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"\b(?:SENTRA_[A-Z_]+|JWT_SECRET[A-Z_]*|WG_INTERFACE)\b", read(name)))
    assert named <= {*VARIABLES, *INTERNAL}


def test_the_internal_variables_are_set_wherever_caddy_is_started() -> None:
    needed = set(re.findall(r"\{\$(\w+)\}", read("Caddyfile"))) | {"SENTRA_CADDYFILE"}
    assert needed == {"SENTRA_STATE_DIR", *INTERNAL}
    assert needed <= plan().caddy_environment.keys()
    assert needed <= unit_environment("sentra-caddy.service").keys()
    image = stage("user") + stage("caddy")
    assert all(f"{name}=" in image for name in needed)


def test_no_secret_reaches_caddy() -> None:
    given = {"JWT_SECRET": "canary", "SENTRA_JOIN": "canary", "OTHER": "canary", "PATH": "/usr/bin"}
    assert "canary" not in make_plan(given).caddy_environment.values()
    assert "environment" not in service("caddy")
    assert unit("sentra-caddy.service")["EnvironmentFile"] != unit("sentra.service")["EnvironmentFile"]


def test_the_control_plane_is_started_by_one_command_everywhere() -> None:
    command = ["sentra", "serve"]
    assert without_folders(plan().backend_command) == command
    assert stage_command("sentra") == command
    assert service("sentra")["command"] == command
    assert without_folders(shlex.split(unit("sentra.service")["ExecStart"][0])) == command
    assert "serve" in {module.__name__.rpartition(".")[2] for module in COMMANDS}


def test_caddy_is_started_by_one_command_everywhere() -> None:
    command = ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    assert without_folders(plan().caddy_command) == command
    assert without_folders(stage_command("caddy")) == command
    assert without_folders(shlex.split(unit("sentra-caddy.service")["ExecStart"][0])) == command
    assert "command" not in service("caddy")


def test_ports_are_those_of_the_settings() -> None:
    defaults = Settings()
    ports = (defaults.https_port, defaults.http_port)
    caddyfile = re.findall(r"\{\$SENTRA_(HTTPS?)_PORT:(\d+)\}", read("Caddyfile"))
    assert dict(caddyfile) == {"HTTPS": str(ports[0]), "HTTP": str(ports[1])}
    environment = plan().caddy_environment
    assert (environment["SENTRA_HTTPS_PORT"], environment["SENTRA_HTTP_PORT"]) == tuple(map(str, ports))
    assert re.search(r"^EXPOSE (\d+) (\d+)$", stage("caddy"), re.MULTILINE).groups() == tuple(map(str, ports))
    assert [tuple(port.rpartition(":")[::2]) for port in service("caddy")["ports"]] == [
        (f"${{SENTRA_HTTPS_PORT:-{ports[0]}}}", str(ports[0])),
        (f"${{SENTRA_HTTP_PORT:-{ports[1]}}}", str(ports[1])),
    ]
    inside = service("sentra")["environment"]
    assert (inside["SENTRA_HTTPS_PORT"], inside["SENTRA_HTTP_PORT"]) == tuple(map(str, ports))
    assert str(ports[0]) in service("caddy")["healthcheck"]["test"][-1]


def test_the_public_origin_has_one_default() -> None:
    assert plan().origin == Settings().public_origin
    for given in (
        {},
        {"SENTRA_DOMAIN": "vpn.example.org"},
        {"SENTRA_HTTPS_PORT": "443"},
        {"SENTRA_HTTPS_PORT": "9443"},
    ):
        assert make_plan(given).origin == Settings.from_environment(given).public_origin
    default = service("sentra")["environment"]["SENTRA_PUBLIC_ORIGIN"]
    assert default == "${SENTRA_PUBLIC_ORIGIN:-https://localhost:${SENTRA_HTTPS_PORT:-8443}}"


def test_the_state_folder_is_the_same_everywhere() -> None:
    assert plan().state == ROOT / "var" / "state"
    for environment in (
        unit_environment("sentra.service"),
        unit_environment("sentra-caddy.service"),
        service("sentra")["environment"],
    ):
        assert environment["SENTRA_STATE_DIR"] == "/var/lib/sentra"
    assert "ENV SENTRA_STATE_DIR=/var/lib/sentra\n" in stage("user")
    for name in ("sentra.service", "sentra-caddy.service"):
        for path in unit(name)["ReadWritePaths"][0].split():
            assert path.startswith("/var/lib/sentra"), path
    folders = {line.split()[1] for line in read("deploy/systemd/sentra.tmpfiles").splitlines() if line.startswith("d ")}
    state = {f"/var/lib/sentra{part}" for part in ("", "/run", "/caddy", "/caddy/admin", "/caddy/data")}
    assert folders == {*state, "/run/wireguard"}
    admin = "unix//var/lib/sentra/caddy/admin/admin.sock"
    assert f"--address {admin}" in unit("sentra-caddy.service")["ExecReload"][0]
    assert "admin unix/{$SENTRA_STATE_DIR}/caddy/admin/admin.sock" in read("Caddyfile")
    assert unit("sentra-caddy-reload.path")["PathChanged"] == ["/var/lib/sentra/caddy/tls.caddy"]


def test_caddy_sees_neither_database_nor_ca_key() -> None:
    assert [volume.split(":")[1] for volume in service("caddy")["volumes"]] == [
        "/var/lib/sentra/run",
        "/var/lib/sentra/caddy",
    ]


@pytest.mark.parametrize("name", ["sentra", "caddy"])
def test_containers_have_only_what_they_need(name: str) -> None:
    found = service(name)
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["healthcheck"]["test"]
    assert found["stop_grace_period"] == "10s"
    assert not found.get("privileged")
    assert not [volume for volume in found["volumes"] if volume.startswith(("/", "."))], "nothing of the machine"
    assert found["build"]["target"] == name
    assert re.search(r"^USER 10001:10001$", stage(name), re.MULTILINE)


def test_what_starts_as_root_gives_it_up_before_it_is_sentra() -> None:
    found = service("sentra")
    assert found["entrypoint"][:3] == ["setpriv", "--reuid=10001", "--regid=10001"]
    assert "--bounding-set=-all,+net_admin" in found["entrypoint"]
    assert found["healthcheck"]["test"][1:4] == found["entrypoint"][:3]
    assert set(found["cap_add"]) == {"NET_ADMIN", "SETUID", "SETGID", "SETPCAP"}
    assert service("caddy")["user"] == "10001:10001"
    assert "cap_add" not in service("caddy")


def test_units_end_in_time_and_leave_wireguard_go_alone() -> None:
    assert unit("sentra.service")["KillMode"] == ["process"]
    users = re.findall(r"^u (\S+)", read("deploy/systemd/sentra.sysusers"), re.MULTILINE)
    capabilities = {"sentra.service": "CAP_NET_ADMIN", "sentra-caddy.service": "CAP_NET_BIND_SERVICE"}
    for name, capability in capabilities.items():
        found = unit(name)
        assert int(found["TimeoutStopSec"][0]) <= 10
        assert found["User"][0] in users
        assert found["Group"][0] in users
        assert found["CapabilityBoundingSet"] == [capability]
        assert found["AmbientCapabilities"] == [capability]
        assert found["NoNewPrivileges"] == ["true"]
        assert found["ProtectSystem"] == ["strict"]
        assert found["LimitCORE"] == ["0"]


def test_the_programs_that_sentra_starts_are_installed_everywhere() -> None:
    packages = {"nft": "nftables", "wireguard-go": "wireguard-go"}
    assert packages.keys() == set(get_args(Program))
    for package in packages.values():
        assert re.search(rf"apt-get install .*\b{package}\b", stage("sentra"))
        assert re.search(rf"^\t?(run|wanted)=.*\b{package}\b", read("setup/debian.sh"), re.MULTILINE)


def test_sentra_may_write_forwarding_and_no_other_kernel_setting() -> None:
    found = unit("sentra.service")
    writable = {path.removeprefix("-") for line in found["ReadWritePaths"] for path in line.split()}
    assert found["ProtectKernelTunables"] == ["true"]
    assert {path for path in writable if not path.startswith("/var/lib/sentra")} == {
        "/run/wireguard",
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/net/ipv6/conf",
    }
    named = re.findall(r"\"(net/[\w/]+\w)\"", Path(forwarding.__file__).read_text())
    assert len(named) == 2, "what switches it on"
    for path in (*named, "net/ipv6/conf/eth0/accept_ra"):
        assert any(f"/proc/sys/{path}".startswith(each) for each in writable), path


def test_wireguard_go_has_its_device_and_a_folder_for_its_sockets() -> None:
    sockets = str(userspace.SOCKETS).removeprefix("/var")
    assert sockets == "/run/wireguard"
    assert f"d {sockets} " in read("deploy/systemd/sentra.tmpfiles")
    assert "/dev/net/tun rw" in unit("sentra.service")["DeviceAllow"]
    found = service("sentra")
    assert found["devices"] == ["/dev/net/tun"]
    (folder,) = [mount for mount in found["tmpfs"] if mount.startswith(f"{sockets}:")]
    assert {"uid=10001", "gid=10001"} < set(folder.split(":")[1].split(","))
    assert set(service("caddy")["tmpfs"]) < set(found["tmpfs"]), "a list of its own replaces the common one"


def test_a_container_in_the_network_of_the_machine_sets_no_sysctl() -> None:
    assert service("sentra")["network_mode"] == "host"
    assert "sysctls" not in service("sentra"), "Docker refuses them there"


def test_nothing_of_this_installation_goes_into_an_image() -> None:
    ignored = set(read(".dockerignore").splitlines())
    assert {"var", ".env", ".git", ".venv", "**/node_modules"} <= ignored


def test_what_the_dockerfile_copies_is_there() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", read("deploy/Dockerfile"), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


def test_env_example_is_read_as_it_is_written(tmp_path: Path) -> None:
    assert from_file(ROOT / ".env.example") == {}
    path = tmp_path / ".env"
    path.write_text("# a comment\n#PORT=1\n\nPORT=9\nWG_INTERFACE='wg0,wg1'\nSENTRA_TLS_SANS = a.example \n")
    assert from_file(path) == {"PORT": "9", "WG_INTERFACE": "wg0,wg1", "SENTRA_TLS_SANS": "a.example"}
    assert from_file(tmp_path / "missing") == {}
