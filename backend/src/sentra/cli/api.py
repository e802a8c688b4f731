"""The API as the commands use it."""

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from sentra.cli.ways import Way, chosen_way
from sentra.core.errors import SentraError


class ApiRefused(SentraError):
    """The server said no, or does not answer; the text is for a person, one line for each wrong field."""


class Api:
    """Sends requests to a server."""

    def __init__(self, way: Way) -> None:
        self._way = way

    @classmethod
    def here(cls) -> "Api":
        """Return the API of the server that the environment names, else of this machine's."""
        return cls(chosen_way())

    def get(self, *path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Return the document at a path below `/api/v1`."""
        return self._json("GET", path, query)

    def post(self, *path: str, body: Mapping[str, Any] | None = None, **query: object) -> Any:  # noqa: ANN401
        """Create or do something and return the answer."""
        return self._json("POST", path, query, body or {})

    def patch(self, *path: str, body: Mapping[str, Any], **query: object) -> Any:  # noqa: ANN401
        """Change something and return the answer."""
        return self._json("PATCH", path, query, body)

    def put(self, *path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Replace something and return the answer."""
        return self._json("PUT", path, {}, body)

    def delete(self, *path: str, **query: object) -> Any:  # noqa: ANN401
        """Remove something and return the answer, None where there is none."""
        return self._json("DELETE", path, query)

    def text(self, *path: str) -> str:
        """Return a document that is no JSON."""
        return self._send("GET", path, {}, None).decode("utf-8")

    def all(self, *path: str, **query: object) -> list[Any]:
        """Return every item of a list, page by page."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            page = self.get(*path, cursor=cursor, **query)
            items += page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return items

    def _json(
        self, method: str, path: tuple[str, ...], query: Mapping[str, object], body: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401
        answer = self._send(method, path, query, body)
        return json.loads(answer) if answer else None

    def _send(
        self, method: str, path: tuple[str, ...], query: Mapping[str, object], body: Mapping[str, Any] | None
    ) -> bytes:
        given = {name: _parameter(value) for name, value in query.items() if value is not None}
        address = "/api/v1/" + "/".join(quote(part, safe="") for part in path)
        headers = dict(self._way.headers())
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection = self._way.connection()
            try:
                connection.request(
                    method,
                    f"{address}?{urlencode(given)}" if given else address,
                    None if body is None else json.dumps(body),
                    headers,
                )
                answer = connection.getresponse()
                content = answer.read()
            finally:
                connection.close()
        except ssl.SSLCertVerificationError as error:
            raise ApiRefused(
                f"The certificate of {self._way.name} is not trusted here ({error.verify_message}). "
                "Set SENTRA_CA_FINGERPRINT to what `sentra ca fingerprint` says there."
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise ApiRefused(f"Sentra does not answer on {self._way.name} ({error}). Is it running?") from None
        if answer.status >= 300:  # nobody follows anywhere else with a token
            raise ApiRefused(_refusal(content, answer.status))
        return content


def _parameter(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(content: bytes, status: int) -> str:
    try:
        problem = json.loads(content)
        fields = [f"{entry['field']}: {entry['message']}" for entry in problem.get("errors", ())]
        return "\n".join(fields) or str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {status}"
