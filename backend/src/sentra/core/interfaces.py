"""An interface: as it is configured on a node (`InterfaceSpec`), and as people keep it (`Interface`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from sentra.core.peers import PeerSpec

LONGEST_NAME = 15
"""Bytes: IFNAMSIZ of include/uapi/linux/if.h without the closing zero."""

DriftMode = Literal["observe", "warn", "enforce"]
"""What happens to changes made by hand: nothing is written at all, they are shown, or they are undone at once."""
UnmanagedMode = Literal["keep", "adopt", "remove"]
"""What happens to running peers that Sentra never knew."""
BroughtUpBy = Literal["sentra", "wg-quick"]
"""Who makes the link, its addresses and its routes. Of an adopted interface wg-quick does until it is handed over."""


class DeviceSpec(Struct, frozen=True):
    """The WireGuard side of an interface. `public_key` is None while it has no private key."""

    public_key: str | None = None
    listen_port: int = 0
    fwmark: int = 0
    peers: Mapping[str, PeerSpec] = {}
    """By public key."""


class LinkSpec(Struct, frozen=True):
    """The network side of an interface. `mtu` 0 is the kernel's choice; `addresses` have their prefix length.

    `routes` are the prefixes that lead into the interface beside those of its own addresses, in `table`
    (0 is the main one); none where the interface has `table = off`.
    """

    up: bool = False
    mtu: int = 0
    addresses: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    table: int = 0


class InterfaceSpec(Struct, frozen=True):
    """What is configured of an interface: wanted, or running. `masquerade` are the networks that reach the internet
    through this node by its address."""

    name: str
    device: DeviceSpec = DeviceSpec()
    link: LinkSpec = LinkSpec()
    masquerade: tuple[str, ...] = ()


class WantedInterface(Struct, frozen=True):
    """What an agent is told about one interface. `generation` grows with each change of anything in it.

    `owned` are the public keys that Sentra put there once and does not want (any more): tombstones. A running peer
    that is in neither `spec` nor `owned` is unmanaged. `spec.device.public_key` is None until the node has made a
    key. With `started` false the interface is to be down and away, where Sentra brings it up.
    """

    id: str
    generation: int
    spec: InterfaceSpec
    started: bool = True
    owned: frozenset[str] = frozenset()
    drift_mode: DriftMode = "warn"
    unmanaged: UnmanagedMode = "keep"
    brought_up_by: BroughtUpBy = "sentra"


class Interface(Struct, frozen=True):
    """An interface as people keep it. Times are UTC; `version` grows with each change made by people, `generation`
    with each change of what should run, peers included.

    `pools` are the prefixes from which peers get addresses. `table` is `auto` (routes go into the main table, never a
    default route), `off`, or a number. `public_host` and `public_port` are where peers reach this interface.
    """

    id: str
    node: str
    name: str
    created_at: datetime
    public_key: str | None = None
    listen_port: int = 51820
    fwmark: int = 0
    mtu: int = 0
    addresses: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    table: str = "auto"
    public_host: str = ""
    public_port: int = 0
    """0 for the listen port."""
    masquerade: bool = False
    started: bool = True
    drift_mode: DriftMode = "warn"
    unmanaged: UnmanagedMode = "keep"
    brought_up_by: BroughtUpBy = "sentra"
    server_keys: bool = False
    """Whether peers may be created whose private key this server makes and keeps, sealed."""
    version: int = 1
    generation: int = 1
