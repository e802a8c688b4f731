"""Who acts, and on what. The policy itself is in `access/`."""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

Action = str
"""A permission name such as `status:read`: noun, colon, verb; compared exactly."""

ACTIONS: tuple[Action, ...] = (
    "audit:read",
    "docs:read",
    "factor:create",
    "factor:delete",
    "factor:read",
    "factor:reset",
    "factor:update",
    "interface:adopt",
    "interface:create",
    "interface:delete",
    "interface:import",
    "interface:inspect",
    "interface:read",
    "interface:update",
    "key:read",
    "key:rotate",
    "password:change",
    "peer:config",
    "peer:create",
    "peer:delete",
    "peer:read",
    "peer:rekey",
    "peer:update",
    "policy:read",
    "policy:update",
    "profile:update",
    "provider:read",
    "provider:update",
    "role:read",
    "role:update",
    "session:end",
    "session:prove",
    "session:read",
    "status:read",
    "token:create",
    "token:read",
    "token:revoke",
    "user:delete",
    "user:invite",
    "user:read",
    "user:reset",
    "user:update",
)
"""Every action there is. A route or a service that names another one fails at start."""


Role = Literal["owner", "admin", "operator", "viewer", "member"]
"""What somebody is, to what it is bound to. A member has what is their own, and nothing else."""

ROLES: Final[tuple[Role, ...]] = ("owner", "admin", "operator", "viewer", "member")
"""Every role, the one with the most rights first."""

Scope = str
"""What a role is bound to: `*`, `node:NODE` or `interface:ID`."""

WHOLE: Final[Scope] = "*"


class Resource(Struct, frozen=True):
    """What an action is done to: an interface of a node, or a peer of it; with nothing said, Sentra as a whole.

    `owner_id` is whose it is, where it is somebody's.
    """

    node: str | None = None
    interface_id: str | None = None
    owner_id: str | None = None
    peer_id: str | None = None


EVERYTHING = Resource()


def covers(scope: Scope, resource: Resource) -> bool:
    """Tell whether a resource lies in a scope."""
    kind, _, name = scope.partition(":")
    if kind == "node":
        return resource.node is not None and resource.node == name
    if kind == "interface":
        return resource.interface_id is not None and resource.interface_id == name
    return scope == WHOLE


class Binding(Struct, frozen=True):
    """A role, and what it is bound to."""

    role: Role
    scope: Scope = WHOLE


def highest_role(bindings: Iterable[Binding]) -> Role | None:
    """Give the role with the most rights, wherever it is bound; None for nobody's, or one that no version knows."""
    return min((each.role for each in bindings if each.role in ROLES), key=ROLES.index, default=None)


ActorKind = Literal["user", "token", "local", "sentra"]


class Actor(Struct, frozen=True):
    """Whoever asks. Made by the edge from what the credential says right now, passed to every service."""

    user_id: str
    email: str
    name: str
    bindings: tuple[Binding, ...] = ()
    kind: ActorKind = "user"
    actions: frozenset[Action] | None = None
    """What a token may be used for at most; None where nothing is held back."""
    within: Scope = WHOLE
    """To what a token may be used at most."""
    token_id: str | None = None
    """The id of the API token, or of the family of the access token."""
    session_id: str | None = None
    """SHA-256 of the session that speaks, hex; never the secret itself."""
    proved_at: float = 0.0
    """When whoever sits there last proved who they are: Unix seconds."""
    amr: tuple[str, ...] = ()
    """How, as RFC 8176 names it: `pwd`, `otp`, `hwk` …"""
    address: str = ""
    """From where, as the trusted proxy tells it; empty where that does not matter."""

    @property
    def role(self) -> Role | None:
        """The role with the most rights, wherever it is bound; None for somebody without any."""
        return highest_role(self.bindings)


class Sight(Struct, frozen=True):
    """The part of the status that an actor may see. Hashable: readers of equal sight share one encoded frame.

    Interfaces are pairs of node and name. Of `outlines` one sees that they are there, and of their peers only `peers`:
    each a pair of its interface and its public key.
    """

    everything: bool = False
    nodes: frozenset[str] = frozenset()
    interfaces: frozenset[tuple[str, str]] = frozenset()
    outlines: frozenset[tuple[str, str]] = frozenset()
    peers: frozenset[tuple[tuple[str, str], str]] = frozenset()

    def sees_node(self, node: str) -> bool:
        return self.sees_all_of_node(node) or any(each[0] == node for each in (*self.interfaces, *self.outlines))

    def sees_all_of_node(self, node: str) -> bool:
        return self.everything or node in self.nodes

    def sees_interface(self, interface: tuple[str, str]) -> bool:
        return self.sees_all_of(interface) or interface in self.outlines

    def sees_all_of(self, interface: tuple[str, str]) -> bool:
        return self.everything or interface[0] in self.nodes or interface in self.interfaces

    def sees_peer(self, interface: tuple[str, str], public_key: str) -> bool:
        return self.sees_all_of(interface) or (interface, public_key) in self.peers


SEES_EVERYTHING = Sight(everything=True)
SEES_NOTHING = Sight()
