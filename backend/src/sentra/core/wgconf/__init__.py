"""wg-quick files: read without losing a byte, patched in place, and written so that no value becomes a line."""
