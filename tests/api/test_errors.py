"""What an error tells, and what it does not."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from sentra.app import Sentra
from sentra.core import errors
from sentra.web.errors import _STATUS, _sentence
from sentra.web.fields import SENTENCES
from tests.browser import Browser

LEAKS = re.compile(
    r"Traceback|\.py|/usr|/home|/work|/root|/opt|site-packages|sentra\.|quart|werkzeug|hypercorn|pydantic|tortoise|sqlite"
    r"|argon|Error\(|Exception|<class|0x[0-9a-f]{6}|line \d+|object at",
    re.IGNORECASE,
)


def form_names(kind: type[BaseModel] = BaseModel) -> Iterator[str]:
    """Give the name of every class of ours that pydantic knows."""
    for child in kind.__subclasses__():
        if child.__module__.startswith("sentra."):
            yield child.__name__
        yield from form_names(child)


def leaks(body: bytes) -> bool:
    text = body.decode().replace("urn:sentra:", "")
    names = set(form_names())
    assert {"OwnerCreate", "SessionCreate", "PasswordChange"} <= names
    return bool(LEAKS.search(text) or re.search(rf"\b(?:{'|'.join(names)})\b", text))


NO_FORMS = (b"[]", b"null", b"7", b'"x"', b"true", b"[{}]")
PROBES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/nothing", {}),
    ("GET", "/api/v1/nothing", {}),
    ("GET", "/api/v1/session/", {}),
    ("GET", "/api/v1/%2e%2e/session", {}),
    ("GET", "/api/v1//session", {}),
    ("GET", "/../../etc/passwd", {}),
    ("GET", "/api/v1/nodes/%00/status", {}),
    ("GET", "/api/v1/nodes/nothing/status", {}),
    ("GET", "/static/x.js", {}),
    ("GET", "/api/v1/session", {"headers": {"Cookie": "__Host-sentra_sid=\x01"}}),
    ("GET", "/api/v1/session", {"headers": {"Cookie": "__Host-sentra_sid=" + "x" * 5000}}),
    ("GET", "/api/v1/session", {"headers": {"Authorization": "Bearer x"}}),
    ("GET", "/api/v1/session", {"headers": {"Host": "evil.example"}}),
    ("GET", "/api/v1/session", {"query_string": {"token": "x"}}),
    ("GET", "/api/v1/status/stream", {}),
    ("DELETE", "/healthz", {}),
    ("PATCH", "/api/v1/session", {"json": {}}),
    ("TRACE", "/api/v1/session", {"json": {}}),
    ("OPTIONS", "/api/v1/session", {"json": {}}),
    ("POST", "/api/v1/session", {"json": {}}),
    ("POST", "/api/v1/session", {"json": []}),
    ("POST", "/api/v1/session", {"json": None, "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/v1/session", {"json": {"email": {"$ne": 1}, "password": ["x"]}}),
    ("POST", "/api/v1/session", {"json": {"email": "a@b" + "c" * 300, "password": "x"}}),
    ("POST", "/api/v1/session", {"json": {"email": "' OR 1=1 --@x", "password": "x"}}),
    ("POST", "/api/v1/session", {"json": {"email": "a@b\u0000", "password": "x"}}),
    ("POST", "/api/v1/session", {"json": {"email": "a@b\ud800", "password": "\udfff"}}),
    ("POST", "/api/v1/session", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/v1/session", {"data": b"x" * 300_000, "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/v1/session", {"data": b"x", "headers": {"Content-Type": "application/xml"}}),
    ("POST", "/api/v1/setup", {"json": {"token": "x", "email": "a@b", "name": "x", "password": "a fine password"}}),
    ("PUT", "/api/v1/session/password", {"json": {"current_password": 1, "password": None}}),
    *(
        (method, path, {"data": data, "headers": {"Content-Type": "application/json"}})
        for method, path in (
            ("POST", "/api/v1/session"),
            ("POST", "/api/v1/setup"),
            ("PUT", "/api/v1/session/password"),
        )
        for data in NO_FORMS
    ),
]


@pytest.mark.parametrize("signed_in", [True, False])
async def test_S3_an_error_leaks_nothing_of_the_inside(sentra: Sentra, owner: Browser, signed_in: bool):
    assert len(PROBES) >= 30
    for method, path, options in PROBES:
        browser = owner if signed_in else Browser(sentra.asgi)
        answer = await browser.request(method, path, keep_cookies=False, **options)
        assert 400 <= answer.status < 500, (method, path, answer.status)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["status"] == answer.status
        assert answer.json["type"].startswith("urn:sentra:problem:")
        assert not leaks(answer.body), (path, answer.body)


async def test_S3_a_failure_inside_tells_nothing_and_is_in_the_log(
    sentra: Sentra, stranger: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def fail() -> bool:
        raise ZeroDivisionError("/var/lib/sentra/canary.py")

    monkeypatch.setattr(sentra.setup, "needed", fail)
    answer = await stranger.get("/api/v1/setup")
    assert answer.status == 500
    assert not leaks(answer.body)
    assert b"canary" not in answer.body
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("data", NO_FORMS)
async def test_S3_what_is_no_form_is_told_so(stranger: Browser, data: bytes):
    headers: dict[str, str | None] = {"Content-Type": "application/json"}
    answer = await stranger.request("POST", "/api/v1/setup", data=data, headers=headers)
    assert answer.status == 422
    (error,) = answer.json["errors"]
    assert error["message"] == "Send an object with named fields."


def test_S3_no_message_of_pydantic_gets_out():
    def refuse(_: object) -> None:
        raise PydanticCustomError("custom", "Canary of OwnerCreate")

    class Canary(BaseModel):
        number: int = Field(gt=7)
        choice: Literal["canary"]
        when: datetime
        custom: Annotated[str, AfterValidator(refuse)]
        raised: Annotated[str, AfterValidator(int)]

    wrong = {"number": 3, "choice": "x", "when": "x", "custom": "x", "raised": "x"}
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(Canary).validate_python(wrong)
    found = refusal.value.errors()
    assert len(found) == 5
    assert {_sentence(item) for item in found} == {"This is not what belongs here."}


async def test_a_field_of_ours_is_told_in_our_words(stranger: Browser):
    form = {"token": "x", "email": "x", "name": " ", "password": "x"}
    answer = await stranger.post("/api/v1/setup", form)
    said = {error["field"]: error["message"] for error in answer.json["errors"]}
    assert said["email"] == SENTENCES["email"]
    assert said["name"] == SENTENCES["name"]
    assert said["password"].startswith("Use at least ")


async def test_S3_debugging_is_off_and_the_docs_are_behind_a_session(sentra: Sentra, stranger: Browser):
    assert sentra.asgi.debug is False
    for path in ("/api/v1/docs", "/api/v1/docs.css", "/api/v1/openapi.json"):
        assert (await stranger.get(path)).status == 401


def test_every_error_of_the_core_has_a_status():
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SentraError) and kind is not errors.SentraError
    ]
    assert len(kinds) >= 9
    assert [kind.__name__ for kind in kinds if kind not in _STATUS] == []


async def test_a_method_that_is_not_there_names_those_that_are(owner: Browser):
    answer = await owner.request("PATCH", "/api/v1/session", json={})
    assert answer.status == 405
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, POST"
