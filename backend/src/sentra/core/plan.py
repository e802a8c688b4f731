"""What has to change so that the running interface is the wanted one. Pure: nothing is read and nothing is done."""

from collections.abc import Callable, Mapping, Set

from msgspec import Struct
from msgspec.structs import replace

from sentra.core.drift import DriftSubject, concern
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
    """A change of the network side. Additions come before removals, so that nothing is without a route meanwhile.

    Routes are added to `table` and removed from `remove_table`; 0 is the main one.
    """

    up: bool | None = None
    mtu: int | None = None
    add_addresses: tuple[str, ...] = ()
    remove_addresses: tuple[str, ...] = ()
    add_routes: tuple[str, ...] = ()
    remove_routes: tuple[str, ...] = ()
    table: int = 0
    remove_table: int = 0

    def __bool__(self) -> bool:
        return self != LinkPatch(table=self.table, remove_table=self.remove_table)


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
        masquerade=wanted.masquerade if set(wanted.masquerade) != set(running.masquerade) else None,
    )


def plan_peers(
    wanted: Mapping[str, PeerSpec], running: Mapping[str, PeerSpec], owned: Set[str]
) -> tuple[tuple[PeerSpec, ...], tuple[str, ...]]:
    """Return the peers to put and the public keys to remove."""
    put = tuple(spec for key, spec in wanted.items() if spec.differs_from(running.get(key)))
    gone = (running.keys() - wanted.keys()) & owned
    return put, tuple(key for key in running if key in gone)


def aim(wanted: InterfaceSpec, running: InterfaceSpec, writes: Callable[[str], bool]) -> InterfaceSpec:
    """Return what is to run where only some differences are written: those whose `Drift.concerns` `writes` accepts.

    Running peers outside `wanted` are left to `plan` and its `owned`. A peer that stays as it is has no endpoint here:
    nobody wants it anywhere.
    """
    return InterfaceSpec(
        wanted.name,
        _aim_device(wanted.device, running.device, writes),
        _aim_link(wanted.link, running.link, writes),
        wanted.masquerade if writes(concern("masquerade")) else running.masquerade,
    )


def undo(done: InterfacePatch, before: InterfaceSpec, now: InterfaceSpec) -> InterfacePatch:
    """Return the patch that takes back `done`, of which any part may have happened: `before` ran, `now` runs.

    What `done` did not mean to change is left alone, but for allowed IPs: those that it took from others go back.
    """
    masquerade = before.masquerade if done.masquerade is not None else now.masquerade
    return InterfacePatch(
        device=_undo_device(done.device, before.device, now.device),
        link=_undo_link(done.link, before.link, now.link),
        masquerade=masquerade if set(masquerade) != set(now.masquerade) else None,
    )


def unmet(asked: InterfacePatch, now: InterfaceSpec) -> tuple[str, ...]:
    """Name what of a patch did not come true, in words; endpoints apart, for a peer may have moved on."""
    device, link = asked.device, asked.link
    puts = (replace(spec, endpoint=None) for spec in device.put)
    told = {
        "the listen port": device.listen_port not in (None, now.device.listen_port),
        "the firewall mark": device.fwmark not in (None, now.device.fwmark),
        "whether it is up": link.up not in (None, now.link.up),
        "the MTU": link.mtu not in (None, now.link.mtu),
        "the masquerade": asked.masquerade is not None and set(asked.masquerade) != set(now.masquerade),
    }
    return (
        *(name for name, wrong in told.items() if wrong),
        *(f"peer {spec.public_key}" for spec in puts if spec.differs_from(now.device.peers.get(spec.public_key))),
        *(f"peer {key}" for key in device.remove if key in now.device.peers),
        *_missing(link.add_addresses, now.link.addresses),
        *(each for each in link.remove_addresses if each in now.link.addresses),
        *_missing(link.add_routes, now.link.routes),
    )


def _plan_device(wanted: DeviceSpec, running: DeviceSpec, owned: Set[str]) -> DevicePatch:
    put, remove = plan_peers(wanted.peers, running.peers, owned)
    return DevicePatch(
        set_private_key=wanted.public_key is not None and wanted.public_key != running.public_key,
        listen_port=wanted.listen_port if wanted.listen_port not in (0, running.listen_port) else None,
        fwmark=wanted.fwmark if wanted.fwmark != running.fwmark else None,
        remove=remove,
        put=put,
    )


