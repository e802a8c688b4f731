"""S54 on peers."""

import pytest

from tests.access.conftest import World
from tests.fuzz.fuzzing import Counted, fuzz, operations
from tests.scale import scaled

pytestmark = pytest.mark.fuzz
TAGS = ("peers",)


@pytest.mark.parametrize("operation", operations(*TAGS))
async def test_S54_every_request_has_a_fitting_answer(world: World, counted: Counted, operation: str):
    found = await fuzz(world, operation, examples=scaled(40, 560))
    counted.cases += found.cases
    assert "\n".join(found.failures) == ""


def test_S54_there_were_enough(counted: Counted):
    assert counted.cases >= scaled(1400, 12_000)
