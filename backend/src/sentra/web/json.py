"""Reads and writes JSON strictly: bounded depth, no field twice, no NaN, no half of a character."""

import json
import re
from typing import Any, Final

from quart import Request
from quart.json.provider import JSONProvider
from werkzeug.exceptions import BadRequest

DEEPEST = 32

LARGER_BODIES: Final = {("POST", "/api/v1/interfaces/import"): 1280 * 1024}
"""Bytes of a body by method and path: the file of 1 MiB, as the JSON string that it is sent in."""

_STRING = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BRACKET = re.compile(r"[\[\]{}]")


class StrictJSON(JSONProvider):
    """The JSON of the application."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:  # noqa: ANN401 - Quart's own signature
        if kwargs.get("indent"):
            return json.dumps(obj, ensure_ascii=False, indent=kwargs["indent"])
        return encode(obj)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401, ARG002
        return decode(s)


class JSONRequest(Request):
    """A request whose body is read as StrictJSON. Quart's own answers 500 to bytes that are not UTF-8.

    Its body has at most `MAX_CONTENT_LENGTH` bytes, where `LARGER_BODIES` does not name the address.
    """

    def __init__(self, method: str, scheme: str, path: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        if kwargs.get("max_content_length") is not None:
            kwargs["max_content_length"] = most_bytes(method, path, kwargs["max_content_length"])
        super().__init__(method, scheme, path, *args, **kwargs)

    async def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ANN401, ARG002, FBT001, FBT002
        body = await self.get_data(as_text=False)
        try:
            return decode(body)
        except ValueError as error:
            raise BadRequest from error


def most_bytes(method: str, path: str, usual: int) -> int:
    """Return how many bytes a body may have at an address."""
    return LARGER_BODIES.get((method, path), usual)


def encode(value: Any) -> str:  # noqa: ANN401
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def decode(text: str | bytes) -> Any:  # noqa: ANN401
    """Read JSON. Raises ValueError for what is not JSON or not text, nests too deep, or names a field twice."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    if _depth(text) > DEEPEST:
        raise ValueError("the document nests too deep")
    value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()  # half of a pair can be written nowhere: a ValueError
    return value


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            break
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a field is there twice")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
