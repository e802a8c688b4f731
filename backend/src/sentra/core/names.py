"""What people call things and write about them: which characters and how many."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from sentra.core import interfaces, peers
from sentra.core.errors import WrongValue

LONGEST_TAG: Final = 32
MOST_TAGS: Final = 20
LONGEST_LINE: Final = 200
"""Characters of a reason or a remark."""
LONGEST_NOTES: Final = 4000

_INTERFACE_NAME: Final = re.compile(r"[A-Za-z0-9_=+.][A-Za-z0-9_=+.-]*", re.ASCII)
_TAKEN_BY_THE_KERNEL: Final = frozenset({".", "..", "all", "default"})
"""Names that sysfs and /proc/sys/net/ipv4/conf have for themselves (dev_valid_name and devinet_sysctl_register of
Linux)."""
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, invisible ones and those that turn the direction of text, halves of
characters, line and paragraph separators."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Invisible, and part of how Persian and many emoji are written."""

_COMPOSED: Final = 4


def checked_interface_name(name: str) -> str:
    """Return the name of an interface that the kernel, wg-quick and command lines take. Raises WrongValue otherwise."""
    if not name:
        raise WrongValue("empty", "An interface needs a name, such as wg0.")
    if len(name.encode("utf-8", "surrogatepass")) > interfaces.LONGEST_NAME:
        raise WrongValue("too-long", f"The name of an interface has at most {interfaces.LONGEST_NAME} bytes.")
    if _INTERFACE_NAME.fullmatch(name) is None:
        raise WrongValue(
            "characters", "The name of an interface has letters a–z, digits and _ = + . - and does not begin with -."
        )
    if name in _TAKEN_BY_THE_KERNEL:
        raise WrongValue("reserved", "The kernel has this name for itself.")
    return name


def checked_peer_name(name: str) -> str:
    """Return a peer's name, composed (Unicode NFC) and without spaces around it. Raises WrongValue otherwise."""
    name = checked_line(name, peers.LONGEST_NAME)
    if not name:
        raise WrongValue("empty", "A peer needs a name.")
    return name


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags, each once and in order. Raises WrongValue for what cannot be one, and for too many."""
    checked = tuple(dict.fromkeys(_checked_tag(tag) for tag in tags))
    if len(checked) > MOST_TAGS:
        raise WrongValue("too-many", f"There are at most {MOST_TAGS} tags.")
    return checked


def checked_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return one line of text, composed and without spaces around it; empty is fine. Raises WrongValue otherwise.

    Refused is what ends a line, cannot be seen, turns the direction of text, or cannot be encoded.
    """
    _refuse_characters(text, "")
    # Composing takes time in the square of the length; nothing becomes this much shorter by it.
    text = unicodedata.normalize("NFC", text).strip() if len(text) <= _COMPOSED * longest else text
    if len(text) > longest:
        raise WrongValue("too-long", f"There is room for {longest} characters.")
    if text and not any(_is_seen(character) for character in text):
        raise WrongValue("invisible", "There is nothing to be seen in it.")
    return text


def checked_notes(text: str) -> str:
    """Return notes of several lines. Raises WrongValue as `checked_line`, the newline apart."""
    _refuse_characters(text, "\n")
    if len(text) > LONGEST_NOTES:
        raise WrongValue("too-long", f"There is room for {LONGEST_NOTES} characters.")
    return text


def has_hidden(text: str) -> bool:
    """Tell whether there is in a text what cannot be seen, ends a line or turns its direction: two addresses that look
    the same are the same."""
    return any(unicodedata.category(character) in _REFUSED for character in text)


def tidied_line(text: str, longest: int) -> str:
    """Give the nearest line that `checked_line` takes: for names found in files. It may be empty."""
    spaced = "".join(" " if character in "\t\r\n" else character for character in text[: _COMPOSED * longest])
    kept = "".join(character for character in spaced if not _is_refused(character))
    line = unicodedata.normalize("NFC", kept).strip()[:longest].strip()
    return line if any(_is_seen(character) for character in line) else ""


def _checked_tag(tag: str) -> str:
    tag = checked_line(tag, LONGEST_TAG)
    if not tag:
        raise WrongValue("empty", "A tag has at least one character.")
    if "," in tag:
        raise WrongValue("characters", "A tag has no comma; write two tags as two.")
    return tag


def _refuse_characters(text: str, but: str) -> None:
    if any(_is_refused(character) and character not in but for character in text):
        raise WrongValue("characters", "There is a control character, a line break or an invisible character in it.")


def _is_refused(character: str) -> bool:
    return unicodedata.category(character) in _REFUSED and character not in _JOINERS


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZM"
