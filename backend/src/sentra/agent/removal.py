"""Taking away what Sentra made of an interface, and nothing that is somebody else's."""

from sentra.agent.applied import Applied
from sentra.agent.machine import Running, Scope
from sentra.agent.surroundings import Surroundings
from sentra.core.errors import ForeignLink, KeyUnusable


async def remove(around: Surroundings, interface_id: str, applied: Applied) -> None:
    """Remove the link, if it is this interface's, and its masquerade. Raises SentraError.

    Done again after a part of it, it does the rest.
    """
    running = await _running(around, applied.name)
    if running is not None and await _is_made_here(around, interface_id, applied, running):
        await around.machine.delete(applied.name)
    if applied.masquerades:
        await around.machine.set_masquerade(applied.name, ())


async def uses_key(around: Surroundings, interface_id: str, name: str) -> bool:
    """Tell whether a link runs with this interface's key, also where nobody can tell. Raises SentraError."""
    running = await _running(around, name)
    if running is None:
        return False
    try:
        return await _has_key(around, interface_id, running)
    except KeyUnusable:
        return True


async def _running(around: Surroundings, name: str) -> Running | None:
    try:
        return await around.machine.read(name, Scope(masquerade=False))
    except ForeignLink:
        return None


async def _is_made_here(around: Surroundings, interface_id: str, applied: Applied, running: Running) -> bool:
    if applied.making or applied.incarnation == running.incarnation:
        return True
    return await _has_key(around, interface_id, running)


async def _has_key(around: Surroundings, interface_id: str, running: Running) -> bool:
    key = await around.work(lambda: around.keys.read(interface_id))
    return key is not None and key.public == running.spec.device.public_key
