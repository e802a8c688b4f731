"""The description of the API, for programs and for people. Loads nothing from elsewhere and runs no script."""

from quart import Blueprint, Response, current_app
from quart_schema import hide

from sentra.access.access import Access
from sentra.web.access import current_actor, requires
from sentra.web.json import encode
from sentra.web.openapi import document


def docs_blueprint(access: Access) -> Blueprint:
    """Return `/api/v1/openapi.json` and the page that shows it."""
    blueprint = Blueprint("docs", __name__, url_prefix="/api/v1")

    @blueprint.get("/openapi.json")
    @requires("docs:read")
    @hide
    async def get_openapi() -> Response:
        access.authorise(current_actor(), "docs:read")
        return Response(encode(document(current_app)), content_type="application/json")

    return blueprint
