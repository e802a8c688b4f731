"""The description of the API, for programs and for people. Loads nothing from elsewhere and runs no script."""

from importlib.resources import files

from quart import Blueprint, Response, current_app
from quart_schema import hide

from sentra.access.access import Access
from sentra.web.access import current_actor, requires
from sentra.web.docs_page import docs_page
from sentra.web.json import encode
from sentra.web.openapi import document

PAGE_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def docs_blueprint(access: Access) -> Blueprint:
    """Return `/api/v1/openapi.json`, and the page that shows it with its style sheet."""
    blueprint = Blueprint("docs", __name__, url_prefix="/api/v1")

    @blueprint.get("/openapi.json")
    @requires("docs:read")
    @hide
    async def get_openapi() -> Response:
        access.require(current_actor(), "docs:read")
        return Response(encode(document(current_app)), content_type="application/json")

    @blueprint.get("/docs")
    @requires("docs:read")
    @hide
    async def get_docs() -> Response:
        access.require(current_actor(), "docs:read")
        response = Response(docs_page(document(current_app)), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = PAGE_CONTENT_SECURITY_POLICY
        return response

    @blueprint.get("/docs.css")
    @requires("docs:read")
    @hide
    async def get_docs_style() -> Response:
        access.require(current_actor(), "docs:read")
        style = files("sentra.web").joinpath("docs.css").read_text("utf-8")
        return Response(style, content_type="text/css; charset=utf-8")

    return blueprint
