"""The local CA and its leaf, without Caddy; and the checks on a given pair."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

import sentra
from sentra.edge import EdgeRefused, public_names
from sentra.edge.certificates import (
    LocalAuthority,
    authority_certificates,
    check_given,
    covers,
    fingerprint,
    pem,
    permits,
)
from tests.edge.certificates import write_given

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = ("gw.example.org", "10.1.2.3", "fd00::1")


class World:
    """An authority under a clock that a test turns."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.folder = folder
        self.authority = self.authority_for(*NAMES)

    def authority_for(self, *extra: str, origin: str = "https://localhost:8443") -> LocalAuthority:
        return LocalAuthority(self.folder / "tls", self.folder / "caddy", public_names(origin, extra), lambda: self.now)

    @property
    def ca(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.authority.ca_certificate.read_bytes())

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.authority.leaf_certificate.read_bytes())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def openssl_accepts(world: World, leaf: Path) -> bool:
    at = str(int(world.now.timestamp()))
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime", at, "-CAfile"]
    done = subprocess.run([*command, world.authority.ca_certificate, leaf], capture_output=True, check=False)
    return done.returncode == 0


def forged(world: World, *hosts: str) -> Path:
    """Write a leaf that a thief of the CA key would sign."""
    ca_key = load_pem_private_key(world.authority.ca_key.read_bytes(), None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.IPAddress(ip_address(host)) if host[-1].isdigit() else x509.DNSName(host) for host in hosts]
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(world.ca.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(world.now - timedelta(hours=1))
        .not_valid_after(world.now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    path = world.folder / "forged.crt"
    path.write_bytes(leaf.public_bytes(Encoding.PEM))
    return path


def test_S61_the_ca_is_not_the_leaf_and_can_sign_for_nothing_else(world: World) -> None:
    world.authority.ensure()
    ca, leaf = world.ca, world.leaf
    assert ca.public_key() != leaf.public_key()
    basic = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    constraints = ca.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = [name.value for name in constraints.value.permitted_subtrees or ()]
    assert permitted == ["localhost", "gw.example.org"] + [
        ip_network(address) for address in ("10.1.2.3", "fd00::1", "127.0.0.1", "::1")
    ]
    assert isinstance(ca.public_key(), ec.EllipticCurvePublicKey)
    assert ca.not_valid_after_utc - ca.not_valid_before_utc <= timedelta(days=5 * 365)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=90)
    assert openssl_accepts(world, world.authority.leaf_certificate)


@pytest.mark.parametrize("names", [("gw.example.org",), ("10.1.2.3",), ("fd00::1",), ("gw.example.org", "10.1.2.3")])
def test_S61_a_stolen_ca_key_is_no_use_for_other_names(world: World, names: tuple[str, ...]) -> None:
    world.authority = world.authority_for(*names[1:], origin=f"https://{_in_origin(names[0])}")
    world.authority.ensure()
    assert openssl_accepts(world, world.authority.leaf_certificate)
    for host in ("bank.example", "example.org", "xgw.example.org", "localhost", "10.1.2.4", "127.0.0.1", "fd00::2"):
        assert not openssl_accepts(world, forged(world, host)), host
        assert not permits(world.ca, host)
    for host in names:
        assert openssl_accepts(world, forged(world, host)), host
        assert permits(world.ca, host)


def _in_origin(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def test_S61_serials_are_random(tmp_path: Path) -> None:
    serials = set()
    for number in range(8):
        world = World(tmp_path / str(number))
        world.authority.ensure()
        serials |= {world.ca.serial_number, world.leaf.serial_number}
    assert len(serials) == 16
    assert min(serial.bit_length() for serial in serials) > 120


def test_S61_keys_are_0600_from_the_moment_they_exist(tmp_path: Path) -> None:
    program = (
        "import os, sys; os.umask(0)\n"
        "from datetime import UTC, datetime; from pathlib import Path\n"
        "from sentra.edge import public_names; from sentra.edge.certificates import LocalAuthority\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "names = public_names('https://localhost:8443')\n"
        "LocalAuthority(folder / 'tls', folder / 'caddy', names, lambda: datetime.now(UTC)).ensure()\n"
    )
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-o", trace, "-e", "trace=open,openat,creat,chmod,fchmod,fchmodat,rename,renameat"]
    environment = os.environ | {"PYTHONPATH": str(Path(sentra.__file__).parents[1])}
    subprocess.run([*command, sys.executable, "-c", program], check=True, capture_output=True, env=environment)
    calls = trace.read_text()
    created = re.findall(r'open(?:at)?\([^"]*"([^"]*(?:tls|caddy)/[^"]+)", ([A-Z_|]*O_CREAT[A-Z_|]*), (\d+)\)', calls)
    assert {Path(path).name for path, _, _ in created} == {"ca.key.new", "ca.crt.new", "leaf.key.new", "leaf.crt.new"}
    for _, flags, mode in created:
        assert mode == "0600"
        assert "O_EXCL" in flags
        assert "O_NOFOLLOW" in flags
    assert "chmod(" not in calls.replace("+++", "")
    for folder in ("tls", "caddy"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700
        for path in (tmp_path / folder).iterdir():
            assert path.stat().st_mode & 0o777 == 0o600


def test_S61_twelve_months_pass_without_an_expired_certificate(world: World) -> None:
    world.authority.ensure()
    ca, leaf = world.ca, world.leaf
    made = leaf.not_valid_before_utc
    renewals = 0
    while world.now < START + timedelta(days=366):
        world.now += timedelta(hours=12)
        world.authority.ensure()
        if world.leaf != leaf:
            assert timedelta(days=60) <= world.now - made <= timedelta(days=61)
            leaf, renewals = world.leaf, renewals + 1
            made = leaf.not_valid_before_utc
            assert openssl_accepts(world, world.authority.leaf_certificate)
        assert leaf.not_valid_before_utc <= world.now < leaf.not_valid_after_utc - timedelta(days=29)
        assert world.ca == ca
    assert renewals == 6


def test_R31_the_ca_is_replaced_before_a_leaf_could_outlive_it(world: World) -> None:
    authorities = set()
    while world.now < START + timedelta(days=6 * 365):
        world.authority.ensure()
        authorities.add(world.ca.serial_number)
        assert world.leaf.not_valid_after_utc <= world.ca.not_valid_after_utc
        assert world.leaf.not_valid_before_utc <= world.now < world.leaf.not_valid_after_utc
        world.leaf.verify_directly_issued_by(world.ca)
        world.now += timedelta(days=5)
    assert len(authorities) == 2


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=-1), timedelta(days=89), timedelta(days=3650)])
def test_a_clock_that_jumps_ends_with_a_valid_certificate(world: World, jump: timedelta) -> None:
    world.authority.ensure()
    world.now += jump
    world.authority.ensure()
    assert openssl_accepts(world, world.authority.leaf_certificate)


