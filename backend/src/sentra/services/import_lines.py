"""Where in a wg-quick file something is said that cannot be: from the field of a request to the line of the file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from sentra.core.errors import FieldError
from sentra.core.wgconf.findings import MOST_TOLD, Problem
from sentra.core.wgconf.parse import Parsed
from sentra.services.peer_fields import PeerFields

_INTERFACE: Final[Mapping[str, str]] = {
    "addresses": "address",
    "pools": "address",
    "public_key": "privatekey",
    "listen_port": "listenport",
    "fwmark": "fwmark",
    "mtu": "mtu",
    "dns": "dns",
    "table": "table",
}
_PEER: Final[Mapping[str, str]] = {
    "addresses": "allowedips",
    "routes": "allowedips",
    "public_key": "publickey",
    "preshared_key": "presharedkey",
    "endpoint": "endpoint",
    "persistent_keepalive": "persistentkeepalive",
}


class Told(Struct, frozen=True):
    """What is wrong with an import: as problems of lines, as far as lines say it, and all of it as errors of a form
    that name their lines. `is_of_the_file` says that lines say all of it."""

    problems: tuple[Problem, ...]
    fields: Sequence[FieldError]
    is_of_the_file: bool


def line_of(parsed: Parsed, said: Sequence[PeerFields], field: str) -> int | None:
    """Give the number of the line that a field comes from; None where no line of the file says it."""
    part, _, rest = field.partition(".")
    if part == "peers":
        number, _, field = rest.partition(".")
        begin = parsed.peer_lines[int(number)]
        line = _line_with(parsed, begin, _PEER.get(field.partition(".")[0], ""), _entry(said[int(number)], field))
        return line or begin
    return _line_with(parsed, 0, _INTERFACE.get(part, ""), "")


def told(parsed: Parsed, said: Sequence[PeerFields], errors: Sequence[FieldError]) -> Told:
    """Give what is wrong with an import. Of very many errors only the first are told."""
    problems: list[Problem] = []
    fields: list[FieldError] = []
    for each in errors[:MOST_TOLD]:
        line = line_of(parsed, said, each.field)
        if line is None:
            fields.append(each)
        else:
            problems.append(Problem(line, each.message))
            fields.append(FieldError(each.field, each.code, f"Line {line}: {each.message}"))
    is_of_the_file = len(problems) == len(fields)
    if problems and len(errors) > MOST_TOLD:
        problems.append(Problem(len(parsed.lines), f"And {len(errors) - MOST_TOLD} more cannot be."))
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
    return Told(tuple(ordered), fields, is_of_the_file)


def _entry(said: PeerFields, field: str) -> str:
    """Give the address that an entry of a list begins with, as the file has it; nothing of other fields."""
    name, _, number = field.partition(".")
    entries = getattr(said, name) if name in ("addresses", "routes") else None
    return str(entries[int(number)]).partition("/")[0] if entries and number.isdecimal() else ""


def _line_with(parsed: Parsed, begin: int, key: str, text: str) -> int | None:
    """Give the line of a section that says this of a key, or else the first of that key."""
    found = [(number, value) for number, each, value in _given(parsed, begin) if each == key]
    return next((number for number, value in found if text in value), found[0][0] if found else None)


def _given(parsed: Parsed, begin: int) -> Iterator[tuple[int, str, str]]:
    """Give number, key and value of the lines of the peer that begins at a line, or, of 0, of the interface."""
    is_meant = begin > 0
    for number, line in enumerate(parsed.lines[begin:], begin + 1):
        if line.section:
            if begin:
                return
            is_meant = line.section == "[interface]"
        elif is_meant and line.key:
            yield number, line.key.lower(), line.value
