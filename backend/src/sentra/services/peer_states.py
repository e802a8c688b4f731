"""A peer as people see it: what they decided, and what follows from it."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Action, Actor, Resource
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.services.config_files import config_revision, effective_client_allowed_ips, must_reimport

_ACTIONS: Final[tuple[Action, ...]] = ("peer:read", "peer:update", "peer:delete", "peer:rekey", "peer:config")


class PeerState(Struct, frozen=True):
    """A peer, with what it sends into the tunnel, the revision of its config file, whether it has to import that
    again, and what the actor may do to it."""

    peer: Peer
    client_allowed_ips: tuple[str, ...]
    config_revision: str
    must_reimport: bool
    can: tuple[Action, ...]


class PeerStates:
    """Works out what follows from peers."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def of(self, by: Actor, interface: Interface, peers: Iterable[Peer]) -> list[PeerState]:
        """Give the states of peers of one interface, with what this actor may do to each."""
        known: dict[bool, tuple[Action, ...]] = {}

        def can(peer: Peer) -> tuple[Action, ...]:
            is_own = peer.owner_id == by.user_id
            if is_own not in known:
                resource = resource_of_peer(interface, peer)
                known[is_own] = tuple(action for action in _ACTIONS if self._access.may(by, action, resource))
            return known[is_own]

        return [
            PeerState(
                peer=peer,
                client_allowed_ips=effective_client_allowed_ips(interface, peer),
                config_revision=config_revision(interface, peer),
                must_reimport=must_reimport(interface, peer),
                can=can(peer),
            )
            for peer in peers
        ]


def resource_of(interface: Interface) -> Resource:
    """Give what an action on an interface is done to."""
    return Resource(node=interface.node, interface_id=interface.id)


def resource_of_peer(interface: Interface, peer: Peer) -> Resource:
    """Give what an action on a peer is done to."""
    return Resource(node=interface.node, interface_id=interface.id, owner_id=peer.owner_id, peer_id=peer.id)
