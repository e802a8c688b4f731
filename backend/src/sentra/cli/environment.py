"""The `.env` of a checkout, which `make run` and the commands beside it read alike. The standard library is enough."""

import os
import re
from pathlib import Path
from typing import Final

from sentra.core.errors import SentraError

_LINE: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
_PATHS: Final = ("SENTRA_STATE_DIR", "SENTRA_TLS_CERT", "SENTRA_TLS_KEY", "SENTRA_WEB_ROOT")


class WrongEnvironmentFile(SentraError):
    """The file cannot be used; the sentence names it and the line, and never what the line holds."""


def environment() -> dict[str, str]:
    """Return the variables of this process, and before them those of `.env` where Sentra runs from a checkout.

    For the commands that ask about an installation: `sentra serve` has its variables from whoever starts it.
    """
    checkout = Path(__file__).resolve().parents[4]
    in_checkout = (checkout / "backend" / "pyproject.toml").is_file()
    return {**(from_file(checkout / ".env") if in_checkout else {}), **os.environ}


def from_file(path: Path) -> dict[str, str]:
    """Return the variables of a file of `NAME=value` lines; relative paths in it start at its folder.

    Raises WrongEnvironmentFile for everything that a shell, Docker or systemd might read in another way.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise WrongEnvironmentFile(f"{path} cannot be read ({error.strerror}).") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        try:
            variable = _variable(line)
        except ValueError as error:
            raise WrongEnvironmentFile(f"{path}, line {number}, {error}") from None
        if variable is None:
            continue
        name, value = variable
        if name in found:
            raise WrongEnvironmentFile(f"{path}, line {number}, sets {name} a second time.")
        found[name] = str(path.parent.absolute() / value) if value and _is_path(name) else value
    return found


def _variable(line: bytes) -> tuple[str, str] | None:
    try:
        text = line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8.") from None
    if not text.strip() or text.lstrip().startswith("#"):
        return None
    match = _LINE.fullmatch(text)
    if match is None or not text.replace("\t", " ").isprintable():
        raise ValueError("is not NAME=value; neither `export` nor anything else belongs there.")
    name, value = match.groups()
    return name, _unquoted(name, value)


def _unquoted(name: str, value: str) -> str:
    quote = value[:1]
    if quote in {'"', "'"}:
        if len(value) < 2 or value.find(quote, 1) != len(value) - 1:
            raise ValueError(f"gives {name} a value that does not end with its quote; comments have their own lines.")
        return value[1:-1]
    if re.search(r"\s#|^#", value):
        raise ValueError(f"has a comment behind {name}; comments have their own lines, and a value with # has quotes.")
    return value


def _is_path(name: str) -> bool:
    return name in _PATHS or name.endswith("_FILE")
