"""What runs on this node and what it has in use, told on request. See `core.agents.NodeLook`."""

import asyncio
import logging
import os
import re
from collections.abc import Callable, Sequence, Set
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from sentra.agent.local_machine import LocalMachine
from sentra.agent.machine import Scope
from sentra.core.agents import FoundInterface, Taken
from sentra.core.errors import ForeignLink, InterfaceMissing, SentraError
from sentra.core.interfaces import InterfaceSpec
from sentra.core.keys import key_text
from sentra.core.secrets import Secret
from sentra.network.links import read_links
from sentra.network.masquerade import forward_warning
from sentra.network.surroundings import public_addresses, read_taken

log = logging.getLogger(__name__)

WG_QUICK_FOLDER: Final = Path("/etc/wireguard")
LARGEST_FILE: Final = 16 << 20
_KINDS: Final = ("wireguard", "tun")
_SECRET: Final = re.compile(r"((?:private|preshared)[ \t_-]*key[ \t]*[=:]?[ \t]*)[A-Za-z0-9+/]{42,}=*", re.IGNORECASE)


class LocalNodeLook:
    """Looks at this machine. `managed` names the interfaces that Sentra steers already, `left` those that it steered
    for another database."""

    def __init__(
        self,
        machine: LocalMachine,
        managed: Callable[[], Set[str]],
        folder: Path = WG_QUICK_FOLDER,
        left: Callable[[], Set[str]] = frozenset,
    ) -> None:
        self._machine = machine
        self._managed = managed
        self._left = left
        self._folder = folder

    async def find(self, node: str) -> Sequence[FoundInterface]:  # noqa: ARG002 - one node here
        """Give the WireGuard interfaces that run here and are not managed; those that cannot be read are left out."""
        managed, links = self._managed(), await read_links()
        names = sorted(name for name, link in links.items() if link.kind in _KINDS and name not in managed)
        return [found for name in names if (found := await self._find(name))]

    async def look_at(self, node: str, name: str) -> FoundInterface | None:  # noqa: ARG002 - one node here
        """Give one interface, also a managed one; None where there is none. Raises SentraError."""
        found = await self._look_at(name)
        return found and replace(found, is_left=name in self._left())

    async def _look_at(self, name: str) -> FoundInterface | None:
        running = await self._machine.read(name, Scope())
        if running is None:
            return None
        driver = await self._machine.driver_name(name)
        path = self._folder / f"{name}.conf"
        try:
            text = await asyncio.to_thread(_read, path)
        except OSError as error:
            # It is there, so wg-quick brings the interface up, whatever it says.
            log.warning("%s cannot be read: %s", path, error.strerror)
            return FoundInterface(name, driver, running.spec, str(path))
        if text is None:
            return FoundInterface(name, driver, running.spec)
        private_key = await self._machine.read_private_key(name)
        shown = without_secrets(text, running.spec, private_key)
        return FoundInterface(name, driver, running.spec, str(path), shown)

    async def public_addresses(self, node: str) -> Sequence[str]:  # noqa: ARG002 - one node here
        """Give the addresses by which peers may reach this machine, likeliest first."""
        return await public_addresses()

    async def taken(self, node: str) -> Taken:  # noqa: ARG002 - one node here
        """Give what is in use here."""
        return await read_taken()

    async def firewall_warning(self, node: str, interface: str, networks: Sequence[str]) -> str | None:  # noqa: ARG002
        """Say which firewall of this machine keeps these networks from the internet."""
        return await forward_warning(interface, networks)

    async def _find(self, name: str) -> FoundInterface | None:
        try:
            return await self.look_at("", name)
        except (ForeignLink, InterfaceMissing):
            return None
        except SentraError as error:
            log.warning("an interface that may be WireGuard's is left out: %s", error)
            return None


def without_secrets(text: str, spec: InterfaceSpec, private_key: Secret | None) -> str:
    """Take the values of all secret keys out of a wg-quick file, commented ones and those that run included."""
    running = [peer.preshared_key for peer in spec.device.peers.values() if peer.preshared_key]
    for secret in filter(None, (private_key, *running)):
        text = text.replace(key_text(secret.reveal()), "")
    return _SECRET.sub(r"\1", text)


def _read(path: Path) -> str | None:
    """Give the text of a file, None where there is none. Raises OSError."""
    try:
        # O_NONBLOCK: a pipe of this name is no file of wg-quick's, and must not hold up anybody.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            return file.read(LARGEST_FILE).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
