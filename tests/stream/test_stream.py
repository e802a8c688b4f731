"""The status stream over a real socket: who may open it, what it carries, and what ends it."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sentra.core.events import Watched
from sentra.services.rate_limits import RateLimits
from sentra.web.stream import StreamLimits
from tests.live.reader import StreamReader
from tests.live.world import a_change, a_peer, a_system, an_event, key
from tests.scale import scaled
from tests.stream.conftest import ORIGIN, PASSWORD, Served, Serving, close_code

SHORT = StreamLimits(heartbeat_seconds=0.2, session_check_seconds=0.2, write_seconds=0.5, shortest_pause_seconds=0.01)


async def next_frame(stream: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        return json.loads(await stream.recv())


async def test_a_snapshot_comes_first_and_then_what_changes(served: Served) -> None:
    served.sentra.bus.publish(an_event(a_change(a_peer(1), a_peer(2)), system=a_system()))
    async with served.stream() as stream:
        snapshot = await next_frame(stream)
        assert [peer["public_key"] for peer in snapshot["peers"]] == [key(1), key(2)]
        served.sentra.bus.publish(an_event(a_change(a_peer(2, rx_bytes=7), clock=2000), sequence=2))
        diff = await next_frame(stream)
        assert diff["peers"] == [[1, 7, 0]]
        assert diff["since"] == snapshot["sequence"]


async def test_agents_are_told_when_somebody_watches_and_when_nobody_does(served: Served) -> None:
    with served.sentra.bus.subscribe(Watched) as events:
        async with served.stream() as first, served.stream() as second:
            assert (await anext(aiter(events))).watched
            await asyncio.gather(next_frame(first), next_frame(second))
        async with asyncio.timeout(5):
            assert not (await anext(aiter(events))).watched


async def test_a_reader_resumes_where_it_was(served: Served) -> None:
    bus = served.sentra.bus
    bus.publish(an_event(a_change(a_peer(1))))
    async with served.stream() as stream:
        first = await next_frame(stream)
    bus.publish(an_event(a_change(a_peer(1, rx_bytes=1), clock=2000), sequence=2))
    bus.publish(an_event(a_change(a_peer(1, rx_bytes=2), clock=3000), sequence=3))
    while served.sentra.cache.sequence == first["sequence"]:
        await asyncio.sleep(0)
    async with served.stream(f"?epoch={first['epoch']}&sequence={first['sequence']}") as stream:
        again = await next_frame(stream)
        assert (again["type"], again["since"], again["peers"]) == ("diff", first["sequence"], [[0, 2, 0]])
    async with served.stream(f"?epoch={again['epoch']}&sequence={again['sequence']}") as stream:
        nothing = await next_frame(stream)
        assert (nothing["type"], nothing["since"], nothing["sequence"]) == (
            "diff",
            again["sequence"],
            again["sequence"],
        )


@pytest.mark.parametrize("query", ["?epoch=another&sequence=1", "?sequence=1", "?epoch=&sequence=x", "?sequence=-5"])
async def test_a_reader_who_cannot_resume_starts_over(served: Served, query: str) -> None:
    served.sentra.bus.publish(an_event(a_change(a_peer(1))))
    async with served.stream(query) as stream:
        assert (await next_frame(stream))["type"] == "snapshot"


async def test_a_quiet_stream_sends_a_heartbeat_of_at_most_100_bytes_and_nothing_else(serving: Serving) -> None:
    async with serving(SHORT) as served, served.stream() as stream:
        await stream.recv()
        frame = await stream.recv()
        assert json.loads(frame) == {"type": "heartbeat"}
        assert len(frame) <= 100


async def test_a_reader_who_answers_heartbeats_stays_and_a_mute_one_goes(serving: Serving) -> None:
    async with serving(SHORT) as served, served.stream() as mute, served.stream() as alive:

        async def answer() -> None:
            async for frame in alive:
                if json.loads(frame)["type"] == "heartbeat":
                    await alive.send('{"type":"pong"}')

        answering = asyncio.create_task(answer())
        assert await close_code(mute) == 1011
        assert not answering.done()
        answering.cancel()


async def test_heartbeats_come_also_where_something_is_always_new(serving: Serving) -> None:
    async with serving(SHORT) as served, served.stream() as stream:

        async def always() -> None:
            served.sentra.bus.publish(an_event(a_change(a_peer(1))))
            for sequence in range(2, 10_000):
                await asyncio.sleep(0.005)
                change = a_change(a_peer(1, rx_bytes=sequence), clock=1000 * sequence)
                served.sentra.bus.publish(an_event(change, sequence=sequence))

        publishing = asyncio.create_task(always())
        async with asyncio.timeout(5):
            while (await next_frame(stream))["type"] != "heartbeat":
                pass
        publishing.cancel()


ORIGINS = [
    "https://evil.example",
    "null",
    "https://sub.localhost:8443",
    "https://localhost",
    "https://localhost:8444",
    "http://localhost:8443",
    "https://localhost:8443.evil.example",
    "https://LOCALHOST:8443",
    "https://localhost.:8443",
    "https://localhost:8443/",
    "https://evil.example/https://localhost:8443",
    "file://",
    "https://127.0.0.1:8443",
    None,
]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_S25_only_the_one_origin_opens_the_stream(served: Served, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with served.stream(origin=origin):
            pass
    assert refused.value.response.status_code == 403


HOSTS = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.nip.example",
    "192.0.2.1",
    "[2001:db8::1]",
    "sentra.local",
    "localhost@evil.example",
    "evil.example:8443",
    "169.254.169.254",
    "localhost..",
]


@pytest.mark.parametrize("host", HOSTS)
async def test_S25_a_foreign_host_is_misdirected(served: Served, host: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with served.stream(additional_headers={**served.cookie(), "Host": host}):
            pass
    assert refused.value.response.status_code in (400, 421)


async def test_S25_a_stranger_is_refused_at_the_handshake(served: Served) -> None:
    for headers in ({}, served.cookie("x" * 43)):
        with pytest.raises(InvalidStatus) as refused:
            async with served.stream(additional_headers=headers):
                pass
        assert refused.value.response.status_code == 401


async def test_S26_a_token_in_the_address_is_refused(served: Served) -> None:
    for query in ("?token=abc", "?access_token=abc"):
        with pytest.raises(InvalidStatus) as refused:
            async with served.stream(query):
                pass
        assert refused.value.response.status_code == 400


async def test_S20_the_stream_closes_when_its_session_is_signed_out(served: Served) -> None:
    actor = await served.sentra.sessions.resume(served.secret)
    async with served.stream() as stream:
        await next_frame(stream)
        await served.sentra.sessions.sign_out(actor)
        assert await close_code(stream, 5) == 4401


async def test_S20_the_streams_of_all_sessions_close_when_the_password_changes(served: Served) -> None:
    other = await served.sign_in()
    actor = await served.sentra.sessions.resume(served.secret)
    async with served.stream() as own, served.stream(additional_headers=served.cookie(other)) as elsewhere:
        await asyncio.gather(next_frame(own), next_frame(elsewhere))
        await served.sentra.sessions.change_password(
            actor, current_password=PASSWORD, password="a kettle sings at dawn"
        )
        assert await close_code(own, 5) == 4403
        assert await close_code(elsewhere, 5) == 4401


async def test_S27_the_session_of_an_open_stream_is_checked_again(serving: Serving) -> None:
    async with serving(StreamLimits(session_check_seconds=0.1)) as served, served.stream() as stream:
        await next_frame(stream)
        served.clock.ahead = 13 * 60 * 60
        assert await close_code(stream) == 4401


def test_S27_the_defaults_check_a_session_at_least_every_30_seconds() -> None:
    assert StreamLimits().session_check_seconds <= 30
    assert StreamLimits().heartbeat_seconds == 20


async def test_S19_an_open_visible_page_counts_as_use_and_a_hidden_one_does_not(serving: Serving) -> None:
    limits = StreamLimits(session_check_seconds=0.05)
    async with serving(limits) as served, served.stream() as seen, served.stream() as hidden:
        other = await served.sign_in()
        async with served.stream(additional_headers=served.cookie(other)) as out_of_sight:
            await asyncio.gather(next_frame(seen), next_frame(hidden), next_frame(out_of_sight))
            await seen.send('{"type":"pong","visible":true}')
            await out_of_sight.send('{"type":"pong","visible":false}')
            await asyncio.sleep(0)
            for _ in range(4):
                served.clock.ahead += 10 * 60
                await asyncio.sleep(0.3)
            assert await close_code(out_of_sight) == 4401
            assert seen.close_code is None


async def test_S27_a_frame_over_4_KiB_closes_with_1009(served: Served) -> None:
    async with served.stream() as stream:
        await stream.send("x" * 4097)
        assert await close_code(stream) == 1009


@pytest.mark.parametrize("message", ['{"type":"subscribe"}', "not json", "[]", '{"type":"pong","more":1}', b"\xff\xfe"])
async def test_S27_anything_but_a_pong_is_misuse(served: Served, message: str | bytes) -> None:
    async with served.stream() as stream:
        await stream.send(message)
        assert await close_code(stream) == 1008


async def test_S27_more_than_20_messages_a_second_are_misuse(served: Served) -> None:
    async with served.stream() as stream:
        with pytest.raises(ConnectionClosed):
            for _ in range(100):
                await stream.send('{"type":"pong"}')
                await asyncio.sleep(0.001)
        assert stream.close_code == 1008


async def test_S27_a_flood_in_one_write_is_closed_with_1008_and_leaves_no_trace_in_the_log(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    async with served.stream() as stream:
        await next_frame(stream)
        pong = b"\x81\x8f" + bytes(4) + b'{"type":"pong"}'
        stream.transport.write(pong * 3000)
        assert await close_code(stream) == 1008
    async with asyncio.timeout(5):
        while served.sentra.watchers.count:
            await asyncio.sleep(0.01)
    assert [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"] == []


async def test_no_compression_is_ever_negotiated(served: Served) -> None:
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    async with served.stream(additional_headers={**served.cookie(), **offer}) as stream:
        assert "Sec-WebSocket-Extensions" not in stream.response.headers


H2C = (
    "GET /healthz HTTP/1.1\r\nHost: localhost:8443\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"
)


@pytest.mark.parametrize("opening", [H2C, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], ids=["upgrade", "prior knowledge"])
async def test_S60_nobody_changes_over_to_http_2_and_so_past_the_proxy(served: Served, opening: str) -> None:
    reader, writer = await asyncio.open_unix_connection(str(served.socket))
    writer.write(opening.encode() + b"\0\0\0\4\0\0\0\0\0")
    async with asyncio.timeout(5):
        answer = await reader.read(4096)
    writer.close()
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 4"))


async def test_R30_a_stop_closes_streams_with_1012_and_ends_within_10_seconds(serving: Serving) -> None:
    async with serving() as served, served.stream() as one, served.stream() as another:
        await asyncio.gather(next_frame(one), next_frame(another))
        served.stop.set()
        assert await close_code(one) == 1012
        assert await close_code(another) == 1012
        async with asyncio.timeout(10):
            await served.done


async def test_R24_a_thousand_disconnects_leave_every_reader_where_the_cache_is(served: Served) -> None:
    """Scaled: 100 disconnects in the suite."""
    bus, cache = served.sentra.bus, served.sentra.cache
    bus.publish(an_event(a_change(a_peer(1), a_peer(2))))
    reader, sequence = StreamReader(), 1
    for round_number in range(scaled(100, 1000)):
        query = "" if round_number % 7 == 0 else f"?epoch={reader.epoch}&sequence={reader.sequence}"
        async with served.stream(query) as stream:
            for _ in range(round_number % 3):
                sequence += 1
                change = a_change(a_peer(1 + sequence % 4, rx_bytes=sequence), clock=1000 * sequence)
                bus.publish(an_event(change, sequence=sequence))
            reader.take(await stream.recv())
    async with served.stream(f"?epoch={reader.epoch}&sequence={reader.sequence}") as stream:
        async with asyncio.timeout(5):
            while reader.sequence != cache.sequence:
                reader.take(await stream.recv())
    fresh = StreamReader()
    async with served.stream() as stream:
        fresh.take(await stream.recv())
    assert reader.state() == fresh.state()
    assert len(fresh.peers) == 4


async def test_R23_readers_that_never_read_change_nothing_for_the_rest(serving: Serving) -> None:
    """Scaled: 40 readers of 1,000, 10 of which never read, and frames large enough to fill a socket's buffer.

    Holds that the others miss nothing and that the stalled ones go; its times are P5 of `make bench`.
    """
    limits = StreamLimits(write_seconds=scaled(1, 20), shortest_pause_seconds=0.0)
    many = [a_peer(number, endpoint="[2001:db8::1]:51820") for number in range(3000)]
    async with serving(limits, rate_limits=RateLimits(streams=1000)) as served:
        bus, cache = served.sentra.bus, served.sentra.cache
        bus.publish(an_event(a_change(*many)))
        stalled = [await stall(served) for _ in range(scaled(10, 200))]
        async with asyncio.TaskGroup() as tasks:
            readers = [StreamReader() for _ in range(scaled(30, 200))]
            for reader in readers:
                tasks.create_task(follow(served, reader, until=5))
            for sequence in range(2, 7):
                moved = [a_peer(number, rx_bytes=sequence, endpoint="[2001:db8::2]:51820") for number in range(3000)]
                bus.publish(an_event(a_change(*moved, clock=1000 * sequence), sequence=sequence))
                await asyncio.sleep(0)
        assert all(reader.sequence == cache.sequence for reader in readers)
        # Who does not read is dropped, without a word that would not get through either.
        async with asyncio.timeout(30):
            while served.sentra.watchers.count:
                await asyncio.sleep(0.01)
        for _, writer in stalled:
            writer.transport.abort()


async def follow(served: Served, reader: StreamReader, until: int) -> None:
    async with served.stream() as stream, asyncio.timeout(scaled(20, 300)):
        while reader.sequence is None or reader.sequence < until + 1 or reader.sequence != served.sentra.cache.sequence:
            reader.take(await stream.recv())


async def stall(served: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a stream by hand and never read more than its handshake."""
    reader, writer = await asyncio.open_unix_connection(str(served.socket), limit=1024)
    request = (
        "GET /api/v1/status/stream HTTP/1.1\r\nHost: localhost:8443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Origin: {ORIGIN}\r\nCookie: {served.cookie()['Cookie']}\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    writer.write(request.encode())
    assert b"101" in await reader.readline()
    return reader, writer
