"""Changes one peer in the text of a wg-quick file; every other byte stays as somebody wrote it."""

from typing import Final

from sentra.core.keys import checked_public_key
from sentra.core.peers import PeerSpec
from sentra.core.wgconf.configuration import FilePeer
from sentra.core.wgconf.export import peer_lines, peer_settings
from sentra.core.wgconf.findings import Findings
from sentra.core.wgconf.parse import given_in, peer_in
from sentra.core.wgconf.text import WHITE, Line, Section, lines_of, sections_of, text_of

_PATCHED: Final = ("PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive")


def put_peer(text: str, peer: FilePeer) -> str:
    """Give the text with this peer: at the end where its key is new, else changed where it stands.

    A peer that is there keeps its comments, and each setting that says the same already keeps its lines. Raises
    WrongValue for a value that no file can hold.
    """
    lines = lines_of(text)
    sections = _sections_of(checked_public_key(peer.spec.public_key), lines)
    if not sections:
        return text_of(_with_peer(lines, peer))
    for again in reversed(sections[1:]):
        _remove(lines, again)
    _change(lines, sections[0], peer.spec)
    return text_of(lines)


def remove_peer(text: str, public_key: str) -> str:
    """Give the text without this peer, the comments right above it and the empty line before it."""
    lines = lines_of(text)
    for section in reversed(_sections_of(public_key, lines)):
        _remove(lines, section)
    return text_of(lines)


def _sections_of(public_key: str, lines: list[Line]) -> list[Section]:
    return [
        section
        for section in sections_of(lines)
        if section.is_peer and _settings(lines, section, "PublicKey")[-1:] == [public_key]
    ]


def _settings(lines: list[Line], section: Section, key: str) -> list[str]:
    return [line.value for _, line, each in given_in(lines, section) if each == key.lower()]


def _with_peer(lines: list[Line], peer: FilePeer) -> list[Line]:
    end = _line_end(lines)
    before = [*lines[:-1], lines[-1]._replace(end=lines[-1].end or end), Line("", end)] if lines else []
    return [*before, *(Line(each, end) for each in peer_lines(peer))]


def _change(lines: list[Line], section: Section, wanted: PeerSpec) -> None:
    """Bring the settings of a section to what is wanted, from its last line up, so that the indexes above stay."""
    said = peer_in(lines, section, Findings())
    there = peer_settings(said) if said is not None else {}
    settings = peer_settings(wanted)
    different = {key.lower(): settings.get(key, "") for key in _PATCHED if there.get(key) != settings.get(key)}
    missing = {key: settings[key] for key in _PATCHED if different.get(key.lower())}
    given = given_in(lines, section)
    last = given[-1][0]
    for index, line, key in reversed(given):
        spelling = next((each for each in missing if each.lower() == key), None)
        if spelling is not None:
            lines[index] = line._replace(text=_with_value(line, missing.pop(spelling)))
        elif key in different:
            del lines[index]
            last -= 1
    _add(lines, last, missing)


def _add(lines: list[Line], last: int, settings: dict[str, str]) -> None:
    """Add what the section does not say yet below its last setting, indented as that one is."""
    if not settings:
        return
    before, end = lines[last], _line_end(lines)
    indent = before.text[: len(before.text) - len(before.text.lstrip(WHITE))]
    added = [Line(f"{indent}{key} = {value}", end) for key, value in settings.items()]
    if not before.end:
        lines[last] = before._replace(end=end)
        added[-1] = added[-1]._replace(end="")
    lines[last + 1 : last + 1] = added


def _with_value(line: Line, value: str) -> str:
    """Give the text of a line with another value: its key, its spaces and its comment stay."""
    key, equals, rest = line.text.partition("=")
    start = len(rest) - len(rest.lstrip(WHITE)) if line.value else 0
    space = rest[:start] if line.value else " "
    return f"{key}{equals}{space}{value}{rest[start + len(line.value) :]}"


def _remove(lines: list[Line], section: Section) -> None:
    last = max([section.header, *(index for index, _, _ in given_in(lines, section))])
    while last + 1 < section.end and lines[last + 1].is_comment:
        last += 1
    first, end = section.above, last + 1
    if first and lines[first - 1].is_blank:
        first -= 1
    elif end < len(lines) and lines[end].is_blank:
        end += 1
    del lines[first:end]


def _line_end(lines: list[Line]) -> str:
    """Give the line end of this text: a carriage return before the newline is part of a line's text."""
    crlf = bool(lines) and lines[0].text.endswith("\r")
    return "\r\n" if crlf else "\n"
