"""Translates every error to one problem document (RFC 9457). No value that was sent, no path and no class gets out."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic
from pydantic import BaseModel
from pydantic_core import ErrorDetails
from quart import Quart, Response
from quart_schema.validation import QuerystringValidationError, RequestSchemaValidationError
from werkzeug.exceptions import HTTPException

from sentra.core.errors import (
    ApplyFailed,
    Busy,
    ChangedMeanwhile,
    Conflict,
    FieldError,
    Forbidden,
    ForeignLink,
    Hidden,
    InterfaceExists,
    InterfaceMissing,
    InterfaceUnreadable,
    Invalid,
    KeyUnusable,
    NetworkRefused,
    NotFound,
    SentraError,
    TooManyRequests,
    Unauthenticated,
)
from sentra.core.factors import Method
from sentra.db.trouble import as_busy
from sentra.services.absent_node import NodeAway
from sentra.services.oidc_admission import NotAdmitted
from sentra.services.oidc_discovery import ProviderAway
from sentra.services.oidc_tokens import ProviderRefused
from sentra.services.sealing import SealBroken
from sentra.services.second_factor_policy import SecondFactorNeeded
from sentra.services.sign_in import ProofWrong, SecondFactorRequired, SignInOver, WrongAgain
from sentra.services.step_up import StepUpRequired
from sentra.web.fields import SENTENCES
from sentra.web.json import encode
from sentra.web.recorded import half_way, refused

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

_STATUS: Mapping[type[SentraError], tuple[int, str]] = {
    Unauthenticated: (401, "unauthenticated"),
    SecondFactorRequired: (401, "second-factor-required"),
    ProofWrong: (401, "proof-wrong"),
    SignInOver: (401, "sign-in-over"),
    Forbidden: (403, "forbidden"),
    SecondFactorNeeded: (403, "second-factor-needed"),
    StepUpRequired: (403, "step-up-required"),
    NotAdmitted: (403, "not-admitted"),
    ProviderRefused: (403, "provider-refused"),
    NotFound: (404, "not-found"),
    Hidden: (404, "not-found"),
    InterfaceMissing: (404, "interface-missing"),
    Conflict: (409, "conflict"),
    InterfaceExists: (409, "interface-exists"),
    ForeignLink: (409, "foreign-link"),
    ChangedMeanwhile: (412, "changed-meanwhile"),
    Invalid: (422, "invalid"),
    TooManyRequests: (429, "too-many-requests"),
    InterfaceUnreadable: (502, "interface-unreadable"),
    ApplyFailed: (502, "apply-failed"),
    NetworkRefused: (502, "network-refused"),
    KeyUnusable: (502, "key-unusable"),
    ProviderAway: (502, "provider-away"),
    NodeAway: (503, "node-away"),
    SealBroken: (503, "seal-broken"),
    Busy: (503, "busy"),
}
_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    421: "Wrong host",
    422: "Invalid",
    429: "Too many requests",
    502: "Bad gateway",
    503: "Busy",
    507: "No space left",
}
_DETAILS = {
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not know this method.",
    413: "The request is larger than this address takes.",
}
_SENTENCES: Mapping[str, str] = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no field of this name.",
    "string_type": "This is not text.",
    "string_unicode": "This is not text.",
    "bool_type": "Use true or false.",
    "bool_parsing": "Use true or false.",
    "int_type": "This is not a whole number.",
    "int_parsing": "This is not a whole number.",
    "int_from_float": "This is not a whole number.",
    "float_type": "This is not a number.",
    "float_parsing": "This is not a number.",
    "list_type": "This is not a list.",
    "dict_type": "Send an object with named fields.",
    "model_type": "Send an object with named fields.",
    "model_attributes_type": "Send an object with named fields.",
    **SENTENCES,
}
"""By the type of pydantic's error. Its own messages name classes and values, so none of them gets out."""


