"""`WS /api/v1/status/stream`: the live status, as docs/stream.md describes it."""

import asyncio
import contextlib
from typing import Final, NoReturn

import msgspec
from msgspec import Struct
from pydantic import BaseModel
from quart import Blueprint, Response, websocket
from quart_schema import document_response, tag

from sentra.core.access import Actor, Sight
from sentra.core.clock import Clock
from sentra.core.errors import Forbidden
from sentra.live.cache import Mailbox, StatusCache
from sentra.live.frames import HEARTBEAT, Frames, epoch_of, nothing_new
from sentra.live.watchers import Watchers
from sentra.services.programs import Programs
from sentra.services.rate_limits import Rates
from sentra.services.sessions import Sessions
from sentra.services.status import Statuses
from sentra.services.tickets import LIFE_SECONDS, Tickets
from sentra.web import transport
from sentra.web.access import current_actor, requires

SESSION_ENDED: Final = 4401
RIGHTS_LOST: Final = 4403
MISUSE: Final = 1008
TOO_SLOW: Final = 1011
RESTART: Final = 1012
CLOSE_SECONDS: Final = 2.0
"""For the closing handshake; then the connection is dropped."""
LARGEST_MESSAGE: Final = 4096
"""Bytes of one message from a client; the server closes with 1009 above it."""


class StreamLimits(Struct, frozen=True):
    """Times and bounds of one stream, in seconds and messages. Tests shorten them."""

    heartbeat_seconds: float = 20.0
    session_check_seconds: float = 2.0
    """Rights that changed count on an open stream after two of these at most."""
    write_seconds: float = 20.0
    shortest_pause_seconds: float = 0.2
    messages_per_second: int = 20


class TicketView(BaseModel):
    """What opens one stream, once, for `expires_in` seconds."""

    ticket: str
    expires_in: int


class _Pong(Struct, tag_field="type", tag="pong", forbid_unknown_fields=True):
    visible: bool = False


class _Close(Exception):
    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason


def stream_blueprint(
    *,
    statuses: Statuses,
    sessions: Sessions,
    programs: Programs,
    tickets: Tickets,
    cache: StatusCache,
    frames: Frames,
    watchers: Watchers,
    rates: Rates,
    closing: asyncio.Event,
    clock: Clock,
    limits: StreamLimits | None = None,
) -> Blueprint:
    """Give the blueprint of the stream. Every open stream ends with 1012 when `closing` is set."""
    blueprint = Blueprint("stream", __name__)
    bounds = limits or StreamLimits()

    @blueprint.websocket("/api/v1/status/stream")
    @requires("status:read")
    async def status_stream() -> None:
        epoch, sequence = websocket.args.get("epoch"), websocket.args.get("sequence", type=int)
        current = epoch_of(cache, await statuses.sight(current_actor()))
        mailbox = Mailbox(cache, cache.epoch if epoch == current else None, sequence)
        reader = _Reader(current_actor(), mailbox, statuses, frames, bounds, closing, clock)
        with rates.holding_stream(current_actor().user_id):
            await websocket.accept()
            with watchers.watching():
                try:
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(reader.send(cache))
                        tasks.create_task(reader.receive())
                        tasks.create_task(reader.watch_session(sessions, programs))
                        tasks.create_task(reader.watch_closing())
                except* _Close as leave:
                    first = leave.exceptions[0]
                    if isinstance(first, _Close):
                        await _close(first)

    @blueprint.post("/api/v1/status/ticket")
    @requires("status:read")
    @tag(["status"])
    @document_response(TicketView, 201)
    async def create_ticket() -> Response:
        """Get a ticket for the stream

        For programs that cannot send a header with a WebSocket: `?ticket=` opens one stream within half a minute.
        """
        view = TicketView(ticket=tickets.create(current_actor()), expires_in=LIFE_SECONDS)
        return Response(view.model_dump_json(), 201, content_type="application/json")

    return blueprint


