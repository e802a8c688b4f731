"""An interface as people see it: what they decided, and what is known of it right now."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Action, Actor
from sentra.core.drift import Drift, InterfaceReport
from sentra.core.interfaces import Interface
from sentra.core.secrets import digest
from sentra.core.status import OUT_OF_ORDER, DriverName
from sentra.core.wanted import networks
from sentra.db.confirmations import deadlines
from sentra.db.ignored_drift import all_ignored_drift
from sentra.db.interfaces import count_peers, peers_given
from sentra.db.peers import owned_peers
from sentra.live.cache import StatusCache
from sentra.services.applied import Reports
from sentra.services.forecasts import ConfigRevision
from sentra.services.peer_states import resource_of

_ACTIONS: Final[Sequence[Action]] = (
    "interface:read",
    "interface:inspect",
    "interface:update",
    "interface:delete",
    "peer:create",
    "peer:read",
    "peer:update",
    "peer:delete",
    "peer:rekey",
    "peer:config",
)


class InterfaceState(Struct, frozen=True):
    """An interface with what is known of it. `applied` says that the newest decision runs; else `error` may say why
    it cannot. Ignored differences do not count. `confirm_until` is Unix seconds."""

    interface: Interface
    peer_count: int
    driver: DriverName | None
    applied: bool
    error: str | None
    drift_count: int
    unmanaged_count: int
    reimport_count: int
    confirm_until: float | None
    can: tuple[Action, ...]


class InterfaceStates:
    """Looks up what is known of interfaces."""

    def __init__(self, access: Access, reports: Reports, cache: StatusCache, config_revision: ConfigRevision) -> None:
        self._access = access
        self._reports = reports
        self._cache = cache
        self._config_revision = config_revision

    async def of(self, by: Actor, interfaces: Sequence[Interface]) -> list[InterfaceState]:
        """Give the states of interfaces, with what this actor may do to each."""
        counts = await count_peers()
        inspects = [self._access.may(by, "interface:inspect", resource_of(each)) for each in interfaces]
        own = [] if all(inspects) else [where for owner_id, where, _ in await owned_peers() if owner_id == by.user_id]
        until = await deadlines()
        ignored = await all_ignored_drift()
        return [
            self._state(
                by, interface, counts.get(interface.id, 0), await self._reimport_count(interface), until, ignored
            )
            if inspect
            else self._outline(by, interface, own.count(interface.id), until)
            for interface, inspect in zip(interfaces, inspects, strict=True)
        ]

    def _state(
        self,
        by: Actor,
        interface: Interface,
        peer_count: int,
        reimport_count: int,
        until: Mapping[str, float],
        ignored: frozenset[tuple[str, str]],
    ) -> InterfaceState:
        report = self._reports.newest.get(interface.id)
        differences = report.drift if report else ()
        return InterfaceState(
            interface=interface,
            peer_count=peer_count,
            driver=self._driver(interface),
            applied=is_applied(interface, report),
            error=report.error if report else None,
            drift_count=sum((interface.id, drift_id(each)) not in ignored for each in differences),
            unmanaged_count=len(report.unmanaged) if report else 0,
            reimport_count=reimport_count,
            confirm_until=until.get(interface.id),
            can=self._can(by, interface),
        )

    def _outline(self, by: Actor, interface: Interface, peer_count: int, until: Mapping[str, float]) -> InterfaceState:
        """Give what the config file of a peer tells of its interface anyway, and whether it works."""
        report = self._reports.newest.get(interface.id)
        return InterfaceState(
            interface=outline(interface),
            peer_count=peer_count,
            driver=None,
            applied=is_applied(interface, report),
            error=OUT_OF_ORDER if report and report.error else None,
            drift_count=0,
            unmanaged_count=0,
            reimport_count=0,
            confirm_until=until.get(interface.id),
            can=self._can(by, interface),
        )

    def _can(self, by: Actor, interface: Interface) -> tuple[Action, ...]:
        # What somebody may do to their own peers only, they may do to something here.
        resource = replace(resource_of(interface), owner_id=by.user_id)
        return tuple(action for action in _ACTIONS if self._access.may(by, action, resource))

    def _driver(self, interface: Interface) -> DriverName | None:
        node = self._cache.nodes.get(interface.node)
        cached = node.interfaces.get(interface.name) if node else None
        return cached.status.driver if cached else None

    async def _reimport_count(self, interface: Interface) -> int:
        given = await peers_given(interface.id)
        return sum(peer.given_revision != self._config_revision(interface, peer) for peer in given)


def outline(interface: Interface) -> Interface:
    """Give an interface as the config file of a peer tells of it."""
    return Interface(
        id=interface.id,
        node=interface.node,
        name=interface.name,
        created_at=interface.created_at,
        public_key=interface.public_key,
        listen_port=interface.public_port or interface.listen_port,
        mtu=interface.mtu,
        addresses=networks(interface),
        pools=interface.pools,
        dns=interface.dns,
        public_host=interface.public_host,
        masquerade=interface.masquerade,
        started=interface.started,
        server_keys=interface.server_keys,
        version=interface.version,
        generation=interface.generation,
    )


def is_applied(interface: Interface, report: InterfaceReport | None) -> bool:
    """Tell whether the newest decision about an interface runs."""
    return report is not None and report.applied and report.generation >= interface.generation


def drift_id(drift: Drift) -> str:
    """Name a difference by all that it is: another one has another name."""
    parts = (drift.subject, drift.kind, drift.key, drift.field, drift.wanted, drift.running)
    return digest("\n".join(map(str, parts)))[:32]
