"""What is fuzzed: an application with two interfaces and a peer on each, its owner signed in."""

import pytest

from tests.access.conftest import agent, sentra, world
from tests.fuzz.fuzzing import Counted

__all__ = ["agent", "counted", "sentra", "world"]


@pytest.fixture(scope="module")
def counted() -> Counted:
    """Give what counts the cases of a file."""
    return Counted()
