"""The two programs that Sentra starts, by absolute path and never by a shell: `wireguard-go` and `nft`."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from sentra.core.errors import NetworkRefused

Program = Literal["wireguard-go", "nft"]

FOLDERS: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs are looked for, whatever PATH says: folders that only root writes to."""
RUN_SECONDS: Final = 10.0

_ENVIRONMENT: Final = {"PATH": ":".join(FOLDERS), "LC_ALL": "C"}


class Ran(Struct, frozen=True):
    """What a program left: its exit code, what it printed, and what it complained about."""

    code: int
    output: bytes
    complaint: str


def find_program(name: Program, folders: tuple[str, ...] = FOLDERS) -> Path | None:
    """Give the absolute path of a program; None where it is not installed."""
    found = shutil.which(name, path=":".join(folders))
    return Path(found) if found else None


async def run_program(program: Path, *arguments: str, text: bytes = b"", seconds: float = RUN_SECONDS) -> Ran:
    """Run a program to its end, in a session of its own, with nothing of this process's environment or open files.

    Its session makes it, and what it leaves running, outlive a Ctrl-C or a signal to this process's group. Raises
    NetworkRefused where it cannot be started or takes longer than `seconds`; then it is killed.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise NetworkRefused(f"{program} cannot be started: {error.strerror}.") from None
    try:
        async with asyncio.timeout(seconds):
            output, complaint = await process.communicate(text)
    except TimeoutError:
        raise NetworkRefused(f"{program.name} did not finish within {seconds:g} seconds.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(process.returncode or 0, output, complaint.decode(errors="replace").strip())
