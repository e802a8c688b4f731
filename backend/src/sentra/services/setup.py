"""The first owner, made by whoever holds the one-time setup link. No account exists before, and no default one ever."""

import contextlib
import os
import secrets
import stat
from datetime import UTC, datetime
from pathlib import Path

from sentra.core.access import Actor
from sentra.core.audit import Subject
from sentra.core.clock import Clock
from sentra.core.errors import Conflict, Forbidden
from sentra.core.secrets import digest, new_token
from sentra.core.users import SetupLink, User, normalise_email
from sentra.db.database import transaction
from sentra.db.setup_links import is_valid_setup_link, replace_setup_link
from sentra.db.users import add_first_owner, any_user
from sentra.services.audit import Audit
from sentra.services.passwords import Passwords, require_good_password

LINK_SECONDS = 30 * 60
LEAST_SECONDS = 10 * 60
"""What a link that is kept at a start has left at least: time enough to open it."""
_LINK_FILE_BYTES = 4096


class Setup:
    """Makes setup links, as long as there is no user, and turns one of them into the owner."""

    def __init__(
        self, clock: Clock, passwords: Passwords, audit: Audit, *, public_origin: str, link_file: Path
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._passwords = passwords
        self._public_origin = public_origin
        self._link_file = link_file

    async def needed(self) -> bool:
        """Tell whether there is no user yet. Anyone may ask."""
        return not await any_user()

    async def keep_setup_link(self) -> str | None:
        """Return the link in the file if it can still be spent for a while, else make one; None once there is a user.

        Call it at each start: a server that was restarted does not void the link that somebody is about to open.
        """
        address = self._read_link_file()
        prefix = f"{self._public_origin}/setup#"
        if address is None or not address.startswith(prefix) or await any_user():
            return await self.create_setup_link()
        soon = self._clock.now() + LEAST_SECONDS
        if await is_valid_setup_link(digest(address.removeprefix(prefix)), now=soon):
            return address
        return await self.create_setup_link()

    async def create_setup_link(self) -> str | None:
        """Make a link that is valid for half an hour, and end the one before; None once there is a user.

        The link is also written, with mode 0600, to the file `setup-link` of the state folder. Its token is in the
        fragment, which browsers do not send: no server and no log ever sees it.
        """
        if await any_user():
            self._remove_link_file()
            return None
        link = SetupLink(new_token(), self._clock.now() + LINK_SECONDS)
        await replace_setup_link(digest(link.token), expires_at=link.expires_at)
        address = f"{self._public_origin}/setup#{link.token}"
        self._write_link_file(address)
        return address

    async def create_owner(self, token: str, *, email: str, name: str, password: str, address: str = "") -> User:
        """Spend the link of this token and make the owner. Anyone may call it: the token is the right to.

        Raises Conflict once there is a user, Forbidden for a token that is not valid (any more), Invalid for a
        password that is easy to guess.
        """
        if await any_user():
            raise Conflict("Sentra is set up already. Sign in.")
        if not await is_valid_setup_link(digest(token), now=self._clock.now()):
            raise Forbidden("This setup link is not valid any more. Make a new one with: sentra setup-link")
        email = normalise_email(email)
        require_good_password(password, field="password", context=(email, name))
        now = datetime.fromtimestamp(int(self._clock.now()), UTC)
        owner = User(
            id=secrets.token_hex(16),
            email=email,
            name=name.strip(),
            auth_epoch=0,
            enabled=True,
            created_at=now,
            joined_at=now,
        )
        password_hash = await self._passwords.hash(password)
        async with transaction():
            if not await add_first_owner(owner, password_hash, token_digest=digest(token), now=self._clock.now()):
                raise Conflict("Sentra is set up already. Sign in.")
            actor = Actor(owner.id, owner.email, owner.name, address=address)
            subject = Subject("user", owner.id, owner.email)
            await self._audit.record(actor, "user:create", subject, summary="Made the owner with the setup link")
        self._remove_link_file()
        return owner

    def _read_link_file(self) -> str | None:
        """Return what the file holds, None where there is none or where others could have read it."""
        try:
            handle = os.open(self._link_file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, encoding="ascii") as file:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid != os.geteuid():
                    return None
                return file.read(_LINK_FILE_BYTES).strip()
        except (OSError, UnicodeError):
            return None

    def _write_link_file(self, address: str) -> None:
        self._remove_link_file()
        handle = os.open(self._link_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(address + "\n")

    def _remove_link_file(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._link_file.unlink()
