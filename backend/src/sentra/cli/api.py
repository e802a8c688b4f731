"""The API as the commands use it: over the socket of this machine's server, as root, with the local token."""

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from sentra.cli.environment import environment
from sentra.cli.ssh_session import ssh_client
from sentra.core.errors import SentraError
from sentra.settings import Settings

ANSWER_SECONDS: Final = 30.0


class ApiRefused(SentraError):
    """The server said no, or does not run; the text is for a person, one line for each wrong field."""


class Api:
    """Sends requests to the server on this machine."""

    def __init__(self, socket_path: Path, token_file: Path, public_origin: str) -> None:
        self._socket_path = socket_path
        self._token_file = token_file
        self._host = urlsplit(public_origin).netloc

    @classmethod
    def here(cls) -> "Api":
        """Return the API of this machine's installation."""
        settings = Settings.from_environment(environment())
        return cls(settings.state_dir / "run" / "app.sock", settings.local_token_file, settings.public_origin)

    def get(self, *path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Return the document at a path below `/api/v1`."""
        return self._json("GET", path, query)

    def post(self, *path: str, body: Mapping[str, Any] | None = None, **query: object) -> Any:  # noqa: ANN401
        """Create or do something and return the answer."""
        return self._json("POST", path, query, body or {})

    def patch(self, *path: str, body: Mapping[str, Any], **query: object) -> Any:  # noqa: ANN401
        """Change something and return the answer."""
        return self._json("PATCH", path, query, body)

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
        headers = {"Host": self._host, "Authorization": f"Bearer {self._token()}"}
        if comes_from := ssh_client():
            headers["X-Sentra-From"] = comes_from
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = _UnixConnection(self._socket_path)
        try:
            connection.request(
                method,
                f"{address}?{urlencode(given)}" if given else address,
                None if body is None else json.dumps(body),
                headers,
            )
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiRefused(f"Sentra does not answer on {self._socket_path} ({error}). Is it running?") from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise ApiRefused(_refusal(content, answer.status))
        return content

    def _token(self) -> str:
        try:
            return self._token_file.read_text("ascii").strip()
        except FileNotFoundError:
            raise ApiRefused(
                f"Sentra does not run here: there is no {self._token_file}. Start it (make run, or sentra serve), "
                "or set SENTRA_STATE_DIR to its state folder."
            ) from None
        except OSError as error:
            raise ApiRefused(f"{self._token_file} cannot be read ({error.strerror}). Run this as root.") from None


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(str(self._path))


def _parameter(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(content: bytes, status: int) -> str:
    try:
        problem = json.loads(content)
        fields = [f"{entry['field']}: {entry['message']}" for entry in problem.get("errors", ())]
        return "\n".join(fields) or str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {status}"
