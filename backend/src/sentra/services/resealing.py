"""Seals every stored secret with the new master key, while everything else goes on, and then destroys the old one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec.structs import replace

from sentra.core.audit import Subject
from sentra.db.database import transaction
from sentra.db.sealed import (
    COLUMNS,
    Heads,
    SealedColumn,
    empty_journal,
    find_sealed_revision,
    newest_revision,
    replace_documents,
    replace_sealed,
    replace_sealed_of,
    sealed_peers,
    sealed_revisions,
    sealed_rows,
)
from sentra.services.audit import Audit
from sentra.services.key_files import SealBroken
from sentra.services.master_keys import MasterKey
from sentra.services.outcomes import SENTRA
from sentra.services.sealed_peers import SealedPeers
from sentra.services.sealing import Place, Sealing, heads_of

log = logging.getLogger(__name__)

GRACE_SECONDS: Final = 60.0
"""How long the old key is kept once nothing is sealed with it: whoever has read a ciphertext opens it by then."""
_BATCH: Final = 100
_RETRY_SECONDS: Final = 10.0

Sleep = Callable[[float], Awaitable[None]]


class Resealing:
    """Goes on with the replacement of the master key until it is done, also with one that another process began.

    What was sealed when is told by each ciphertext, and both keys are there until the end: so there is nothing to
    remember, and it may be cut off anywhere. `run` it beside everything else.
    """

    def __init__(
        self,
        sealing: Sealing,
        audit: Audit,
        *,
        grace_seconds: float = GRACE_SECONDS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._sealing = sealing
        self._audit = audit
        self._peers = SealedPeers(sealing)
        self._grace_seconds = grace_seconds
        self._sleep = sleep
        self._lost: set[tuple[str, str]] = set()
        self.wanted = asyncio.Event()
        """Set when a replacement begins."""
        self.count = 0
        """How many rows were sealed anew, of the replacement that is under way or was last."""

    async def run(self) -> None:
        """Replace the master key whenever that is wanted, until cancelled."""
        failed = False
        while True:
            self.wanted.clear()
            try:
                await asyncio.to_thread(self._sealing.keys.tidy)
                await self.go_on()
            except Exception as error:
                if not failed:
                    log.exception("the master key cannot be replaced yet", exc_info=error)
                failed = True
                await self._sleep(_RETRY_SECONDS)
            else:
                failed = False
                await self.wanted.wait()

    async def go_on(self) -> None:
        """Finish the replacement that is under way, if one is. May raise SealBroken."""
        earlier = self._sealing.keys.earlier
        if earlier is None:
            return
        self.count, self._lost = 0, set()
        await self._seal_all(earlier)
        await self._sleep(self._grace_seconds)
        while await self._seal_all(earlier):  # what was on its way when the key changed
            pass
        newest = self._sealing.keys.newest(make=False)
        summary = f"Sealed everything with the new master key ({self.count} rows); the old one is destroyed"
        async with transaction():
            subject = Subject("key", newest.id.hex(), "Master key")
            detail = {"rows": self.count, "unreadable": len(self._lost)}
            await self._audit.record(SENTRA, "key:rotate", subject, summary=summary, detail=detail)
            await asyncio.to_thread(self._sealing.keys.finish)
        await empty_journal()
        log.info("the master key was replaced", extra={"rows": self.count, "unreadable": len(self._lost)})

    async def _seal_all(self, earlier: MasterKey) -> int:
        """Seal what is sealed with a key anew, a little in each transaction; give how many rows that were."""
        before, heads = self.count, heads_of(earlier)
        await self._seal_peers(heads)  # first: from then on no new revision has anything of the old key
        for column in COLUMNS:
            await self._seal_column(column, heads)
        await self._seal_revisions(heads)
        return self.count - before

    async def _seal_peers(self, heads: Heads) -> None:
        last = ""
        while True:
            async with transaction():
                peers = await sealed_peers(heads, after=last, limit=_BATCH)
                renewed = [self._peers.renewed(peer) for peer in peers]
                changed = [after for before, after in zip(peers, renewed, strict=True) if after != before]
                await replace_sealed_of(changed)
            if not peers:
                return
            self.count += len(changed)
            for peer_id in {peer.id for peer in peers} - {peer.id for peer in changed}:
                self._lose("peers", peer_id)
            last = peers[-1].id

    async def _seal_column(self, column: SealedColumn, heads: Heads) -> None:
        after = ""
        while True:
            async with transaction():
                rows = await sealed_rows(column, heads, after=after, limit=_BATCH)
                for row_id, sealed in rows:
                    try:
                        renewed = self._sealing.renewed(sealed, Place(column.table, column.column, row_id))
                    except SealBroken:
                        self._lose(column.table, row_id)
                        continue
                    await replace_sealed(column, row_id, renewed)
                    self.count += 1
            if not rows:
                return
            after = rows[-1][0]

    async def _seal_revisions(self, heads: Heads) -> None:
        after = 0
        while after < await newest_revision():
            found, after = await sealed_revisions(heads, after=after)
            for revision_id in found:
                async with transaction():
                    await self._seal_revision(revision_id)

    async def _seal_revision(self, revision_id: int) -> None:
        revision = await find_sealed_revision(revision_id)
        if revision is None:
            return
        renewed = replace(
            revision,
            before=self._peers.renewed_documents(revision.before),
            after=self._peers.renewed_documents(revision.after),
        )
        if renewed == revision:
            self._lose("revisions", str(revision_id))
            return
        await replace_documents(renewed)
        self.count += 1

    def _lose(self, table: str, row_id: str) -> None:
        """Remember what cannot be opened: it was lost before."""
        if (table, row_id) not in self._lost:
            log.error("a stored secret cannot be opened, and stays as it is", extra={"table": table, "row": row_id})
            self._lost.add((table, row_id))
