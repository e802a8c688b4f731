"""Asks other machines by HTTPS: one question, one answer, bounded in time and size, and no way off the host."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from typing import Final, Protocol

import h11
from msgspec import Struct

from sentra.core.errors import NetworkRefused
from sentra.network.targets import HttpsUrl, Names, TargetRefused, Targets, parse_https

DEADLINE_SECONDS: Final = 10.0
MOST_BYTES: Final = 256 * 1024
_HEAD_BYTES: Final = 32 * 1024
_AT_ONCE: Final = 16 * 1024
_CLOSING_SECONDS: Final = 1.0


class FetchFailed(NetworkRefused):
    """No answer came, or none that can be used; the text says why."""


class Reply(Struct, frozen=True):
    """What came back."""

    status: int
    content_type: str
    body: bytes


class Fetch(Protocol):
    """Asks one question."""

    async def __call__(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Give the answer, of any status but a redirect. Raises TargetRefused, FetchFailed."""
        ...


class Connect(Protocol):
    """Connects to one address, and nowhere else."""

    async def __call__(
        self, address: str, port: int, *, server_name: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection. Raises OSError."""
        ...


async def connect_tls(
    address: str, port: int, *, server_name: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to an address by TLS 1.2 or later, whose certificate must be that of `server_name`.

    Trusted is what the machine trusts: OpenSSL's own store, which `SSL_CERT_FILE` and `SSL_CERT_DIR` may name.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return await asyncio.open_connection(address, port, ssl=context, server_hostname=server_name, limit=_AT_ONCE)


class Https:
    """Asks by HTTPS, where `Targets` permits it. Follows no redirect, keeps no connection and no cookie."""

    def __init__(
        self,
        targets: Targets,
        names: Names,
        *,
        connect: Connect = connect_tls,
        deadline_seconds: float = DEADLINE_SECONDS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._targets = targets
        self._names = names
        self._connect = connect
        self._deadline_seconds = deadline_seconds
        self._most_bytes = most_bytes

    async def __call__(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Ask, and give the answer. Raises TargetRefused, FetchFailed, at the latest after the deadline."""
        parsed = parse_https(url)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                addresses = await self._targets.addresses_of(parsed.host, self._names)
                reader, writer = await self._opened(parsed, addresses)
                try:
                    reply = await self._exchange(reader, writer, _request(parsed, method, headers or {}, body), body)
                finally:
                    await _close(writer)
        except TimeoutError:
            raise FetchFailed(f"{parsed.host} did not answer within {self._deadline_seconds:g} seconds") from None
        except ssl.SSLCertVerificationError as error:
            raise FetchFailed(
                f"the certificate of {parsed.host} is not trusted here ({error.verify_message})"
            ) from None
        except (OSError, h11.ProtocolError) as error:
            reason = getattr(error, "strerror", None) or "it broke the connection off"
            raise FetchFailed(f"{parsed.host} cannot be reached ({reason})") from None
        except TargetRefused:
            raise
        except NetworkRefused as error:
            raise FetchFailed(str(error)) from None
        if 300 <= reply.status < 400:
            raise FetchFailed(f"{parsed.host} sends us elsewhere, and no redirect is followed")
        return reply

    async def _opened(
        self, url: HttpsUrl, addresses: tuple[str, ...]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first address that answers."""
        for number, address in enumerate(addresses, 1):
            try:
                async with asyncio.timeout(self._deadline_seconds / len(addresses)):
                    return await self._connect(address, url.port, server_name=url.host.removesuffix("."))
            except ssl.SSLCertVerificationError:
                raise
            except OSError:
                if number == len(addresses):
                    raise
        raise FetchFailed(f"{url.host} cannot be reached")

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
    ) -> Reply:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        for part in (request, h11.Data(data=body), h11.EndOfMessage()):
            writer.write(connection.send(part) or b"")
        await writer.drain()
        status, content_type, content = 0, "", bytearray()
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(_AT_ONCE))
            elif isinstance(event, h11.Response):
                status = event.status_code
                content_type = dict(event.headers).get(b"content-type", b"").decode("latin-1")
            elif isinstance(event, h11.Data):
                content += event.data
                if len(content) > self._most_bytes:
                    raise FetchFailed(f"the answer is longer than {self._most_bytes // 1024} KiB")
            elif isinstance(event, h11.EndOfMessage):
                return Reply(status, content_type, bytes(content))
            elif isinstance(event, h11.ConnectionClosed):
                raise FetchFailed("the answer broke off")


def _request(url: HttpsUrl, method: str, headers: Mapping[str, str], body: bytes) -> h11.Request:
    sent = {
        "Host": url.authority,
        "User-Agent": "Sentra",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **headers,
        **({"Content-Length": str(len(body))} if body or method == "POST" else {}),
    }
    return h11.Request(method=method, target=url.target, headers=list(sent.items()))


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):  # a peer that does not say goodbye is not waited for
        async with asyncio.timeout(_CLOSING_SECONDS):
            await writer.wait_closed()