class FieldErrorView(BaseModel):
    """One wrong field of a request; `field` is dotted, and empty where the whole body is meant."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """What went wrong, as in RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldErrorView] = []


class SecondFactorProblem(Problem):
    """Not signed in. With `second-factor-required` what was given is right, and a second factor is due: any of the
    methods, for the transaction."""

    methods: list[Method] = []
    transaction: str = ""


class Refused(SentraError):
    """The request is refused for how it was made, before anybody looks at what it asks."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


def problem(
    status: int,
    code: str,
    detail: str | None = None,
    *,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """Return a problem document, with further members. Its type is `urn:sentra:problem:CODE`."""
    document: dict[str, Any] = {
        "type": f"urn:sentra:problem:{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        **(members or {}),
    }
    if detail is not None:
        document["detail"] = detail
    if errors:
        document["errors"] = [{"field": e.field, "code": e.code, "message": e.message} for e in errors]
    return Response(encode(document), status, dict(headers or {}), content_type=CONTENT_TYPE)


def register_errors(app: Quart) -> None:
    """Make the application answer every error with a problem document."""
    app.register_error_handler(SentraError, _sentra_error)
    app.register_error_handler(RequestSchemaValidationError, _validation_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


async def _sentra_error(error: SentraError) -> Response:
    if isinstance(error, Forbidden | Hidden):
        refused()
    if isinstance(error, WrongAgain):
        refused("Gave a wrong proof")
    if isinstance(error, ProofWrong) and error.given_by is not None:
        refused("Gave a wrong second factor", to=error.given_by)
    if isinstance(error, Refused):
        return problem(error.status, error.code, str(error))
    status, code = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), (500, "internal"))
    if isinstance(error, SecondFactorRequired):
        half_way()
        members = {"methods": list(error.methods), "transaction": error.transaction}
        return problem(status, code, str(error), members=members)
    if status == 500:
        return await _unexpected(error)
    headers = {}
    if isinstance(error, TooManyRequests | Busy):
        headers["Retry-After"] = str(error.retry_after_seconds)
    errors = error.errors if isinstance(error, Invalid) else ()
    return problem(status, code, str(error) or None, errors=errors, headers=headers)


async def _validation_error(error: RequestSchemaValidationError) -> Response:
    cause = error.validation_error
    if not isinstance(cause, pydantic.ValidationError):
        return problem(422, "invalid", "The request does not have the right form.")
    errors = [
        FieldError(".".join(str(part) for part in item["loc"])[:100], item["type"].replace("_", "-"), _sentence(item))
        for item in cause.errors(include_url=False, include_input=False)[:50]
    ]
    part = "query" if isinstance(error, QuerystringValidationError) else "request"
    return problem(422, "invalid", f"Some fields of the {part} are wrong.", errors=errors)


def _sentence(item: ErrorDetails) -> str:
    """Return what a person can do about it. Of the context only the numbers are used: the rest may hold the value."""
    context = item.get("ctx", {})
    match item["type"]:
        case "string_too_short":
            return f"Use at least {int(context['min_length'])} characters."
        case "string_too_long":
            return f"Use at most {int(context['max_length'])} characters."
        case kind:
            return _SENTENCES.get(kind, "This is not what belongs here.")


async def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status >= 500:
        return problem(500, "internal", "Something went wrong here. It is in the log.")
    if status < 400:
        return problem(404, "not-found", _DETAILS[404])
    headers = {}
    allowed = getattr(error, "valid_methods", None)
    if status == 405 and allowed:
        headers["Allow"] = ", ".join(sorted(allowed))
    code = _TITLES.get(status, "Error").lower().replace(" ", "-")
    return problem(status, code, _DETAILS.get(status), headers=headers)


async def _unexpected(error: Exception) -> Response:
    if busy := as_busy(error):
        log.warning("the database cannot be used: %s", error)
        return await _sentra_error(busy)
    log.error("a request failed", exc_info=error)
    return problem(500, "internal", "Something went wrong here. It is in the log.")
