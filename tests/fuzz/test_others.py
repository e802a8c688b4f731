"""S54 on everything that is in no file of its own: sessions, factors, audit, status and what else there will be."""

import pytest

from tests.access.conftest import World
from tests.fuzz import test_interfaces, test_peers, test_people
from tests.fuzz.fuzzing import Counted, fuzz, operations
from tests.scale import scaled

pytestmark = pytest.mark.fuzz
TAGS = (*test_interfaces.TAGS, *test_peers.TAGS, *test_people.TAGS)


@pytest.mark.parametrize("operation", operations(*TAGS, others=True))
async def test_S54_every_request_has_a_fitting_answer(world: World, counted: Counted, operation: str):
    found = await fuzz(world, operation, examples=scaled(40, 560))
    counted.cases += found.cases
    assert "\n".join(found.failures) == ""


def test_S54_there_were_enough(counted: Counted):
    assert counted.cases >= scaled(1400, 15_000)