class _Reader:
    """One open stream: what it sends, what it hears, and what ends it."""

    def __init__(
        self,
        actor: Actor,
        mailbox: Mailbox,
        statuses: Statuses,
        frames: Frames,
        limits: StreamLimits,
        closing: asyncio.Event,
        clock: Clock,
    ) -> None:
        self._actor = actor
        self._mailbox = mailbox
        self._statuses = statuses
        self._frames = frames
        self._limits = limits
        self._closing = closing
        self._clock = clock
        self._heard = asyncio.Event()
        self._visible = True

    async def send(self, cache: StatusCache) -> NoReturn:
        """Send a frame whenever there is something new, and a heartbeat where there is nothing for long."""
        seen = await self._sight()
        if self._mailbox.position == cache.sequence:
            await self._write(nothing_new(self._mailbox, epoch_of(cache, seen), int(self._clock.now())))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.heartbeat_seconds
        awaiting_pong = False
        while True:
            # Rights may change while nothing else does.
            look_again = loop.time() + self._limits.session_check_seconds
            is_new = await self._something_new_before(min(deadline, look_again))
            sight = await self._sight()
            if sight != seen:
                # Rights changed while the stream was open: start over with what may be seen now.
                seen, self._mailbox.position, is_new = sight, None, True
            if not is_new:
                if loop.time() < deadline:
                    continue
                if awaiting_pong and not self._heard.is_set():
                    raise _Close(TOO_SLOW, "no answer to the heartbeat")
                self._heard.clear()
                awaiting_pong = True
                deadline += self._limits.heartbeat_seconds
                await self._write(HEARTBEAT)
                continue
            await self._write(self._frames.next_frame(self._mailbox, sight, int(self._clock.now())))
            # What changes meanwhile is merged into the next frame: many nodes make few frames.
            await asyncio.sleep(self._limits.shortest_pause_seconds)

    async def receive(self) -> NoReturn:
        """Take pongs; anything else, or too many of them, is misuse."""
        loop = asyncio.get_running_loop()
        second, count = 0, 0
        while True:
            message = await websocket.receive()
            count = count + 1 if int(loop.time()) == second else 1
            second = int(loop.time())
            if count > self._limits.messages_per_second:
                raise _Close(MISUSE, "too many messages")
            try:
                pong = msgspec.json.decode(message, type=_Pong)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise _Close(MISUSE, "only a pong is understood") from None
            self._visible = pong.visible
            self._heard.set()

    async def _watch_token(self, programs: Programs) -> NoReturn:
        while actor := await programs.still_valid(self._actor):
            self._actor = actor
            await asyncio.sleep(self._limits.session_check_seconds)
        raise _Close(SESSION_ENDED, "the token ended")

    async def watch_session(self, sessions: Sessions, programs: Programs) -> None:
        """End the stream as soon as its session or token ends; count a visible page as use of the session."""
        session_id = self._actor.session_id
        if session_id is None:
            await self._watch_token(programs)
        with sessions.watch_end(session_id) as end:
            # Asked at once as well: it may have ended between the handshake and here.
            while actor := await sessions.still_valid(session_id, in_use=self._visible):
                self._actor = actor
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._limits.session_check_seconds):
                        await end.wait()
        if end.replaced:
            raise _Close(RIGHTS_LOST, "the session has a new secret")
        raise _Close(SESSION_ENDED, "the session ended")

    async def watch_closing(self) -> NoReturn:
        """End the stream when the process stops."""
        await self._closing.wait()
        raise _Close(RESTART, "the server restarts")

    async def _something_new_before(self, deadline: float) -> bool:
        # A wait that ends at once never times out: where something is always new, the clock decides.
        if asyncio.get_running_loop().time() >= deadline:
            return False
        try:
            async with asyncio.timeout_at(deadline):
                await self._mailbox.wait()
        except TimeoutError:
            return False
        return True

    async def _sight(self) -> Sight:
        try:
            return await self._statuses.sight(self._actor)
        except Forbidden:
            raise _Close(RIGHTS_LOST, "rights were lost") from None

    async def _write(self, frame: str) -> None:
        try:
            async with asyncio.timeout(self._limits.write_seconds):
                await websocket.send(frame)
        except TimeoutError:
            # It holds one frame and takes no more: no close frame would get through either.
            transport.abort()
            raise _Close(TOO_SLOW, "the reader does not read") from None


async def _close(leave: _Close) -> None:
    """Say why, take what the client still sends until it hangs up, and hang up on one that does not."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await websocket.close(leave.code, leave.reason)
            while True:
                await websocket.receive()
    except TimeoutError:
        transport.abort()
