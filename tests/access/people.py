"""People with roles, signed in, and what belongs to whom."""

import secrets
from datetime import UTC, datetime
from typing import Any, Final

from sentra.app import Sentra
from sentra.core.access import Binding
from sentra.core.users import User
from sentra.db.bindings import replace_bindings
from sentra.db.database import transaction
from sentra.db.users import add_user
from tests.browser import PASSWORD, Browser

_addresses = iter(range(1, 1 << 16))
NOBODY: Final[tuple[Binding, ...]] = ()


class Person(Browser):
    """Somebody signed in, with the id of their account."""

    user_id = ""
    email = ""


async def someone(sentra: Sentra, *bindings: Binding, peer_limit: int | None = None) -> Person:
    """Add somebody who is bound so, and sign them in."""
    user_id = secrets.token_hex(16)
    number = next(_addresses)
    person = Person(sentra.asgi, f"198.18.{number >> 8}.{number & 255}")
    person.user_id, person.email = user_id, f"{user_id[:8]}@example.com"
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    user = User(
        id=user_id,
        email=person.email,
        name=f"Person {number}",
        auth_epoch=1,
        enabled=True,
        created_at=moment,
        joined_at=moment,
        peer_limit=peer_limit,
    )
    password_hash = await sentra.passwords.hash(PASSWORD)
    async with transaction():
        await add_user(user, password_hash)
        await replace_bindings(user_id, bindings)
    answer = await person.sign_in(person.email)
    assert answer.status == 200, answer.json
    return person


async def bind(sentra: Sentra, person: Person, *bindings: Binding) -> None:
    """Bind somebody otherwise from now on, as the service does."""
    async with transaction():
        await replace_bindings(person.user_id, bindings)
    sentra.identities.forget(person.user_id)


async def kept_peer(browser: Browser, interface_id: str, name: str, **said: Any) -> dict[str, Any]:
    """Make a peer whose config file this server has."""
    form = {"name": name, "make_keys": True, **said}
    answer = await browser.post(f"/api/v1/interfaces/{interface_id}/peers", form)
    assert answer.status == 201, answer.json
    return dict(answer.json["peer"])
