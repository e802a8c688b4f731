"""Which certificate Caddy serves, when it changes, and what else it listens on: every variable about TLS."""

import asyncio
import logging
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from sentra.edge import EdgeRefused, authority_fingerprint
from tests.edge.backend import Backend
from tests.edge.caddy import Caddy
from tests.edge.certificates import write_given
from tests.edge.client import ask, free_port, until

pytestmark = pytest.mark.caddy

MakeCaddy = Callable[..., Caddy]
HSTS = "strict-transport-security"


def served(caddy: Caddy) -> x509.Certificate:
    return x509.load_der_x509_certificate(caddy.ask("/").certificate)


# SENTRA_TLS_AUTO


def test_SENTRA_TLS_AUTO_serves_a_leaf_of_the_local_ca(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy(tls_auto=True)
    assert caddy.ask("/", authority=caddy.authority).status == 200
    ca = x509.load_pem_x509_certificate(caddy.authority.read_bytes())
    served(caddy).verify_directly_issued_by(ca)
    assert authority_fingerprint(caddy.state) == f"sha256:{ca.fingerprint(ca.signature_hash_algorithm).hex()}"


def test_SENTRA_TLS_AUTO_makes_a_certificate_where_the_named_files_do_not_exist(make_caddy: MakeCaddy) -> None:
    missing = Path("/nonexistent/sentra")
    caddy = make_caddy(tls_auto=True, tls_cert=missing / "tls.crt", tls_key=missing / "tls.key")
    assert caddy.ask("/", authority=caddy.authority).status == 200


def test_without_SENTRA_TLS_AUTO_files_that_do_not_exist_are_refused(make_caddy: MakeCaddy) -> None:
    with pytest.raises(EdgeRefused, match=r"SENTRA_TLS_CERT: .* cannot be read"):
        make_caddy(tls_cert=Path("/nonexistent/tls.crt"), tls_key=Path("/nonexistent/tls.key"))


def test_without_any_certificate_caddy_serves_nothing(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy(tls_auto=False)
    assert caddy.listens_on() == set()
    assert caddy.edge().authority_pem() is None


def test_S61_a_due_leaf_is_replaced_without_a_restart(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    edge = caddy.edge()
    edge.prepare()
    assert caddy.process
    process = caddy.process.pid
    first = served(caddy)
    edge.follow()
    assert served(caddy) == first
    for days in (61, 122):
        caddy.clock.time += timedelta(days=61).total_seconds()
        edge.follow()
        assert served(caddy).not_valid_before_utc - first.not_valid_before_utc >= timedelta(days=days)
    assert caddy.process.pid == process
    assert caddy.process.poll() is None


# SENTRA_TLS_SANS


def test_SENTRA_TLS_SANS_are_in_the_certificate_and_are_hosts(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy(tls_auto=True, tls_sans=("gw.example.org", "192.0.2.7"))
    for host in ("gw.example.org", "192.0.2.7", "localhost", "127.0.0.1", "[::1]"):
        answer = caddy.ask("/healthz", host=host, server_name=host.strip("[]"), authority=caddy.authority)
        assert answer.status == 200, host
    assert caddy.ask("/healthz", host="other.example.org").status == 421


def test_SENTRA_TLS_SANS_that_change_reach_a_running_caddy(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy(tls_auto=True, tls_sans=("gw.example.org",))
    authority = caddy.authority.read_bytes()
    again = caddy.edge(tls_sans=("vpn.gw.example.org",))
    again.prepare()
    again.follow()
    answer = caddy.ask(host="vpn.gw.example.org", server_name="vpn.gw.example.org", authority=caddy.authority)
    assert answer.status == 200
    assert caddy.ask(host="gw.example.org").status == 421
    assert caddy.authority.read_bytes() == authority


# SENTRA_TLS_CERT, SENTRA_TLS_KEY


def test_SENTRA_TLS_CERT_and_KEY_are_served(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    given = write_given(tmp_path)
    caddy = make_caddy(**given.settings)
    assert caddy.ask("/", authority=given.certificate).certificate == given.der
    assert not caddy.authority.exists()


def test_SENTRA_TLS_CERT_comes_before_SENTRA_TLS_AUTO(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    given = write_given(tmp_path)
    assert make_caddy(tls_auto=True, **given.settings).ask("/").certificate == given.der


@pytest.mark.parametrize("alone", ["tls_cert", "tls_key"])
def test_SENTRA_TLS_CERT_and_KEY_belong_together(make_caddy: MakeCaddy, tmp_path: Path, alone: str) -> None:
    given = write_given(tmp_path)
    with pytest.raises(EdgeRefused, match="set both, or neither"):
        make_caddy(**{alone: given.settings[alone]})


def test_SENTRA_TLS_KEY_that_does_not_fit_is_refused(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    given = write_given(tmp_path)
    certificate = given.certificate.read_bytes()
    write_given(tmp_path)
    given.certificate.write_bytes(certificate)
    with pytest.raises(EdgeRefused, match=r"SENTRA_TLS_KEY: .* does not belong"):
        make_caddy(**given.settings)


def test_a_replaced_certificate_is_served_without_one_failed_request(
    make_caddy: MakeCaddy, backend: Backend, tmp_path: Path
) -> None:
    given = write_given(tmp_path)
    caddy = make_caddy(**given.settings)
    edge = caddy.edge()
    edge.prepare()
    with _constant_requests(caddy) as failures:
        for _ in range(5):
            given = write_given(tmp_path)
            edge.follow()
            assert caddy.ask("/").certificate == given.der
    assert failures == []


@contextmanager
def _constant_requests(caddy: Caddy) -> Iterator[list[str]]:
    failures: list[str] = []
    end = threading.Event()
    counted = [0]

    def ask_on() -> None:
        while not end.is_set():
            try:
                status = _ask_as_a_browser(caddy)
            except OSError as error:
                failures.append(repr(error))
            else:
                counted[0] += 1
                if status != 200:
                    failures.append(str(status))

    threads = [threading.Thread(target=ask_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield failures
        until(lambda: counted[0] > 20, "requests beside the reloads")
    finally:
        end.set()
        for thread in threads:
            thread.join()


def _ask_as_a_browser(caddy: Caddy) -> int:
    """Ask once more where the connection was closed before the first byte: it was opened in the instant of a reload."""
    try:
        return caddy.ask("/healthz").status
    except ConnectionError:
        return caddy.ask("/healthz").status


def test_a_broken_replacement_is_said_once_and_the_former_certificate_stays(
    make_caddy: MakeCaddy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = write_given(tmp_path)
    caddy = make_caddy(**given.settings)
    edge = caddy.edge()
    edge.prepare()
    before = given.der
    key = given.key.read_bytes()
    caplog.set_level(logging.INFO)
    given.key.write_text("half of a ke")
    for _ in range(3):
        edge.follow()
    assert caddy.ask("/").certificate == before
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "SENTRA_TLS_KEY" in errors[0]
    given.key.write_bytes(key)
    edge.follow()
    assert caplog.records[-1].getMessage() == "The certificate is in order again"
    given.certificate.unlink()
    edge.follow()
    assert caddy.ask("/").certificate == before


def test_files_that_appear_later_take_over_from_SENTRA_TLS_AUTO(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    later = tmp_path / "given.crt", tmp_path / "given.key"
    caddy = make_caddy(tls_auto=True, tls_cert=later[0], tls_key=later[1])
    edge = caddy.edge()
    edge.prepare()
    assert edge.authority_pem() == caddy.authority.read_bytes()
    given = write_given(tmp_path)
    edge.follow()
    assert caddy.ask("/").certificate == given.der
    assert edge.authority_pem() is None


def test_S61_no_byte_of_a_combined_file_comes_out(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    given = write_given(tmp_path, combined=True)
    caddy = make_caddy(tls_cert=given.certificate, tls_key=given.certificate)
    assert caddy.ask("/").certificate == given.der
    edge = caddy.edge()
    edge.prepare()
    assert edge.authority_pem() is None


def test_a_certificate_near_its_end_is_said_once(
    make_caddy: MakeCaddy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = write_given(tmp_path, days=10)
    edge = make_caddy(**given.settings).edge()
    caplog.clear()
    edge.prepare()
    edge.follow()
    said = [record.getMessage() for record in caplog.records if "expires on" in record.getMessage()]
    assert len(said) == 1


# SENTRA_DOMAIN


def test_SENTRA_DOMAIN_makes_caddy_ask_an_acme_authority_for_that_name(make_caddy: MakeCaddy) -> None:
    """A proxy that this test is takes the place of the outside, and sees whom Caddy wants to reach."""
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.settimeout(15)
        proxy = f"http://127.0.0.1:{outside.getsockname()[1]}"
        caddy = make_caddy(
            {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy},
            domain="vpn.example.org",
            public_origin="https://vpn.example.org",
        )
        policy = caddy.config("apps/tls/automation/policies")[0]
        assert policy["subjects"] == ["vpn.example.org"]
        assert [issuer["module"] for issuer in policy["issuers"]] == ["acme"]
        connection, _ = outside.accept()
        with connection:
            connection.settimeout(15)
            assert re.match(rb"CONNECT acme[^ ]*\.letsencrypt\.org:443 ", connection.recv(200))
    until(lambda: '"identifier": "vpn.example.org"' in caddy.log(), "Caddy's word on that name")
    assert caddy.listens_on() == {caddy.https_port, caddy.http_port}
    assert caddy.ask_plainly("/x", host="vpn.example.org").one("location") == "https://vpn.example.org/x"
    assert caddy.ask_plainly("/x", host="other.example.org").status == 421


def test_SENTRA_DOMAIN_must_be_the_host_of_the_public_origin(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    with pytest.raises(EdgeRefused, match="make them agree"):
        make_caddy(domain="vpn.example.org")
    given = write_given(tmp_path, "vpn.example.org").settings
    with pytest.raises(EdgeRefused, match="choose one"):
        make_caddy(domain="vpn.example.org", public_origin="https://vpn.example.org", **given)


# HSTS


@pytest.mark.parametrize(
    ("origin", "hosts", "host", "sent"),
    [
        ("https://vpn.example.org", ("vpn.example.org",), "vpn.example.org", True),
        ("https://localhost", ("localhost",), "localhost", False),
        ("https://192.0.2.1", ("192.0.2.1",), "192.0.2.1", False),
        ("https://gw.lan", ("gw.lan",), "gw.lan", False),
        ("https://vpn.example.org", ("vpn.example.org",), "localhost", False),
    ],
)
def test_S60_a_given_certificate_on_a_real_name_has_hsts_and_nothing_else(
    make_caddy: MakeCaddy, tmp_path: Path, origin: str, hosts: tuple[str, ...], host: str, sent: bool
) -> None:
    given = write_given(tmp_path, *hosts)
    caddy = make_caddy(public_origin=origin, tls_sans=("localhost",), **given.settings)
    for path in ("/", "/assets/missing.js", "/api/v1/status"):
        expected = ["max-age=63072000; includeSubDomains"] if sent else []
        assert caddy.ask(path, host=host).all(HSTS) == expected, path
    assert caddy.ask("/", host="evil.example").all(HSTS) == []
    assert caddy.ask_plainly("/", host=host).all(HSTS) == []


def test_S60_the_local_ca_never_has_hsts(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy(tls_auto=True, public_origin="https://vpn.example.org")
    assert (
        caddy.ask("/", host="vpn.example.org", authority=caddy.authority, server_name="vpn.example.org").status == 200
    )
    assert caddy.ask("/", host="vpn.example.org").all(HSTS) == []


# What Caddy listens on, and how


@pytest.mark.parametrize(
    ("version", "accepted"), [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)]
)
def test_S61_nothing_older_than_tls_1_2(make_caddy: MakeCaddy, version: str, accepted: bool) -> None:
    command = [
        "openssl",
        "s_client",
        version,
        "-cipher",
        "ALL:@SECLEVEL=0",
        "-connect",
        f"127.0.0.1:{make_caddy().https_port}",
    ]
    done = subprocess.run(command, input=b"", capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode()
    assert ("Cipher is (NONE)" not in said) is accepted, said
    if not accepted:
        assert "protocol version" in said, said


def test_S61_weak_ciphers_are_refused(make_caddy: MakeCaddy) -> None:
    port = make_caddy().https_port
    for cipher in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-SHA", "NULL", "EXPORT"):
        command = [
            "openssl",
            "s_client",
            "-tls1_2",
            "-cipher",
            f"{cipher}:@SECLEVEL=0",
            "-connect",
            f"127.0.0.1:{port}",
        ]
        assert subprocess.run(command, input=b"", capture_output=True, check=False).returncode, cipher


def test_S61_plain_http_answers_only_a_redirect_or_421(make_caddy: MakeCaddy, backend: Backend) -> None:
    caddy = make_caddy()
    origin = f"https://localhost:{caddy.https_port}"
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        for path in ("/", "/api/v1/session", "/healthz", "/setup?x=1", "//evil.example/x"):
            answer = caddy.ask_plainly(path, method=method)
            assert (answer.status, answer.all("location")) == (308, [origin + path]), (method, path)
            assert answer.body == b""
            assert not answer.all("set-cookie")
    for host in ("evil.example", "localhost.evil.example", "localhost.", ""):
        answer = caddy.ask_plainly("/healthz", host=host)
        assert (answer.status, answer.all("location")) == (421, []), host


def test_S61_the_admin_api_is_on_a_unix_socket_in_a_0700_folder_only(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    assert caddy.listens_on() == {caddy.https_port, caddy.http_port}
    assert caddy.config("admin/listen") == f"unix/{caddy.state}/caddy/admin/admin.sock"
    assert caddy.admin_folder_mode() == 0o700
    for path in ("/config/", "/load", "/stop"):
        assert caddy.ask_plainly(path).status == 308


def test_a_taken_http_port_leaves_out_the_redirect_and_nothing_else(
    make_caddy: MakeCaddy, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        caddy = make_caddy(tls_auto=True, http_port=port)
        assert caddy.ask("/").status == 200
        assert caddy.listens_on() == {caddy.https_port}
        assert "SENTRA_HTTP_PORT" in caplog.text


def test_an_http_port_that_is_taken_under_a_running_caddy_is_left_out(
    make_caddy: MakeCaddy, caplog: pytest.LogCaptureFixture
) -> None:
    caddy = make_caddy()
    with socket.create_server(("", 0)) as other:
        edge = caddy.edge(http_port=other.getsockname()[1], tls_sans=("gw.example.org",))
        edge.prepare()
        edge.follow()
        edge.follow()
        assert caddy.ask("/", host="gw.example.org").status == 200
        assert caddy.listens_on() == {caddy.https_port}
        assert "SENTRA_HTTP_PORT" in caplog.text


def test_no_http_port_is_a_choice(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy(tls_auto=True, http_port=0)
    assert caddy.ask("/").status == 200
    assert caddy.listens_on() == {caddy.https_port}


def test_developer_mode_listens_on_loopback_alone(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy(tls_auto=True, bind_addresses=("127.0.0.1", "::1"))
    assert caddy.ask("/").status == 200
    assert caddy.ask("/", host="[::1]", address="::1").status == 200
    with pytest.raises(OSError, match="refused"):
        ask(caddy.https_port, address="127.0.0.2")


# Whoever starts first


def test_a_caddy_that_starts_with_old_files_is_brought_up_to_date(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy(tls_auto=True, tls_sans=("gw.example.org",))
    caddy.stop()
    old = (caddy.state / "caddy" / "tls.caddy").read_text()
    edge = caddy.edge(tls_sans=())
    edge.prepare()
    new = (caddy.state / "caddy" / "tls.caddy").read_text()
    (caddy.state / "caddy" / "tls.caddy").write_text(old)
    caddy.start()
    assert caddy.ask("/", host="gw.example.org").status == 200
    edge.follow()
    assert (caddy.state / "caddy" / "tls.caddy").read_text() == new
    assert caddy.ask("/", host="gw.example.org").status == 421


def test_a_caddy_that_runs_what_it_should_is_left_alone(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    autosaved = caddy.state / ".config" / "caddy" / "autosave.json"
    before = autosaved.stat().st_mtime_ns
    edge = caddy.edge()
    edge.prepare()
    for _ in range(3):
        edge.follow()
    assert autosaved.stat().st_mtime_ns == before


def test_a_caddy_that_was_killed_starts_again_over_its_socket(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    assert caddy.process
    caddy.process.kill()
    caddy.process.wait()
    caddy.start()
    assert caddy.ask("/").status == 200


async def test_watch_repeats_it_until_it_is_cancelled(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    given = write_given(tmp_path)
    caddy = await asyncio.to_thread(make_caddy, **given.settings)
    edge = caddy.edge(interval_seconds=0.01)
    await asyncio.to_thread(edge.prepare)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(edge.watch())
        given = await asyncio.to_thread(write_given, tmp_path)
        await asyncio.to_thread(until, lambda: caddy.ask("/").certificate == given.der, "the new certificate")
        watching.cancel()


def test_the_time_at_which_a_pair_was_made_does_not_matter(make_caddy: MakeCaddy, tmp_path: Path) -> None:
    """A replaced pair may be older than the one before it: content decides, not the time of the files."""
    given = write_given(tmp_path, starts=datetime.now(UTC) - timedelta(days=1))
    caddy = make_caddy(**given.settings)
    edge = caddy.edge()
    edge.prepare()
    given = write_given(tmp_path, starts=datetime.now(UTC) - timedelta(days=10))
    edge.follow()
    assert caddy.ask("/").certificate == given.der


def test_a_port_of_https_that_changes_moves_caddy(make_caddy: MakeCaddy) -> None:
    caddy = make_caddy()
    port = free_port()
    edge = caddy.edge(https_port=port, public_origin=f"https://localhost:{port}")
    edge.prepare()
    edge.follow()
    assert ask(port, "/").status == 200
    assert caddy.listens_on() == {port, caddy.http_port}
