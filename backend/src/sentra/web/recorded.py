"""Puts on record what was refused: to somebody who is known each time, to strangers as a count."""

import logging
from typing import Any

from quart import Quart, Response, g

from sentra.core.access import Actor
from sentra.services.refusals import REFUSED, Refusals
from sentra.web.access import ANYONE, action_of, client_address, current_message

log = logging.getLogger(__name__)

_TO_STRANGERS = frozenset({401, 403, 429})


def record_refusals(app: Quart, refusals: Refusals) -> None:
    """Look at every answer of the application, and put on record those that are refusals."""

    async def look(response: Any) -> Any:  # noqa: ANN401 - None for a WebSocket that was opened
        if isinstance(response, Response):
            try:
                await _record(app, refusals, response.status_code)
            except Exception:
                # It was refused already; what is allowed is recorded with the change, or does not happen.
                log.exception("a refusal could not be recorded")
        return response

    app.after_request(look)
    app.after_websocket(look)


def refused(summary: str = REFUSED, *, to: Actor | None = None) -> None:
    """Say that the current request was refused to its actor, or to somebody who is not signed in and yet known."""
    g.refused = summary
    g.refused_to = to


def half_way() -> None:
    """Say that the current request was not refused: it is the first of two steps."""
    g.half_way = True


async def _record(app: Quart, refusals: Refusals, status: int) -> None:
    rule = current_message().url_rule
    if rule is None:
        return
    actor = g.get("refused_to") or g.get("actor")
    if isinstance(actor, Actor):
        if summary := g.get("refused"):
            await refusals.of(actor, _action(app, rule.endpoint), summary)
    elif status in _TO_STRANGERS and not g.get("half_way"):
        refusals.count(client_address(), _action(app, rule.endpoint))


def _action(app: Quart, endpoint: str) -> str:
    action = action_of(app, endpoint) or ""
    if action != ANYONE:
        return action
    noun, _, view = endpoint.partition(".")
    return f"{noun}:{view.partition('_')[0]}"
