"""Where this server connects on somebody's word, and where it never does (S56)."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sentra.core.errors import NetworkRefused
from sentra.network.https import FetchFailed, Https, connect_tls
from sentra.network.targets import HttpsUrl, TargetRefused, Targets, parse_https
from tests.browser import Browser
from tests.conftest import Opened
from tests.oidc.provider import Visitor, provider_form

REBOUND = {"rebind.example": ["203.0.114.9", "169.254.169.254"], "inner.example": ["10.0.0.5"]}
PUBLIC = {"id.example.com": ["93.184.216.34", "2606:2800:220:1::1"]}
HOSTILE = [
    "https://169.254.169.254", "https://[fe80::1]", "https://[::1]", "https://127.0.0.1", "https://127.1",
    "https://127.0.1", "https://0x7f.1", "https://0x7f000001", "https://2130706433", "https://017700000001",
    "https://0177.0.0.1", "https://0", "https://0.0.0.0", "https://[::]", "https://[::ffff:127.0.0.1]",
    "https://[::ffff:a9fe:a9fe]", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]", "https://[fd00:ec2::254]",
    "https://10.0.0.1", "https://172.16.0.1", "https://172.31.255.255", "https://192.168.1.1", "https://100.64.0.1",
    "https://198.18.0.1", "https://224.0.0.1", "https://255.255.255.255", "https://240.0.0.1", "https://192.0.2.1",
    "https://localhost", "https://localhost.", "https://inner.example", "https://rebind.example",
    "http://id.example.com", "ftp://id.example.com", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x",
    "https://id.example.com@127.0.0.1", "https://127.0.0.1#@id.example.com", "https://127。0。0。1",
]  # fmt: skip


class Names:
    """A resolver that answers what a hostile one would, and counts."""

    def __init__(self, known: dict[str, list[str]] | None = None) -> None:
        self.known = {"localhost": ["127.0.0.1"], "localhost.": ["::1"], **REBOUND, **PUBLIC, **(known or {})}
        self.asked: list[str] = []

    async def resolve(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        if host not in self.known:
            raise NetworkRefused(f"the resolver knows no address of {host} (Name or service not known)")
        return tuple(self.known[host])


class NoWay:
    """Counts connections, and makes none."""

    def __init__(self) -> None:
        self.connected: list[str] = []

    async def __call__(
        self, address: str, port: int, *, server_name: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.connected.append(address)
        raise ConnectionRefusedError(111, "Connection refused")


async def test_S56_no_hostile_target_is_connected_to():
    assert len(set(HOSTILE)) == 40
    connect = NoWay()
    https = Https(Targets(), Names(), connect=connect)
    for url in HOSTILE:
        with pytest.raises(NetworkRefused):
            await https(f"{url}/.well-known/openid-configuration")
    assert connect.connected == []


async def test_S56_no_hostile_issuer_is_connected_to(opened: Opened, set_up_owner: Callable[..., Awaitable[Browser]]):
    connect = NoWay()
    async with opened(fetch=Https(Targets(), Names(), connect=connect)) as sentra:
        owner = await set_up_owner(sentra)
        for number, url in enumerate(HOSTILE):
            checked = await owner.post("/api/v1/providers/check", {"issuer": url})
            assert checked.status == 422, url
            made = await owner.post("/api/v1/providers", provider_form(name=f"P{number}", issuer=url))
            if made.status != 201:
                assert made.json["errors"][0]["field"] == "issuer", url
                continue
            begun = await Visitor(sentra.asgi).post(f"/api/v1/session/providers/{made.json['id']}", {})
            assert begun.status == 502, url
            assert (await owner.request("DELETE", f"/api/v1/providers/{made.json['id']}")).status == 204
    assert connect.connected == []


async def test_what_is_public_or_allowed_is_connected_to_at_the_very_address_that_was_judged():
    connect, names = NoWay(), Names()
    https = Https(Targets(["10.0.0.0/24", "::1/128"]), names, connect=connect)
    for url in ("https://id.example.com", "https://inner.example:8443", "https://[::1]"):
        with pytest.raises(FetchFailed):
            await https(url)
    assert connect.connected == ["93.184.216.34", "2606:2800:220:1::1", "10.0.0.5", "::1"]
    assert names.asked == ["id.example.com", "inner.example"]


@pytest.mark.parametrize("address", ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"])
def test_what_is_nobody_s_address_cannot_be_allowed(address: str):
    assert not Targets(["0.0.0.0/0", "::/0"]).permits(ip_address(address))


def test_an_address_is_taken_apart_in_one_way():
    assert parse_https("https://ID.example.com") == HttpsUrl("id.example.com", 443, "/")
    assert parse_https("https://[2606:2800::1]:8443/a?b=c").authority == "[2606:2800::1]:8443"
    for wrong in (
        "https://",
        "https://a b",
        "https://a\\b",
        "https://a:99999",
        "https://a:0",
        "https://a/#",
        "//a",
        "",
    ):
        with pytest.raises(TargetRefused):
            parse_https(wrong)


Answering = Callable[[bytes], bytes]


@asynccontextmanager
async def server(folder: Path, answer: bytes | None, *, name: str = "id.example.com") -> AsyncIterator[int]:
    """A server of TLS with a certificate of its own that answers one thing, or nothing at all."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(encoding))
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await over.wait()
        else:
            writer.write(answer)
            writer.write_eof() if writer.can_write_eof() else None
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        over.set()
        listening.close()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trust the server's certificate, as an operator does: by `SSL_CERT_FILE`."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    return tmp_path


def https(addresses: Sequence[str] = ("127.0.0.1",), *, seconds: float = 30.0) -> Https:
    """Ask where `id.example.com` is this machine, and that is allowed."""
    names = Names({"id.example.com": list(addresses)})
    return Https(Targets(["127.0.0.0/8"]), names, connect=connect_tls, deadline_seconds=seconds, most_bytes=64)


async def test_an_answer_is_read(trusted: Path):
    body = b"HTTP/1.1 200 OK\r\ncontent-TYPE: application/json\r\nContent-Length: 2\r\n\r\n{}"
    async with server(trusted, body) as port:
        reply = await https()(f"https://id.example.com:{port}/x")
    assert (reply.status, reply.content_type, reply.body) == (200, "application/json", b"{}")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "no redirect"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n" + b"x" * 65, "longer"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 65, "longer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 60_000 + b"\r\n\r\n", "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "cannot be reached"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "cannot be reached"),
        (b"", "cannot be reached"),
    ],
)
async def test_an_answer_that_is_none_or_leads_elsewhere_fails(trusted: Path, answer: bytes, said: str):
    async with server(trusted, answer) as port:
        with pytest.raises(FetchFailed, match=said):
            await https()(f"https://id.example.com:{port}/x")


async def test_who_never_answers_is_waited_for_no_longer_than_the_deadline(trusted: Path):
    async with server(trusted, None) as port:
        with pytest.raises(FetchFailed, match="did not answer"):
            await https(seconds=0.3)(f"https://id.example.com:{port}/x")


async def test_a_certificate_of_another_name_or_of_nobody_we_know_is_refused(
    trusted: Path, monkeypatch: pytest.MonkeyPatch
):
    async with server(trusted, b"", name="other.example.com") as port:
        with pytest.raises(FetchFailed, match="not trusted"):
            await https()(f"https://id.example.com:{port}/x")
    monkeypatch.delenv("SSL_CERT_FILE")
    async with server(trusted, b"") as port:
        with pytest.raises(FetchFailed, match="not trusted"):
            await https()(f"https://id.example.com:{port}/x")
