"""A running Caddy for every test that asks for one."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.edge.backend import Backend
from tests.edge.caddy import PAGE, Caddy, TestClock


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder whose path is short enough for sockets."""
    with TemporaryDirectory(prefix="sentra-") as folder:
        yield Path(folder)


@pytest.fixture
def clock() -> TestClock:
    return TestClock(time.time())


@pytest.fixture
def make_caddy(state: Path, clock: TestClock) -> Iterator[Callable[..., Caddy]]:
    """Prepare what `sentra serve` prepares and start Caddy. Settings of `Edge` by keyword."""
    made: list[Caddy] = []
    web_root = state / "web"
    (web_root / "assets").mkdir(parents=True)
    (web_root / "index.html").write_text(PAGE)
    (web_root / "favicon.svg").write_text("<svg/>")
    (web_root / "assets" / "main-abc.js").write_text("export default 1;\n" * 500)

    def make(environment: dict[str, str] | None = None, **settings: Any) -> Caddy:
        caddy = Caddy(state, web_root, clock, settings or {"tls_auto": True}, environment or {})
        made.append(caddy)
        caddy.edge().prepare()
        caddy.start()
        return caddy

    yield make
    for caddy in made:
        caddy.stop()


@pytest.fixture
def backend(state: Path) -> Iterator[Backend]:
    running = Backend(state)
    running.start()
    yield running
    running.stop()
