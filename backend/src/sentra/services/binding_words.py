"""What somebody is bound to, as the audit tells it: an interface goes by the name that it has at that moment."""

from collections.abc import Iterable

from sentra.core.access import WHOLE, Binding
from sentra.db.interfaces import list_interfaces


async def binding_words(bindings: Iterable[Binding]) -> list[str]:
    """Give each binding in words: `admin`, `operator of node:berlin`, `viewer of wg0`, `viewer of wg0 on berlin`."""
    interfaces = await list_interfaces()
    several = len({each.node for each in interfaces}) > 1
    names = {f"interface:{each.id}": f"{each.name} on {each.node}" if several else each.name for each in interfaces}
    return [
        each.role if each.scope == WHOLE else f"{each.role} of {names.get(each.scope, each.scope)}" for each in bindings
    ]
