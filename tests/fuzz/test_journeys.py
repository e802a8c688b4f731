"""S54 in chains: what one request answered is what the next one asks for."""

import pytest

from tests.access.conftest import World
from tests.fuzz.fuzzing import journeys
from tests.scale import scaled

pytestmark = pytest.mark.fuzz


async def test_S54_what_was_made_is_found_and_what_was_deleted_is_gone(world: World):
    found = await journeys(world, examples=scaled(60, 1000), steps=6)
    assert found.cases >= scaled(100, 2000)
    assert "\n".join(found.failures) == ""
