"""A patch is written part by part. A part that fails is taken back; the others are written all the same."""

import logging
from collections.abc import Iterator, Set
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sentra.agent.machine import Machine, Running, Scope
from sentra.agent.node_keys import NodeKey
from sentra.core.errors import ApplyFailed, SentraError
from sentra.core.interfaces import InterfaceSpec
from sentra.core.plan import DevicePatch, InterfacePatch, undo, unmet
from sentra.core.secrets import Secret

log = logging.getLogger(__name__)

_MOST_NAMED: Final = 3
_MOST_TRIES: Final = 3


class Outcome(Struct, frozen=True):
    """What runs after a patch was written, and what went wrong: what a failed part did was taken back."""

    after: Running
    errors: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    """The public keys of peers that WireGuard refused: next time each is tried by itself."""


class Writer:
    """Writes one patch to one interface."""

    def __init__(self, machine: Machine, name: str, scope: Scope, key: NodeKey) -> None:
        self._machine = machine
        self._name = name
        self._scope = scope
        self._key = key
        self._key_before: Secret | None = None
        self._running: Running | None = None
        self._errors: list[str] = []
        self._refused: set[str] = set()

    async def write(self, patch: InterfacePatch, running: Running, refused: Set[str]) -> Outcome:
        """Write the patch and read back. Raises SentraError where the interface cannot be read any more.

        Peers among `refused` come last and one by one, so that they hold up nobody else.
        """
        self._running, before = running, running.spec
        if patch.device.set_private_key:
            self._key_before = await self._machine.read_private_key(self._name)
        for part in _parts(patch, refused):
            await self._try(part, before)
        if patch.link.table != patch.link.remove_table:
            self._scope = replace(self._scope, table=patch.link.table)
        for spec in patch.device.put:
            if spec.public_key in refused:
                await self._try(InterfacePatch(device=DevicePatch(put=(spec,))), await self._read())
        after = await self._read()
        wrong = () if self._errors else unmet(patch, after)
        if wrong:
            self._errors.append(f"{self._name} took the change and is otherwise nevertheless: {_some(wrong)}.")
            await self._take_back(patch, before)
            await self._read()
        return Outcome(self._running, tuple(self._errors), frozenset(self._refused))

    async def _try(self, part: InterfacePatch, before: InterfaceSpec) -> None:
        try:
            await self._apply(part, self._key.private)
        except SentraError as error:
            if isinstance(error, ApplyFailed) and error.public_key is not None:
                self._refused.add(error.public_key)
            self._errors.append(str(error))
        except Exception:
            log.exception("%s: a change failed", self._name)
            self._errors.append(f"{self._name} cannot be changed: an unforeseen error, see the log of Sentra.")
        else:
            return
        await self._take_back(part, before)

    async def _take_back(self, part: InterfacePatch, before: InterfaceSpec) -> None:
        lost: set[str] = set()
        for _ in range(_MOST_TRIES):
            try:
                back = undo(part, before, await self._read())
                puts = tuple(spec for spec in back.device.put if spec.public_key not in lost)
                await self._apply(replace(back, device=replace(back.device, put=puts)), self._key_before)
            except ApplyFailed as error:
                # A peer that is refused in its old form too must not keep the others from theirs.
                lost.add(error.public_key or "")
                self._errors.append(f"What was done of it could not be taken back: {error}")
            except Exception as error:
                log.exception("%s: what a failed change did could not be taken back", self._name)
                self._errors.append(f"What was done of it could not be taken back: {error}")
                return
            else:
                return

    async def _apply(self, patch: InterfacePatch, private_key: Secret | None) -> None:
        if patch.device:
            await self._machine.apply_device(self._name, patch.device, private_key)
        if patch.link:
            await self._machine.apply_link(self._name, patch.link)
        if patch.masquerade is not None:
            await self._machine.set_masquerade(self._name, patch.masquerade)

    async def _read(self) -> InterfaceSpec:
        running = await self._machine.read(self._name, self._scope, self._running)
        if running is None:
            raise SentraError(f"{self._name} went away while it was changed.")
        self._running = running
        return running.spec


def _parts(patch: InterfacePatch, refused: Set[str]) -> Iterator[InterfacePatch]:
    """Cut a patch into what fails by itself: a port that is taken holds up no peer."""
    device = patch.device
    parts = (
        InterfacePatch(device=replace(device, put=(), remove=())),
        InterfacePatch(
            device=DevicePatch(
                put=tuple(spec for spec in device.put if spec.public_key not in refused), remove=device.remove
            )
        ),
        InterfacePatch(link=patch.link),
        InterfacePatch(masquerade=patch.masquerade),
    )
    return (part for part in parts if part)


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
