"""Which driver reads which interface, decided by what is there: the link's kind, or a userspace socket."""

from collections.abc import Callable, Mapping
from typing import Final

from sentra.core.errors import InterfaceMissing, InterfaceUnreadable
from sentra.core.status import DriverName, InterfaceStatus, Sample
from sentra.network.links import Link
from sentra.wireguard.driver import Driver

WATCH_ALL: Final = "*"


class Drivers:
    """Reads any interface of this machine through the driver that fits it."""

    def __init__(self, kernel: Driver, userspace: Driver, has_socket: Callable[[str], bool]) -> None:
        self._by_name: dict[DriverName, Driver] = {"netlink": kernel, "uapi": userspace}
        self._has_socket = has_socket

    def named(self, wanted: tuple[str, ...], links: Mapping[str, Link]) -> list[str]:
        """Give the names to read: those asked for, whether they exist or not, and for `*` all that are WireGuard's."""
        names = dict.fromkeys(name for name in wanted if name != WATCH_ALL)
        if WATCH_ALL in wanted:
            names.update(dict.fromkeys(sorted(name for name, link in links.items() if self._choose(link))))
        return list(names)

    def read(self, name: str, link: Link | None) -> Sample:
        """Sample one interface. Blocks: see `wireguard.driver.Driver`, whose errors this raises too."""
        if link is None:
            raise InterfaceMissing(f"{name} does not exist on this node")
        driver = self._choose(link)
        if driver is None:
            raise InterfaceUnreadable(f"{name} exists and is no WireGuard interface")
        sample = self._by_name[driver].read_status(name)
        interface = sample.interface
        if interface.up == link.up:
            return sample
        return Sample(_with_link_state(interface, link), sample.peers)

    def forget(self, name: str) -> None:
        """Drop what the drivers remember of an interface."""
        for driver in self._by_name.values():
            driver.forget(name)

    def _choose(self, link: Link) -> DriverName | None:
        if link.kind == "wireguard":
            return "netlink"
        return "uapi" if self._has_socket(link.name) else None


def _with_link_state(interface: InterfaceStatus, link: Link) -> InterfaceStatus:
    return InterfaceStatus(
        name=interface.name,
        driver=interface.driver,
        public_key=interface.public_key,
        listen_port=interface.listen_port,
        fwmark=interface.fwmark,
        up=link.up,
        error=interface.error,
    )
