"""Peers, and what revisions keep of them, with their secrets sealed anew. Equal ciphertexts stay equal."""

import base64
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from sentra.core.peers import Peer
from sentra.db.revisions import Documents
from sentra.services.documents import Document
from sentra.services.sealing import Place, SealBroken, Sealing

_COLUMNS: Final = ("preshared_sealed", "private_sealed")


class SealedPeers:
    """Seals what belongs to peers anew. What cannot be opened stays as it is: it is lost either way."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def renewed(self, peer: Peer) -> Peer:
        """Give a peer with its secrets sealed with the newest key."""
        return replace(peer, **{column: self._renewed(getattr(peer, column), column, peer.id) for column in _COLUMNS})

    def renewed_documents(self, documents: Documents) -> Documents:
        """Give what a revision keeps, with every secret sealed with the newest key."""
        peers: Mapping[str, Document | None] = documents["peers"]
        return {**documents, "peers": {key: each and self._renewed_document(each) for key, each in peers.items()}}

    def _renewed_document(self, document: Document) -> Document:
        sealed = {
            column: _text(self._renewed(base64.b64decode(text), column, document["id"]))
            for column in _COLUMNS
            if (text := document.get(column))
        }
        return {**document, **sealed}

    def _renewed(self, sealed: bytes | None, column: str, peer_id: str) -> bytes | None:
        try:
            return sealed and self._sealing.renewed(sealed, Place("peers", column, peer_id))
        except SealBroken:
            return sealed


def _text(sealed: bytes | None) -> str | None:
    return None if sealed is None else base64.b64encode(sealed).decode()
