"""Whether this machine forwards packets, switched on for the masquerade and put back when nobody needs it.

Source: Documentation/networking/ip-sysctl.rst of Linux. Once IPv6 forwarding is on, a link with `accept_ra` 1 drops the
default route that it learnt from router advertisements, and with it often the machine's IPv6; with 2 it goes on as
before. So such links get a 2, and their 1 back.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from sentra.core.errors import NetworkRefused
from sentra.network import routes
from sentra.network.kernel import requests
from sentra.network.links import read_links

SYSCTLS: Final = Path("/proc/sys")
_SWITCHES: Final = {4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding"}
_BOOT_ID: Final = "kernel/random/boot_id"
_RTPROT_RA: Final = 9


class _Memory(Struct):
    """What was before, by the path below /proc/sys, in the order of the changes; worthless after a reboot."""

    boot_id: str
    before: dict[str, str] = {}


class Forwarding:
    """The forwarding of this machine's network namespace. What it was before is remembered in a file, mode 0600."""

    def __init__(self, memory: Path, sysctls: Path = SYSCTLS) -> None:
        self._memory = memory
        self._sysctls = sysctls

    async def versions(self) -> frozenset[int]:
        """Give the IP versions that are forwarded now."""
        return await asyncio.to_thread(self._versions)

    async def switch_on(self, versions: Iterable[int]) -> None:
        """Forward packets of these IP versions. Raises NetworkRefused where that cannot be set."""
        wanted: dict[str, str] = {}
        for version in sorted(frozenset(versions) - await self.versions()):
            if version == 6:
                wanted.update(await self._keep_advertised_routes())
            wanted[_SWITCHES[version]] = "1"
        if wanted:
            await asyncio.to_thread(self._change, wanted)

    async def is_remembered(self) -> bool:
        """Tell whether there is anything to put back."""
        return bool((await asyncio.to_thread(self._recall)).before)

    async def put_back(self, versions: Iterable[int], *, needed: frozenset[int]) -> None:
        """Make these IP versions what they were before `switch_on`. For those that somebody else needs by now, it is
        only forgotten that it was ever off."""
        await asyncio.to_thread(self._put_back, frozenset(versions), needed)

    async def _keep_advertised_routes(self) -> Mapping[str, str]:
        async with requests(doing="The routes of this machine cannot be read") as kernel:
            dump = routes.dump(kernel, routes.FAMILIES[1], table=routes.MAIN_TABLE, proto=_RTPROT_RA)
            indexes = {message.get_attr("RTA_OIF") async for message in dump if message["dst_len"] == 0}
        names = [link.name for link in (await read_links()).values() if link.index in indexes]
        paths = [f"net/ipv6/conf/{name}/accept_ra" for name in names]
        return {path: "2" for path in paths if self._read(path) == "1"}

    def _versions(self) -> frozenset[int]:
        return frozenset(version for version, path in _SWITCHES.items() if self._read(path) == "1")

    def _change(self, wanted: Mapping[str, str]) -> None:
        memory = self._recall()
        before = {path: value for path in wanted if (value := self._read(path)) is not None}
        memory.before = {**before, **memory.before}
        self._remember(memory)
        for path, value in wanted.items():
            self._write(path, value)

    def _put_back(self, versions: frozenset[int], needed: frozenset[int]) -> None:
        memory = self._recall()
        for path, value in reversed(tuple(memory.before.items())):
            version = 4 if path.startswith("net/ipv4/") else 6
            if version not in versions:
                continue
            if version not in needed and self._read(path) is not None:
                self._write(path, value)
            del memory.before[path]
        self._remember(memory)

    def _recall(self) -> _Memory:
        boot_id = self._read(_BOOT_ID) or ""
        try:
            memory = msgspec.json.decode(self._memory.read_bytes(), type=_Memory)
        except (FileNotFoundError, msgspec.MsgspecError):
            return _Memory(boot_id)
        return memory if memory.boot_id == boot_id else _Memory(boot_id)

    def _remember(self, memory: _Memory) -> None:
        staged = self._memory.with_name(f".{self._memory.name}.new")
        staged.unlink(missing_ok=True)
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(memory))
            file.flush()
            os.fsync(file.fileno())
        staged.replace(self._memory)

    def _read(self, path: str) -> str | None:
        try:
            return (self._sysctls / path).read_text("ascii").strip()
        except FileNotFoundError:  # IPv6 is off, or the link is gone
            return None

    def _write(self, path: str, value: str) -> None:
        try:
            (self._sysctls / path).write_text(value, "ascii")
        except OSError as error:
            setting = path.replace("/", ".")
            raise NetworkRefused(
                f"This machine does not forward packets and that cannot be switched on from here ({error.strerror}): "
                f"set {setting}={value}, for a container where it is started."
            ) from None
