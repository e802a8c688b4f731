"""The private key of an interface: where the node has it from, and when it makes one."""

from sentra.agent.machine import Running
from sentra.agent.node_keys import NodeKey, key_pair
from sentra.agent.surroundings import Surroundings
from sentra.core.errors import SentraError
from sentra.core.interfaces import WantedInterface


async def key_of(around: Surroundings, interface_id: str, wanted: WantedInterface, running: Running | None) -> NodeKey:
    """Give the key of an interface: the one that is kept, else the one that is named, else a new one.

    Raises SentraError where one is named that this node has not.
    """
    named = wanted.spec.device.public_key
    key = await around.work(lambda: around.keys.read(interface_id))
    if key is None and named is not None:
        key = await _taken_over(around, interface_id, wanted.spec.name, named, running)
    if key is None:
        key = await around.work(lambda: around.keys.make(interface_id))
    return key


async def _taken_over(
    around: Surroundings, interface_id: str, name: str, named: str, running: Running | None
) -> NodeKey:
    private_key = None
    if (key := await around.work(lambda: around.keys.take_back(interface_id, named))) is not None:
        return key
    if running is not None and running.spec.device.public_key == named:
        private_key = await around.machine.read_private_key(name)
    if private_key is None or key_pair(private_key).public != named:
        # A new key would be worse than none: every peer would have to import its config file again.
        raise SentraError(f"The private key of {name} is not on this node: put it back from a backup, or import it.")
    return await around.work(lambda: around.keys.keep(interface_id, private_key))
