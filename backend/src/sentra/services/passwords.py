"""Hashes and checks passwords, a few at a time, in threads; knows which passwords are too easy to guess."""

import asyncio
import contextlib
import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

from sentra.core.errors import Busy, FieldError, Invalid

SHORTEST = 12
LONGEST = 256
"""Characters, not bytes. No rule about their kinds, and never cut off."""
WAITING = 32
RETRY_AFTER_SECONDS = 5
NICENESS = 5

_OWN_CHARACTERS = 8
_LONGEST_COMMON = 40
_PRODUCT_WORDS = ("sentra", "wireguard", "password", "vpn")
_LEET = (str.maketrans("013457@$!", "oieastasi"), str.maketrans("013457@$!", "oleastasl"))

T = TypeVar("T")


class Checked(Struct, frozen=True):
    """Whether a password was right, and a new hash where the stored one is weaker than what is made today."""

    right: bool
    better_hash: str | None = None


class Passwords:
    """Argon2id in a bounded pool of threads: `concurrency` at once, `waiting` behind them, Busy for the rest.

    One hash takes 64 MiB and a tenth of a second of each core, so the bound is what keeps a flood from taking the
    machine. Nobody can tell from outside whether an account exists: `check` does the same work without one.
    """

    def __init__(
        self, hasher: PasswordHasher | None = None, *, concurrency: int | None = None, waiting: int = WAITING
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        self._concurrency = concurrency or len(os.sched_getaffinity(0))
        self._places = threading.BoundedSemaphore(self._concurrency + waiting)
        self._threads = ThreadPoolExecutor(self._concurrency, "password", initializer=_give_way)
        self._nobody: str | None = None

    def close(self) -> None:
        """End the threads; what is in hand is finished first."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return the hash to store. Raises Busy."""
        return await self._run(lambda: self._hasher.hash(_spelled(password)))

    async def check(self, password_hash: str | None, password: str) -> Checked:
        """Tell whether the password is right; without a hash it never is, at the same cost. Raises Busy."""
        return await self._run(lambda: self._check(password_hash, password))

    def _check(self, password_hash: str | None, password: str) -> Checked:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_urlsafe())
        stored = self._nobody if password_hash is None else password_hash
        try:
            self._hasher.verify(stored, _spelled(password))
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if password_hash is None:
            return Checked(right=False)
        better = self._hasher.hash(_spelled(password)) if self._hasher.check_needs_rehash(stored) else None
        return Checked(right=True, better_hash=better)

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Busy("Too many people sign in at this moment. Try again in a few seconds.", RETRY_AFTER_SECONDS)
        future = self._threads.submit(work)
        # Free when the thread is done, not when the waiter goes: it works on after a cancellation.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)


def _give_way() -> None:
    """Let the event loop go first: on Linux each thread has a niceness, and argon2's own threads inherit it."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def require_good_password(password: str, *, field: str, context: tuple[str, ...] = ()) -> None:
    """Raise Invalid for a password that is too short, too long or easy to guess.

    `context` is what an attacker knows of the account: its e-mail address, its name.
    """
    wrong = _what_is_wrong(_spelled(password), context)
    if wrong:
        code, message = wrong
        raise Invalid(FieldError(field, code, message))


def _what_is_wrong(password: str, context: tuple[str, ...]) -> tuple[str, str] | None:
    if len(password) < SHORTEST:
        return "password-too-short", f"Use at least {SHORTEST} characters; a few unrelated words are easy to remember."
    if len(password) > LONGEST:
        return "password-too-long", f"Use at most {LONGEST} characters."
    if _is_common(password):
        return "password-common", "This is one of the passwords that are tried first. Choose another one."
    if _mostly_context(password, context):
        return "password-guessable", "This is made of your name, your address or the name of the product."
    return None


def _spelled(password: str) -> str:
    """Return the one spelling of what was typed (NIST SP 800-63B: NFC), so that every keyboard gives the same."""
    return unicodedata.normalize("NFC", password)


def _is_common(password: str) -> bool:
    folded = password.casefold()
    if len(set(folded)) < 5 or _is_run(folded):
        return True
    common = _common_passwords()
    return any(unit in common for spelling in _spellings(password) for unit in _cores(spelling))


def _spellings(password: str) -> tuple[str, ...]:
    """Return the password in lower case, as it is and with the digits that stand for letters read as such."""
    folded = password.casefold()
    return (folded, *(folded.translate(leet) for leet in _LEET))


def _cores(folded: str) -> set[str]:
    """Return what is left of a password without what people add to a common one: digits, signs, repetition."""
    bare = re.sub(r"^[\W\d_]+", "", folded)
    units = {folded, re.sub(r"[\W_]+", "", folded), bare, re.sub(r"[\W\d_]+$", "", bare)}
    units |= {match[1] for unit in tuple(units) if (match := re.fullmatch(r"(.+?)\1+", unit, re.DOTALL))}
    for text in (folded, bare):
        shortest = len(re.sub(r"[\W\d_]+$", "", text))
        units |= {text[:size] for size in range(shortest, min(len(text), _LONGEST_COMMON) + 1)}
    return {unit for unit in units if len(unit) > 2}


def _is_run(folded: str) -> bool:
    """Tell whether each character follows the one before it, up or down, as in `abcdefghijkl` or `123456789012`."""
    steps = {(ord(after) - ord(before)) for before, after in pairwise(folded)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _mostly_context(password: str, context: tuple[str, ...]) -> bool:
    known = {word for text in context for word in re.split(r"[\W_]+", text.casefold())}
    known |= {re.sub(r"[\W_]+", "", text.casefold()) for text in context}
    words = sorted({word for word in known if len(word) > 2} | set(_PRODUCT_WORDS), key=len, reverse=True)
    pattern = "|".join(map(re.escape, words))
    rests = {re.sub(pattern, "", spelling): spelling for spelling in _spellings(password)}
    return any(
        rest != spelling and len(re.sub(r"[\W\d_]+", "", rest)) < _OWN_CHARACTERS for rest, spelling in rests.items()
    )


def _common_passwords() -> frozenset[str]:
    return _CommonPasswords.words()


class _CommonPasswords:
    _words: frozenset[str] | None = None

    @classmethod
    def words(cls) -> frozenset[str]:
        if cls._words is None:
            from zxcvbn.frequency_lists import FREQUENCY_LISTS

            cls._words = frozenset(FREQUENCY_LISTS["passwords"])
        return cls._words
