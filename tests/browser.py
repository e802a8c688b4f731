"""A browser as the API sees it: sends what our own page sends, and keeps cookies."""

from typing import Any

from quart import Quart
from quart.testing import QuartClient

from sentra.web.asgi import LISTENER
from sentra.web.guard import COOKIE
from tests.spoken import remember

ORIGIN = "https://localhost:8443"
EMAIL = "ann@example.com"
PASSWORD = "correct horse battery"


class Answer:
    """What came back, read whole."""

    def __init__(self, status: int, headers: Any, body: bytes, json: Any) -> None:
        self.status, self.headers, self.body, self.json = status, headers, body, json

    @property
    def secret(self) -> str | None:
        """The session that this answer sets."""
        for value in self.headers.getlist("Set-Cookie"):
            name, _, rest = value.partition("=")
            if name == COOKIE:
                return rest.partition(";")[0] or None
        return None


class Browser:
    """Talks to an application in this process, as if through Caddy."""

    def __init__(self, app: Quart, address: str = "192.0.2.1") -> None:
        self.app = app
        self.address = address
        self.secret: str | None = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str | None] | None = None,
        listener: str | None = "socket",
        keep_cookies: bool = True,
        **kwargs: Any,
    ) -> Answer:
        """Make a request; a header of None is left out."""
        client: QuartClient = self.app.test_client(use_cookies=False)
        answer = await client.open(
            path,
            method=method,
            headers=self.headers(method, headers),
            scope_base=self.scope(listener),
            scheme="https",
            **kwargs,
        )
        body = await answer.get_data(as_text=False)
        json = self.app.json.loads(body) if (answer.content_type or "").endswith(("/json", "+json")) and body else None
        if json is not None:
            remember(self.app, method, path, body)
        read = Answer(answer.status_code, answer.headers, body, json)
        if keep_cookies and read.secret:
            self.secret = read.secret
        return read

    def headers(self, method: str, changed: dict[str, str | None] | None = None) -> dict[str, str]:
        sent: dict[str, str | None] = {"Host": "localhost:8443", "Sec-Fetch-Site": "same-origin"}
        if method not in ("GET", "HEAD"):
            sent |= {"Origin": ORIGIN, "X-Sentra-CSRF": "1"}
        if self.secret:
            sent["Cookie"] = f"{COOKIE}={self.secret}"
        sent |= changed or {}
        return {name: value for name, value in sent.items() if value is not None}

    def scope(self, listener: str | None = "socket") -> dict[str, Any]:
        return {"client": (self.address, 0), **({LISTENER: listener} if listener else {})}

    def websocket(self, path: str, headers: dict[str, str | None] | None = None) -> Any:
        """Open a WebSocket, as the page does."""
        sent = self.headers("GET", {"Origin": ORIGIN, **(headers or {})})
        return self.app.test_client(use_cookies=False).websocket(
            path, headers=sent, scope_base=self.scope(), scheme="wss"
        )

    async def get(self, path: str, **kwargs: Any) -> Answer:
        return await self.request("GET", path, **kwargs)

    async def post(self, path: str, json: Any, **kwargs: Any) -> Answer:
        return await self.request("POST", path, json=json, **kwargs)

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD, **kwargs: Any) -> Answer:
        return await self.post("/api/v1/session", {"email": email, "password": password}, **kwargs)

    async def sign_out(self) -> Answer:
        return await self.request("DELETE", "/api/v1/session")
