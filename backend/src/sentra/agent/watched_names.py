"""Which interfaces are watched: those that the settings name, and those that Sentra steers while they should run."""

from collections.abc import Callable, Set


class WatchedNames:
    """A table of names that tells of its changes. Belongs to the event loop."""

    def __init__(self, fixed: tuple[str, ...] = ()) -> None:
        self._fixed = fixed
        self._steered: dict[str, str] = {}
        self._listeners: list[Callable[[Set[str]], None]] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The names, each once; `*` among them stands for everything that is WireGuard's."""
        return tuple(dict.fromkeys((*self._fixed, *self._steered.values())))

    def on_change(self, listener: Callable[[Set[str]], None]) -> None:
        """Call `listener` with the names that came or went."""
        self._listeners.append(listener)

    def keep(self, interface_id: str, name: str) -> None:
        """Watch a steered interface too."""
        if self._steered.get(interface_id) != name:
            self._steered[interface_id] = name
            self._tell(name)

    def drop(self, interface_id: str) -> None:
        """Watch a steered interface no longer, unless the settings name it."""
        name = self._steered.pop(interface_id, None)
        if name is not None:
            self._tell(name)

    def _tell(self, name: str) -> None:
        for listener in self._listeners:
            listener({name})
