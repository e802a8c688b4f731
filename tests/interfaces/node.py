"""A node without a network: tells what a test says that it has, and keeps keys."""

from base64 import b64encode
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sentra.core.agents import FoundInterface, Taken
from sentra.core.errors import SentraError
from sentra.core.secrets import Secret


class FakeNode:
    """See `core.agents.NodeLook` and `NodeKeys`."""

    def __init__(self) -> None:
        self.taken_there = Taken(frozenset({"lo", "eth0"}), ("192.168.7.0/24",), frozenset({53}))
        self.interfaces: dict[str, FoundInterface] = {}
        self.keys: dict[str, Secret] = {}
        self.away = False
        self.warning: str | None = None

    async def find(self, node: str) -> Sequence[FoundInterface]:
        return list(self.interfaces.values())

    async def look_at(self, node: str, name: str) -> FoundInterface | None:
        return self.interfaces.get(name)

    async def public_addresses(self, node: str) -> Sequence[str]:
        return ["203.0.113.5"]

    async def taken(self, node: str) -> Taken:
        if self.away:
            raise SentraError("away")
        return self.taken_there

    async def firewall_warning(self, node: str, interface: str, networks: Sequence[str]) -> str | None:
        return self.warning and f"{self.warning}: {interface}, {', '.join(networks)}"

    async def put(self, node: str, interface_id: str, private_key: Secret) -> str:
        self.keys[interface_id] = private_key
        pair = X25519PrivateKey.from_private_bytes(private_key.reveal())
        return b64encode(pair.public_key().public_bytes_raw()).decode()

    async def drop(self, node: str, interface_id: str) -> None:
        self.keys.pop(interface_id, None)
