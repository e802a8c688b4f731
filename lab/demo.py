"""`make demo`: real peers with real traffic to look at, and the product on top. Removes all that it made.

State is in var/demo; interfaces and namespaces are called sdemo*. Traffic stays below 2 MB/s and in the machine.
"""

import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from lab.lab import Lab, Peer

PEERS = 12
TICK_SECONDS = 0.25
DEMO_STATE = Path("var/demo")


def main() -> int:
    """Run the demo until Ctrl-C."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        with Lab("sdemo", peers=PEERS, listen_port=51877) as lab:
            print(f"sentra: {lab.interface.name} runs with {PEERS} peers in network namespaces", flush=True)
            product = subprocess.Popen((sys.executable, "setup/run.py"), env=_environment(), start_new_session=True)
            try:
                live(lab, stop, lambda: product.poll() is None)
            finally:
                product.send_signal(signal.SIGTERM)
                product.wait(15)
            return product.returncode if not stop.is_set() else 0
    except RuntimeError as error:
        print(f"sentra: the demo cannot run: {error}", file=sys.stderr)
        return 1


def _environment() -> dict[str, str]:
    return {**os.environ, "WG_INTERFACE": "sdemo0", "SENTRA_STATE_DIR": str(DEMO_STATE.absolute())}


def live(lab: Lab, stop: threading.Event, goes_on: Callable[[], bool]) -> None:
    """Let the peers live until `stop` is set: most talk, three come and go, two never do, and one roams."""
    chance = random.Random(7)
    started = time.monotonic()
    roamed = started
    while not stop.wait(TICK_SECONDS) and goes_on():
        now = time.monotonic() - started
        for number, peer in enumerate(lab.peers):
            if _talks(number, now):
                _talk(lab, peer, number, now, chance)
        if time.monotonic() - roamed > 45:
            roamed = time.monotonic()
            lab.roam(lab.peers[1])


def _talks(number: int, now: float) -> bool:
    # The last two never do; three talk for four minutes and are silent for six; the rest talk all the time.
    if number >= PEERS - 2:
        return False
    return number < PEERS - 5 or (now + 120 * number) % 600 < 240


def _talk(lab: Lab, peer: Peer, number: int, now: float, chance: random.Random) -> None:
    wave = 1.2 + math.sin(now / (4 + number)) + chance.random() * 0.4
    size = wave * 90_000 / (1 + number) ** 1.4 * TICK_SECONDS
    lab.talk(peer, up_bytes=int(size * 0.3) + 60, down_bytes=int(size))


if __name__ == "__main__":
    sys.exit(main())
