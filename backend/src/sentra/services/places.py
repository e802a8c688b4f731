"""Where every interface is, and whose peers are on it: held in memory, and read again once anything has changed."""

import asyncio
from collections.abc import Callable, Mapping

from sentra.core.diff import InterfaceName
from sentra.db.interfaces import list_interfaces
from sentra.db.peers import owned_peers

OwnPeer = tuple[InterfaceName, str]
"""The interface of a peer, and its public key."""


class Places:
    """Knows the status names of what has documents. `count_changes` grows with each change of any of it."""

    def __init__(self, count_changes: Callable[[], int]) -> None:
        self._count_changes = count_changes
        self._reading = asyncio.Lock()
        self.as_of = -1
        """The count of changes that is in it."""
        self.interfaces: Mapping[str, InterfaceName] = {}
        """By id."""
        self.owned: Mapping[str, Mapping[InterfaceName, frozenset[OwnPeer]]] = {}
        """The peers of each user, by interface."""

    async def look(self) -> None:
        """Read what changed since the last look; nothing where nothing did."""
        if self.as_of == self._count_changes():
            return
        async with self._reading:
            if self.as_of != (count := self._count_changes()):
                await self._read()
                self.as_of = count

    async def _read(self) -> None:
        names = {each.id: (each.node, each.name) for each in await list_interfaces()}
        owned: dict[str, dict[InterfaceName, frozenset[OwnPeer]]] = {}
        for owner_id, interface_id, public_key in await owned_peers():
            if (name := names.get(interface_id)) is not None:
                theirs = owned.setdefault(owner_id, {})
                theirs[name] = theirs.get(name, frozenset()) | {(name, public_key)}
        self.interfaces, self.owned = names, owned
