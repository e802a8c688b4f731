"""WireGuard keys as text: base64 for people and the API, hexadecimal on the userspace socket."""

from base64 import b64decode, b64encode

KEY_BYTES = 32
KEY_CHARACTERS = 44


def key_from_hex(text: bytes) -> str:
    """Give the base64 form (44 characters) of a key in hexadecimal. Raises ValueError on anything else."""
    raw = bytes.fromhex(text.decode("ascii"))
    if len(raw) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return b64encode(raw).decode("ascii")


def key_bytes(text: str) -> bytes:
    """Give the 32 bytes of a key in base64. Raises ValueError for anything but the one spelling of 44 characters."""
    raw = b64decode(text, validate=True)
    if len(text) != KEY_CHARACTERS or len(raw) != KEY_BYTES or b64encode(raw).decode("ascii") != text:
        raise ValueError(f"a key has {KEY_CHARACTERS} characters")
    return raw


def key_text(raw: bytes) -> str:
    """Give the base64 form of a key of 32 bytes."""
    return b64encode(raw).decode("ascii")
