"""`ETag` and `If-Match` (RFC 9110, 13.1.1): a change is made only to the version that somebody looked at."""

import re
from typing import Final

from quart import Response, request

_VERSION: Final = re.compile(r'"([0-9]{1,15})"')
_NONE_OF_OURS: Final = -1


def expected_version() -> int | None:
    """Return the version that `If-Match` names; None where any will do. One that is not ours never matches."""
    value = request.headers.get("If-Match")
    if value is None or value.strip() == "*":
        return None
    match = _VERSION.fullmatch(value.strip())
    return int(match[1]) if match else _NONE_OF_OURS


def with_version(response: Response, version: int) -> Response:
    """Say which version of a document an answer holds."""
    response.headers["ETag"] = f'"{version}"'
    return response
