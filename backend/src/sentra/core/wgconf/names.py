"""What the comments of a file call an interface or a peer: each program that writes such files has its own way."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sentra.core.names import tidied_line
from sentra.core.peers import LONGEST_NAME
from sentra.core.wgconf.text import Line, Section

NAME_LABEL: Final = "# Name = "
"""How Sentra itself writes a name."""

_LONGEST_COMMENT: Final = 300
_KEY: Final = re.compile(r"[A-Za-z0-9+/]{43}=|[0-9a-fA-F]{64}")
"""A name is stored in the open, so a comment with anything like a key is none."""
_LABELLED: Final = (
    # Sentra, wireguard-ui (`# Name: x`), WGDashboard (`#Name# = x`), exporters (`# friendly_name = x`)
    re.compile(r"#+ *(?:friendly_)?name *#? *[=:] *(.+)", re.IGNORECASE),
    # wg-portal
    re.compile(r"#+ *-WGP- display name: *(.+)", re.IGNORECASE),
    # pivpn
    re.compile(r"#+ *begin +(.+?) *#+", re.IGNORECASE),
    # wireguard-install of Nyr
    re.compile(r"#+ *begin_peer +(.+)", re.IGNORECASE),
    # wg-easy: the name, and the id of the peer
    re.compile(r"#+ *client: +(.+?) *\([0-9a-f-]{8,36}\)", re.IGNORECASE),
    # wireguard-install of angristan, the Mullvad application
    re.compile(r"#+ *(?:client:?|peer:|device:) +(.+)", re.IGNORECASE),
)
_SETTING: Final = re.compile(
    r"(?:\[|(?:publickey|presharedkey|privatekey|allowedips|endpoint|persistentkeepalive|address|dns|mtu|listenport"
    r"|table|fwmark|saveconfig|preup|postup|predown|postdown) *=)",
    re.IGNORECASE,
)
_FACT: Final = re.compile(r"[a-z0-9_.-]+ *: ", re.IGNORECASE)
"""One of several facts (`# Email: …`), of which none is the name where none is called so."""


def name_in(lines: list[Line], section: Section) -> str:
    """Give the name that the comments of a section suggest, tidied; empty where none does."""
    inside = [line.comment for line in _body(lines, section) if line.comment]
    above = [line.comment for line in reversed(lines[section.above : section.header])]
    return _labelled([*inside, *above]) or _plain(lines, section)


def name_comment(name: str) -> str:
    """Give the comment line that tells a name, whatever is in it; it ends no line and begins no section."""
    return NAME_LABEL + tidied_line(name, LONGEST_NAME)


def _body(lines: list[Line], section: Section) -> Iterator[Line]:
    """Give the lines of a section up to the first gap after a setting: what follows may be anything."""
    in_use = False
    for line in lines[section.header : section.end]:
        if (line.is_blank and in_use) or line.ends_a_block:
            return
        in_use = in_use or bool(line.key)
        yield line


def _labelled(comments: Iterable[str]) -> str:
    for comment in comments:
        if not _KEY.search(comment, 0, 2 * _LONGEST_COMMENT):
            for pattern in _LABELLED:
                if found := pattern.fullmatch(comment[:_LONGEST_COMMENT]):
                    return tidied_line(found[1], LONGEST_NAME)
    return ""


def _plain(lines: list[Line], section: Section) -> str:
    """Give the comment that stands where people write a name: beside or below the header, or else right above."""
    near = [lines[section.header].comment]
    near += [line.comment for line in lines[section.header + 1 : section.end][:1] if line.is_comment]
    if section.is_peer:
        near += [line.comment for line in lines[section.above : section.header][-1:]]
    for comment in near:
        said = comment.strip("# \t")
        if said and len(said) <= LONGEST_NAME and not (_SETTING.match(said) or _FACT.match(said) or _KEY.search(said)):
            return tidied_line(said, LONGEST_NAME)
    return ""
