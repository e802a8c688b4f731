"""The agent: samples WireGuard and the machine. Knows nothing of the database or the web."""
