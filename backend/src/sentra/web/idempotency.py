"""`Idempotency-Key`: a request that comes again gets the answer of the first one, and nothing is made twice."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, TypeVar

from quart import Response, request

from sentra.core.access import Actor
from sentra.core.errors import FieldError, Invalid
from sentra.services.repeats import Answer, Committed, Requests
from sentra.web.access import current_actor

V = TypeVar("V", bound=Callable[..., Awaitable[Response]])

HEADER: Final = "Idempotency-Key"
_LONGEST: Final = 255


class Repeats:
    """Knows the answers to requests with a key, for a day; `lost` makes one anew that was lost with the process."""

    def __init__(self, requests: Requests, lost: Callable[[Committed], Awaitable[Response]]) -> None:
        self._requests = requests
        self._lost = lost

    def once(self, view: V) -> V:
        """Make a view answer a repeated request as it did the first time. A dry run is always new."""

        @wraps(view)
        async def wrapper(*args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - whatever the view takes
            key = request.headers.get(HEADER)
            if key is None or request.args.get("dry_run", "false").lower() not in ("false", "0"):
                return await view(*args, **kwargs)
            if not key.isascii() or not key.isprintable() or not 0 < len(key) <= _LONGEST:
                raise Invalid(FieldError(HEADER, "key", f"A key has 1 to {_LONGEST} printable characters."))

            async def answer() -> Answer:
                return await _read(await view(*args, **kwargs))

            async def tell(change: Committed) -> Answer:
                return await _read(await self._lost(change))

            content = str(await request.get_data(as_text=True))
            place = f"{request.method} {request.full_path}"
            actor = current_actor()
            # An answer is for whoever may have it: with other rights than then it is another request.
            said = f"{place}\n{_rights(actor)}\n{content}"
            found = await self._requests.once(f"{actor.user_id} {key}", said, answer, tell)
            return Response(found.body, found.status, content_type="application/json")

        return wrapper  # type: ignore[return-value]


def _rights(actor: Actor) -> str:
    bound = sorted(f"{each.role} {each.scope}" for each in actor.bindings)
    limits = sorted(actor.actions) if actor.actions is not None else "all"
    return f"{bound} {limits} {actor.within}"


async def _read(response: Response) -> Answer:
    return Answer(response.status_code, await response.get_data(as_text=True))
