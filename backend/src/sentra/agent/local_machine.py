"""The machine that this process runs on, for the reconciler: drivers and network together."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from sentra.agent.machine import Running, Scope
from sentra.core.errors import ForeignLink, InterfaceMissing, InterfaceUnreadable
from sentra.core.interfaces import InterfaceSpec
from sentra.core.plan import DevicePatch, LinkPatch
from sentra.core.secrets import Secret
from sentra.core.status import DriverName
from sentra.network.interfaces import create_interface, delete_interface, find_interface
from sentra.network.link_specs import apply_link, link_spec_of
from sentra.network.links import Link, read_links
from sentra.network.masquerade import Masquerade
from sentra.network.resolver import Resolver
from sentra.wireguard.driver import Driver
from sentra.wireguard.spec_reading import SpecReading

T = TypeVar("T")

_KINDS: Final = ("wireguard", "tun")
"""The kinds of link that may be WireGuard's: the kernel's, and what a userspace one makes."""
_WORKERS: Final = 4
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE: Final = Path("/proc/thread-self/ns/net")


class LocalMachine:
    """See `agent.machine.Machine`. The drivers are its own: those of the sampler remember what they read last."""

    def __init__(self, kernel: Driver, userspace: Driver, masquerade: Masquerade, resolver: Resolver) -> None:
        self._kernel = kernel
        self._userspace = userspace
        self._masquerade = masquerade
        self._resolver = resolver
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="machine")

    async def read(self, name: str, scope: Scope, last: Running | None = None) -> Running | None:
        """See `Machine.read`."""
        link = (await read_links()).get(name)
        if link is None:
            return None
        reading = last.reading if last and isinstance(last.reading, SpecReading) else None
        try:
            driver = self._driver_of(link)
            # Side by side, for a userspace WireGuard writes down all its peers, and a masquerade takes a program.
            device, link_spec, masquerade = await asyncio.gather(
                self._work(partial(driver.follow_spec, name, reading)),
                link_spec_of(link, scope.table),
                self._read_masquerade(name, scope),
            )
        except InterfaceMissing:
            await _refuse_foreign(name)
            return None
        incarnation = await self._work(lambda: f"{_world()}/{link.index}")
        return Running(InterfaceSpec(name, device.device, link_spec, masquerade), incarnation, device)

    async def create(self, name: str) -> None:
        """See `Machine.create`."""
        await create_interface(name)

    async def delete(self, name: str) -> None:
        """See `Machine.delete`."""
        with contextlib.suppress(InterfaceMissing):
            await delete_interface(name)

    async def apply_device(self, name: str, patch: DevicePatch, private_key: Secret | None) -> None:
        """See `Machine.apply_device`."""
        driver = await self._driver(name)
        await self._work(lambda: driver.apply(name, patch, private_key))

    async def apply_link(self, name: str, patch: LinkPatch) -> None:
        """See `Machine.apply_link`."""
        await apply_link(name, patch)

    async def set_masquerade(self, name: str, networks: tuple[str, ...]) -> None:
        """See `Machine.set_masquerade`."""
        await self._masquerade.set(name, networks)

    async def read_private_key(self, name: str) -> Secret | None:
        """See `Machine.read_private_key`."""
        driver = await self._driver(name)
        return await self._work(lambda: driver.read_private_key(name))

    async def resolve(self, host: str) -> tuple[str, ...]:
        """See `Machine.resolve`."""
        return await self._resolver.resolve(host)

    async def driver_name(self, name: str) -> DriverName:
        """Tell which driver an interface needs. Raises InterfaceMissing and ForeignLink."""
        return self._driver_of(await find_interface(name)).name

    async def _driver(self, name: str) -> Driver:
        # Not find_interface(), which has a userspace WireGuard write down all its peers to see that it answers.
        link = (await read_links()).get(name) or await find_interface(name)
        return self._driver_of(link)

    def _driver_of(self, link: Link) -> Driver:
        if link.kind not in _KINDS:
            raise ForeignLink(f"{link.name} is no WireGuard interface; Sentra does not touch it.")
        return self._kernel if link.kind == "wireguard" else self._userspace

    async def _read_masquerade(self, name: str, scope: Scope) -> tuple[str, ...]:
        return await self._masquerade.read(name) if scope.masquerade else ()

    def _work(self, function: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._workers, function)


async def _refuse_foreign(name: str) -> None:
    with contextlib.suppress(InterfaceMissing):
        await find_interface(name)
        raise InterfaceUnreadable(f"{name} came and went while it was read")


def _world() -> str:
    # A container that starts again has the same boot, another network namespace, and counts its links from one.
    return f"{_BOOT_ID.read_text('ascii').strip()}/{_NAMESPACE.stat().st_ino}"
