"""Challenges for passkeys: each is good for one purpose, five minutes, once. None is stored before it is answered."""

import hashlib
import hmac
import secrets
import struct
from typing import Final

from sentra.core.clock import Clock

CHALLENGE_SECONDS: Final = 5 * 60
_NONCE_BYTES: Final = 16
_MAC_BYTES: Final = 16
_TIME: Final = struct.Struct(">Q")
_SIZE: Final = _NONCE_BYTES + _TIME.size + _MAC_BYTES


class Challenges:
    """Makes challenges and knows them again by a MAC: whoever asks for a million of them takes no memory.

    A challenge is 16 random bytes, the second at which it ends, and a MAC over both and the purpose.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._spent: dict[bytes, int] = {}

    def issue(self, purpose: str) -> bytes:
        """Make a challenge."""
        head = secrets.token_bytes(_NONCE_BYTES) + _TIME.pack(int(self._clock.monotonic()) + CHALLENGE_SECONDS)
        return head + self._mac(head, purpose)

    def is_open(self, challenge: bytes, purpose: str) -> bool:
        """Tell whether the challenge was made here for this purpose, is not too old, and was not answered yet."""
        head = challenge[:-_MAC_BYTES]
        if len(challenge) != _SIZE or not hmac.compare_digest(challenge[-_MAC_BYTES:], self._mac(head, purpose)):
            return False
        return self._ends_at(challenge) > self._clock.monotonic() and challenge not in self._spent

    def spend(self, challenge: bytes, purpose: str) -> bool:
        """Take the right answer to a challenge; False where it is not open, such as for the second one."""
        if not self.is_open(challenge, purpose):
            return False
        now = self._clock.monotonic()
        self._spent = {each: ends_at for each, ends_at in self._spent.items() if ends_at > now}
        self._spent[challenge] = self._ends_at(challenge)
        return True

    @staticmethod
    def _ends_at(challenge: bytes) -> int:
        (ends_at,) = _TIME.unpack_from(challenge, _NONCE_BYTES)
        return int(ends_at)

    def _mac(self, head: bytes, purpose: str) -> bytes:
        said = head + hashlib.sha256(purpose.encode()).digest()
        return hmac.digest(self._key, said, "sha256")[:_MAC_BYTES]