def _plan_link(wanted: LinkSpec, running: LinkSpec) -> LinkPatch:
    moved = wanted.table != running.table
    return LinkPatch(
        up=wanted.up if wanted.up != running.up else None,
        mtu=wanted.mtu if wanted.mtu not in (0, running.mtu) else None,
        add_addresses=_missing(wanted.addresses, running.addresses),
        remove_addresses=_missing(running.addresses, wanted.addresses),
        add_routes=_missing(wanted.routes, () if moved else running.routes),
        remove_routes=_missing(running.routes, () if moved else wanted.routes),
        table=wanted.table,
        remove_table=running.table,
    )


def _aim_device(wanted: DeviceSpec, running: DeviceSpec, writes: Callable[[str], bool]) -> DeviceSpec:
    peers = {}
    for key, spec in wanted.peers.items():
        now = running.peers.get(key)
        if not spec.differs_from(now) or writes(concern("peer", key)):
            peers[key] = spec
        elif now is not None:
            peers[key] = replace(now, endpoint=None)
    return DeviceSpec(
        wanted.public_key if writes(concern("interface", "public_key")) else running.public_key,
        wanted.listen_port if writes(concern("interface", "listen_port")) else running.listen_port,
        wanted.fwmark if writes(concern("interface", "fwmark")) else running.fwmark,
        peers,
    )


def _aim_link(wanted: LinkSpec, running: LinkSpec, writes: Callable[[str], bool]) -> LinkSpec:
    routes, table = _aim_set("route", wanted.routes, running.routes, writes), wanted.table
    if wanted.table != running.table:
        # Routes of another table than the wanted one move together or not at all.
        moves = all(writes(concern("route", each)) for each in wanted.routes)
        routes, table = (wanted.routes, wanted.table) if moves else (running.routes, running.table)
    return LinkSpec(
        up=wanted.up if writes(concern("interface", "up")) else running.up,
        mtu=wanted.mtu if writes(concern("interface", "mtu")) else running.mtu,
        addresses=_aim_set("address", wanted.addresses, running.addresses, writes),
        routes=routes,
        table=table,
    )


def _aim_set(
    subject: DriftSubject, wanted: tuple[str, ...], running: tuple[str, ...], writes: Callable[[str], bool]
) -> tuple[str, ...]:
    before, after = frozenset(wanted), frozenset(running)
    kept = (each for each in running if each not in before and not writes(concern(subject, each)))
    return (*(each for each in wanted if each in after or writes(concern(subject, each))), *kept)


def _undo_device(done: DevicePatch, before: DeviceSpec, now: DeviceSpec) -> DevicePatch:
    put = {spec.public_key: spec for spec in done.put}
    removed = frozenset(done.remove)
    back = []
    for key, spec in before.peers.items():
        running = now.peers.get(key)
        if running is None and key not in removed and key not in put:
            continue  # somebody else took it away meanwhile
        moved = key in put and put[key].endpoint is not None
        wanted = spec if running is None or moved else replace(spec, endpoint=None)
        if wanted.differs_from(running):
            back.append(wanted)
    return DevicePatch(
        set_private_key=done.set_private_key and now.public_key != before.public_key,
        listen_port=_back(done.listen_port, before.listen_port, now.listen_port),
        fwmark=_back(done.fwmark, before.fwmark, now.fwmark),
        remove=tuple(key for key in put if key in now.peers and key not in before.peers),
        put=tuple(back),
    )


def _undo_link(done: LinkPatch, before: LinkSpec, now: LinkSpec) -> LinkPatch:
    # Where the routes of another table were meant to go, `now` may have either table: ask for the old ones there.
    moved = done.table != done.remove_table
    return LinkPatch(
        up=before.up if done.up is not None and before.up != now.up else None,
        mtu=before.mtu if done.mtu is not None and before.mtu not in (0, now.mtu) else None,
        add_addresses=tuple(each for each in done.remove_addresses if each not in now.addresses),
        remove_addresses=tuple(each for each in done.add_addresses if each in now.addresses),
        add_routes=tuple(each for each in done.remove_routes if moved or each not in now.routes),
        remove_routes=tuple(each for each in done.add_routes if moved or each in now.routes),
        table=done.remove_table,
        remove_table=done.table,
    )


def _back(done: int | None, before: int, now: int) -> int | None:
    return before if done is not None and before != now else None


def _missing(those: tuple[str, ...], here: tuple[str, ...]) -> tuple[str, ...]:
    known = frozenset(here)
    return tuple(each for each in those if each not in known)
