"""S42: secrets are compared in constant time and drawn from the system's generator, wherever the code does it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "backend" / "src" / "sentra"
SECRET = re.compile(r"(^|_)(secret|token|password|digest|mac|hmac|nonce|csrf|signature|seed|code_hash|pin)s?$")
NO_SECRETS = {
    "cli/ways.py: read != token",  # a token of the grammar of commands
    "services/access_tokens.py: urlsafe_b64encode(decoded).decode().rstrip('=') == signature",  # what came, with itself
    "services/api_tokens.py: _with_check(secret[:-_CHECK_CHARACTERS]) == secret",  # what came, with its own checksum
    "services/repeats.py: known.request_digest != request_digest",  # of a request, whose sender knows it
}
"""Comparisons of what is no secret, or is not compared with one; each was looked at."""

BREACHES = (
    "ok = token == stored.token", "if given_secret != self._secret: pass", "digest(x) == row['token_digest']",
    "row.mac == mac", "import random", "from random import choice", "import random as r", "x = a == code.hash_digest",
)  # fmt: skip
FINE = (
    "compare_digest(token, stored)", "secret == ''", "token is None", "kind != 'token'", "len(secret) != 43",
    "secret == None", "import secrets", "tokens_left == 3",
)  # fmt: skip


def test_S42_secrets_are_compared_and_made_as_secrets_are():
    found = {
        breach
        for path in SOURCES.rglob("*.py")
        for breach in breaches(path.read_text(), path.relative_to(SOURCES).as_posix())
    }
    assert found == NO_SECRETS


@pytest.mark.parametrize("source", BREACHES)
def test_S42_a_breach_is_seen(source: str):
    assert list(breaches(source, "x.py"))


@pytest.mark.parametrize("source", FINE)
def test_S42_what_is_fine_is_let_through(source: str):
    assert not list(breaches(source, "x.py"))


def breaches(source: str, name: str) -> Iterator[str]:
    """Give what is wrong in a module: a secret compared with ==, and `random` in any form."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
            sides = [node.left, *node.comparators]
            if any(SECRET.search(_name(side)) for side in sides) and not any(_is_plain(side) for side in sides):
                yield f"{name}: {ast.unparse(node)}"
        elif isinstance(node, ast.Import) and any(each.name.partition(".")[0] == "random" for each in node.names):
            yield f"{name}: import random"
        elif isinstance(node, ast.ImportFrom) and (node.module or "") == "random":
            yield f"{name}: from random"


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=function):
            return _name(function)
    return ""


def _is_plain(node: ast.expr) -> bool:
    """Tell whether a side of a comparison is written in the code: None, a kind, an empty text, a length."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Call) and _name(node.func) == "len")
