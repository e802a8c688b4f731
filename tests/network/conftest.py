"""A network namespace for each test that asks for one."""

from collections.abc import Iterator

import pytest

from tests.network.namespaces import Namespace, namespace


@pytest.fixture
def here() -> Iterator[Namespace]:
    """An empty network namespace."""
    with namespace() as made:
        yield made
