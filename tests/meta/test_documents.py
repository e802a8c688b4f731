"""The documents say what is there: commands that parse, all of them, and links that lead somewhere."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentra.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

Parsers = dict[tuple[str, ...], argparse.ArgumentParser]


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="sentra", exit_on_error=False)
    commands = whole.add_subparsers(required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return whole


def below(whole: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Parsers:
    """Return the parser of every command, by the words that name it."""
    found = {path: whole}
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                found |= below(inner, (*path, word))
    return found


KNOWN = below(parser())
LEAVES = {path for path in KNOWN if not any(other[:-1] == path for other in KNOWN if other)}


def written(text: str) -> Iterator[list[str]]:
    """Return the words of every command in a block, which is there to be copied."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if match := re.match(r"(?:\.venv/bin/|docker compose exec --user \d+ sentra )?sentra (.+)", line):
                yield shlex.split(match[1])


def mentioned(text: str) -> Iterator[list[str]]:
    """Return the words of every command in a sentence, up to where words stand for something else."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for words in re.findall(r"`sentra ([^`]+)`", outside):
        yield re.split(r" (?=[A-Z\[…])", words)[0].rstrip(" …").split()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_written_down_parses(document: Path) -> None:
    for words in written(document.read_text()):
        try:
            parser().parse_args(words)
        except (SystemExit, argparse.ArgumentError) as error:
            pytest.fail(f"sentra {shlex.join(words)}: {error}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_mentioned_exists(document: Path) -> None:
    for words in mentioned(document.read_text()):
        path = max((path for path in KNOWN if path == tuple(words[: len(path)])), key=len)
        rest = words[len(path) :]
        assert path in LEAVES or all(word.startswith("-") for word in rest), words
        options = {word.partition("=")[0] for word in rest if word.startswith("-")}
        assert options <= KNOWN[path]._option_string_actions.keys(), words


def test_every_command_is_written_down() -> None:
    everything = " ".join(path.read_text() for path in DOCUMENTS if path.parent.name != "adr")
    said = {*map(tuple, written(everything)), *map(tuple, mentioned(everything))}
    assert {path for path in LEAVES if not any(words[: len(path)] == path for words in said)} <= {
        ("setup-link",), ("openapi",),
    }, "these are named in the table of README.md alone"  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text()):
        name, _, anchor = target.partition("#")
        there = (document.parent / name).resolve() if name else document
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target
