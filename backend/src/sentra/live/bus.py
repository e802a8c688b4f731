"""The event bus of one process."""

import asyncio
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, cast

from sentra.core.events import E, Event


class InMemoryEventBus:
    """Carries events between the tasks of one event loop. See `core.events.EventBus` for what it promises."""

    def __init__(self) -> None:
        self._subscriptions: dict[type[Event], set[_Subscription[Event]]] = {}

    def publish(self, event: Event) -> None:
        """Hand the event to every present subscriber of its kind. Call it from the event loop."""
        for subscription in self._subscriptions.get(type(event), ()):
            subscription.put(event)

    @contextmanager
    def subscribe(self, kind: type[E]) -> Iterator[AsyncIterator[E]]:
        """Give the events of one kind that are published from now on, until the block is left."""
        subscription = _Subscription[E]()
        registered = self._subscriptions.setdefault(kind, set())
        registered.add(cast("_Subscription[Event]", subscription))
        try:
            yield subscription
        finally:
            registered.discard(cast("_Subscription[Event]", subscription))


class _Subscription(Generic[E]):
    """What one subscriber has not taken yet: one event per key, in the order in which the keys came up."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, E] = {}
        self._arrived = asyncio.Event()

    def put(self, event: E) -> None:
        older = self._waiting.get(event.key)
        self._waiting[event.key] = older.then(event) if older else event
        self._arrived.set()

    def __aiter__(self) -> "_Subscription[E]":
        return self

    async def __anext__(self) -> E:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.pop(next(iter(self._waiting)))
