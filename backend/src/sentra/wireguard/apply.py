"""How a patch becomes messages, whatever they look like: what is sent when, and which peer was refused. No sockets.

Any order of the peers to put ends right: a peer that was put has exactly the allowed IPs of its spec, and one that is
put later takes none of them away, for it wants others. Peers to remove come first, so that theirs are free.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from errno import EADDRINUSE
from typing import Protocol, TypeVar

from msgspec import Struct

from sentra.core.errors import ApplyFailed
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret

MOST_PUT = 200
"""How many peers one message puts at most. WireGuard holds its locks for the length of a message."""
MOST_REMOVED = 50
"""How many one message removes at most: the kernel waits for its readers after each."""
LARGEST_MESSAGE = 32 << 10
"""Bytes of peers in a message, but for a single peer that is larger."""

_Item = TypeVar("_Item")


class Refused(Exception):
    """WireGuard answered a message with an error. It did what stands before what it refused, and nothing after it."""

    def __init__(self, errno: int) -> None:
        super().__init__(os.strerror(errno))
        self.errno = errno


class Encoder(Protocol):
    """Writes what is in a patch in the language of one kind of WireGuard.

    All raise ValueError for what is no key, address or number; the text that was none is not part of it.
    """

    def settings(self, patch: DevicePatch, private_key: Secret | None) -> bytes:
        """Write the interface's own settings; empty where the patch leaves them alone."""

    def removal(self, public_key: str) -> Sequence[bytes]:
        """Write that a peer goes."""

    def put(self, spec: PeerSpec) -> Sequence[bytes]:
        """Write a peer whole, in parts for which a message has room, to be sent in this order."""

    def message(self, peers: Iterable[bytes]) -> bytes:
        """Write the message of these peers and parts of peers."""


def apply_patch(
    interface: str, patch: DevicePatch, private_key: Secret | None, encoder: Encoder, send: Callable[[bytes], None]
) -> None:
    """Send what the patch says. Raises ApplyFailed, and what `send` raises beside Refused.

    A message that is refused is sent again peer by peer, so that the culprit is known. Should each of them be taken
    this time, the rest follows.
    """
    settings = _settings(interface, patch, private_key, encoder)
    removals = _parts(interface, ((key, key) for key in patch.remove), encoder.removal)
    puts = _parts(interface, ((spec.public_key, spec) for spec in patch.put), encoder.put)
    batches = [*_batches(removals, MOST_REMOVED), *_batches(puts, MOST_PUT)]
    if settings:
        try:
            send(settings)
        except Refused as refusal:
            raise ApplyFailed(interface, _settings_sentence(interface, patch, refusal)) from None
    for batch in batches:
        _send(interface, batch, encoder, send)


class _Part(Struct, frozen=True):
    """A peer as it is sent, or a part of it. Never shown: there may be a preshared key in it."""

    public_key: str
    data: bytes

    def __repr__(self) -> str:
        return f"_Part({self.public_key})"


def _settings(interface: str, patch: DevicePatch, private_key: Secret | None, encoder: Encoder) -> bytes:
    try:
        return encoder.settings(patch, private_key)
    except ValueError as error:
        sentence = f"{interface} was left as it is: its settings cannot be written ({error})."
        raise ApplyFailed(interface, sentence) from None


def _parts(
    interface: str, items: Iterable[tuple[str, _Item]], encode: Callable[[_Item], Sequence[bytes]]
) -> Iterator[_Part]:
    for public_key, item in items:
        try:
            parts = encode(item)
        except ValueError as error:
            sentence = f"{interface} was left as it is: the peer {public_key} cannot be written ({error})."
            raise ApplyFailed(interface, sentence, public_key) from None
        for data in parts:
            yield _Part(public_key, data)


def _batches(parts: Iterable[_Part], most: int) -> Iterator[list[_Part]]:
    batch: list[_Part] = []
    size = 0
    for part in parts:
        if batch and (len(batch) == most or size + len(part.data) > LARGEST_MESSAGE):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += len(part.data)
    if batch:
        yield batch


def _send(interface: str, batch: Sequence[_Part], encoder: Encoder, send: Callable[[bytes], None]) -> None:
    try:
        send(encoder.message(part.data for part in batch))
    except Refused:
        for part in batch:
            _send_alone(interface, part, encoder, send)


def _send_alone(interface: str, part: _Part, encoder: Encoder, send: Callable[[bytes], None]) -> None:
    try:
        send(encoder.message([part.data]))
    except Refused as refusal:
        sentence = f"{interface} refuses the peer {part.public_key}: {refusal}."
        raise ApplyFailed(interface, sentence, part.public_key) from None


def _settings_sentence(interface: str, patch: DevicePatch, refusal: Refused) -> str:
    if refusal.errno == EADDRINUSE and patch.listen_port:
        return f"{interface} cannot listen on port {patch.listen_port}: another program does already."
    return f"{interface} refuses its settings: {refusal}."
