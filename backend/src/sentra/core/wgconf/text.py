"""The text of a wg-quick file as lines and sections, as `wg` and `wg-quick` take it apart. Nothing is lost.

`config.c` of wireguard-tools and `wg-quick/linux.bash`: a line ends at a newline and nowhere else, `#` begins a
comment anywhere, keys and sections are read in any case, and white space around them does not count.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

WHITE: Final = " \t\v\f\r\n"
"""What `isspace` says in the C locale."""
_BOM: Final = "\ufeff"
_WHITE_SPACE: Final = re.compile(f"[{WHITE}]+")
_END_MARKER: Final = re.compile(r"#+[ \t]*end(_peer)?\b", re.IGNORECASE | re.ASCII)


class Line(NamedTuple):
    """One line. `text` and `end` are what is written; the rest is what it says.

    `section` is the lower-case name in a header, brackets included. `key` and `value` are as written, without space
    around them; a line with content that has no `=` is a key alone. `comment` begins with its `#`.
    """

    text: str
    end: str
    section: str = ""
    key: str = ""
    value: str = ""
    comment: str = ""

    @property
    def is_comment(self) -> bool:
        """Whether there is a comment and nothing else."""
        return bool(self.comment) and not self.key and not self.section

    @property
    def is_blank(self) -> bool:
        return not (self.comment or self.key or self.section)

    @property
    def ends_a_block(self) -> bool:
        """Whether it is a comment that some programs close a peer with."""
        return self.is_comment and _END_MARKER.match(self.comment) is not None


class Section(NamedTuple):
    """Where a section is, as indexes of lines: its header, the comments right above it, and what follows the end."""

    name: str
    above: int
    header: int
    end: int

    @property
    def is_peer(self) -> bool:
        return self.name == "[peer]"


def lines_of(text: str) -> list[Line]:
    """Take a text apart; joined again by `text_of` it is the same."""
    pieces = text.split("\n")
    lines = [_line(piece, "\n") for piece in pieces[:-1]]
    if pieces[-1]:
        lines.append(_line(pieces[-1], ""))
    if lines and lines[0].text.startswith(_BOM):
        lines[0] = _line(lines[0].text[1:], lines[0].end)._replace(text=lines[0].text)
    return lines


def text_of(lines: Iterable[Line]) -> str:
    """Put lines together."""
    return "".join(line.text + line.end for line in lines)


def sections_of(lines: list[Line]) -> list[Section]:
    """Find the sections. A comment right above a header belongs to it, and not to the section before."""
    headers = [number for number, line in enumerate(lines) if line.section]
    above = [_above(lines, header) for header in headers]
    ends = [*above, len(lines)][1:]
    return [
        Section(lines[header].section, start, header, end)
        for header, start, end in zip(headers, above, ends, strict=True)
    ]


def _line(text: str, end: str) -> Line:
    content, hash_sign, rest = text.partition("#")
    content = content.strip(WHITE)
    comment = (hash_sign + rest).rstrip(WHITE)
    if content.startswith("["):
        return Line(text, end, section=_WHITE_SPACE.sub("", content).lower(), comment=comment)
    key, _, value = content.partition("=")
    return Line(text, end, key=key.rstrip(WHITE), value=value.lstrip(WHITE), comment=comment)


def _above(lines: list[Line], header: int) -> int:
    first = header
    while first and lines[first - 1].is_comment and not lines[first - 1].ends_a_block:
        first -= 1
    return first
