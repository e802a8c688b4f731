"""Which peers do not run as wanted, told again and again: only those of which something changed are compared."""

from collections.abc import Mapping, Set
from itertools import compress
from operator import ne

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.interfaces import InterfaceSpec
from sentra.core.peers import PeerSpec

Peers = Mapping[str, PeerSpec]


class Match(Struct, frozen=True):
    """Wanted peers held against those that run. `different` are the public keys of those that do not run as wanted, and
    of those that run and are not wanted."""

    wanted: Peers = {}
    running: Peers = {}
    different: frozenset[str] = frozenset()

    def then(self, wanted: Peers, running: Peers) -> "Match":
        """Give the next match. What neither is wanted nor runs otherwise than in this one is not compared again."""
        doubtful = self.different | changed(wanted, self.wanted) | changed(running, self.running)
        different = frozenset(key for key in doubtful if _differ(wanted.get(key), running.get(key)))
        return Match(wanted, running, different)


def changed(now: Peers, before: Peers) -> Set[str]:
    """Give the public keys of peers that came, went or say something else."""
    if now is before:
        return frozenset()
    # Without a loop in Python, and without a look into specs that are the same objects.
    return {*compress(now, map(ne, now.values(), map(before.get, now))), *(before.keys() - now.keys())}


def narrow(spec: InterfaceSpec, keys: Set[str]) -> InterfaceSpec:
    """Give the spec with these of its peers only, in its order."""
    peers = {key: peer for key, peer in spec.device.peers.items() if key in keys} if keys else {}
    return replace(spec, device=replace(spec.device, peers=peers))


def _differ(wanted: PeerSpec | None, running: PeerSpec | None) -> bool:
    return wanted.differs_from(running) if wanted is not None else running is not None
