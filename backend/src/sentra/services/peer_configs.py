"""Use cases of config files: what a peer imports, as text, QR code or archive."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from typing import Final

import segno
from msgspec import Struct
from msgspec.structs import replace

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.errors import Conflict, FieldError, Invalid
from sentra.core.interfaces import Interface
from sentra.core.peers import MOST_AT_ONCE, Peer
from sentra.db.peers import find_peers, peers_of
from sentra.services.config_files import config_revision, config_text, template_text
from sentra.services.peer_states import resource_of, resource_of_peer
from sentra.services.peers import find_with_interface, interface_of
from sentra.services.sealing import Place, Sealing

_LARGEST_CODE: Final = 30
"""The version (ISO/IEC 18004) above which the modules are too small for the camera of a phone."""
_QR_PIXELS: Final = 6
_QR_BORDER: Final = 4
"""Modules of quiet zone (ISO/IEC 18004, 6.3.8)."""
_LONGEST_STEM: Final = 15
"""Of a file name: WireGuard applications take it for the name of the interface (IFNAMSIZ)."""
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)


class Template(Struct, frozen=True):
    """A config file without its secrets, and its revision."""

    text: str
    revision: str


class ConfigFile(Struct, frozen=True):
    """Something to download. `content` holds private keys."""

    name: str
    content: bytes

    def __repr__(self) -> str:
        return f"ConfigFile(name={self.name!r}, content=(hidden))"


class PeerConfigs:
    """Writes config files of peers."""

    def __init__(self, access: Access, sealing: Sealing) -> None:
        self._access = access
        self._sealing = sealing

    async def template(self, actor: Actor, peer_id: str) -> Template:
        """Give the config file of a peer without its secrets. Raises NotFound, and Conflict while the interface has
        no key."""
        interface, peer = await find_with_interface(peer_id)
        self._access.authorise(actor, "peer:read", resource_of_peer(interface, peer))
        return Template(template_text(interface, peer), config_revision(interface, peer))

    async def file(self, actor: Actor, peer_id: str) -> ConfigFile:
        """Give the config file of a peer whose private key this server made.

        Raises NotFound, and Conflict with what to do where the server has no private key.
        """
        interface, peer = await find_with_interface(peer_id)
        self._access.authorise(actor, "peer:config", resource_of_peer(interface, peer))
        return ConfigFile(f"{file_stem(peer.name)}.conf", self._text(interface, peer).encode())

    async def qr_code(self, actor: Actor, peer_id: str) -> ConfigFile:
        """Give the config file as a PNG of a QR code. Raises as `file`, and Conflict where the text is too long."""
        interface, peer = await find_with_interface(peer_id)
        self._access.authorise(actor, "peer:config", resource_of_peer(interface, peer))
        return ConfigFile(f"{file_stem(peer.name)}.png", qr_png(self._text(interface, peer)))

    async def archive(self, actor: Actor, interface_id: str, ids: Sequence[str]) -> ConfigFile:
        """Give an archive of the config files of peers; of all whose private key this server has where none is named.

        Raises NotFound, Invalid for a peer that is not of this interface, and Conflict as `file`.
        """
        interface = await interface_of(interface_id)
        self._access.authorise(actor, "peer:config", replace(resource_of(interface), owner_id=actor.user_id))
        peers = await _chosen(
            interface, ids, lambda peer: self._access.may(actor, "peer:config", resource_of_peer(interface, peer))
        )
        texts = {peer.id: self._text(interface, peer) for peer in peers}
        content = _zipped({name: texts[peer.id] for name, peer in _named(peers)})
        return ConfigFile(f"{file_stem(interface.name)}-peers.zip", content)

    def _text(self, interface: Interface, peer: Peer) -> str:
        if peer.private_sealed is None:
            raise Conflict(
                f"This server does not have the private key of {peer.name}: only the device that made it does. "
                "To hand out a config file again, give the peer a new key pair."
            )
        private_key = self._sealing.unseal(peer.private_sealed, Place("peers", "private_sealed", peer.id))
        preshared_key = (
            None
            if peer.preshared_sealed is None
            else self._sealing.unseal(peer.preshared_sealed, Place("peers", "preshared_sealed", peer.id))
        )
        return config_text(interface, peer, private_key, preshared_key)


def qr_png(text: str) -> bytes:
    """Give a PNG of a QR code of a config file. Raises Conflict where the text is too long for one."""
    too_long = "This config file is too long for a QR code that a phone can read. Download it as a file."
    try:
        code = segno.make(text, error="l", micro=False, boost_error=False)
    except segno.DataOverflowError as error:
        raise Conflict(too_long) from error
    if int(code.version) > _LARGEST_CODE:
        raise Conflict(too_long)
    image = io.BytesIO()
    code.save(image, kind="png", scale=_QR_PIXELS, border=_QR_BORDER)
    return image.getvalue()


def file_stem(name: str) -> str:
    """Give a file name, without its ending, that every system and every WireGuard application takes: letters, digits,
    `_`, `-` and dots inside, at most 15; `peer` where nothing is left of the name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", plain)[:_LONGEST_STEM].strip("-.") or "peer"


async def _chosen(interface: Interface, ids: Sequence[str], may: Callable[[Peer], bool]) -> list[Peer]:
    if not ids:
        held = [peer for peer in await peers_of(interface.id) if peer.private_sealed is not None and may(peer)]
        if not held:
            raise Conflict(f"This server has no private key of any peer of {interface.name}.")
        return held
    if len(ids) > MOST_AT_ONCE:
        raise Invalid(FieldError("ids", "count", f"Choose 1 to {MOST_AT_ONCE} at once."))
    found = await find_peers(ids)
    errors = [
        FieldError("ids", "no-peer", "There is no such peer on this interface.")
        for peer_id in dict.fromkeys(ids)
        if peer_id not in found or found[peer_id].interface_id != interface.id or not may(found[peer_id])
    ]
    if errors:
        raise Invalid(*errors[:1])
    return [found[peer_id] for peer_id in dict.fromkeys(ids)]


def _named(peers: Sequence[Peer]) -> list[tuple[str, Peer]]:
    """Give each peer a file name of its own, whatever case a file system knows."""
    named: list[tuple[str, Peer]] = []
    used: set[str] = set()
    for peer in peers:
        stem, number = file_stem(peer.name), 1
        name = stem
        while name.lower() in used:
            number += 1
            name = f"{stem[: _LONGEST_STEM - len(str(number)) - 1]}-{number}"
        used.add(name.lower())
        named.append((f"{name}.conf", peer))
    return named


def _zipped(texts: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return content.getvalue()