def test_fewer_names_keep_the_ca(world: World) -> None:
    world.authority.ensure()
    ca, leaf = world.ca, world.leaf
    world.authority = world.authority_for("gw.example.org")
    world.authority.ensure()
    assert world.ca == ca
    assert world.leaf != leaf
    assert not covers(world.leaf, "10.1.2.3")
    world.authority = world.authority_for("vpn.gw.example.org")
    world.authority.ensure()
    assert world.ca == ca
    assert covers(world.leaf, "vpn.gw.example.org")
    assert openssl_accepts(world, world.authority.leaf_certificate)


def test_a_name_that_the_ca_may_not_sign_for_gives_a_new_ca_and_says_so(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.authority.ensure()
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
    ca = world.ca
    world.authority = world.authority_for("new.example.org")
    world.authority.ensure()
    assert world.ca != ca
    assert openssl_accepts(world, world.authority.leaf_certificate)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "trust anew" in warnings[0]
    assert "new.example.org" in warnings[0]


def test_nothing_is_written_while_nothing_is_due(world: World) -> None:
    world.authority.ensure()
    before = {path: path.stat() for path in world.folder.rglob("*")}
    world.now += timedelta(days=59)
    world.authority.ensure()
    assert {path: path.stat() for path in world.folder.rglob("*")} == before


@pytest.mark.parametrize("broken", ["missing key", "missing certificate", "garbage", "of another"])
def test_a_damaged_ca_is_never_replaced_silently(world: World, tmp_path: Path, broken: str) -> None:
    world.authority.ensure()
    certificate, key = world.authority.ca_certificate, world.authority.ca_key
    if broken == "missing key":
        key.unlink()
    elif broken == "missing certificate":
        certificate.unlink()
    elif broken == "garbage":
        key.write_bytes(b"garbage")
    else:
        other = World(tmp_path / "other")
        other.authority.ensure()
        key.write_bytes(other.authority.ca_key.read_bytes())
    with pytest.raises(EdgeRefused, match=r"restore both from a backup, or delete both"):
        world.authority.ensure()


@pytest.mark.parametrize("broken", ["missing key", "missing certificate", "garbage", "empty"])
def test_a_damaged_leaf_is_made_anew(world: World, broken: str) -> None:
    world.authority.ensure()
    ca = world.ca
    if broken == "missing key":
        world.authority.leaf_key.unlink()
    elif broken == "missing certificate":
        world.authority.leaf_certificate.unlink()
    else:
        world.authority.leaf_key.write_bytes(b"" if broken == "empty" else b"garbage")
    world.authority.ensure()
    assert world.ca == ca
    assert openssl_accepts(world, world.authority.leaf_certificate)


class Crash(Exception):
    """The power went."""


def test_R3_a_crash_between_certificate_and_key_leaves_one_whole_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renewing writes eight steps for each pair; the machine stops after each of them once."""
    steps = 0
    while True:
        world = World(tmp_path / str(steps))
        world.authority.ensure()
        world.authority = world.authority_for("new.example.org")  # due: a new CA and a new leaf
        with monkeypatch.context() as patch:
            _crash_after(patch, steps)
            try:
                world.authority.ensure()
            except Crash:
                crashed = True
            else:
                crashed = False
        world.authority.ensure()
        assert openssl_accepts(world, world.authority.leaf_certificate), f"after step {steps}"
        assert not list(world.folder.rglob("*.crt.new"))
        if not crashed:
            break
        steps += 1
    assert steps >= 12


def _crash_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    left = [steps]

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            if left[0] == 0:
                raise Crash
            left[0] -= 1
            return real(*arguments, **named)

        return call

    patch.setattr(os, "fsync", counted(os.fsync))
    patch.setattr(Path, "replace", counted(Path.replace))


def test_S61_of_a_combined_file_only_authorities_come_back(world: World) -> None:
    world.authority.ensure()
    combined = b"".join(
        path.read_bytes()
        for path in (
            world.authority.ca_key,
            world.authority.leaf_certificate,
            world.authority.ca_certificate,
            world.authority.leaf_key,
        )
    )
    found = authority_certificates(combined + b"-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n")
    assert found == [world.ca]
    assert b"PRIVATE" not in pem(found)
    assert pem(found).count(b"BEGIN CERTIFICATE") == 1
    assert authority_certificates(b"") == []


def test_the_fingerprint_is_the_one_that_openssl_prints(world: World) -> None:
    world.authority.ensure()
    command = ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", world.authority.ca_certificate]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    digits = printed.strip().rpartition("=")[2].replace(":", "").lower()
    assert fingerprint(world.ca) == f"sha256:{digits}"


def test_a_given_pair_that_fits_is_taken(tmp_path: Path) -> None:
    given = write_given(tmp_path, "*.example.org", "10.1.2.3")
    now = datetime.now(UTC)
    for host in ("vpn.example.org", "10.1.2.3"):
        assert check_given(given.certificate, given.key, host, now)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / "given.crt").unlink(), "SENTRA_TLS_CERT: .* cannot be read: No such file"),
        (lambda folder: (folder / "given.key").unlink(), "SENTRA_TLS_KEY: .* cannot be read: No such file"),
        (lambda folder: (folder / "given.crt").write_text("x"), "SENTRA_TLS_CERT: .* holds no certificate"),
        (lambda folder: (folder / "given.key").write_text("x"), "SENTRA_TLS_KEY: .* holds no private key"),
        (lambda folder: write_given(folder, password=b"secret"), "SENTRA_TLS_KEY: .* without a password"),
        (lambda folder: _swap_key(folder), "SENTRA_TLS_KEY: .* does not belong to the certificate"),
        (
            lambda folder: write_given(folder, "other.example", starts=START),
            "is not for localhost.* it names other.example",
        ),
        (lambda folder: write_given(folder, starts=START - timedelta(days=365)), "expired on 2025-12-23"),
        (lambda folder: write_given(folder, starts=START + timedelta(days=365)), "is valid from 2027-11-23.*clock"),
    ],
)
def test_a_given_pair_that_does_not_fit_is_refused_in_one_sentence(
    tmp_path: Path, spoil: Callable[[Path], object], sentence: str
) -> None:
    given = write_given(tmp_path, starts=START - timedelta(days=1))
    spoil(tmp_path)
    with pytest.raises(EdgeRefused, match=sentence) as refused:
        check_given(given.certificate, given.key, "localhost", START)
    assert "\n" not in str(refused.value)
    assert "PRIVATE" not in str(refused.value)


def _swap_key(folder: Path) -> None:
    certificate = (folder / "given.crt").read_bytes()
    write_given(folder, starts=START - timedelta(days=1))
    (folder / "given.crt").write_bytes(certificate)


@pytest.mark.parametrize(
    ("origin", "extra", "hosts"),
    [
        ("https://localhost:8443", (), ("localhost", "127.0.0.1", "::1")),
        ("https://127.0.0.1:8443", (), ("127.0.0.1", "localhost", "::1")),
        ("https://[::1]", ("GW.local",), ("::1", "gw.local", "localhost", "127.0.0.1")),
        ("https://vpn.example.org", ("10.0.0.1", "10.0.0.1"), ("vpn.example.org", "10.0.0.1")),
    ],
)
def test_the_names_are_the_origin_the_further_ones_and_local_ones(
    origin: str, extra: tuple[str, ...], hosts: tuple[str, ...]
) -> None:
    assert public_names(origin, extra).hosts == hosts


@pytest.mark.parametrize(
    "origin", ["http://localhost", "localhost", "https://", "https://a b", "https://x/y", "https://x:99999"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(EdgeRefused, match="SENTRA_PUBLIC_ORIGIN"):
        public_names(origin)


@pytest.mark.parametrize(
    "name", ["a b", "*.example.org", "x\n}", "{$HOME}", "fe80::1%eth0", "-a", "a..b", "1.2.3.400", ""]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(EdgeRefused, match="SENTRA_TLS_SANS"):
        public_names("https://localhost", (name,))
