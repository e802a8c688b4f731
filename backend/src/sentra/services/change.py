"""What happens to one interface and its peers in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from sentra.core.access import Actor
from sentra.core.agents import Taken
from sentra.core.interfaces import Interface, InterfaceSpec
from sentra.core.peers import Peer
from sentra.db.addresses import ReleasedAddress, release_addresses, take_addresses
from sentra.db.bindings import remove_bindings_to
from sentra.db.interfaces import remove_interface, write_interface
from sentra.db.peers import add_peers, remove_peers, replace_peers
from sentra.db.tombstones import bury, dig_up


class Change:
    """A change while it is made; `Changes` makes it. The methods write at once, and raise versions by one each."""

    def __init__(self, actor: Actor, interface: Interface, *, now: float, resting_seconds: float) -> None:
        self.actor = actor
        self.interface = interface
        """The interface with what was written so far."""
        self.now = now
        """When this change is made: Unix seconds."""
        self.before: Interface | None = interface
        self.after: Interface | None = interface
        self.peers_before: dict[str, Peer | None] = {}
        self.peers_after: dict[str, Peer | None] = {}
        self.running: InterfaceSpec | None = None
        """What runs already, where that is not what `before` wanted: set by whoever adopts it."""
        self.restores: frozenset[str] | None = None
        """Which differences made by hand are undone, each as `Drift.concerns` has it; None for none."""
        self.taken = Taken()
        """What the node has in use beside this interface."""
        self.told: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()
        """What this leaves as it is, although somebody may think otherwise, in sentences."""
        self.firewall_warning: str | None = None
        """What this does on the node beside what its documents say, in sentences."""
        self.undoes: int | None = None
        """The revision that this change undoes."""
        self.writes_nothing = False
        """Whether all of it runs already."""
        self.deletes = False
        """Whether the interface is to be deleted once this change is confirmed."""
        self.unbound: tuple[str, ...] = ()
        """The ids of those whose role of this interface goes with it."""
        self.what = ""
        self.summary = ""
        self._resting_seconds = resting_seconds

    @property
    def moment(self) -> datetime:
        """The time of the change."""
        return datetime.fromtimestamp(self.now, UTC)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return self.before is self.after and not self.peers_after and not self.told

    def describe(self, what: str, summary: str) -> None:
        """Say what this is: a code such as `peer-created`, and a sentence for the history."""
        self.what, self.summary = what, summary

    async def write_interface(self, after: Interface) -> None:
        """Store what becomes of the interface; nothing where it stays as it is."""
        before = self.interface
        after = replace(after, version=before.version, generation=before.generation)
        if after != before:
            self.interface = self.after = replace(after, version=before.version + 1)
            await write_interface(self.interface)

    async def remove_interface(self) -> None:
        """Remove the interface with everything that hangs on it."""
        await remove_interface(self.interface.id)
        self.unbound = await remove_bindings_to(f"interface:{self.interface.id}")
        self.after = None

    async def add_peers(self, peers: Sequence[Peer]) -> None:
        """Add peers. Raises PeerRefused where another peer has their name, key or addresses."""
        await add_peers(peers)
        await dig_up(self.interface.id, [peer.public_key for peer in peers])
        await take_addresses(self.interface.id, [prefix for peer in peers for prefix in peer.addresses])
        for peer in peers:
            self._note(None, peer)

    async def replace_peers(self, peers: Sequence[tuple[Peer, Peer]]) -> None:
        """Store what becomes of peers, each given as it was and as it is; those that stay as they are count for
        nothing. A key that a peer gives up is buried, and an address rests. Raises PeerRefused as `add_peers`."""
        changed = [
            (before, replace(after, version=before.version + 1))
            for before, after in peers
            if replace(after, version=before.version) != before
        ]
        await replace_peers(changed)
        rekeyed = [(before, after) for before, after in changed if before.public_key != after.public_key]
        await bury(self.interface.id, [(before.public_key, before.name) for before, _ in rekeyed], now=self.now)
        await dig_up(self.interface.id, [after.public_key for _, after in rekeyed])
        await self._release([(before, after.addresses) for before, after in changed])
        await take_addresses(self.interface.id, [address for _, after in changed for address in after.addresses])
        for before, after in changed:
            self._note(before, after)

    async def remove_peers(self, peers: Sequence[Peer]) -> None:
        """Remove peers for good: their keys are buried, their addresses rest."""
        await remove_peers([peer.id for peer in peers])
        await bury(self.interface.id, [(peer.public_key, peer.name) for peer in peers], now=self.now)
        await self._release([(peer, ()) for peer in peers])
        for peer in peers:
            self._note(peer, None)

    def _note(self, before: Peer | None, after: Peer | None) -> None:
        peer_id = before.id if before else after.id if after else ""
        self.peers_before.setdefault(peer_id, before)
        self.peers_after[peer_id] = after

    async def _release(self, given_up: Sequence[tuple[Peer, tuple[str, ...]]]) -> None:
        released = [
            ReleasedAddress(address, peer.name, self.now)
            for peer, kept in given_up
            for address in peer.addresses
            if address not in kept
        ]
        if released:
            forget_before = self.now - self._resting_seconds
            await release_addresses(self.interface.id, released, forget_before=forget_before)
