"""What has to change so that the running interface is the wanted one. Pure: nothing is read and nothing is done."""

from collections.abc import Mapping, Set

from msgspec import Struct

from sentra.core.interfaces import DeviceSpec, InterfaceSpec, LinkSpec
from sentra.core.peers import PeerSpec


class DevicePatch(Struct, frozen=True):
    """A change of the WireGuard side. None leaves alone; `put` holds whole specs, so that a preshared key or a
    keepalive that is gone is written as an explicit zero, and `remove` goes before `put`.

    A peer's endpoint is written only where its spec has one. The private key is not in here: whoever applies the
    patch has it (`set_private_key`).
    """

    set_private_key: bool = False
    listen_port: int | None = None
    fwmark: int | None = None
    remove: tuple[str, ...] = ()
    put: tuple[PeerSpec, ...] = ()

    def __bool__(self) -> bool:
        return self != _NO_DEVICE_PATCH


class LinkPatch(Struct, frozen=True):
    """A change of the network side. Additions come before removals, so that nothing is without a route meanwhile."""

    up: bool | None = None
    mtu: int | None = None
    add_addresses: tuple[str, ...] = ()
    remove_addresses: tuple[str, ...] = ()
    add_routes: tuple[str, ...] = ()
    remove_routes: tuple[str, ...] = ()
    table: int = 0

    def __bool__(self) -> bool:
        return self != LinkPatch(table=self.table)


class InterfacePatch(Struct, frozen=True):
    """A change of one interface; false where there is nothing to do."""

    device: DevicePatch = DevicePatch()
    link: LinkPatch = LinkPatch()
    masquerade: tuple[str, ...] | None = None
    """The networks that are to be masqueraded from now on; None leaves it as it is."""

    def __bool__(self) -> bool:
        return bool(self.device) or bool(self.link) or self.masquerade is not None


_NO_DEVICE_PATCH = DevicePatch()


def plan(wanted: InterfaceSpec, running: InterfaceSpec, owned: Set[str]) -> InterfacePatch:
    """Return the patch that ends the drift; an empty patch means none.

    A running peer outside `wanted` goes only if Sentra once owned it; the rest stay.
    """
    return InterfacePatch(
        device=_plan_device(wanted.device, running.device, owned),
        link=_plan_link(wanted.link, running.link),
        masquerade=wanted.masquerade if wanted.masquerade != running.masquerade else None,
    )


def plan_peers(
    wanted: Mapping[str, PeerSpec], running: Mapping[str, PeerSpec], owned: Set[str]
) -> tuple[tuple[PeerSpec, ...], tuple[str, ...]]:
    """Return the peers to put and the public keys to remove."""
    put = tuple(spec for key, spec in wanted.items() if spec.differs_from(running.get(key)))
    gone = (running.keys() - wanted.keys()) & owned
    return put, tuple(key for key in running if key in gone)


def _plan_device(wanted: DeviceSpec, running: DeviceSpec, owned: Set[str]) -> DevicePatch:
    put, remove = plan_peers(wanted.peers, running.peers, owned)
    return DevicePatch(
        set_private_key=wanted.public_key != running.public_key,
        listen_port=wanted.listen_port if wanted.listen_port not in (0, running.listen_port) else None,
        fwmark=wanted.fwmark if wanted.fwmark != running.fwmark else None,
        remove=remove,
        put=put,
    )


def _plan_link(wanted: LinkSpec, running: LinkSpec) -> LinkPatch:
    return LinkPatch(
        up=wanted.up if wanted.up != running.up else None,
        mtu=wanted.mtu if wanted.mtu not in (0, running.mtu) else None,
        add_addresses=_missing(wanted.addresses, running.addresses),
        remove_addresses=_missing(running.addresses, wanted.addresses),
        add_routes=_missing(wanted.routes, running.routes),
        remove_routes=_missing(running.routes, wanted.routes),
        table=wanted.table,
    )


def _missing(those: tuple[str, ...], here: tuple[str, ...]) -> tuple[str, ...]:
    known = frozenset(here)
    return tuple(each for each in those if each not in known)
