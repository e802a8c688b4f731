"""Recovery codes: what stands in for a second factor that is lost. Ten of 80 random bits, each good once."""

import base64
import hashlib
import re
import secrets
from typing import Final

from sentra.db.factors import replace_recovery_codes, spend_recovery_code

CODES: Final = 10
CODE_BYTES: Final = 10


async def make_recovery_codes(user_id: str) -> tuple[str, ...]:
    """Make somebody's codes anew and return them; only digests are stored. Call it in a transaction."""
    codes = tuple(_written(secrets.token_bytes(CODE_BYTES)) for _ in range(CODES))
    await replace_recovery_codes(user_id, [_digest(user_id, code) for code in codes])
    return codes


async def use_recovery_code(user_id: str, code: str) -> bool:
    """Tell whether this is one of somebody's codes, and see to it that it never is again."""
    return await spend_recovery_code(user_id, _digest(user_id, code))


def _written(code: bytes) -> str:
    text = base64.b32encode(code).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _digest(user_id: str, code: str) -> str:
    # 80 random bits need nothing slower; with the id, equal codes of two people have nothing in common.
    bare = re.sub(r"[^a-z2-7]", "", code.lower())
    return hashlib.sha256(f"{user_id}:{bare}".encode()).hexdigest()
