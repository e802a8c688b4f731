"""What was written last, so that a decision of people can be told from a change made by hand, also after a restart.

Of each thing that is written as one (`Drift.concerns`) a keyed digest of what was wanted is kept. Where what is wanted
now has the same digest and something else runs, somebody changed it by hand; where the digest is another, somebody
decided.
"""

import hashlib
import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from sentra.agent import owner_files
from sentra.agent.matching import changed
from sentra.core.drift import DriftSubject, concern
from sentra.core.interfaces import InterfaceSpec
from sentra.core.peers import PeerSpec

log = logging.getLogger(__name__)

_ENDING: Final = ".json"
_KEY_BYTES: Final = 32
_DIGEST_BYTES: Final = 16


class Applied(Struct, frozen=True):
    """What was written last of one interface, and to what."""

    name: str
    takes_down: bool = False
    """The link is Sentra's to remove, once the interface is deleted."""
    incarnation: str | None = None
    """The one that all of this was written to; None while Sentra keeps the link away."""
    making: bool = False
    """Sentra is about to make the link: one that is found is Sentra's."""
    masquerades: bool = False
    table: int | None = None
    """Where its routes are; None while that is not known."""
    automatic_mtu: int | None = None
    """The MTU that the link had when nobody's choice was applied; None where there is a choice, or wg-quick's."""
    digests: Mapping[str, str] = {}
    """By `Drift.concerns`."""


class AppliedFolder:
    """One file per interface, `ID.json`, mode 0600, without secrets. Blocks for as long as a disk takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> dict[str, Applied]:
        """Give what is kept of every interface. A damaged file counts as none. May raise OSError."""
        return {path.stem: applied for path in self._folder.glob(f"[!.]*{_ENDING}") if (applied := _decode(path))}

    def save(self, interface_id: str, applied: Applied) -> None:
        """Keep what was written. May raise OSError."""
        owner_files.make_folder(self._folder)
        owner_files.write(self._path(interface_id), msgspec.json.encode(applied))

    def delete(self, interface_id: str) -> None:
        """Forget an interface. May raise OSError."""
        owner_files.delete(self._path(interface_id))

    def digest_key(self) -> bytes:
        """Give the key of the digests; the first time, make it. May raise OSError."""
        path = self._folder / "digest-key"
        key = owner_files.read(path)
        if key is None or len(key) != _KEY_BYTES:
            key = secrets.token_bytes(_KEY_BYTES)
            owner_files.make_folder(self._folder)
            owner_files.write(path, key)
        return key

    def _path(self, interface_id: str) -> Path:
        return owner_files.file_of(self._folder, interface_id, _ENDING)


class Digests:
    """Makes the digests of one interface; of peers, only of those that changed since the last time."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._peers: Mapping[str, PeerSpec] = {}
        self._fields: tuple[tuple[str, str], ...] = ()
        self._digests: dict[str, str] = {}

    def of(self, spec: InterfaceSpec) -> Mapping[str, str]:
        """Give the digest of everything that `spec` says, by what it concerns."""
        peers, fields = spec.device.peers, _fields(spec)
        others = changed(peers, self._peers)
        if others or fields != self._fields:
            digests = self._digests.copy()
            for what in (*(concern("peer", key) for key in others), *(name for name, _ in self._fields)):
                digests.pop(what, None)
            digests.update((concern("peer", key), self._peer(peers[key])) for key in others if key in peers)
            digests.update((name, self._digest(value)) for name, value in fields)
            self._fields, self._digests = fields, digests
        self._peers = peers
        return self._digests

    def _peer(self, peer: PeerSpec) -> str:
        preshared_key = peer.preshared_key.reveal().hex() if peer.preshared_key else ""
        allowed_ips = ",".join(sorted(peer.allowed_ips))
        return self._digest(f"{allowed_ips}|{preshared_key}|{peer.persistent_keepalive}|{peer.endpoint or ''}")

    def _digest(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=_DIGEST_BYTES).hexdigest()


def _fields(spec: InterfaceSpec) -> tuple[tuple[str, str], ...]:
    device, link = spec.device, spec.link
    masquerade: DriftSubject = "masquerade"
    return (
        (concern("interface", "public_key"), device.public_key or ""),
        (concern("interface", "listen_port"), str(device.listen_port)),
        (concern("interface", "fwmark"), str(device.fwmark)),
        (concern("interface", "up"), str(link.up)),
        (concern("interface", "mtu"), str(link.mtu)),
        (concern(masquerade), ",".join(sorted(spec.masquerade))),
        *((concern("address", each), each) for each in link.addresses),
        *((concern("route", each), f"{each} {link.table}") for each in link.routes),
    )


def _decode(path: Path) -> Applied | None:
    try:
        return msgspec.json.decode(owner_files.read(path) or b"", type=Applied)
    except msgspec.MsgspecError:
        log.warning("%s is damaged; what it was about is written once more", path.name)
        return None
