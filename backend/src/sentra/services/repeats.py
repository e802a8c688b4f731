"""Requests that come again: the first one is carried out, the others get its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from sentra.core.clock import Clock
from sentra.core.errors import Conflict, FieldError, Invalid
from sentra.core.secrets import digest
from sentra.db.idempotency import PENDING, Remembered, claim_key, release_key, remember_answer

KEPT_SECONDS: Final = 24 * 3600


class Answer(Struct, frozen=True):
    """What was answered."""

    status: int
    body: str


class Requests:
    """Remembers answers by the key of the request, for a day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_work: dict[str, asyncio.Task[Answer]] = {}

    async def once(self, key: str, content: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work, unless a request with this key was answered before: then give that answer.

        `key` names its user too. The work is done even if whoever asked goes away meanwhile: they will ask again.
        Only what succeeded is remembered. Raises Invalid where the same key came with another content, Conflict where
        nobody knows what became of the first request.
        """
        key_digest = digest(key)
        while (earlier := self._at_work.get(key_digest)) is not None:
            await asyncio.wait({earlier})
        task = asyncio.create_task(self._answer(key_digest, digest(content), work))
        self._at_work[key_digest] = task
        task.add_done_callback(lambda done: self._finish(key_digest, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for what is at work."""
        if self._at_work:
            await asyncio.wait(set(self._at_work.values()))

    async def _answer(self, key_digest: str, request_digest: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        now = self._clock.now()
        known = await claim_key(key_digest, request_digest, now=now, made_after=now - KEPT_SECONDS)
        if known is not None:
            return _again(known, request_digest)
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


def _again(known: Remembered, request_digest: str) -> Answer:
    if known.request_digest != request_digest:
        raise Invalid(
            FieldError("Idempotency-Key", "key-reused", "This key was used for another request. Make a new one.")
        )
    if known.status == PENDING:
        raise Conflict("This request was interrupted before. See what there is, then send it with another key.")
    return Answer(known.status, known.answer)
