"""Is it alive, is it ready. Nothing else is told to strangers."""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel
from quart import Blueprint, Response
from quart_schema import document_response, security_scheme, tag

from sentra.core.errors import Busy
from sentra.web.access import anyone, on_every_listener

RETRY_AFTER_SECONDS = 5


class HealthView(BaseModel):
    """All is well."""

    status: str


def health_blueprint(is_ready: Callable[[], Awaitable[bool]]) -> Blueprint:
    """Return `/healthz` and `/readyz`; `is_ready` tells whether requests can be served."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    @anyone
    @on_every_listener
    @tag(["health"])
    @security_scheme([])
    @document_response(HealthView, 200)
    async def get_health() -> Response:
        """Is the process alive"""
        return _ok()

    @blueprint.get("/readyz")
    @anyone
    @on_every_listener
    @tag(["health"])
    @security_scheme([])
    @document_response(HealthView, 200)
    async def get_readiness() -> Response:
        """Can it serve requests"""
        if not await is_ready():
            raise Busy("Not ready yet.", RETRY_AFTER_SECONDS)
        return _ok()

    return blueprint


def _ok() -> Response:
    return Response(HealthView(status="ok").model_dump_json(), content_type="application/json")
