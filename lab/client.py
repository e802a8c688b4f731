"""A device that uses a config file as it was handed out, in a namespace of its own."""

import contextlib
import re
import tempfile
from pathlib import Path
from typing import Self

from lab.wireguard import Interface, Namespace, run


class Client:
    """A phone or laptop: a network of its own, and a tunnel by the text of a config file.

    Routes what the file says into the tunnel. The node is found at `namespace.outside`; an endpoint with another host
    is not reachable from here.
    """

    def __init__(self, name: str, network: str) -> None:
        self.namespace = Namespace(name, network)
        self._name = f"{name}w"
        self._made = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._made.enter_context(self.namespace)
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def connect(self, text: str) -> Interface:
        """Bring up the tunnel of a config file. A second one takes the place of the first."""
        self._made.close()
        self._made.enter_context(self.namespace)
        interface = self._made.enter_context(Interface(self._name, namespace=self.namespace.name))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{self._name}.conf"
            file.touch(0o600)
            file.write_text(text)
            stripped = run("wg-quick", "strip", str(file))
        run("wg", "setconf", self._name, "/dev/stdin", namespace=self.namespace.name, text=stripped)
        for address in entries(text, "Address"):
            run("ip", "address", "add", address, "dev", self._name, namespace=self.namespace.name)
        for mtu in entries(text, "MTU"):
            run("ip", "link", "set", self._name, "mtu", mtu, namespace=self.namespace.name)
        for prefix in entries(text, "AllowedIPs"):
            for half in halves(prefix):
                run("ip", "route", "replace", half, "dev", self._name, namespace=self.namespace.name)
        return interface


def entries(text: str, key: str) -> list[str]:
    """Give the values of a key in a config file, those on one line apart."""
    lines = re.findall(rf"^{key}\s*=\s*(.*)$", text, re.MULTILINE | re.IGNORECASE)
    return [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]


def halves(prefix: str) -> tuple[str, ...]:
    """Give a default route as two halves, so that the way to the endpoint stays as it is."""
    return {"0.0.0.0/0": ("0.0.0.0/1", "128.0.0.0/1"), "::/0": ("::/1", "8000::/1")}.get(prefix, (prefix,))
