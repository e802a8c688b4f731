"""The agent: samples WireGuard and the machine, and makes it run as decided. Knows nothing of the database or the web."""
