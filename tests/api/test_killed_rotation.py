"""The replacement of the master key is cut off anywhere, and loses nothing."""

import asyncio
import shutil
import signal
import sys
from pathlib import Path

from sentra.settings import Settings
from tests.api.agent import some_key, with_agent
from tests.api.peer_forms import create_interface
from tests.api.sealed import ciphertexts, opened_by, secrets_in, traces
from tests.api.test_master_key import create_full_peer
from tests.api.test_second_factors import enrol
from tests.conftest import Opened, set_up
from tests.scale import scaled
from tests.turned_clock import TurnedClock

HERE = Path(__file__).parents[2]


async def killed_at(folder: Path, step: int) -> int | None:
    """Replace the key and be killed before a step; give how many there are where there are not as many."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.api.killed_rotation", str(folder), str(step), cwd=HERE, stdout=-1
    )
    output, _ = await process.communicate()
    if process.returncode == -signal.SIGKILL:
        return None
    assert process.returncode == 0
    return int(output)


async def test_S65_killed_anywhere_it_loses_nothing_and_goes_on(
    opened: Opened, settings: Settings, clock: TurnedClock, tmp_path: Path
):
    async with opened() as sentra, with_agent(sentra):
        owner = await set_up(sentra)
        interface_id = await create_interface(owner, server_keys=True)
        for number in range(3):
            peer = await create_full_peer(owner, interface_id, f"peer {number}")
        change = {"preshared_key": some_key()}
        assert (await owner.request("PATCH", f"/api/v1/peers/{peer['id']}", json=change)).status == 200
        await enrol(owner, clock)
    kept = tmp_path / "kept"
    settings.state_dir.rename(kept)
    old, secrets = (kept / "master-key").read_bytes(), secrets_in(kept)
    shutil.copytree(kept, settings.state_dir)
    count = await killed_at(settings.state_dir, 0)
    assert count is not None
    assert count > 30
    several = range(1, count + 1, scaled(6, 1))
    for step in [*several, *range(count - 5, count + 1)]:  # the end is where the keys change their names
        shutil.rmtree(settings.state_dir)
        shutil.copytree(kept, settings.state_dir)
        assert await killed_at(settings.state_dir, step) is None, step
        assert secrets_in(settings.state_dir) == secrets, step
        began = (settings.state_dir / "master-key.next").exists()
        changed = (settings.master_key_file).read_bytes() != old
        async with opened(resealing_grace_seconds=0) as sentra:
            sentra.resealing._sealing.keys.tidy()
            await sentra.resealing.go_on()
            assert await sentra.audit.check()
            assert secrets_in(settings.state_dir) == secrets, step
            new = settings.master_key_file.read_bytes()
            assert (new != old) == (began or changed), step
            assert opened_by(new, settings.database) == len(list(ciphertexts(settings.database))), step
        if new != old:
            assert traces(old, settings.state_dir) == [], step
        assert [file.name for file in settings.state_dir.glob("master-key*")] == ["master-key"], step
