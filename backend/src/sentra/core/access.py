"""Who acts, and on what. The policy itself is in `access/`."""

from msgspec import Struct

Action = str
"""A permission name such as `status:read`: noun, colon, verb; compared exactly."""

ACTIONS: tuple[Action, ...] = (
    "docs:read",
    "interface:adopt",
    "interface:create",
    "interface:delete",
    "interface:import",
    "interface:read",
    "interface:update",
    "password:change",
    "peer:config",
    "peer:create",
    "peer:delete",
    "peer:read",
    "peer:rekey",
    "peer:update",
    "session:end",
    "session:read",
    "status:read",
)
"""Every action there is. A route or a service that names another one fails at start."""


class Actor(Struct, frozen=True):
    """Whoever asks: a signed-in user (later also an agent or a token). Made by the edge, passed to every service."""

    user_id: str
    email: str
    name: str
    role: str
    session_id: str | None = None
    """SHA-256 of the session that speaks, hex; never the secret itself."""
    address: str = ""
    """From where, as the trusted proxy tells it; empty where that does not matter."""


class Resource(Struct, frozen=True):
    """What an action is done to. Everything by default; a node, or an interface of a node."""

    node: str | None = None
    interface: str | None = None


EVERYTHING = Resource()


class Sight(Struct, frozen=True):
    """The part of the status that an actor may see. Hashable: readers of equal sight share one encoded frame."""

    everything: bool = False
    nodes: frozenset[str] = frozenset()
    interfaces: frozenset[tuple[str, str]] = frozenset()
    """Pairs of node and interface name."""

    def sees_node(self, node: str) -> bool:
        return self.everything or node in self.nodes or any(n == node for n, _ in self.interfaces)

    def sees_interface(self, node: str, interface: str) -> bool:
        return self.everything or node in self.nodes or (node, interface) in self.interfaces


SEES_EVERYTHING = Sight(everything=True)
SEES_NOTHING = Sight()
