"""Values that forms take and values that none should, so that fuzzing gets behind the first check."""

from base64 import b64encode

WORDS = (
    "wg0", "wg7", "laptop", "Ann", "owner", "viewer", "member", "local", "interface", "*", "10.8.0.77", "10.8.0.1/24",
    "10.77.0.1/24", "fd00:77::1/64", "0.0.0.0/0", "::/0", "192.168.7.0/24", "vpn.example.com", "vpn.example.com:51820",
    "[2001:db8::1]:51820", "eve@example.com", "ann@example.com", "correct horse battery", "another fine battery",
    "123456", "2030-01-31T12:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "totp", "passkey",
    "peer:read", "interface:read", b64encode(bytes(range(32))).decode(), b64encode(bytes(32)).decode(), "AAAA",
    "[Interface]\nAddress = 10.99.0.1/24\nListenPort = 51999\n", "\x00", "\u2028", "\u202e", "'", '"', "-1", "1e999",
    "../../etc/passwd", "%00", "<script>", "true", "null", "ß" * 100, "x" * 300,
)  # fmt: skip
"""What a form can mean, and what it cannot."""
