"""Chromium in a network namespace of its own.

Chromium breaks off what it loads when it hears of a link or an address that comes or goes (ERR_NETWORK_CHANGED), and
the lab makes and removes many. In its own namespace it has one link, which stays as it is, and reaches Caddy through
it: `localhost` is the other end of that link, so the page's origin is what it is on the user's machine.
"""

import contextlib
import os
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from e2e.stack import wait_for
from lab.wireguard import Namespace, run

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MOST_RUNS = 250


@contextlib.contextmanager
def apart(folder: Path) -> Iterator[dict[str, Any]]:
    """Give what Playwright's `launch` needs for a Chromium apart; the namespace goes when the block is left."""
    with _number() as number, Namespace(f"schromium{number}", f"10.94.{number}") as namespace:
        # Link-local addresses would come when the browser runs already.
        run("sysctl", "-q", "-w", "net.ipv6.conf.uplink.disable_ipv6=1", namespace=namespace.name)
        state = Path("/sys/class/net") / namespace.name / "operstate"
        wait_for(lambda: state.read_text() == "up\n", f"{namespace.name} is up")
        # A file, because Playwright takes a path and no command; its pipes to Chromium are inherited.
        start = folder / "chromium"
        start.write_text(f'#!/bin/sh\nexec ip netns exec {namespace.name} {shlex.quote(CHROMIUM)} "$@"\n')
        start.chmod(0o755)
        yield {"executable_path": start, "args": [f"--host-resolver-rules=MAP localhost {namespace.outside}"]}


@contextlib.contextmanager
def _number() -> Iterator[int]:
    """Give a number that no other run on this machine has now; what a crashed run of that number left is made anew."""
    for number in range(1, MOST_RUNS + 1):
        with socket.socket(socket.AF_UNIX) as held:
            try:
                held.bind(f"\0sentra-e2e-browser-{number}")
            except OSError:
                continue
            yield number
            return
    raise RuntimeError(f"{MOST_RUNS} runs are under way")
