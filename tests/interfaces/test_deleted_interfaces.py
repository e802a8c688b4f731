"""What an agent is told of interfaces that are there no more, and of those that never were."""

import json
import sqlite3
from pathlib import Path

import pytest

from sentra.app import Sentra
from sentra.core.agents import DeletedInterface
from sentra.core.interfaces import WantedInterface
from sentra.db.database import transaction
from sentra.db.interfaces import remove_interface
from sentra.db.migrations import prepare_database, shipped_migrations
from sentra.services.specs import Specs
from tests.api.agent import FakeAgent
from tests.api.peer_forms import create_interface, create_peer
from tests.browser import Browser
from tests.interfaces.conftest import INTERFACES

TOMBSTONES = 4
"""The step of the schema that brought them."""


@pytest.mark.parametrize("mode", ["warn", "observe"])
async def test_a_deleted_interface_is_told_as_deleted_with_the_mode_that_it_had(
    owner: Browser, sentra: Sentra, agent: FakeAgent, mode: str
):
    made = await create_interface(owner, name="wg3", drift_mode=mode)
    await create_peer(owner, made)
    assert (await owner.request("DELETE", f"{INTERFACES}/{made}")).status == 200
    assert await sentra.management.specs.wanted_interface(made) == DeletedInterface(made, "wg3", mode)
    assert await sentra.management.specs.generations() == {}


async def test_what_never_was_or_is_another_nodes_is_not_told_as_deleted(
    owner: Browser, sentra: Sentra, agent: FakeAgent
):
    made = await create_interface(owner)
    assert await sentra.management.specs.wanted_interface("0" * 32) is None
    await owner.request("DELETE", f"{INTERFACES}/{made}?dry_run=true")
    assert isinstance(await sentra.management.specs.wanted_interface(made), WantedInterface)
    await owner.request("DELETE", f"{INTERFACES}/{made}")
    assert await Specs("berlin", sentra.management.specs._peers).wanted_interface(made) is None


async def test_a_deletion_that_was_taken_back_was_none(owner: Browser, sentra: Sentra, agent: FakeAgent):
    made = await create_interface(owner)
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await remove_interface(made)
            raise ZeroDivisionError
    assert isinstance(await sentra.management.specs.wanted_interface(made), WantedInterface)


def test_what_was_deleted_before_there_were_tombstones_gets_one(tmp_path: Path):
    path = tmp_path / "sentra.db"
    steps = shipped_migrations()
    prepare_database(path, tuple(step for step in steps if step.number < TOMBSTONES))
    document = {"node": "local", "name": "wg0", "drift_mode": "observe"}
    histories = {
        "deleted": [(None, document), (document, document | {"drift_mode": "warn"}), (document, None)],
        "peers-only": [(None, None)],
        "vanished": [(document, document | {"mtu": 1380})],
        "made": [(None, document)],
    }
    with sqlite3.connect(path) as connection:
        for interface_id, history in histories.items():
            for before, after in history:
                texts = (json.dumps({"interface": each, "peers": {}}) for each in (before, after))
                connection.execute(
                    'INSERT INTO "revisions" ("interface_id", "what", "summary", "actor_id", "actor_name", "before", '
                    '"after", "made_at") VALUES (?, "", "", "", "", ?, ?, 7)',
                    (interface_id, *texts),
                )
    connection.close()
    prepare_database(path, steps)
    connection = sqlite3.connect(path)
    rows = connection.execute('SELECT * FROM "deleted_interfaces"').fetchall()
    connection.close()
    assert rows == [("deleted", "local", "wg0", "observe", 7.0)]
