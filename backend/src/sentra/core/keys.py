"""WireGuard keys as text: base64 for people and the API, hexadecimal on the userspace socket."""

from base64 import b64encode

KEY_BYTES = 32


def key_from_hex(text: bytes) -> str:
    """Give the base64 form (44 characters) of a key in hexadecimal. Raises ValueError on anything else."""
    raw = bytes.fromhex(text.decode("ascii"))
    if len(raw) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return b64encode(raw).decode("ascii")
