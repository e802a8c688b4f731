"""Caddy's admin API on its unix socket (https://caddyserver.com/docs/api)."""

import http.client
import socket
from pathlib import Path

SECONDS = 6.0
"""Longer than Caddy's grace period, shorter than the time that stopping the product may take."""


class CaddyAway(Exception):
    """Nobody listens on the admin socket, or this process may not talk to it."""


class CaddyRefused(Exception):
    """Caddy keeps its former configuration; the text is its reason."""


class CaddyAdmin:
    """What this process may ask of a running Caddy. Every call blocks for at most `SECONDS`."""

    def __init__(self, admin_socket: Path) -> None:
        self._socket = admin_socket

    def answers(self) -> bool:
        """Tell whether a Caddy is there that takes orders from this process."""
        try:
            self._request("GET", "/config/admin", b"")
        except CaddyAway:
            return False
        except CaddyRefused:
            return True
        return True

    def runs(self, mark: str) -> bool:
        """Tell whether `mark` is part of the configuration that Caddy runs."""
        return f'"{mark}"' in self._request("GET", "/config/apps/http", b"")

    def load(self) -> None:
        """Make Caddy read its Caddyfile again, where Caddy finds it, and every file that it names."""
        self._request("POST", "/load", b"import {$SENTRA_CADDYFILE}\n")

    def _request(self, method: str, path: str, body: bytes) -> str:
        connection = _UnixConnection(self._socket)
        try:
            connection.putrequest(method, path, skip_host=True)
            connection.putheader("Host", "")  # the one value that every Caddy takes on a unix socket
            connection.putheader("Content-Length", str(len(body)))
            if body:
                connection.putheader("Content-Type", "text/caddyfile")
                connection.putheader("Cache-Control", "must-revalidate")
            connection.endheaders(body)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise CaddyAway(str(error)) from error
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise CaddyRefused(text.strip())
        return text


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(str(self._path))
