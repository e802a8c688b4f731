"""Connections of the proxy over a real socket: an answer reaches whoever asked, and the connection goes on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sentra.server import REST_BYTES
from tests.stream.conftest import Served

HEAD = "POST /api/v1/status/ticket HTTP/1.1\r\nHost: localhost:8443\r\nContent-Type: application/json\r\n"
"""The beginning of a request that is refused before anybody looks at its body: nobody is signed in."""
NEXT = b"GET /healthz HTTP/1.1\r\nHost: localhost:8443\r\n\r\n"


class Proxy:
    """Writes and reads as a proxy does that keeps its connections."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, *parts: str | bytes) -> None:
        self._writer.write(b"".join(part.encode() if isinstance(part, str) else part for part in parts))
        await self._writer.drain()

    async def status(self) -> int:
        """Read a whole answer; give its status."""
        async with asyncio.timeout(10):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = next(line for line in head.splitlines() if line.startswith("content-length:"))
            await self._reader.readexactly(int(length.partition(":")[2]))
        return int(head.split(" ")[1])

    async def is_closed(self) -> bool:
        async with asyncio.timeout(10):
            return await self._reader.read(1) == b""


@pytest.fixture
async def proxy(served: Served) -> AsyncIterator[Proxy]:
    reader, writer = await asyncio.open_unix_connection(str(served.socket))
    yield Proxy(reader, writer)
    writer.close()


async def test_a_refused_request_is_read_to_its_end_and_the_connection_goes_on(proxy: Proxy) -> None:
    for _ in range(3):
        await proxy.send(HEAD, "Content-Length: 2\r\n\r\n")
        assert await proxy.status() == 403
        await proxy.send("{", "}", NEXT)
        assert await proxy.status() == 200


async def test_so_is_one_that_comes_in_chunks(proxy: Proxy) -> None:
    await proxy.send(HEAD, "Transfer-Encoding: chunked\r\n\r\n")
    assert await proxy.status() == 403
    await proxy.send("1\r\n{\r\n")
    await proxy.send("1\r\n}\r\n0\r\n\r\n", NEXT)
    assert await proxy.status() == 200


async def test_nobody_is_read_from_without_end(proxy: Proxy) -> None:
    await proxy.send(HEAD, "Transfer-Encoding: chunked\r\n\r\n")
    assert await proxy.status() == 403
    with pytest.raises(ConnectionError):
        for _ in range(4 * REST_BYTES // 65_536):
            await proxy.send(f"{65_536:x}\r\n", b"x" * 65_536, "\r\n")
