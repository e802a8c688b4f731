"""Programs that say who they are by a token in the `Authorization` header."""

import hmac
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from sentra.core.access import Actor, Binding
from sentra.core.errors import Unauthenticated
from sentra.core.risk import author_prefix
from sentra.core.secrets import digest, new_token

LOCAL_PREFIX: Final = "sentra_local_"


class Bearers:
    """Knows who is behind a bearer token.

    The local token is for the commands of this machine: made anew at each start, in a file that only the user of the
    server (and root) may read, and believed only from a connection that no proxy forwarded.
    """

    def __init__(self, local_token_file: Path) -> None:
        self._file = local_token_file
        self._local_digest: str | None = None

    def open(self) -> None:
        """Make the local token and write its file, mode 0600. Blocks for a moment."""
        token = LOCAL_PREFIX + new_token()
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token + "\n")
        fresh.replace(self._file)
        self._local_digest = digest(token)

    def close(self) -> None:
        """End the local token and remove its file."""
        self._local_digest = None
        with suppress(FileNotFoundError):
            self._file.unlink()

    def resume(self, token: str, *, forwarded: bool, comes_from: str = "") -> Actor:
        """Return who is behind a token. `forwarded` says that a proxy brought the request, `comes_from` from which
        address the commands say that root came: by SSH, maybe through a tunnel. Raises Unauthenticated."""
        known = self._local_digest
        if known is not None and not forwarded and hmac.compare_digest(digest(token), known):
            return replace(_local_actor(), address=comes_from if author_prefix(comes_from) else "")
        raise Unauthenticated("This token is not valid, or not valid any more.")


def _local_actor() -> Actor:
    who = f"root@{socket.gethostname()}"
    return Actor(user_id=who, email=who, name=who, bindings=(Binding("owner"),), kind="local")
