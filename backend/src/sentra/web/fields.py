"""Types of fields that several forms share, with a sentence for whoever fills them in."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sentra.core.errors import WrongValue
from sentra.core.names import checked_line
from sentra.core.users import is_email
from sentra.services.passwords import LONGEST, SHORTEST

SENTENCES: Final[Mapping[str, str]] = {
    "email": "Enter an e-mail address, such as ann@example.com.",
    "moment": "Write a time as 2026-01-31T12:00:00Z.",
    "name": "Enter a name.",
    "one_proof": "Send one proof, and only one.",
}
"""What a person is told, by the code of the error. Nothing that a field says elsewhere reaches them."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _email(value: str) -> str:
    value = value.strip()
    if not is_email(value):
        raise PydanticCustomError("email", SENTENCES["email"])
    return value


def person_name(value: str) -> str:
    """Return a name without the space around it; something must be seen of it, and nothing be hidden in it."""
    value = value.strip()
    try:
        seen = checked_line(value)
    except WrongValue:
        seen = ""
    if not seen:
        raise PydanticCustomError("name", SENTENCES["name"])
    return value


def _moment(value: Any) -> Any:  # noqa: ANN401 - whatever was sent
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("moment", SENTENCES["moment"])
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A time as in RFC 3339; a bare number is none."""
Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
PersonName = Annotated[str, Field(max_length=100), AfterValidator(person_name)]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST, json_schema_extra={"format": "password"})]
"""A password that is checked."""
NewPassword = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST, json_schema_extra={"format": "password"})]
"""A password that is set. Whether it is easy to guess, the service says."""
