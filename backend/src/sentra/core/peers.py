"""A peer: as it is configured on an interface (`PeerSpec`), and as people keep it (`Peer`)."""

from datetime import datetime

from msgspec import Struct

from sentra.core.secrets import Secret

LONGEST_NAME = 60
EXPIRED = "expired"
"""Why a peer is disabled whose time is over."""
MOST_AT_ONCE = 500
"""How many peers one request may create."""


class PeerSpec(Struct, frozen=True):
    """What is configured of a peer: wanted, or running.

    `allowed_ips` are canonical prefixes in the order of `core.addresses.sort_prefixes`. `endpoint` is, of a wanted
    spec, where an operator said that the peer is (host or address, and port), else None; of a running spec, where it
    was last heard. `preshared_key` has 32 bytes; None is no preshared key.
    """

    public_key: str
    allowed_ips: tuple[str, ...] = ()
    preshared_key: Secret | None = None
    persistent_keepalive: int = 0
    endpoint: str | None = None

    def differs_from(self, running: "PeerSpec | None") -> bool:
        """Tell whether a running spec is not what this one wants. An endpoint that nobody set may be anywhere."""
        if running is None:
            return True
        return (
            (self.allowed_ips != running.allowed_ips and set(self.allowed_ips) != set(running.allowed_ips))
            or self.preshared_key != running.preshared_key
            or self.persistent_keepalive != running.persistent_keepalive
            or (self.endpoint is not None and self.endpoint != running.endpoint)
        )


class Peer(Struct, frozen=True):
    """A peer as people keep it. Times are UTC; `version` grows with each change.

    `addresses` are its own tunnel addresses (`10.8.0.2/32`), `routes` the networks behind it: together they are what
    the interface routes to it. `client_allowed_ips` is what the peer sends into the tunnel, None for the interface's
    own networks or, where the interface masquerades, everything. The sealed fields are ciphertexts.
    """

    id: str
    interface_id: str
    name: str
    public_key: str
    created_at: datetime
    addresses: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    client_allowed_ips: tuple[str, ...] | None = None
    endpoint: str | None = None
    persistent_keepalive: int = 0
    client_keepalive: int | None = None
    dns: tuple[str, ...] | None = None
    mtu: int | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    owner_id: str | None = None
    expires_at: datetime | None = None
    enabled: bool = True
    disabled_reason: str | None = None
    preshared_sealed: bytes | None = None
    private_sealed: bytes | None = None
    given_revision: str | None = None
    """The revision of the config file that this peer was given last; None where none was ever handed out."""
    version: int = 1

    @property
    def allowed_ips(self) -> tuple[str, ...]:
        """Everything that the interface routes to this peer."""
        return (*self.addresses, *self.routes)
