"""Renders an OpenAPI document as one plain page of HTML."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

Node = dict[str, Any]


def docs_page(document: Node) -> str:
    """Return the page. Everything in it comes from the document, escaped."""
    operations = list(_operations(document))
    tags = sorted({tag for tag, *_ in operations})
    title = f"{document['info']['title']} API"
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<title>{escape(title)}</title><link rel="stylesheet" href="/api/v1/docs.css"></head><body>',
            f"<header><h1>{escape(title)}</h1><p>{_count(operations)}, version {escape(document['info']['version'])}. ",
            'The same as <a href="/api/v1/openapi.json">openapi.json</a>.</p>',
            '<nav aria-label="Groups"><ul>',
            *(f'<li><a href="#{escape(tag)}">{escape(tag)}</a></li>' for tag in (*tags, "schemas")),
            "</ul></nav></header><main>",
            *(_section(tag, [part for part in operations if part[0] == tag], document) for tag in tags),
            _schemas(document),
            "</main></body></html>",
        )
    )


def _operations(document: Node) -> Iterator[tuple[str, str, str, Node]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield operation.get("tags", ["other"])[0], method.upper(), path, operation


def _count(operations: list[Any]) -> str:
    return f"{len(operations)} operations"


def _section(tag: str, operations: list[tuple[str, str, str, Node]], document: Node) -> str:
    parts = (_operation(method, path, operation, document) for _, method, path, operation in operations)
    return f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2>{"".join(parts)}</section>'


def _operation(method: str, path: str, operation: Node, document: Node) -> str:
    name = escape(operation["operationId"])
    open_to_all = operation.get("security") == []
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return "".join(
        (
            f'<article id="{name}"><h3><a href="#{name}"><span class="method">{method}</span> ',
            f"<code>{escape(path)}</code></a></h3>",
            f"<p>{escape(operation.get('summary', ''))}",
            ' <span class="note">Open to anyone.</span>' if open_to_all else "",
            "</p>",
            f"<p>{_text(operation['description'])}</p>" if operation.get("description", "").strip() else "",
            _parameters(operation.get("parameters", [])),
            _fields("Request", _resolve(body, document)) if body else "",
            _responses(operation["responses"]),
            "</article>",
        )
    )


def _parameters(parameters: list[Node]) -> str:
    if not parameters:
        return ""
    rows = (
        _row(part["name"], f"{part['in']}, {_type(part['schema'])}", required=part.get("required", False))
        for part in parameters
    )
    return _table("Parameters", "".join(rows))


def _responses(responses: Node) -> str:
    rows = []
    for status, response in responses.items():
        schemas = [content.get("schema", {}) for content in response.get("content", {}).values()]
        shape = ", ".join(_type(schema) for schema in schemas)
        label = "error" if status == "default" else status
        rows.append(
            f'<tr><th scope="row">{escape(label)}</th><td>{shape}</td><td>{escape(response["description"])}</td></tr>'
        )
    return _table("Answers", "".join(rows))


def _schemas(document: Node) -> str:
    schemas = document["components"]["schemas"]
    parts = (
        f'<article id="schema-{escape(name)}"><h3><a href="#schema-{escape(name)}"><code>{escape(name)}</code></a></h3>'
        f"<p>{_text(schema.get('description', ''))}</p>{_fields('Fields', schema)}</article>"
        for name, schema in schemas.items()
    )
    return f'<section id="schemas"><h2>schemas</h2>{"".join(parts)}</section>'


def _fields(caption: str, schema: Node) -> str:
    properties = schema.get("properties", {})
    if not properties:
        return ""
    required = schema.get("required", [])
    rows = (
        _row(name, _type(part), required=name in required, text=part.get("description", ""))
        for name, part in properties.items()
    )
    return _table(caption, "".join(rows))


def _row(name: str, shape: str, *, required: bool, text: str = "") -> str:
    note = "" if required else "optional. "
    return f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{shape}</td><td>{note}{_text(text)}</td></tr>'


def _table(caption: str, rows: str) -> str:
    return f'<div class="scroll"><table><caption>{caption}</caption><tbody>{rows}</tbody></table></div>'


def _text(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text.strip()))


def _resolve(schema: Node, document: Node) -> Node:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Node = document["components"]["schemas"].get(name, schema)
    return found


def _type(schema: Node) -> str:
    """Return the type of a value as HTML: a word, or a link to the schema of that name."""
    if reference := schema.get("$ref"):
        name = escape(reference.rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for key, word in (("anyOf", " or "), ("oneOf", " or ")):
        if key in schema:
            return word.join(_type(part) for part in schema[key])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        items = schema.get("items") or {}
        return f"list of {_type(items)}" if items else "list"
    return escape(str(kind)) + _bounds(schema)


def _bounds(schema: Node) -> str:
    low, high = schema.get("minLength", schema.get("minimum")), schema.get("maxLength", schema.get("maximum"))
    if low is None and high is None:
        return ""
    unit = " characters" if "maxLength" in schema or "minLength" in schema else ""
    if high is None:
        return f", at least {low}{unit}"
    return f", {low or 0} to {high}{unit}"
