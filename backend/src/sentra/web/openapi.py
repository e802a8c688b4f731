"""The OpenAPI 3.1 description of the API, from the routes themselves."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter
from quart import Quart
from quart_schema import APIKeySecurityScheme, Info, QuartSchema
from quart_schema.openapi import OpenAPIProvider
from werkzeug.routing import Rule

from sentra.web.errors import CONTENT_TYPE, Problem
from sentra.web.guard import COOKIE
from sentra.web.json import JSONRequest, StrictJSON

V = TypeVar("V", bound=Callable[..., Any])


_ANSWER = "sentra_answer"
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


def answers(status: int, description: str, content_type: str | None = None) -> Callable[[V], V]:
    """Describe an answer that has no model: nothing at all, or something other than JSON."""

    def mark(view: V) -> V:
        setattr(view, _ANSWER, (str(status), description, content_type))
        return view

    return mark


def describe(app: Quart, *, version: str) -> None:
    """Give the application its description, and the JSON that the description speaks of."""
    QuartSchema(
        app,
        openapi_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info=Info(title="Sentra", version=version),
        security_schemes={"session": APIKeySecurityScheme(name=COOKIE, in_="cookie")},
        security=[{"session": []}],
        conversion_preference="pydantic",
        openapi_provider_class=Provider,
    )
    app.json = StrictJSON(app)
    app.request_class = JSONRequest


def document(app: Quart) -> dict[str, Any]:
    """Return the description; the same routes give the same document."""
    schema: dict[str, Any] = app.extensions["QUART_SCHEMA"].openapi_provider.schema()
    schema["paths"] = {path: dict(sorted(schema["paths"][path].items())) for path in sorted(schema["paths"])}
    schema["components"]["schemas"] = dict(sorted(schema["components"]["schemas"].items()))
    return schema


class Provider(OpenAPIProvider):
    """Mends what quart-schema leaves invalid: named models, described responses, errors, one stable operation id."""

    def build_request_body(self, model: Any, source: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401, ARG002
        schema, definitions = _named(model, "validation")
        return {"required": True, "content": {"application/json": {"schema": schema}}}, definitions

    def build_response_object(self, model: Any, headers_model: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401, ARG002
        # A problem leaves out what it does not have; every other answer has all of its fields.
        is_problem = isinstance(model, type) and issubclass(model, Problem)
        schema, definitions = _named(model, "validation" if is_problem else "serialization")
        content_type = CONTENT_TYPE if is_problem else "application/json"
        description = (model.__doc__ or model.__name__).strip().splitlines()[0]
        return {"description": description, "content": {content_type: {"schema": schema}}}, definitions

    def build_querystring_parameters(self, model: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:  # noqa: ANN401
        schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}")
        required = schema.get("required", [])
        parameters = [
            {"name": name, "in": "query", "required": name in required, "schema": part}
            for name, part in schema["properties"].items()
        ]
        return parameters, schema.get("$defs", {})

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        paths, components = super().build_paths(rule)
        paths = {_VARIABLE.sub(r"{\1}", rule.rule): path for path in paths.values()}
        response, definitions = self.build_response_object(Problem, None)
        components.update(definitions)
        for path in paths.values():
            for operation in path.values():
                operation["responses"] = {str(status): value for status, value in operation["responses"].items()}
                operation["responses"] |= self._plain_answer(rule)
                operation["responses"].setdefault("default", response)
        return paths, components

    def _plain_answer(self, rule: Rule) -> dict[str, Any]:
        answer = getattr(self._app.view_functions[rule.endpoint], _ANSWER, None)
        if answer is None:
            return {}
        status, description, content_type = answer
        content = {"content": {content_type: {"schema": {"type": "string"}}}} if content_type else {}
        return {status: {"description": description, **content}}

    def operation_id(self, method: str, path: str, func: Callable[..., Any]) -> str:  # noqa: ARG002
        return func.__name__


def _named(model: Any, mode: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401
    schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}", mode=mode)
    definitions: dict[str, Any] = schema.pop("$defs", {})
    if isinstance(model, type) and issubclass(model, BaseModel):
        definitions[model.__name__] = schema
        schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return schema, definitions
