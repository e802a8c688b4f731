"""Requests that come again: the first one is carried out, the others get its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

import msgspec
from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import FieldError, Invalid
from sentra.core.secrets import digest
from sentra.db.idempotency import (
    COMMITTED,
    PENDING,
    Remembered,
    claim_key,
    note_committed,
    release_key,
    remember_answer,
)

KEPT_SECONDS: Final = 24 * 3600

_at_work: ContextVar[str | None] = ContextVar("sentra.request_key", default=None)
"""The key of the request that this task carries out."""


class Answer(Struct, frozen=True):
    """What was answered."""

    status: int
    body: str


class Committed(Struct, frozen=True):
    """The change that a request made, of which the answer was lost."""

    interface_id: str
    revision_id: int


async def note_change(interface_id: str, revision_id: int) -> None:
    """Remember with the key of this request, if it has one, what it changed. Call it in the change's transaction: so
    either both are kept or neither is, and a request that comes again is carried out once, crash or not."""
    key_digest = _at_work.get()
    if key_digest is not None:
        change = msgspec.json.encode(Committed(interface_id, revision_id))
        await note_committed(key_digest, change.decode())


class Requests:
    """Remembers answers by the key of the request, for a day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_work: dict[str, asyncio.Task[Answer]] = {}

    async def once(
        self,
        key: str,
        content: str,
        work: Callable[[], Awaitable[Answer]],
        tell: Callable[[Committed], Awaitable[Answer]],
    ) -> Answer:
        """Do the work, unless a request with this key was answered before: then give that answer.

        `key` names its user too. The work is done even if whoever asked goes away meanwhile: they will ask again.
        Only what succeeded is remembered. `tell` answers for work that was kept and whose answer was lost with the
        process; work of which nothing was kept is done again. Raises Invalid where the same key came with another
        content.
        """
        key_digest = digest(key)
        while (earlier := self._at_work.get(key_digest)) is not None:
            await asyncio.wait({earlier})
        task = asyncio.create_task(self._answer(key_digest, digest(content), work, tell))
        self._at_work[key_digest] = task
        task.add_done_callback(lambda done: self._finish(key_digest, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for what is at work."""
        if self._at_work:
            await asyncio.wait(set(self._at_work.values()))

    async def _answer(
        self,
        key_digest: str,
        request_digest: str,
        work: Callable[[], Awaitable[Answer]],
        tell: Callable[[Committed], Awaitable[Answer]],
    ) -> Answer:
        now = self._clock.now()
        known = await claim_key(key_digest, request_digest, now=now, made_after=now - KEPT_SECONDS)
        if known is not None and known.status != PENDING:
            _require_same(known, request_digest)
            if known.status != COMMITTED:
                return Answer(known.status, known.answer)
            answer = await tell(msgspec.json.decode(known.answer, type=Committed))
        else:
            # PENDING, and not at work here: no other process has this database, so it was interrupted.
            if known is not None:
                _require_same(known, request_digest)
            _at_work.set(key_digest)
            try:
                answer = await work()
            except Exception:
                await release_key(key_digest)
                raise
        await remember_answer(key_digest, answer.status, answer.body)
        return answer

    def _finish(self, key_digest: str, done: "asyncio.Task[Answer]") -> None:
        self._at_work.pop(key_digest, None)
        if not done.cancelled():
            done.exception()  # whoever asked may be gone: nobody else looks at it


def _require_same(known: Remembered, request_digest: str) -> None:
    if known.request_digest != request_digest:
        raise Invalid(
            FieldError("Idempotency-Key", "key-reused", "This key was used for another request. Make a new one.")
        )
